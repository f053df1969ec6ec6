//! A gym.

use super::Base;
use frontdesk_knowledge::Language;

pub(crate) const BASE: Base = Base {
    language: Language::Spanish,
    entries: &[
        ("¿Cuál es el horario del gimnasio?", "De lunes a viernes de 6 a 23.", &["horarios", "abierto"]),
        ("¿Dónde está el gimnasio?", "En la calle Mayor 20, junto al mercado.", &["dirección", "ubicación"]),
        ("¿Cuánto cuesta la cuota mensual?", "Son 35 euros al mes.", &["precio", "tarifas"]),
        ("¿Cómo me doy de baja?", "Escríbanos antes del día 20.", &["cancelar", "dejar el gimnasio"]),
        ("¿Hay piscina?", "Sí, de 25 metros y climatizada.", &["nadar", "natación"]),
        ("¿Tienen entrenadores personales?", "Sí, con cita previa.", &["entrenador"]),
        ("¿Hay taquillas?", "Sí, traiga su candado.", &["vestuario", "casilleros"]),
        ("¿Puedo probar un día gratis?", "El primer día es gratis.", &["prueba", "clase de prueba"]),
    ],
    questions: &[
        ("cual es el horario", 1),
        ("horarios del gimnasio", 1),
        ("¿a qué hora está abierto?", 1),
        ("direccion del gimnasio", 2),
        ("donde están ubicados", 2),
        ("¿dónde está?", 2),
        ("cuanto cuesta la cuota", 3),
        ("precio mensual", 3),
        ("tarifas", 3),
        ("quiero darme de baja", 4),
        ("cancelar la cuota", 4),
        ("¿tienen piscina?", 5),
        ("¿puedo nadar?", 5),
        ("busco un entrenador personal", 6),
        ("entrenadors personales", 6),
        ("hay taquillas en el vestuario", 7),
        ("taquila", 7),
        ("¿hay una clase de prueba?", 8),
        ("probar gratis un dia", 8),
        ("quién ganó el partido", 0),
        ("cuéntame un chiste", 0),
        ("¿venden muebles?", 0),
        ("cuál es la montaña más alta", 0),
    ],
};
