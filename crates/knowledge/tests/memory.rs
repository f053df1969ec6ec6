//! How much memory an index takes. A binary of its own, because its allocator counts for the whole process.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use cap::Cap;
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Index, Language};
use std::alloc::System;

#[global_allocator]
static COUNTED: Cap<System> = Cap::new(System, usize::MAX);

/// An entry of words that partly come again in others, as they do.
fn entry(id: i32, words: i32) -> Entry {
    let text = |seed: i32, words: i32| {
        let words = (0..words).map(|at| format!("word{}", (id * 31 + at * seed * 17) % (50 + id * 3)));
        words.collect::<Vec<_>>().join(" ")
    };
    Entry {
        id: EntryId(id),
        question: text(1, 9),
        answer: text(2, words),
        keywords: (1..6).map(|seed| text(seed, 1)).collect(),
        category: (id % 2 == 0).then(|| text(3, 2)),
        priority: 0,
    }
}

#[test]
fn an_index_takes_what_it_says() {
    // Tables that all indexes share are made by the first.
    drop(Index::build(vec![entry(1, 50)], Some(Language::English)));
    for (entries, words) in [(10, 50), (100, 50), (2_000, 50), (2_000, 10), (20, 5_000), (20_000, 30)] {
        let before = COUNTED.allocated();
        let all = (0..entries).map(|id| entry(id, words)).collect();
        let index = Index::build(all, Some(Language::English));
        let taken = COUNTED.allocated() - before;
        let said = index.bytes();
        // A cache is bounded by what is said: never less than is taken.
        assert!(said >= taken, "{entries} entries of {words} words: {said} said, {taken} taken");
        assert!(said * 100 <= taken * 115, "{entries} entries of {words} words: {said} said, {taken} taken");
    }
}
