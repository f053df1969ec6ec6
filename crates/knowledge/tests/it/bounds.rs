//! Messages and entries that are out of all proportion.

use crate::bases::{built, entry, practice_entries};
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Index, Language};

/// Different words.
fn numbered(word: &str, count: u32) -> String {
    (0..count).map(|number| format!("{word}{number}")).collect::<Vec<_>>().join(" ")
}

/// What somebody sends to see what happens.
fn odd() -> Vec<String> {
    let repeated = ["a", "字", "م", "🎉", "👩‍👩‍👧‍👦", "(a+)+$", "\u{0}", "é", "1", "-", "' ", "ﷺ", "\u{202e}abc"];
    let mut odd: Vec<String> = repeated.iter().map(|part| part.repeat(4000 / part.chars().count())).collect();
    odd.push(format!("a{}", "\u{301}".repeat(3999)));
    odd.push("e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}".repeat(500));
    odd.push(numbered("w", 800));
    odd.push("^(([a-z])+.)+[A-Z]([a-z])+$".repeat(140));
    odd.push("\u{feff}\u{200b}\u{200d}".repeat(1300));
    odd.push("שעות פתיחה ".repeat(360));
    odd
}

#[test]
fn odd_messages_get_no_answer_in_any_language() {
    for language in Language::KNOWN.into_iter().chain([Language::Other]) {
        let index = Index::build(practice_entries(), Some(language));
        for message in odd() {
            let findings = index.ask(&message);
            let start: String = message.chars().take(20).collect();
            assert!(findings.answer().is_none(), "{language:?}: {start:?}: {:?}", findings.best);
            assert!(findings.ranked.iter().all(|ranked| ranked.score.is_finite()), "{language:?}: {start:?}");
            assert_eq!(findings, index.ask(&message), "{language:?}: {start:?}");
        }
    }
}

#[test]
fn odd_entries_do_not_hide_the_others() {
    let mut entries = practice_entries();
    for (id, text) in (100..).zip(odd()) {
        entries.push(entry(id, &text, &text, &[&text]));
    }
    let index = built(entries);
    assert_eq!(index.ask("What are your business hours?").best.unwrap().entry.id, EntryId(1));
    assert_eq!(index.ask("where can I park").best.unwrap().entry.id, EntryId(6));
}

#[test]
fn an_entry_of_a_hundred_kilobytes_is_found_and_hides_nothing() {
    let tale = numbered("word", 14_000);
    let mut entries = practice_entries();
    entries.push(entry(100, "What is in the catalogue?", &tale[..100_000], &["catalogue"]));
    let index = built(entries);
    assert_eq!(index.ask("the catalogue please").best.unwrap().entry.id, EntryId(100));
    assert_eq!(index.ask("opening hours").best.unwrap().entry.id, EntryId(1));
}

#[test]
fn a_question_in_front_of_a_long_message_counts() {
    let index = built(practice_entries());
    let message = format!("Is there parking nearby? {}", "lorem ipsum dolor ".repeat(220));
    assert_eq!(index.ask(&message).best.unwrap().entry.id, EntryId(6));
}
