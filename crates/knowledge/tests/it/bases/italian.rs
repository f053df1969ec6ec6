//! A guest house.

use super::Base;
use frontdesk_knowledge::Language;

pub(crate) const BASE: Base = Base {
    language: Language::Italian,
    entries: &[
        ("A che ora è il check-in?", "Dalle 14 alle 20.", &["arrivo", "orario"]),
        ("A che ora si lasciano le camere?", "Entro le 11.", &["check-out", "partenza"]),
        ("Quanto costa una camera?", "Una doppia costa 90 euro a notte.", &["prezzi", "tariffe"]),
        ("La colazione è inclusa?", "Sì, dalle 7 alle 10.", &["colazioni"]),
        ("C'è un parcheggio?", "Sì, gratuito, dietro la casa.", &["auto", "posto macchina"]),
        ("Accettate animali?", "Cani piccoli sì, senza supplemento.", &["cane", "gatto"]),
        (
            "Come posso cancellare la prenotazione?",
            "Gratis fino a tre giorni prima.",
            &["disdire", "annullare"],
        ),
        ("C'è il wifi?", "Sì, in tutte le camere.", &["internet", "connessione"]),
        ("Dove vi trovate?", "In via Roma 3, vicino alla stazione.", &["indirizzo", "mappa"]),
    ],
    questions: &[
        ("orario del check-in", 1),
        ("a che ora è l'arrivo", 1),
        ("a che ora devo lasciare la camera", 2),
        ("check-out", 2),
        ("orario di partenza", 2),
        ("quanto costano le camere", 3),
        ("prezzi", 3),
        ("tariffa per una doppia", 3),
        ("è inclusa la colazione?", 4),
        ("a colazione cosa c'è", 4),
        ("avete un parcheggio per l'auto", 5),
        ("parchegio", 5),
        ("posso portare il cane", 6),
        ("accettate gli animali?", 6),
        ("vorrei disdire la prenotazione", 7),
        ("cancellare una prenotazione", 7),
        ("avete internet?", 8),
        ("il wifi funziona in camera?", 8),
        ("qual è l'indirizzo", 9),
        ("dove siete, avete una mappa?", 9),
        ("chi ha vinto la partita", 0),
        ("raccontami una barzelletta", 0),
        ("riparate computer", 0),
        ("quanto è alto il monte bianco", 0),
    ],
};
