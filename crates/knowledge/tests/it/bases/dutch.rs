//! A garden centre.

use super::Base;
use frontdesk_knowledge::Language;

pub(crate) const BASE: Base = Base {
    language: Language::Dutch,
    entries: &[
        (
            "Wat zijn de openingstijden?",
            "Maandag tot en met zaterdag van 9 tot 18 uur.",
            &["open", "geopend"],
        ),
        ("Waar is het tuincentrum?", "Aan de Dorpsstraat 30.", &["adres", "route"]),
        ("Bezorgen jullie planten?", "Ja, binnen twee dagen.", &["bezorging", "levering"]),
        ("Wat kost de bezorging?", "Bezorgen kost 7 euro.", &["bezorgkosten"]),
        ("Kan ik een plant ruilen?", "Binnen 14 dagen met de bon.", &["terugbrengen", "retour"]),
        ("Leggen jullie tuinen aan?", "Onze hoveniers maken een ontwerp.", &["hovenier", "tuinontwerp"]),
        ("Is er een parkeerplaats?", "Parkeren is gratis.", &["parkeren", "auto"]),
        ("Mag mijn hond mee naar binnen?", "Aan de lijn is hij welkom.", &["honden", "huisdier"]),
        ("Verkopen jullie cadeaubonnen?", "Ja, bij de kassa.", &["cadeaubon", "cadeau"]),
    ],
    questions: &[
        ("openingstijden zaterdag", 1),
        ("wanneer zijn jullie open", 1),
        ("openingstijen", 1),
        ("wat is het adres", 2),
        ("waar is jullie tuincentrum", 2),
        ("kunnen jullie de plant bezorgen", 3),
        ("levering van planten", 3),
        ("hoeveel zijn de bezorgkosten", 4),
        ("wat kost bezorgen", 4),
        ("ik wil een plant terugbrengen", 5),
        ("planten ruilen", 5),
        ("ik zoek een hovenier", 6),
        ("kunnen jullie mijn tuin aanleggen", 6),
        ("kan ik gratis parkeren", 7),
        ("parkeerplaats", 7),
        ("zijn honden welkom", 8),
        ("mag de hond mee", 8),
        ("ik zoek een cadeaubon", 9),
        ("cadeaubonnen kopen", 9),
        ("wie heeft de wedstrijd gewonnen", 0),
        ("vertel een mop", 0),
        ("repareren jullie telefoons", 0),
        ("hoe hoog is de eiffeltoren", 0),
    ],
};
