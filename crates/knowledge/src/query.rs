//! What a visitor's message asks for, in terms of one knowledge base.

use crate::meaning::{self, Row};
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
    /// The row of a topic word in the table of meanings.
    pub(crate) meaning: Option<Row>,
    /// Whether it holds a digit.
    pub(crate) digits: bool,
    /// Terms of like meaning to read it as where the knowledge base does not know it, with how alike they are.
    pub(crate) kin: Vec<(TermId, f64)>,
    /// How far a topic word that the knowledge base does not know is from the nearest one in meaning: 1 for
    /// far, 0 for one that it knows.
    pub(crate) alien: f64,
}

impl QueryTerm {
    const NONE: Self = Self {
        term: None,
        kind: Kind::Topic,
        weight: 0.0,
        likeness: 0.0,
        meaning: None,
        digits: false,
        kin: Vec::new(),
        alien: 0.0,
    };
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
        let stem = vocabulary.stem(word);
        if !seen.contains(&stem) {
            terms.push(word_term(word, &stem, vocabulary, rarities));
            seen.insert(stem);
        }
    }
    for pair in words.windows(2) {
        let stem = vocabulary.stem(&pair.concat());
        let kind = Vocabulary::kind_of_pair(pair[0], pair[1]);
        if let Some(term) = vocabulary.get(&stem).filter(|_| !seen.contains(&stem)) {
            let weight = rarities.known[term as usize] * weights::of(kind);
            terms.push(QueryTerm { term: Some(term), kind, weight, likeness: 1.0, ..QueryTerm::NONE });
            seen.insert(stem);
        } else if kind == Kind::Topic && !seen.contains(&stem) {
            let weight = rarities.unknown * weights::of(kind);
            terms.push(QueryTerm { kind, weight, ..QueryTerm::NONE });
            seen.insert(stem);
        }
    }
    terms
}

fn word_term(word: &str, stem: &str, vocabulary: &Vocabulary, rarities: &Rarities) -> QueryTerm {
    let kind = vocabulary.kind_of(stem);
    let meaning = (kind == Kind::Topic).then(|| meaning::find(vocabulary.language, word)).flatten();
    let digits = stem.chars().any(char::is_numeric);
    let of_word = QueryTerm { kind, meaning, digits, ..QueryTerm::NONE };
    let unknown = rarities.unknown * weights::of(kind);
    if let Some(term) = vocabulary.get(stem) {
        // Only the pair of words is known: this spelling of it is as telling as a new word.
        let joined = vocabulary.kind(term) == Kind::Pair;
        let weight = if joined { unknown } else { rarities.known[term as usize] * weights::of(kind) };
        return QueryTerm { term: Some(term), weight, likeness: 1.0, ..of_word };
    }
    let guess = (kind == Kind::Topic && stem.chars().nth(weights::MIN_SPELLED_CHARS - 1).is_some())
        .then(|| vocabulary.closest(stem, meaning.is_some()))
        .flatten()
        .filter(|&(_, alike)| alike >= weights::MIN_LIKENESS);
    let (term, likeness) =
        guess.map_or((None, 0.0), |(term, alike)| (Some(term), alike * weights::MISSPELLED));
    let kin = meaning.map_or_else(Vec::new, |row| kin(row, vocabulary));
    let nearest = kin.first().map_or(0.0, |&(_, alike)| alike.max(0.0));
    let alien = if kind == Kind::Topic && term.is_none() { 1.0 - nearest } else { 0.0 };
    let kin = kin.into_iter().filter(|&(_, alike)| alike >= weights::MIN_MEANT).collect();
    QueryTerm { term, weight: unknown, likeness, kin, alien, ..of_word }
}

/// The terms that are the most like a word in meaning, the most alike first.
fn kin(row: Row, vocabulary: &Vocabulary) -> Vec<(TermId, f64)> {
    let mut nearest: Vec<(TermId, f64)> = Vec::with_capacity(weights::KIN + 1);
    for (term, other) in vocabulary.meanings() {
        let alike = meaning::likeness(row, other);
        if nearest.len() < weights::KIN || nearest.last().is_some_and(|&(_, least)| alike > least) {
            let at = nearest.partition_point(|&(_, than)| than >= alike);
            nearest.insert(at, (term, alike));
            nearest.truncate(weights::KIN);
        }
    }
    nearest
}
