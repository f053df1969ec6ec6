//! Choosing entries for a prompt.

use crate::entry::Entry;
use crate::findings::{RANKED, Ranked};

/// How much faster than the score the chance falls that an entry is the one. Of the questions that a ranking
/// answers at all, four in five are answered by its first entry, though the second often has three quarters of
/// the first one's score.
const STEEPNESS: i32 = 4;

/// An entry and how many tokens it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// Its tokens.
    pub tokens: usize,
}

/// What stands in a prompt and what does not, both in the order of the ranking.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Packing<'a> {
    /// They fit into the budget together.
    pub entries: Vec<Measured<'a>>,
    /// The others.
    pub left_out: Vec<Measured<'a>>,
}

impl Packing<'_> {
    /// The tokens of all packed entries.
    pub fn tokens(&self) -> usize {
        self.entries.iter().map(|measured| measured.tokens).sum()
    }
}

/// The entries of `ranked` that are worth the most together in `budget_tokens`; `count` says how many tokens an
/// entry takes. No entry is cut in half, because half an answer misleads the model that reads it.
///
/// The first entry that fits is always among them: it is likelier to be the one than all others together. The
/// rest of the budget goes to those of the next that are worth the most, found among all combinations. An entry
/// is worth what its chance is to be the one, which falls faster than its score; so a good entry is not traded for
/// several weak small ones. No more than [`RANKED`] entries are looked at.
///
/// ```
/// use frontdesk_domain::ids::EntryId;
/// use frontdesk_knowledge::{Entry, Index, Language, pack};
/// let entry = |id, question: &str, answer: &str| Entry {
///     id: EntryId(id), question: question.into(), answer: answer.into(), keywords: vec![], category: None, priority: 0,
/// };
/// let index = Index::build(vec![
///     entry(1, "Where can I park?", "Behind the house."),
///     entry(2, "Is parking free?", &"Yes, and it always was. ".repeat(50)),
/// ], Some(Language::English));
/// let packing = pack(&index.ask("parking").ranked, 20, |entry| entry.answer.len() / 4);
/// assert_eq!((packing.entries[0].entry.id, packing.tokens()), (EntryId(1), 4));
/// assert_eq!(packing.left_out[0].entry.id, EntryId(2));
/// ```
pub fn pack<'a>(ranked: &[Ranked<'a>], budget_tokens: usize, count: impl Fn(&Entry) -> usize) -> Packing<'a> {
    let candidates: Vec<Measured<'a>> = ranked
        .iter()
        .take(RANKED)
        .map(|ranked| Measured { entry: ranked.entry, tokens: count(ranked.entry) })
        .collect();
    let Some(first) = candidates.iter().position(|candidate| candidate.tokens <= budget_tokens) else {
        return Packing { entries: Vec::new(), left_out: candidates };
    };
    let after: Vec<Item> = (first + 1..candidates.len())
        .map(|at| Item { tokens: candidates[at].tokens, worth: worth(ranked[at].score, ranked[first].score) })
        .collect();
    let chosen = most_worth(&after, budget_tokens - candidates[first].tokens).set;
    let is_chosen = |at: usize| at == first || (at > first && chosen & (1 << (at - first - 1)) != 0);
    let mut packing = Packing::default();
    for (at, candidate) in candidates.into_iter().enumerate() {
        if is_chosen(at) { packing.entries.push(candidate) } else { packing.left_out.push(candidate) }
    }
    packing
}

#[derive(Clone, Copy)]
struct Item {
    tokens: usize,
    worth: f64,
}

/// A set of items, as bits by their places.
#[derive(Clone, Copy, Default)]
struct Choice {
    set: u32,
    worth: f64,
}

/// 1 for an entry as good as the first.
fn worth(score: f64, first: f64) -> f64 {
    if first > 0.0 { (score / first).powi(STEEPNESS) } else { 0.0 }
}

/// The items that are worth the most together in `budget`; of equal sets the one with the earlier items. Both ways
/// are tried for each item, which is 512 sets at the most.
fn most_worth(items: &[Item], budget: usize) -> Choice {
    let Some((&item, rest)) = items.split_first() else { return Choice::default() };
    let without = most_worth(rest, budget);
    let without = Choice { set: without.set << 1, ..without };
    let Some(left) = budget.checked_sub(item.tokens) else { return without };
    let with = most_worth(rest, left);
    let with = Choice { set: with.set << 1 | 1, worth: with.worth + item.worth };
    if with.worth >= without.worth { with } else { without }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_domain::ids::EntryId;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn entries(n: usize) -> Vec<Entry> {
        let entry = |id| Entry {
            id: EntryId(id),
            question: String::new(),
            answer: String::new(),
            keywords: vec![],
            category: None,
            priority: 0,
        };
        (0..).take(n).map(entry).collect()
    }

    /// Packs entries with these scores and tokens; their places in the ranking.
    fn packed(ranking: &[(f64, usize)], budget: usize) -> Vec<i32> {
        let entries = entries(ranking.len());
        let ranked: Vec<Ranked<'_>> =
            entries.iter().zip(ranking).map(|(entry, &(score, _))| Ranked { entry, score }).collect();
        let size = |entry: &Entry| ranking[usize::try_from(entry.id.0).unwrap()].1;
        let packing = pack(&ranked, budget, size);
        assert_eq!(packing.entries.len() + packing.left_out.len(), ranked.len().min(RANKED));
        assert!(packing.tokens() <= budget);
        packing.entries.iter().map(|measured| measured.entry.id.0).collect()
    }

    #[test]
    fn the_best_entry_is_not_traded_for_many_weak_small_ones() {
        let mut ranking = vec![(0.9, 1_000)];
        ranking.extend([(0.6, 100); 9]);
        assert_eq!(packed(&ranking, 1_000), [0]);
        assert_eq!(packed(&ranking, 1_250), [0, 1, 2]);
    }

    #[test]
    fn a_good_second_is_not_traded_for_several_weak_small_ones() {
        let ranking = [(0.9, 100), (0.8, 500), (0.4, 100), (0.4, 100), (0.4, 100), (0.4, 100), (0.4, 100)];
        assert_eq!(packed(&ranking, 600), [0, 1]);
    }

    #[test]
    fn two_good_ones_are_worth_more_than_one_that_is_as_good_and_large() {
        assert_eq!(packed(&[(0.9, 100), (0.8, 500), (0.79, 250), (0.79, 250)], 600), [0, 2, 3]);
    }

    #[test]
    fn what_fits_together_is_packed_in_the_order_of_the_ranking() {
        assert_eq!(packed(&[(0.9, 10), (0.5, 10), (0.1, 10)], 30), [0, 1, 2]);
        assert_eq!(packed(&[(0.9, 1_000), (0.5, 10)], 30), [1]);
        assert!(packed(&[(0.9, 1_000)], 30).is_empty());
        assert!(packed(&[], 30).is_empty());
        assert_eq!(packed(&[(0.9, usize::MAX), (0.9, usize::MAX)], usize::MAX), [0]);
    }

    fn rankings() -> impl Strategy<Value = Vec<(f64, usize)>> {
        vec((0.01..1.0_f64, 0..400_usize), 0..14).prop_map(|mut ranking| {
            ranking.sort_by(|a, b| b.0.total_cmp(&a.0));
            ranking
        })
    }

    proptest! {
        #[test]
        fn the_first_that_fits_is_always_packed(ranking in rankings(), budget in 0..1_500_usize) {
            let first = ranking.iter().take(RANKED).position(|(_, tokens)| *tokens <= budget);
            let packed = packed(&ranking, budget);
            prop_assert_eq!(packed.first().map(|at| usize::try_from(*at).unwrap()), first);
            prop_assert!(packed.is_sorted());
        }

        #[test]
        fn no_other_set_with_the_first_is_worth_more(ranking in rankings(), budget in 0..1_500_usize) {
            let packed: Vec<usize> =
                packed(&ranking, budget).into_iter().map(|at| usize::try_from(at).unwrap()).collect();
            let Some(&first) = packed.first() else { return Ok(()) };
            let total = |set: &[usize]| set.iter().map(|&at| worth(ranking[at].0, ranking[first].0)).sum::<f64>();
            let others: Vec<usize> = (first + 1..ranking.len().min(RANKED)).collect();
            for bits in 0..1_u32 << others.len() {
                let mut set = vec![first];
                set.extend(others.iter().enumerate().filter(|(bit, _)| bits & 1 << bit != 0).map(|(_, at)| at));
                if set.iter().map(|&at| ranking[at].1).sum::<usize>() <= budget {
                    prop_assert!(total(&set) <= total(&packed) + 1e-9, "{:?} {:?}", set, packed);
                }
            }
        }

        #[test]
        fn nothing_that_still_fits_is_left_out(ranking in rankings(), budget in 0..1_500_usize) {
            let packed = packed(&ranking, budget);
            let used: usize = packed.iter().map(|at| ranking[usize::try_from(*at).unwrap()].1).sum();
            for (at, (_, tokens)) in ranking.iter().enumerate().take(RANKED) {
                let is_packed = packed.contains(&i32::try_from(at).unwrap());
                prop_assert!(is_packed || used + tokens > budget, "{at}");
            }
        }
    }
}
