//! German.

use super::{Asking, Words};

pub(super) const WORDS: Words = Words {
    function: "ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bereits bin bis \
        bist bitte da dabei dafür damit dann daran darauf darf das dass dazu dein deine dem den denn der deren des \
        dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines \
        einige er es etwas euch euer eure für gab geben gegen gehen geht gerne gibt hab habe haben habt hallo hast \
        hat hatte hätte hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jede jeden jeder \
        jedes jetzt kann kannst kein keine keinen keiner können könnte könnten man mehr mein meine meinem meinen \
        meiner mich mir mit möchte möchten muss müssen nach nein nicht nichts noch nun nur ob oder ohne schon sehr \
        sein seine sich sie sind so soll sollte sondern über um und uns unser unsere unter vom von vor wann war \
        waren warum was weil welche welchen welcher welches wenn wer werde werden wie wieder wieso will wir wird \
        wo woher wohin wollen worden wurde würde würden zu zum zur",
    asks: &[
        (Asking::Who, "wer,wem,wen,wessen"),
        (Asking::What, "was,welche,welcher,welches,welchen,welchem"),
        (Asking::Where, "wo,woher,wohin"),
        (Asking::When, "wann,wie spät,welche uhrzeit,welchem tag"),
        (Asking::Why, "warum,wieso,weshalb,wozu"),
        (Asking::How, "wie,womit,wodurch"),
        (Asking::HowMuch, "wie viel,wie viele,wieviel,wieviele,wie teuer,was kostet,was kosten"),
        (Asking::HowLong, "wie lange,wie oft,wie schnell,wie weit,wie alt"),
    ],
    whether: "ist sind bin kann können könnte darf dürfen hat haben habt gibt wird werden muss müssen soll bietet bieten",
    negations: "nicht kein keine keinen keinem keiner keines nie niemals nichts niemand ohne weder nirgends",
    states: "fehlgeschlagen gescheitert abgelehnt verweigert ausstehend fehlt fehlend verloren gestohlen kaputt defekt \
        beschädigt falsch problem fehler hängt storniert verspätet verzögert gesperrt blockiert abgelaufen \
        verschwunden doppelt funktioniert angekommen erhalten",
};
