//! English.

use super::{Asking, Words};

pub(super) const WORDS: Words = Words {
    function: "a about after again all also am an and another any anybody anyone anything are aren't as at be because \
        been before being but by can can't cannot could couldn't did didn't do does doesn't doing don't dont during \
        each either else ever every everything few for from further get gets getting give go going gonna got had \
        hadn't has hasn't have haven't having he hello help her here hers hey hi him his how however i i'd i'll i'm \
        i've if im in into is isn't it it's its itself just know let let's like make many may me might mine more \
        most much must my myself need needs no nor not now of off ok okay on once one only or other our ours out \
        over own please pls possible same say see shall she should shouldn't so some somebody someone something \
        such take tell than thank thanks that that's the their theirs them then there there's these they they're \
        thing things this those through to too try trying u under until up upon ur us use using very wanna want \
        wanted wants was wasn't way we we're well were weren't what what's whats when when's where where's which \
        while who who's whom whose why will with won't would wouldn't yeah yes you you'd you'll you're you've your \
        yours yourself",
    asks: &[
        (Asking::Who, "who,whose,whom,who's"),
        (Asking::What, "what,what's,whats,which"),
        (Asking::Where, "where,where's,wheres"),
        (Asking::When, "when,when's,whens,what time,what times,what day,what days,what hours"),
        (Asking::Why, "why,why's,whys,how come"),
        (Asking::How, "how,how's,hows"),
        (Asking::HowMuch, "how much,how many"),
        (Asking::HowLong, "how long,how often,how soon,how fast,how old,how far"),
    ],
    whether: "is are am was were do does did can could will would should shall may might has have had",
    negations: "not no never none nothing nobody neither nor without unable cannot can't cant don't dont doesn't \
        doesnt didn't didnt isn't isnt wasn't wasnt aren't arent weren't won't wont wouldn't wouldnt couldn't \
        couldnt shouldn't haven't havent hasn't hasnt hadn't",
    states: "fail failed failing failure decline declined refuse refused reject rejected pending missing lost \
        stolen broken damaged defective wrong incorrect problem error issue stuck cancelled canceled reverted \
        delayed late blocked locked suspended expired disappeared twice duplicate working arrived received",
};
