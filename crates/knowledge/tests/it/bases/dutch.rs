//! A bicycle shop, in Dutch.

use super::Sample;
use frontdesk_knowledge::Language;

pub(crate) const SAMPLE: Sample = Sample {
    name: "Dutch",
    language: Language::Dutch,
    entries: &[
        (
            "Wat zijn jullie openingstijden?",
            "Van dinsdag tot zaterdag van 9 tot 18 uur.",
            "open, gesloten, geopend",
        ),
        ("Waar is de winkel?", "Aan de Molenweg 5, achter het station.", "adres, route, locatie"),
        ("Hoeveel kost een onderhoudsbeurt?", "Een kleine beurt kost 49 euro.", "prijs, tarief, prijzen"),
        ("Kan ik een fiets huren?", "Ja, vanaf 12 euro per dag.", "verhuur, huurfiets, huren"),
        ("Hoe lang duurt een reparatie?", "Meestal twee werkdagen.", "repareren, maken, wachttijd"),
        ("Kan ik met pin betalen?", "Ja, met pin, contant of op rekening.", "betaling, pinnen, contant"),
        ("Hoe lang heb ik garantie?", "Twee jaar op het frame en de accu.", "garantie, garantiebewijs"),
        (
            "Kan ik een fiets ruilen?",
            "Binnen 14 dagen, ongebruikt en met de bon.",
            "retour, terugbrengen, omruilen",
        ),
        (
            "Verkopen jullie elektrische fietsen?",
            "Ja, wij hebben er dertig op voorraad.",
            "e-bike, elektrisch",
        ),
    ],
    questions: &[
        ("wanneer zijn jullie open", 1),
        ("openingstijden", 1),
        ("hoe laat gaan jullie dicht, wat zijn de openingstijden", 1),
        ("zijn jullie zondag geopend", 1),
        ("waar zitten jullie", 2),
        ("wat is het adres", 2),
        ("waar vind ik de winkel", 2),
        ("wat kost een onderhoudsbeurt", 3),
        ("prijs van een beurt", 3),
        ("onderhoud prijzen", 3),
        ("ik wil een fiets huren", 4),
        ("verhuren jullie fietsen", 4),
        ("huurfietsen", 4),
        ("hoe lang duurt repareren", 5),
        ("wanneer is mijn reparatie klaar", 5),
        ("kan ik pinnen", 6),
        ("contant betalen", 6),
        ("garantie op mijn fiets", 7),
        ("garrantie", 7),
        ("mag ik mijn fiets terugbrengen", 8),
        ("ruilen", 8),
        ("hebben jullie e-bikes", 9),
        ("elektrische fiets kopen", 9),
        ("hoe hoog is de mount everest", 0),
        ("mijn ogen doen pijn", 0),
        ("ja", 0),
        ("dank je wel", 0),
        ("vertel een mop", 0),
        ("wie heeft het wk gewonnen", 0),
        ("hebben jullie vacatures", 0),
    ],
};
