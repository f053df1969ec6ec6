//! Spanish.

use super::{Asking, Words};

pub(super) const WORDS: Words = Words {
    function: "a al algo algún alguna algunas alguno algunos ante antes aquí así aún bien cada casi como cómo con \
        contra cual cuál cuales cuáles cualquier cuando cuándo cuanto cuánto cuánta cuántas cuántos de del desde \
        donde dónde dos durante e el él ella ellas ellos en entre era eran es esa esas ese eso esos esta está están \
        estamos estar estas este esto estos estoy favor fue fueron gracias ha había haber hace hacen hacer hacia \
        han hasta hay he hola la las le les lo los más me mi mí mientras mis mismo mucho muchos muy nada ni no nos \
        nosotros nuestra nuestras nuestro nuestros o os otra otras otro otros para pero poco por porque puede \
        pueden puedo pues qué que quien quién quiero quisiera se sea según ser si sí sido sin sobre sois son soy su \
        sus también tan tanto te tenemos tener tengo ti tiene tienen toda todas todo todos tu tú tus un una unas \
        uno unos usted ustedes va vamos vosotros voy y ya yo",
    asks: &[
        (Asking::Who, "quién,quiénes"),
        (Asking::What, "qué,cuál,cuáles"),
        (Asking::Where, "dónde,adónde"),
        (Asking::When, "cuándo,qué hora,qué horas,qué día,qué días,qué horario"),
        (Asking::Why, "por qué"),
        (Asking::How, "cómo"),
        (Asking::HowMuch, "cuánto,cuánta,cuántos,cuántas,qué precio,qué precios"),
        (Asking::HowLong, "cuánto tiempo,cuánto tarda,cuánto dura,cuánto demora"),
    ],
    whether: "es son está están hay puedo puede pueden tienen tiene hacen aceptan ofrecen se",
    negations: "no nunca jamás nada nadie ningún ninguna ninguno sin ni tampoco",
    states: "falló fallado fallo rechazado rechazada denegado pendiente falta faltante perdido robado roto dañado \
        defectuoso incorrecto equivocado problema error atascado cancelado retrasado bloqueado suspendido caducado \
        vencido desaparecido duplicado funciona llegado recibido",
};
