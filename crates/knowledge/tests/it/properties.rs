//! What holds for every base and every message.

use crate::bases::{built, entry, practice, rank};
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Evidence, Index, Language, pack};
use proptest::collection::vec;
use proptest::prelude::*;

/// Words that meet often, and anything at all.
fn text() -> impl Strategy<Value = String> {
    let words = proptest::sample::select(vec![
        "open", "hours", "what", "the", "price", "Café", "to", "p", "top-up", "你",
    ]);
    prop_oneof![vec(words, 0..8).prop_map(|words| words.join(" ")), any::<String>(), "[a-z_' ]{0,40}"]
}

fn base() -> impl Strategy<Value = Vec<Entry>> {
    let fields = (text(), text(), vec(text(), 0..3), proptest::option::of(text()), any::<i32>());
    vec(fields, 0..8).prop_map(|all| {
        (0..)
            .zip(all)
            .map(|(id, (question, answer, keywords, category, priority))| Entry {
                id: EntryId(id),
                question,
                answer,
                keywords,
                category,
                priority,
            })
            .collect()
    })
}

/// What nobody's knowledge base was made for.
fn hard() -> impl Strategy<Value = String> {
    let (letter, times) = (any::<char>(), 1_usize..4_000);
    prop_oneof![
        (letter, times).prop_map(|(letter, times)| letter.to_string().repeat(times)),
        "[\u{1f300}-\u{1faff}\u{200d}\u{fe0f}]{0,200}",
        "[\u{4e00}-\u{9fff}。？]{0,200}",
        "[\u{590}-\u{6ff}\u{200e}\u{200f}\u{202a}-\u{202e} ]{0,200}",
        "[a-e\u{300}-\u{36f}]{0,400}",
        (1_usize..900).prop_map(|times| "(a+)+$".repeat(times)),
        "[a-c\u{0} ]{0,100}",
    ]
}

fn language() -> impl Strategy<Value = Option<Language>> {
    let known = Language::KNOWN.into_iter().chain([Language::Other]).map(Some);
    proptest::sample::select(known.chain([None]).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn hard_texts_are_read_in_every_language(
        texts in vec((hard(), hard(), hard()), 0..4), query in hard(), language in language(),
    ) {
        let entries: Vec<Entry> = (0..)
            .zip(&texts)
            .map(|(id, (question, answer, keyword))| entry(id, question, answer, &[keyword]))
            .collect();
        let index = Index::build(entries.clone(), language);
        for query in texts.iter().map(|(question, _, _)| question).chain([&query]) {
            let found = index.ask(query);
            prop_assert!(found.ranked.iter().all(|ranked| ranked.score.is_finite() && ranked.score > 0.0));
            prop_assert!(found.ranked.iter().all(|ranked| ranked.score < 1.1));
            prop_assert!(found.best.is_none_or(|best| (0.0..=1.0).contains(&best.confidence)));
            let values = found.evidence.map_or([0.0; Evidence::LEN], Evidence::to_array);
            prop_assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
        }
        let again = Index::build(entries, language);
        prop_assert_eq!(again.ask(&query), index.ask(&query));
    }
}

#[test]
fn an_entry_of_a_hundred_kilobytes_is_found_beside_others() {
    let long = (0..15_000).map(|at| format!("word{at}")).collect::<Vec<_>>().join(" ");
    assert!(long.len() > 100_000);
    let index =
        built(vec![entry(1, "Terms of use", &long, &[]), entry(2, "Is there parking?", "Behind.", &[])]);
    assert_eq!(rank(&index, "parking", 1)[0].entry.id, EntryId(2));
    assert_eq!(rank(&index, "word14999", 1)[0].entry.id, EntryId(1));
    assert_eq!(rank(&index, "terms of use", 1)[0].entry.id, EntryId(1));
}

proptest! {
    #[test]
    fn ranks_are_sorted_distinct_and_positive(entries in base(), query in text(), k in 0_usize..12) {
        let index = built(entries);
        let ranked = rank(&index, &query, k);
        prop_assert!(ranked.len() <= k);
        prop_assert!(ranked.iter().all(|ranked| ranked.score > 0.0 && ranked.score < 1.1));
        prop_assert!(ranked.is_sorted_by(|a, b| a.score >= b.score));
        let mut ids: Vec<EntryId> = ranked.iter().map(|ranked| ranked.entry.id).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), ranked.len());
    }

    #[test]
    fn a_longer_ranking_starts_with_the_shorter(entries in base(), query in text()) {
        let index = built(entries);
        let (short, long) = (rank(&index, &query, 2), rank(&index, &query, 8));
        prop_assert_eq!(&long[..short.len()], &short[..]);
    }

    #[test]
    fn the_answer_is_the_first_with_a_probability(entries in base(), query in text()) {
        let index = built(entries);
        let answer = index.ask(&query).best;
        prop_assert_eq!(
            answer.map(|answer| answer.entry.id),
            rank(&index, &query, 1).first().map(|ranked| ranked.entry.id)
        );
        if let Some(answer) = answer {
            prop_assert!((0.0..=1.0).contains(&answer.confidence), "{}", answer.confidence);
        }
    }

    #[test]
    fn evidence_is_within_its_bounds(entries in base(), query in text()) {
        if let Some(evidence) = built(entries).ask(&query).evidence {
            let values = evidence.to_array();
            prop_assert!(values.iter().all(|value| (-1.0 - 1e-9..=1.0 + 1e-9).contains(value)), "{:?}", evidence);
        }
    }

    #[test]
    fn building_twice_gives_the_same(entries in base(), query in text()) {
        let (one, two) = (built(entries.clone()), built(entries));
        prop_assert_eq!(one.ask(&query), two.ask(&query));
            }

    #[test]
    fn packed_entries_keep_to_budget_and_order(
        entries in base(), query in text(), budget in 0_usize..100, size in 0_usize..60,
    ) {
        let index = built(entries);
        let ranked = rank(&index, &query, 8);
        let count = |entry: &Entry| size + entry.answer.len();
        let packing = pack(&ranked, budget, count);
        prop_assert!(packing.tokens() <= budget);
        let mut rest = ranked.iter();
        prop_assert!(packing.entries.iter().all(|packed| rest.any(|ranked| ranked.entry.id == packed.entry.id)));
    }

    #[test]
    fn any_message_is_met_without_panic(query in any::<String>()) {
        let answer = practice().ask(&query).best.map_or(0.0, |answer| answer.confidence);
        prop_assert!((0.0..=1.0).contains(&answer));
    }
}
