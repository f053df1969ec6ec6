//! A hairdresser.

use super::Base;
use frontdesk_knowledge::Language;

pub(crate) const BASE: Base = Base {
    language: Language::German,
    entries: &[
        ("Wann haben Sie geöffnet?", "Dienstag bis Samstag von 9 bis 18 Uhr.", &["Öffnungszeiten"]),
        ("Wo finde ich den Salon?", "In der Gartenstraße 12, gegenüber der Post.", &["Adresse", "Anfahrt"]),
        ("Was kostet ein Haarschnitt?", "Damen ab 45 Euro, Herren ab 28 Euro.", &["Preise", "Preisliste"]),
        ("Wie vereinbare ich einen Termin?", "Am besten online oder am Telefon.", &["buchen", "reservieren"]),
        (
            "Wie sage ich einen Termin ab?",
            "Bis zum Vortag ohne Gebühr.",
            &["absagen", "stornieren", "verschieben"],
        ),
        ("Wo kann ich parken?", "Im Hof sind vier Plätze frei.", &["Parkplatz", "Auto"]),
        ("Färben Sie auch Haare?", "Ja, mit Pflanzenfarben.", &["Farbe", "Strähnen"]),
        ("Kann ich mit Karte zahlen?", "Ja, mit allen üblichen Karten.", &["Kartenzahlung", "bezahlen"]),
        ("Gibt es Gutscheine?", "Gutscheine gibt es an der Kasse.", &["Geschenk"]),
    ],
    questions: &[
        ("wann habt ihr geöffnet", 1),
        ("Öffnungszeiten", 1),
        ("offnungszeiten am samstag", 1),
        ("wie ist die adresse vom salon", 2),
        ("Anfahrt bitte", 2),
        ("wo finde ich euch", 2),
        ("was kosten haarschnitte", 3),
        ("Preise für Herren", 3),
        ("haarschnit kosten", 3),
        ("ich möchte einen Termin vereinbaren", 4),
        ("termin buchen", 4),
        ("ich muss meinen termin absagen", 5),
        ("kann ich den termin verschieben", 5),
        ("gibt es einen parkplatz", 6),
        ("wo parke ich mein auto", 6),
        ("macht ihr strähnen", 7),
        ("haare färben lassen", 7),
        ("nehmt ihr karten", 8),
        ("kartenzahlung möglich?", 8),
        ("habt ihr gutscheine", 9),
        ("gutschein als geschenk", 9),
        ("wie hoch ist der mont blanc", 0),
        ("wer hat das spiel gewonnen", 0),
        ("erzähl mir einen witz", 0),
        ("repariert ihr waschmaschinen", 0),
    ],
};
