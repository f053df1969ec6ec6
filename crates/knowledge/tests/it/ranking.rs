//! The order of entries.

use crate::bases::{built, entry, practice, rank};
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Index};

fn first(index: &Index, query: &str) -> Option<EntryId> {
    rank(index, query, 1).first().map(|ranked| ranked.entry.id)
}

#[test]
fn an_empty_base_finds_nothing() {
    let index = built(vec![]);
    assert!(index.is_empty());
    assert!(index.entries().is_empty());
    assert!(rank(&index, "hours", 10).is_empty());
    assert_eq!(index.ask("hours").best, None);
}

#[test]
fn entries_are_kept_in_order() {
    let index = practice();
    assert!(!index.is_empty());
    assert_eq!(index.entries().len(), 12);
    assert_eq!(index.entries()[3].id, EntryId(4));
}

#[test]
fn blank_entries_do_no_harm() {
    let index = built(vec![entry(1, "", "", &[]), entry(2, "Parking?", "Behind.", &["", "  "])]);
    assert_eq!(first(&index, "parking"), Some(EntryId(2)));
    assert_eq!(rank(&index, "parking", 10).len(), 1);
}

#[test]
fn no_more_than_asked_for() {
    let index = practice();
    assert!(rank(&index, "hours", 0).is_empty());
    assert_eq!(rank(&index, "do you accept my insurance or cash", 3).len(), 3);
}

#[test]
fn misspelled_and_compound_words_are_found() {
    let index = practice();
    assert_eq!(first(&index, "insurence"), Some(EntryId(7)));
    assert_eq!(first(&index, "creditcard"), Some(EntryId(8)));
    assert_eq!(first(&index, "cancelation"), Some(EntryId(9)));
}

#[test]
fn a_curly_apostrophe_is_an_apostrophe() {
    let index = practice();
    let scores = |query| rank(&index, query, 12).iter().map(|ranked| ranked.score).collect::<Vec<_>>();
    assert_eq!(scores("what\u{2019}s the price"), scores("what's the price"));
}

#[test]
fn the_category_is_one_more_keyword() {
    let with =
        |category: &str| Entry { category: Some(category.into()), ..entry(2, "Any fees?", "None.", &[]) };
    let index = built(vec![entry(1, "Where?", "Here.", &[]), with("terms_of_payment")]);
    assert_eq!(first(&index, "payment terms"), Some(EntryId(2)));
}

#[test]
fn other_scripts_are_matched_too() {
    let index = built(vec![
        entry(1, "营业时间是什么?", "周一至周五", &[]),
        entry(2, "¿Dónde está el aparcamiento?", "Detrás del edificio", &[]),
    ]);
    assert_eq!(first(&index, "营业时间"), Some(EntryId(1)));
    assert_eq!(first(&index, "APARCAMIENTO"), Some(EntryId(2)));
}

#[test]
fn priority_decides_between_equals_only() {
    let base = |priority| {
        built(vec![
            entry(1, "Is there parking?", "In the street.", &[]),
            Entry { priority, ..entry(2, "Is there parking?", "Behind the house.", &[]) },
            Entry { priority: 100, ..entry(3, "Where are you?", "In town, next to the parking deck.", &[]) },
        ])
    };
    assert_eq!(first(&base(0), "parking"), Some(EntryId(1)));
    assert_eq!(first(&base(1), "parking"), Some(EntryId(2)));
    assert_eq!(first(&base(-1), "parking"), Some(EntryId(1)));
}
