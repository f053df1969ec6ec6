//! The topic words of a query against those of an entry, by their letters and by their meanings.

use crate::index::{Index, Match};
use crate::meaning::{self, Gist, Row};
use crate::numbers::share;
use crate::query::QueryTerm;
use crate::vocabulary::{Kind, TermId};

/// Below this two words have nothing in common.
const RELATED: f64 = 0.35;
/// From here on one word can stand for the other.
const SYNONYM: f64 = 0.45;

/// The topic words of a query.
pub(crate) struct Topics<'a> {
    pub(crate) terms: Vec<&'a QueryTerm>,
}

impl<'a> Topics<'a> {
    pub(crate) fn of(matching: &'a Match) -> Self {
        Self { terms: matching.terms.iter().filter(|term| term.kind == Kind::Topic).collect() }
    }

    /// The mean of a number over the words, by their weight.
    pub(crate) fn share(&self, of: impl Fn(&QueryTerm) -> f64) -> f64 {
        let sum = self.terms.iter().map(|term| term.weight * of(term)).sum();
        share(sum, self.terms.iter().map(|term| term.weight).sum())
    }

    /// The greatest of a number over the words, at least 0.
    pub(crate) fn most(&self, of: impl Fn(&QueryTerm) -> f64) -> f64 {
        self.terms.iter().map(|term| of(term)).fold(0.0, f64::max)
    }

    /// The share of the words to which the entry's heading has related ones, by how related they are.
    pub(crate) fn soft(&self, index: &Index, entry: usize) -> f64 {
        let heading = rows(index, heading(index, entry));
        self.share(|term| {
            let alike = term.meaning.map_or(0.0, |row| closest(row, &heading));
            if alike > RELATED { alike } else { 0.0 }
        })
    }

    /// The share of the words that the entry has, or for which its heading has another one.
    pub(crate) fn meant(&self, index: &Index, entry: usize) -> f64 {
        if !index.knows_meanings() {
            return 0.0;
        }
        let heading = rows(index, heading(index, entry));
        self.share(|term| {
            let alike = term.meaning.map_or(0.0, |row| closest(row, &heading));
            term.found(index, entry).max(if alike > SYNONYM { alike } else { 0.0 })
        })
    }

    /// How alike the whole query is to the entry's question.
    pub(crate) fn gist_likeness(&self, index: &Index, entry: usize) -> f64 {
        self.gist().likeness(&gist(index, index.phrases[entry][0].iter().copied()))
    }

    /// Whether the first of these entries' headings is the most like the whole query.
    pub(crate) fn agrees(&self, index: &Index, order: &[usize]) -> bool {
        let gist_of_query = self.gist();
        let alike = |&entry: &usize| gist_of_query.likeness(&gist(index, heading(index, entry)));
        let best = order.first().map_or(0.0, alike);
        order.iter().skip(1).all(|entry| alike(entry) <= best)
    }

    fn gist(&self) -> Gist {
        Gist::of(self.terms.iter().filter_map(|term| Some((term.meaning?, term.weight))))
    }
}

/// The distinct terms of the entry's question, keywords and category.
fn heading(index: &Index, entry: usize) -> impl Iterator<Item = TermId> {
    let mut terms: Vec<TermId> = index.phrases[entry].iter().flatten().copied().collect();
    terms.sort_unstable();
    terms.dedup();
    terms.into_iter()
}

fn rows(index: &Index, terms: impl Iterator<Item = TermId>) -> Vec<Row> {
    terms.filter_map(|term| index.vocabulary.meaning(term)).collect()
}

fn gist(index: &Index, terms: impl Iterator<Item = TermId>) -> Gist {
    Gist::of(
        terms.filter_map(|term| Some((index.vocabulary.meaning(term)?, index.rarities.known[term as usize]))),
    )
}

fn closest(row: Row, heading: &[Row]) -> f64 {
    heading.iter().map(|&other| meaning::likeness(row, other)).fold(0.0, f64::max)
}
