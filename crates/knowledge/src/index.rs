//! A knowledge base made ready to be asked.

use crate::confidence;
use crate::entry::Entry;
use crate::evidence::Evidence;
use crate::grams::GramIndex;
use crate::numbers::{id, share};
use crate::postings::{self, Posting};
use crate::query::{self, QueryTerm, Rarities};
use crate::text;
use crate::vocabulary::{TermId, Vocabulary};
use crate::weights;
use std::collections::HashMap;

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

/// A knowledge base made ready to be asked. It is built once and never changes; build a new one when an
/// entry changes, which takes well under a millisecond for a hundred entries.
#[derive(Debug, Clone)]
pub struct Index {
    entries: Vec<Entry>,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) rarities: Rarities,
    pub(crate) postings: Vec<Vec<Posting>>,
    pub(crate) phrases: Vec<Vec<Vec<TermId>>>,
    /// For each entry the number of its answer: entries that say the same have the same.
    pub(crate) answers: Vec<u32>,
    siblings: Vec<u32>,
    letters: GramIndex,
    letter_norms: Vec<f64>,
}

/// How well each entry matches a query.
pub(crate) struct Match {
    pub(crate) terms: Vec<QueryTerm>,
    /// By entry, the share of the highest possible BM25 score.
    pub(crate) words: Vec<f64>,
    /// By entry, the likeness in letter groups.
    pub(crate) letters: Vec<f64>,
    /// By entry, both together.
    pub(crate) scores: Vec<f64>,
}

impl Index {
    /// Reads `entries`. Every list of entries can be indexed, also an empty one.
    pub fn build(entries: Vec<Entry>) -> Self {
        let (answers, siblings) = number_answers(&entries);
        let read = postings::read(&entries);
        let holders: Vec<usize> = read.postings.iter().map(|held| distinct_answers(held, &answers)).collect();
        let letters = GramIndex::build(&read.grams);
        Self {
            rarities: Rarities::new(siblings.len(), &holders),
            vocabulary: read.vocabulary,
            postings: read.postings,
            phrases: read.phrases,
            letter_norms: letters.norms(),
            letters,
            answers,
            siblings,
            entries,
        }
    }

    /// The entries, in the order in which they were given.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The `k` entries that match `query` best, best first. Entries that share nothing with it are left
    /// out, so there may be fewer.
    pub fn rank(&self, query: &str, k: usize) -> Vec<Ranked<'_>> {
        let scores = self.matching(&text::normalize(query)).scores;
        let mut order = best_first(&scores);
        order.truncate(k);
        order.into_iter().map(|at| Ranked { entry: &self.entries[at], score: scores[at] }).collect()
    }

    /// The best entry for `query` with its confidence, however low; `None` if nothing matches at all.
    pub fn answer(&self, query: &str) -> Option<Answer<'_>> {
        let (entry, evidence) = self.evidence(query)?;
        Some(Answer { entry, confidence: confidence::of(&evidence) })
    }

    /// The best entry for `query` and what speaks for it: what its confidence is made of.
    pub fn evidence(&self, query: &str) -> Option<(&Entry, Evidence)> {
        let matching = self.matching(&text::normalize(query));
        let order = best_first(&matching.scores);
        let &best = order.first()?;
        let rival = order.iter().copied().find(|&at| self.answers[at] != self.answers[best]);
        Some((&self.entries[best], Evidence::weigh(self, &matching, best, rival)))
    }

    pub(crate) fn different_answers(&self) -> usize {
        self.siblings.len()
    }

    fn matching(&self, normalized: &str) -> Match {
        let terms = query::terms(normalized, &self.vocabulary, &self.rarities);
        let words = self.word_scores(&terms);
        let letters = self.letters.cosines(&text::grams(normalized), &self.letter_norms);
        let both = words
            .iter()
            .zip(&letters)
            .map(|(words, letters)| (1.0 - weights::LETTERS) * words + weights::LETTERS * letters);
        let scores = self.with_siblings(&both.collect::<Vec<_>>());
        Match { terms, words, letters, scores }
    }

    fn word_scores(&self, terms: &[QueryTerm]) -> Vec<f64> {
        let mut scores = vec![0.0; self.entries.len()];
        for query_term in terms {
            let held = query_term.term.map_or(&[][..], |term| &self.postings[term as usize]);
            for posting in held {
                scores[posting.entry as usize] += query_term.weight * query_term.likeness * posting.weight;
            }
        }
        let highest: f64 = terms.iter().map(|term| term.weight).sum();
        scores.into_iter().map(|score| share(score, highest)).collect()
    }

    /// Draws each score towards the mean of all entries with the same answer, and adds the priority.
    fn with_siblings(&self, scores: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.siblings.len()];
        for (&answer, score) in self.answers.iter().zip(scores) {
            sums[answer as usize] += score;
        }
        let drawn = |(at, &score): (usize, &f64)| {
            let answer = self.answers[at] as usize;
            let mean = share(sums[answer], f64::from(self.siblings[answer]));
            let score = (1.0 - weights::SIBLINGS) * score + weights::SIBLINGS * mean;
            score * (1.0 + weights::PRIORITY * bounded(self.entries[at].priority))
        };
        scores.iter().enumerate().map(drawn).collect()
    }
}

/// The positions of all scores above 0, the highest first; of equal ones the first first.
fn best_first(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).filter(|&at| scores[at] > 0.0).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order
}

/// Between -1 and 1, and greater for a greater priority.
fn bounded(priority: i32) -> f64 {
    let priority = f64::from(priority);
    priority / (1.0 + priority.abs())
}

/// For each entry the number of its answer, and for each answer the number of entries.
fn number_answers(entries: &[Entry]) -> (Vec<u32>, Vec<u32>) {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut siblings = Vec::new();
    let answers = entries.iter().map(|entry| {
        let number = *numbers.entry(entry.answer.trim()).or_insert_with(|| {
            siblings.push(0);
            id(siblings.len() - 1)
        });
        siblings[number as usize] += 1;
        number
    });
    (answers.collect(), siblings)
}

fn distinct_answers(held: &[Posting], answers: &[u32]) -> usize {
    let mut found: Vec<u32> = held.iter().map(|posting| answers[posting.entry as usize]).collect();
    found.sort_unstable();
    found.dedup();
    found.len()
}
