//! A dentist's, in Portuguese.

use super::Sample;
use frontdesk_knowledge::Language;

pub(crate) const SAMPLE: Sample = Sample {
    name: "Portuguese",
    language: Language::Portuguese,
    entries: &[
        (
            "Qual é o horário de funcionamento?",
            "De segunda a sexta, das 8 às 18 h.",
            "horários, aberto, fechado, abre",
        ),
        (
            "Onde fica a clínica?",
            "Na rua das Acácias, 21, ao lado do correio.",
            "endereço, localização, mapa",
        ),
        ("Como marco uma consulta?", "Pelo site ou por telefone.", "agendar, agendamento, marcação"),
        ("Quanto custa uma consulta?", "A primeira consulta custa 120 reais.", "preço, valor, preços"),
        (
            "Quais convênios vocês aceitam?",
            "Aceitamos a maioria; traga a sua carteirinha.",
            "plano de saúde, seguro",
        ),
        (
            "Como cancelo uma consulta?",
            "Avise com um dia de antecedência.",
            "cancelamento, desmarcar, remarcar",
        ),
        (
            "Posso pagar com cartão?",
            "Sim, cartão, dinheiro ou pix.",
            "pagamento, formas de pagamento, parcelar",
        ),
        ("Vocês fazem clareamento?", "Sim, em duas sessões.", "clarear, branqueamento, dentes brancos"),
        ("Vocês atendem crianças?", "Sim, a partir de três anos.", "criança, filho, infantil"),
    ],
    questions: &[
        ("que horas abre", 1),
        ("horario de funcionamento", 1),
        ("até que horas fica aberto", 1),
        ("vocês abrem no sábado", 1),
        ("onde fica", 2),
        ("qual o endereço", 2),
        ("enderesso da clinica", 2),
        ("quero marcar uma consulta", 3),
        ("agendar consulta para amanhã", 3),
        ("como faço um agendamento", 3),
        ("quanto custa a consulta", 4),
        ("preços", 4),
        ("qual o valor", 4),
        ("aceitam plano de saúde", 5),
        ("quais os convenios", 5),
        ("preciso desmarcar minha consulta", 6),
        ("cancelar consulta", 6),
        ("aceita cartão de crédito", 7),
        ("formas de pagamento", 7),
        ("fazem clareamento dental", 8),
        ("quero clarear os dentes", 8),
        ("atende criança", 9),
        ("posso levar meu filho", 9),
        ("qual a altura do everest", 0),
        ("meus olhos doem", 0),
        ("sim", 0),
        ("muito obrigado", 0),
        ("me conta uma piada", 0),
        ("quem ganhou a copa do mundo", 0),
        ("vocês estão contratando", 0),
    ],
};
