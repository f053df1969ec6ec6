//! When an entry is sure enough to be given, and when it must not be.

use crate::bases::{built, entry, practice, practice_entries};
use frontdesk_domain::confidence::KNOWLEDGE_BASE_MIN;
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Index};

const HOURS: EntryId = EntryId(1);

/// Messages that no entry of a practice answers.
fn unrelated() -> Vec<String> {
    let mut messages: Vec<String> = [
        "how high is mount everest",
        "my eyes hurt",
        "yes",
        "Yes!",
        "no",
        "ok",
        "okay thanks",
        "",
        "   ",
        "?!",
        "🎉🎉🎉",
        "👍",
        "你们几点开门",
        "今天天气怎么样",
        "what is the meaning of life",
        "'; DROP TABLE widget_configs; --",
        "42",
    ]
    .map(str::to_owned)
    .to_vec();
    messages.push("a".repeat(4000));
    messages.push("yes ".repeat(1000));
    messages
}

fn confidence(index: &Index, query: &str) -> f64 {
    index.ask(query).best.map_or(0.0, |answer| answer.confidence)
}

#[test]
fn close_paraphrases_of_the_hours_are_answered() {
    let index = practice();
    // Without meanings a paraphrase of two short words is not quite sure.
    let sure = if cfg!(feature = "meaning") { KNOWLEDGE_BASE_MIN } else { 0.75 };
    for query in [
        "What are your business hours?",
        "what are your business hours",
        "WHAT ARE YOUR BUSINESS HOURS??",
        "when are you open",
        "When are you open?",
        "opening hours?",
        "opening hours",
        "your opening hours please",
        "business hours",
    ] {
        let answer = index.ask(query).best.unwrap();
        assert_eq!(answer.entry.id, HOURS, "{query}");
        assert!(answer.confidence >= sure, "{query}: {}", answer.confidence);
    }
}

#[test]
fn every_question_of_the_base_is_answered_by_its_own_entry() {
    let index = practice();
    for entry in index.entries() {
        let answer = index.ask(&entry.question).best.unwrap();
        assert_eq!(answer.entry.id, entry.id);
        assert!(answer.confidence >= KNOWLEDGE_BASE_MIN, "{}: {}", entry.question, answer.confidence);
    }
}

#[test]
fn unrelated_messages_are_not_answered() {
    let index = practice();
    for query in unrelated() {
        let confidence = confidence(&index, &query);
        assert!(confidence < 0.5, "{query:?}: {confidence}");
    }
}

#[test]
fn without_keywords_the_questions_still_work() {
    let bare = practice_entries().into_iter().map(|entry| Entry { keywords: vec![], ..entry });
    let index = built(bare.collect());
    assert!(confidence(&index, "business hours") >= KNOWLEDGE_BASE_MIN);
    for query in unrelated() {
        assert!(confidence(&index, &query) < 0.5, "{query:?}");
    }
}

#[test]
fn a_base_of_one_entry_does_not_answer_everything() {
    let index = built(vec![practice_entries().swap_remove(0)]);
    assert!(confidence(&index, "What are your business hours?") >= KNOWLEDGE_BASE_MIN);
    for query in unrelated().iter().map(String::as_str).chain(["do you sell gift cards", "where are you"]) {
        let confidence = confidence(&index, query);
        assert!(confidence < KNOWLEDGE_BASE_MIN, "{query:?}: {confidence}");
    }
}

#[test]
fn entries_with_the_same_answer_are_not_rivals() {
    let alone = practice_entries();
    let mut twice = practice_entries();
    twice.push(entry(13, "When do you open?", &alone[0].answer, &["opening hours"]));
    let (alone, twice) = (built(alone), built(twice));
    let ahead = |index: &Index| index.ask("opening hours").evidence.unwrap().ahead;
    assert!((ahead(&twice) - ahead(&alone)).abs() < 0.05, "{} {}", ahead(&twice), ahead(&alone));
    assert!(confidence(&twice, "opening hours") >= KNOWLEDGE_BASE_MIN);
}

#[test]
fn two_answers_to_one_question_are_not_sure() {
    let index = built(vec![
        entry(1, "What does delivery cost?", "Five dollars.", &[]),
        entry(2, "What does delivery cost?", "It is free.", &[]),
        entry(3, "Where are you?", "In town.", &[]),
    ]);
    let confidence = confidence(&index, "delivery cost");
    assert!(confidence < KNOWLEDGE_BASE_MIN, "{confidence}");
}
