//! The numbers of the ranking. They were chosen by hand on round values near the best of a coarse search
//! over several knowledge bases; none of them is sharp: doubling or halving one moves the share of right
//! first places by one or two hundredths.

use crate::vocabulary::Kind;

/// Of a term found in the question.
pub(crate) const QUESTION: f64 = 2.0;
/// Of a term found among keywords and category.
pub(crate) const KEYS: f64 = 1.5;
/// Of a term found in the answer.
pub(crate) const ANSWER: f64 = 0.5;

/// BM25's `k1`: how soon more of the same word stops to count.
pub(crate) const SATURATION: f64 = 1.2;
/// BM25's `b`: how much a long field makes each of its words count for less.
pub(crate) const LENGTH: f64 = 0.6;

/// Words that look unlike each other by more than this are not the same word misspelled.
pub(crate) const MIN_LIKENESS: f64 = 0.5;
/// A word that had to be read as another one counts for this much of it.
pub(crate) const MISSPELLED: f64 = 0.8;
/// Words that mean less alike than this are not read as each other.
pub(crate) const MIN_MEANT: f64 = 0.4;
/// A word that had to be read as one of like meaning counts for this much of it.
pub(crate) const MEANT: f64 = 0.6;
/// As so many others a word is read at the most.
pub(crate) const KIN: usize = 4;
/// Shorter words have too few letters to guess what they were meant to be.
pub(crate) const MIN_SPELLED_CHARS: usize = 4;

/// How far a word counts as explained that only the answer holds: answers mention many things that they are
/// not about.
pub(crate) const IN_ANSWER: f64 = 0.5;

/// The letters' part of the score; the words have the rest.
pub(crate) const LETTERS: f64 = 0.2;
/// How much of an entry's score is the mean of all entries with its answer: one whose siblings match as
/// well is the surer bet.
pub(crate) const SIBLINGS: f64 = 0.4;
/// The most that `priority` can change a score, as a share of it: enough to break near-ties only.
pub(crate) const PRIORITY: f64 = 0.01;

/// How much a kind of term counts.
pub(crate) const fn of(kind: Kind) -> f64 {
    match kind {
        Kind::Topic => 1.0,
        Kind::Function => 0.25,
        Kind::Pair => 0.2,
    }
}
