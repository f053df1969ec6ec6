//! A gym, in Spanish.

use super::Sample;
use frontdesk_knowledge::Language;

pub(crate) const SAMPLE: Sample = Sample {
    name: "Spanish",
    language: Language::Spanish,
    entries: &[
        (
            "¿Cuál es el horario del gimnasio?",
            "De lunes a viernes de 7 a 22 h.",
            "horarios, abierto, cerrado, abren",
        ),
        (
            "¿Dónde está el gimnasio?",
            "En la calle del Olmo 12, junto al mercado.",
            "dirección, ubicación, mapa",
        ),
        (
            "¿Cuánto cuesta la cuota mensual?",
            "La cuota es de 35 euros al mes.",
            "precio, tarifas, mensualidad",
        ),
        ("¿Cómo puedo darme de baja?", "Avise por escrito con 15 días.", "cancelar, baja, cancelación"),
        ("¿Hay clases de yoga?", "Sí, los martes y jueves a las 19 h.", "yoga, pilates, clases dirigidas"),
        (
            "¿Puedo pagar con tarjeta?",
            "Sí, con tarjeta, en efectivo o por domiciliación.",
            "pago, efectivo, formas de pago",
        ),
        ("¿Tienen aparcamiento?", "Sí, gratis durante dos horas.", "aparcar, coche, parking"),
        ("¿Puedo probar un día gratis?", "Sí, la primera visita es gratuita.", "prueba, gratis, invitación"),
        ("¿Hay duchas y taquillas?", "Sí, traiga un candado y una toalla.", "vestuario, ducha, taquilla"),
    ],
    questions: &[
        ("a qué hora abren", 1),
        ("horario", 1),
        ("hasta que hora está abierto los viernes", 1),
        ("cuáles son los horarios", 1),
        ("donde estan", 2),
        ("cuál es la dirección", 2),
        ("direcion del gimnasio", 2),
        ("cuanto vale al mes", 3),
        ("precios", 3),
        ("qué tarifas tienen", 3),
        ("quiero cancelar mi cuota", 4),
        ("darse de baja", 4),
        ("clases de yoga por la tarde", 5),
        ("dan pilates", 5),
        ("aceptan tarjeta de crédito", 6),
        ("se puede pagar en efectivo", 6),
        ("dónde puedo aparcar el coche", 7),
        ("hay aparcamientos", 7),
        ("puedo ir un día de prueba", 8),
        ("clase de prueba gratis", 8),
        ("tienen duchas", 9),
        ("donde dejo mis cosas, hay taquillas?", 9),
        ("qué altura tiene el everest", 0),
        ("me duelen los ojos", 0),
        ("sí", 0),
        ("muchas gracias", 0),
        ("cuéntame un chiste", 0),
        ("quién ganó el mundial", 0),
        ("buscan personal para trabajar", 0),
    ],
};
