//! Finds the knowledge-base entry that answers a visitor's message, and says how sure it is.
//!
//! ```
//! use frontdesk_domain::ids::EntryId;
//! use frontdesk_knowledge::{Entry, Index, Language};
//!
//! let entry = |id, question: &str, answer: &str, keywords: &[&str]| Entry {
//!     id: EntryId(id),
//!     question: question.into(),
//!     answer: answer.into(),
//!     keywords: keywords.iter().map(|&keyword| keyword.into()).collect(),
//!     category: None,
//!     priority: 0,
//! };
//! let index = Index::build(vec![
//!     entry(1, "What are your business hours?", "Monday to Friday, 9 to 5.", &["opening hours"]),
//!     entry(2, "Is there parking nearby?", "Behind the building.", &["car"]),
//! ], Some(Language::English));
//!
//! let answer = index.ask("Your opening hours, please").answer().unwrap();
//! assert_eq!(answer.entry.id, EntryId(1));
//!
//! let nothing = index.ask("How high is Mount Everest?");
//! assert!(nothing.answer().is_none() && nothing.suggestions().is_empty());
//! ```
//!
//! # How
//!
//! Texts are brought into one form (Unicode's NFKC, lower case, no accents) and into words, whose stems and function
//! words are known for seven languages. Entries are ranked by BM25 over stems, weighted by field, with a fifth of
//! the score from groups of letters, which see through spelling and compounds. A word that the knowledge base does
//! not know is read as the one that is spelled most like it, else as those that mean most like it (English; the
//! cargo feature `meaning`). Entries with the same answer count as one.
//!
//! The best entry's [`Evidence`] is then turned into a probability by a logistic function that was fitted to several
//! knowledge bases, each checked by the fit to the others (`examples/fit`). A score alone would not do as the
//! confidence. The best of a bad lot still has a score, and a short message like "yes" that matches one word by
//! chance has a high one; that is how a visitor who asks for a mountain gets a phone number. So what the entry leaves
//! unexplained counts as well, how far the next answers are behind, and whether the entry answers another kind of
//! question. No word is a command here.
//!
//! There is no I/O, no clock and no randomness: the same entries and the same query give the same result.

mod confidence;
mod entry;
mod evidence;
mod findings;
mod grams;
mod index;
mod language;
mod languages;
pub mod limits;
mod meaning;
mod numbers;
mod pack;
mod postings;
mod query;
mod question;
mod slips;
mod text;
mod topics;
mod vocabulary;
mod weigh;
mod weights;
mod wording;

pub use entry::Entry;
pub use evidence::{Contribution, Evidence};
pub use findings::{Answer, Findings, NEAR_DUPLICATE, RANKED, RELATED_MIN, Ranked, SUGGESTIONS, Similar};
pub use index::Index;
pub use language::Language;
pub use pack::{Measured, Packing, pack};
pub use question::question_key;
pub use wording::{MAX_WORDING_CHARS, Wording, cut_wording};
