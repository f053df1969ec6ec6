//! Choosing entries for a prompt.

use crate::entry::Entry;
use crate::findings::Ranked;

/// The entries of `ranked` that fit into `budget_tokens` together, in their order; `count` says how many
/// tokens an entry takes. An entry that does not fit is skipped, never cut in half, because half an answer
/// misleads the model that reads it; a smaller one after it may still fit.
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
    let mut left = budget_tokens;
    let mut packed = Vec::new();
    for ranked in ranked {
        if let Some(rest) = left.checked_sub(count(ranked.entry)) {
            left = rest;
            packed.push(ranked.entry);
        }
    }
    packed
}
