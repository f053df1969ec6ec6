//! A veterinary practice.

use super::Base;
use frontdesk_knowledge::Language;

pub(crate) const BASE: Base = Base {
    language: Language::Portuguese,
    entries: &[
        ("Qual é o horário de atendimento?", "De segunda a sexta, das 8 às 19.", &["horários", "aberto"]),
        ("Onde fica a clínica?", "Na rua das Flores, 50.", &["endereço", "localização"]),
        ("Quanto custa uma consulta?", "A consulta custa 40 euros.", &["preço", "valores"]),
        ("Como marco uma consulta?", "Pelo telefone ou na página.", &["marcação", "agendar"]),
        ("Vocês aplicam vacinas?", "Sim, para cães e gatos.", &["vacinação", "vacina"]),
        ("Atendem emergências?", "Sim, a qualquer hora.", &["urgência", "emergência"]),
        ("Vocês dão banho em cães?", "Sim, com tosa e corte de unhas.", &["banho", "tosa"]),
        ("Posso pagar com cartão?", "Aceitamos todos os cartões.", &["pagamento", "cartões"]),
    ],
    questions: &[
        ("qual o horario", 1),
        ("horário de atendimento no sábado", 1),
        ("estão abertos agora?", 1),
        ("onde fica a clinica", 2),
        ("qual é o endereço", 2),
        ("preço da consulta", 3),
        ("quanto custam as consultas", 3),
        ("valores", 3),
        ("quero marcar uma consulta", 4),
        ("agendar consulta", 4),
        ("marcação", 4),
        ("vacina para gato", 5),
        ("vocês têm vacinas?", 5),
        ("vacinacao", 5),
        ("é uma emergência", 6),
        ("atendimento de urgencia", 6),
        ("banho e tosa", 7),
        ("dão banho em cachorros?", 7),
        ("aceitam cartão?", 8),
        ("formas de pagamento", 8),
        ("quem ganhou o jogo", 0),
        ("me conte uma piada", 0),
        ("vendem passagens aéreas?", 0),
        ("qual é a capital da frança", 0),
    ],
};
