//! French.

use super::{Asking, Words};

pub(super) const WORDS: Words = Words {
    function: "a à afin ai ainsi alors après as au aucun aucune aussi autre autres aux avant avec avez avoir avons bien \
        bonjour c ça car ce ceci cela celle celui ces cet cette chaque chez comme comment d dans de déjà depuis des \
        deux dès doit dois donc dont du elle elles en encore entre es est et étais était être eu eux fait faire \
        faut fois il ils j je jusque l la là le les leur leurs lors lui m ma mais me même merci mes moi moins mon n \
        ne ni non nos notre nous on ont ou où oui par parce pas pendant peu peut peux plus pour pourquoi pouvez \
        pouvoir pouvons puis puisje quand que quel quelle quelles quels quelque qu qui quoi s sa salut sans se sera \
        ses si soit son sont sous suis sur svp t ta te tes toi ton toujours tous tout toute toutes très tu un une \
        va vais vers veut veux voici voilà vont vos votre voudrais vous y est-ce",
    asks: &[
        (Asking::Who, "qui"),
        (Asking::What, "que,quoi,quel,quelle,quels,quelles,qu'est"),
        (Asking::Where, "où"),
        (Asking::When, "quand,quelle heure,quelles heures,quel jour,quels jours"),
        (Asking::Why, "pourquoi"),
        (Asking::How, "comment"),
        (Asking::HowMuch, "combien,quel prix,quels prix"),
        (Asking::HowLong, "combien temps,combien de"),
    ],
    whether: "est-ce est puis-je peut-on avez-vous êtes-vous y a-t-il",
    negations: "pas ne non jamais rien aucun aucune sans ni personne",
    states: "échoué échec refusé rejeté attente manquant manque perdu volé cassé endommagé défectueux incorrect faux \
        problème erreur bloqué annulé retard retardé suspendu expiré disparu double fonctionne arrivé reçu",
};
