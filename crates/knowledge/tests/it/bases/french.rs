//! A bakery.

use super::Base;
use frontdesk_knowledge::Language;

pub(crate) const BASE: Base = Base {
    language: Language::French,
    entries: &[
        (
            "Quels sont vos horaires ?",
            "Du mardi au dimanche, de 7 h à 19 h.",
            &["heures d'ouverture", "ouvert"],
        ),
        ("Où se trouve la boulangerie ?", "Au 8 rue du Moulin, près de l'église.", &["adresse", "plan"]),
        ("Livrez-vous à domicile ?", "Oui, dans toute la ville dès 20 euros.", &["livraison"]),
        ("Comment commander un gâteau ?", "Deux jours avant, au magasin.", &["commande", "anniversaire"]),
        ("Avez-vous du pain sans gluten ?", "Le jeudi et le samedi.", &["allergie", "farine"]),
        ("Comment puis-je payer ?", "En espèces ou par carte.", &["paiement", "carte bancaire"]),
        ("Combien coûte une baguette ?", "Une baguette coûte 1,20 euro.", &["prix", "tarifs"]),
        ("Peut-on manger sur place ?", "Oui, nous avons dix tables.", &["tables", "terrasse"]),
    ],
    questions: &[
        ("quels sont les horaires d'ouverture", 1),
        ("vos horaires svp", 1),
        ("heures d'ouverture le dimanche", 1),
        ("quelle est votre adresse", 2),
        ("où est la boulangerie", 2),
        ("ou se trouve la boulangrie", 2),
        ("faites-vous la livraison", 3),
        ("vous livrez à domicile ?", 3),
        ("je voudrais commander un gâteau", 4),
        ("gateau d'anniversaire", 4),
        ("commande de gâteaux", 4),
        ("pain sans gluten", 5),
        ("j'ai une allergie au gluten", 5),
        ("puis-je payer par carte", 6),
        ("moyens de paiement", 6),
        ("prix de la baguette", 7),
        ("combien coûtent les baguettes", 7),
        ("vos tarifs", 7),
        ("avez-vous une terrasse", 8),
        ("on peut manger sur place", 8),
        ("quelle est la capitale du japon", 0),
        ("raconte-moi une blague", 0),
        ("réparez-vous les vélos", 0),
        ("qui a gagné le match", 0),
    ],
};
