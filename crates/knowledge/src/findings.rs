//! What a look into a knowledge base finds.

use crate::entry::Entry;
use crate::evidence::Evidence;
use frontdesk_domain::confidence::KNOWLEDGE_BASE_MIN;

/// The most entries that are ranked for a query: the guide's number for a prompt.
pub const RANKED: usize = 10;
/// The most related questions that a visitor is shown.
pub const SUGGESTIONS: usize = 3;
/// From this likeness on two questions are taken for one in other words.
pub const NEAR_DUPLICATE: f64 = 0.8;
/// Below this confidence of the best entry nothing is related. Of the suggestions that are shown from here on
/// nine of ten hold the right entry, where there is one (`examples/fit` prints it, each base left out of the fit).
pub const RELATED_MIN: f64 = 0.2;

/// An entry and how well it matches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// From 0 to about 1. It orders the entries for one query and says little across queries; what does
    /// is the confidence of an [`Answer`].
    pub score: f64,
}

/// The best entry for a query, and how sure it is to be the right one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// From 0 to 1, calibrated: of the answers given with 0.85, at least 85 of 100 should be right.
    pub confidence: f64,
}

/// An entry and how alike its question is to another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similar<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// From 0 (nothing in common) to 1 (the same words), the same in both directions.
    pub likeness: f64,
}

/// What a knowledge base has to say to a query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings<'a> {
    /// At most [`RANKED`] entries that match, best first; of entries with the same answer only the best.
    pub ranked: Vec<Ranked<'a>>,
    /// The first of them with its confidence, however low.
    pub best: Option<Answer<'a>>,
    /// What that confidence is made of.
    pub evidence: Option<Evidence>,
}

impl<'a> Findings<'a> {
    /// The answer, where it is sure enough to be given.
    pub fn answer(&self) -> Option<Answer<'a>> {
        self.best.filter(|best| best.confidence >= KNOWLEDGE_BASE_MIN)
    }

    /// The ranked entries, if they are related at all.
    pub fn related(&self) -> &[Ranked<'a>] {
        if self.best.is_some_and(|best| best.confidence >= RELATED_MIN) { &self.ranked } else { &[] }
    }

    /// Up to [`SUGGESTIONS`] related entries to offer where there is no [`answer`](Self::answer); none where
    /// nothing is related.
    pub fn suggestions(&self) -> &[Ranked<'a>] {
        let related =
            self.best.is_some_and(|best| (RELATED_MIN..KNOWLEDGE_BASE_MIN).contains(&best.confidence));
        if related { &self.ranked[..self.ranked.len().min(SUGGESTIONS)] } else { &[] }
    }
}
