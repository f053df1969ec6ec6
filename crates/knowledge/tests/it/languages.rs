//! A knowledge base in each language, and what its visitors ask.

use crate::bases::{Sample, arabic, chinese, dutch, french, german, italian, portuguese, spanish};
use frontdesk_domain::confidence::KNOWLEDGE_BASE_MIN;
use frontdesk_knowledge::{Index, Language};

/// The samples with the questions of a hundred whose right entry has to be first.
const SAMPLES: [(&Sample, usize); 8] = [
    (&german::SAMPLE, 95),
    (&french::SAMPLE, 83),
    (&spanish::SAMPLE, 95),
    (&italian::SAMPLE, 90),
    (&portuguese::SAMPLE, 95),
    (&dutch::SAMPLE, 90),
    (&chinese::SAMPLE, 95),
    (&arabic::SAMPLE, 90),
];

/// A question, the right entry, the entry that was found, and how sure it is.
type Found = (&'static str, i32, i32, f64);

fn found(sample: &Sample) -> Vec<Found> {
    let index = Index::build(sample.entries(), Some(sample.language));
    let ask = |&(question, right): &(&'static str, i32)| {
        let best = index.ask(question).best;
        (question, right, best.map_or(0, |best| best.entry.id.0), best.map_or(0.0, |best| best.confidence))
    };
    sample.questions.iter().map(ask).collect()
}

#[test]
fn the_right_entry_is_first_in_every_language() {
    for (sample, least) in SAMPLES {
        let inside: Vec<Found> = found(sample).into_iter().filter(|&(_, right, _, _)| right != 0).collect();
        let missed: Vec<&Found> = inside.iter().filter(|(_, right, given, _)| right != given).collect();
        let hits = inside.len() - missed.len();
        println!("{}: {hits} of {} first; missed {missed:?}", sample.name, inside.len());
        assert!(inside.len() >= 20, "{}", sample.name);
        assert!(hits * 100 >= inside.len() * least, "{}: {missed:?}", sample.name);
    }
}

#[test]
fn a_question_without_an_answer_gets_none_in_any_language() {
    for (sample, _) in SAMPLES {
        for (question, _, given, confidence) in found(sample).into_iter().filter(|found| found.1 == 0) {
            println!("{}: {question}: {given} at {confidence:.2}", sample.name);
            assert!(confidence < KNOWLEDGE_BASE_MIN, "{}: {question}: {given} at {confidence}", sample.name);
        }
    }
}

#[test]
fn nine_of_ten_sure_answers_are_right_in_every_language() {
    for (sample, _) in SAMPLES {
        let sure: Vec<Found> =
            found(sample).into_iter().filter(|found| found.3 >= KNOWLEDGE_BASE_MIN).collect();
        let wrong: Vec<&Found> = sure.iter().filter(|(_, right, given, _)| right != given).collect();
        println!("{}: {} sure, wrong {wrong:?}", sample.name, sure.len());
        assert!(sure.len() >= 4, "{}: only {sure:?}", sample.name);
        assert!(wrong.len() * 10 <= sure.len(), "{}: {wrong:?} of {}", sample.name, sure.len());
    }
}

#[test]
fn the_language_is_found_from_the_entries() {
    for (sample, _) in SAMPLES {
        let found = Index::build(sample.entries(), None).language();
        assert_eq!(found, sample.language, "{}", sample.name);
    }
    assert_eq!(Index::build(crate::bases::practice_entries(), None).language(), Language::English);
}
