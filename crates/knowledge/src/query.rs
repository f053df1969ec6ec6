//! What a visitor's message asks for, in terms of one knowledge base.

use crate::numbers::rarity;
use crate::text;
use crate::vocabulary::{Kind, TermId, Vocabulary};
use crate::weights;
use std::collections::HashSet;

/// A distinct word, or known pair of words, of a message.
#[derive(Debug, Clone)]
pub(crate) struct QueryTerm {
    /// The term that it is or was read as; `None` if the knowledge base has nothing like it.
    pub(crate) term: Option<TermId>,
    pub(crate) kind: Kind,
    /// How telling it is; an unknown word is the most telling of all.
    pub(crate) weight: f64,
    /// 1, less if the word had to be read as another.
    pub(crate) likeness: f64,
}

/// How rare each term of a vocabulary is, and how rare a word outside of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rarities {
    pub(crate) known: Vec<f64>,
    pub(crate) unknown: f64,
    /// Of a word that one answer alone has.
    pub(crate) highest: f64,
}

impl Rarities {
    /// Takes for each term the number of different answers, of `answers`, whose entries hold it.
    pub(crate) fn new(answers: usize, holders: &[usize]) -> Self {
        let known = holders.iter().map(|&holders| rarity(answers, holders)).collect();
        Self { known, unknown: rarity(answers, 0), highest: rarity(answers, 1) }
    }
}

/// The terms of a normalized message, each once.
pub(crate) fn terms(normalized: &str, vocabulary: &Vocabulary, rarities: &Rarities) -> Vec<QueryTerm> {
    let words: Vec<&str> = text::words(normalized).collect();
    let mut seen = HashSet::new();
    let mut terms = Vec::new();
    for word in &words {
        let stem = text::stem(word);
        if !seen.contains(&stem) {
            terms.push(word_term(&stem, vocabulary, rarities));
            seen.insert(stem);
        }
    }
    for pair in words.windows(2) {
        let stem = text::stem(&pair.concat());
        if let Some(term) = vocabulary.get(&stem)
            && seen.insert(stem)
        {
            let weight = rarities.known[term as usize] * weights::of(Kind::Pair);
            terms.push(QueryTerm { term: Some(term), kind: Kind::Pair, weight, likeness: 1.0 });
        }
    }
    terms
}

fn word_term(stem: &str, vocabulary: &Vocabulary, rarities: &Rarities) -> QueryTerm {
    let kind = if text::is_function(stem) { Kind::Function } else { Kind::Topic };
    let unknown = rarities.unknown * weights::of(kind);
    if let Some(term) = vocabulary.get(stem) {
        // Only the pair of words is known: this spelling of it is as telling as a new word.
        let joined = vocabulary.kind(term) == Kind::Pair;
        let weight = if joined { unknown } else { rarities.known[term as usize] * weights::of(kind) };
        return QueryTerm { term: Some(term), kind, weight, likeness: 1.0 };
    }
    let guess = (kind == Kind::Topic && stem.chars().nth(weights::MIN_SPELLED_CHARS - 1).is_some())
        .then(|| vocabulary.closest(stem))
        .flatten()
        .filter(|&(_, alike)| alike >= weights::MIN_LIKENESS);
    let (term, likeness) =
        guess.map_or((None, 0.0), |(term, alike)| (Some(term), alike * weights::MISSPELLED));
    QueryTerm { term, kind, weight: unknown, likeness }
}
