//! Dutch.

use super::{Asking, Words};

pub(super) const WORDS: Words = Words {
    function: "aan al alle alleen als altijd andere ben bent bij daar dan dat de deze die dit doe doen doet door dus een \
        eens en er ga gaan gaat geen graag had hallo heb hebben hebt heeft hem het hier hij hoe hoeveel hoi hun ik \
        in is ja je jij jou jouw jullie kan kun kunnen kunt maar me meer men met mij mijn moet moeten na naar nee \
        niet niets nog nu of om omdat onder ons onze ook op over s te tegen toch toe tot tussen u uit uw van veel \
        vanaf via voor waar waarom wanneer waren was wat we wel welk welke werd wie wij wil willen word worden \
        wordt wou zal ze zelf zich zij zijn zo zonder zou zouden zullen alstublieft bedankt",
    asks: &[
        (Asking::Who, "wie,wiens"),
        (Asking::What, "wat,welk,welke"),
        (Asking::Where, "waar,waarheen,waarvandaan"),
        (Asking::When, "wanneer,hoe laat,welke dag,welke dagen,welke tijden"),
        (Asking::Why, "waarom,waarvoor"),
        (Asking::How, "hoe"),
        (Asking::HowMuch, "hoeveel,hoe veel,hoe duur,wat kost,wat kosten"),
        (Asking::HowLong, "hoe lang,hoelang,hoe vaak,hoe snel,hoe ver,hoe oud"),
    ],
    whether: "is zijn ben kan kun kunt kunnen mag mogen heb hebt hebben heeft is er wordt worden moet bieden",
    negations: "niet geen nooit niets niemand zonder noch nergens",
    states: "mislukt gefaald afgewezen geweigerd openstaand ontbreekt ontbrekend verloren gestolen kapot defect \
        beschadigd verkeerd fout probleem storing vastgelopen geannuleerd vertraagd vertraging geblokkeerd \
        opgeschort verlopen verdwenen dubbel werkt aangekomen ontvangen",
};
