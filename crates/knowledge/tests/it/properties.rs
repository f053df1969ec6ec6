//! What holds for every base and every message.

use crate::bases::{built, practice, rank};
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Index, Language, pack};
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
    fn every_language_keeps_to_the_bounds(
        entries in base(), query in text(), at in 0_usize..=Language::KNOWN.len(),
    ) {
        let language = Language::KNOWN.get(at).copied().unwrap_or(Language::Other);
        let (index, other) =
            (Index::build(entries.clone(), Some(language)), Index::build(entries, Some(language)));
        let findings = index.ask(&query);
        prop_assert!(findings.ranked.iter().all(|ranked| ranked.score > 0.0 && ranked.score < 1.1));
        prop_assert!(findings.best.is_none_or(|best| (0.0..=1.0).contains(&best.confidence)));
        prop_assert!(index.similar(&query, 5).iter().all(|alike| (0.0..=1.0 + 1e-9).contains(&alike.likeness)));
        prop_assert_eq!(&findings, &other.ask(&query));
    }

    #[test]
    fn any_message_is_met_without_panic(query in any::<String>()) {
        let answer = practice().ask(&query).best.map_or(0.0, |answer| answer.confidence);
        prop_assert!((0.0..=1.0).contains(&answer));
    }
}
