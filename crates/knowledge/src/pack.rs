//! Choosing entries for a prompt.

use crate::entry::Entry;
use crate::findings::Ranked;
use crate::numbers;

/// The entries of `ranked` that fit into `budget_tokens` together, in their order; `count` says how many
/// tokens an entry takes. The best goes in if it fits at all; of the others those with the highest score for
/// each token, so that a long one does not keep out several short ones that are worth more. An entry that does
/// not fit is left out, never cut in half, because half an answer misleads the model that reads it.
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
/// let packed = pack(&index.ask("parking").ranked, 20, |entry| entry.answer.len() / 4);
/// assert_eq!(packed.iter().map(|entry| entry.id).collect::<Vec<_>>(), [EntryId(1)]);
/// ```
pub fn pack<'a>(
    ranked: &[Ranked<'a>],
    budget_tokens: usize,
    count: impl Fn(&Entry) -> usize,
) -> Vec<&'a Entry> {
    let sizes: Vec<usize> = ranked.iter().map(|ranked| count(ranked.entry)).collect();
    let value = |&at: &usize| ranked[at].score / numbers::count(sizes[at].max(1));
    let mut order: Vec<usize> = (0..ranked.len()).collect();
    if let Some((_, others)) = order.split_first_mut() {
        others.sort_by(|a, b| value(b).total_cmp(&value(a)));
    }
    let mut left = budget_tokens;
    let mut packed: Vec<usize> = Vec::new();
    for at in order {
        if let Some(rest) = left.checked_sub(sizes[at]) {
            left = rest;
            packed.push(at);
        }
    }
    packed.sort_unstable();
    packed.into_iter().map(|at| ranked[at].entry).collect()
}
