//! Questions as visitors put them, each with the entry that answers it: a floor under the figures.

use crate::bases::{practice, rank};
use frontdesk_domain::confidence::KNOWLEDGE_BASE_MIN;

/// Questions and the right entry; 0 where there is none.
pub(crate) const QUESTIONS: &[(&str, i32)] = &[
    ("What are your business hours?", 1),
    ("when are you open", 1),
    ("opening hours?", 1),
    ("are you open on saturday", 1),
    ("what time do you close", 1),
    ("where are you", 2),
    ("what's your adress", 2),
    ("directions please", 2),
    ("how do I find you on the map", 2),
    ("phone number", 3),
    ("whats your email", 3),
    ("can I call you", 3),
    ("I would like to contact somebody", 3),
    ("i want to make an appointment", 4),
    ("can i book online", 4),
    ("bookings", 4),
    ("need an apointment for tuesday", 4),
    ("how much is it", 5),
    ("price list", 5),
    ("what does a visit cost", 5),
    ("what are your fees", 5),
    ("can I park my car there", 6),
    ("parking?", 6),
    ("do you have a parking lot", 6),
    ("do you take my insurance", 7),
    ("insurance", 7),
    ("is this covered by my insurance plan", 7),
    ("can i pay by credit card", 8),
    ("do you accept cash", 8),
    ("payment methods", 8),
    ("how do I cancel", 9),
    ("cancelation policy", 9),
    ("I have to reschedule", 9),
    ("what services do you offer", 10),
    ("which treatments do you have", 10),
    ("do you do braces", 10),
    ("it is an emergency", 11),
    ("I am in pain and it is urgent", 11),
    ("do you speak spanish", 12),
    ("languages", 12),
    ("how high is mount everest", 0),
    ("my eyes hurt", 0),
    ("yes", 0),
    ("no thanks", 0),
    ("tell me a joke", 0),
    ("who won the world cup", 0),
    ("do you sell gift cards", 0),
    ("is the doctor married", 0),
    ("what is the capital of france", 0),
    ("write me a poem about the sea", 0),
    ("are dogs allowed", 0),
    ("what is the weather like", 0),
    ("are you hiring", 0),
    ("I love you", 0),
    ("how old are you", 0),
    ("can you fix my laptop", 0),
];

#[test]
fn the_right_entry_is_found() {
    let index = practice();
    let inside: Vec<_> = QUESTIONS.iter().filter(|(_, right)| *right != 0).collect();
    let miss = |(question, right): &&&(&str, i32)| {
        rank(&index, question, 1).first().is_none_or(|first| first.entry.id.0 != *right)
    };
    let missed: Vec<_> = inside.iter().filter(miss).collect();
    assert!(missed.len() * 100 <= inside.len() * 10, "{missed:?}");
}

#[test]
fn what_is_answered_is_right() {
    let index = practice();
    let answered: Vec<_> = QUESTIONS
        .iter()
        .filter_map(|(question, right)| {
            let answer = index.ask(question).best?;
            (answer.confidence >= KNOWLEDGE_BASE_MIN).then_some((
                *question,
                *right,
                answer.entry.id.0,
                answer.confidence,
            ))
        })
        .collect();
    let wrong: Vec<_> = answered.iter().filter(|(_, right, given, _)| right != given).collect();
    let bearable = if cfg!(feature = "meaning") { 5 } else { 10 };
    assert!(wrong.len() * 100 <= answered.len() * bearable, "{wrong:?} of {}", answered.len());
    assert!(answered.len() >= 15, "{answered:?}");
}
