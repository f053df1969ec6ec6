//! The terms of a knowledge base: stems, and pairs of neighbouring words written as one, so that
//! "topup" finds "top up".

use crate::grams::GramIndex;
use crate::text;
use std::collections::HashMap;

/// A stem's or a pair's position in the vocabulary.
pub(crate) type TermId = u32;

/// What a term is, which decides how much it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word that says what the text is about.
    Topic,
    /// A word that says how something is asked.
    Function,
    /// Two neighbouring words in one.
    Pair,
}

/// All terms of a knowledge base.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vocabulary {
    terms: HashMap<String, TermId>,
    kinds: Vec<Kind>,
    spelling: GramIndex,
    spelled: Vec<TermId>,
}

impl Vocabulary {
    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    pub(crate) fn kind(&self, term: TermId) -> Kind {
        self.kinds[term as usize]
    }

    pub(crate) fn get(&self, stem: &str) -> Option<TermId> {
        self.terms.get(stem).copied()
    }

    /// The topic word that is spelled most like `stem`, and how alike the two are, from 0 to 1.
    pub(crate) fn closest(&self, stem: &str) -> Option<(TermId, f64)> {
        let (at, alike) = self.spelling.closest(&text::grams(stem))?;
        Some((self.spelled[at as usize], alike))
    }
}

/// Makes a [`Vocabulary`], remembering the stem of each word: a knowledge base repeats its words.
#[derive(Default)]
pub(crate) struct Builder {
    vocabulary: Vocabulary,
    words: HashMap<String, TermId>,
}

impl Builder {
    /// The terms of a normalized text, word by word; with `pairs` each neighbouring pair as well.
    pub(crate) fn intern(&mut self, normalized: &str, pairs: bool, into: &mut Vec<TermId>) {
        let mut previous: Option<&str> = None;
        for word in text::words(normalized) {
            into.push(self.word(word));
            if let Some(previous) = previous.filter(|_| pairs) {
                into.push(self.term(text::stem(&format!("{previous}{word}")), Kind::Pair));
            }
            previous = Some(word);
        }
    }

    fn word(&mut self, word: &str) -> TermId {
        if let Some(&term) = self.words.get(word) {
            return term;
        }
        let stem = text::stem(word);
        let kind = if text::is_function(&stem) { Kind::Function } else { Kind::Topic };
        let term = self.term(stem, kind);
        // A word beats a pair that happens to read the same.
        self.vocabulary.kinds[term as usize] = kind;
        self.words.insert(word.to_owned(), term);
        term
    }

    fn term(&mut self, stem: String, kind: Kind) -> TermId {
        let next = crate::numbers::id(self.vocabulary.kinds.len());
        let term = *self.vocabulary.terms.entry(stem).or_insert(next);
        if term == next {
            self.vocabulary.kinds.push(kind);
        }
        term
    }

    /// The finished vocabulary, ready to look up misspelled words.
    pub(crate) fn finish(self) -> Vocabulary {
        let mut vocabulary = self.vocabulary;
        let mut topics: Vec<(TermId, &str)> =
            vocabulary.terms.iter().map(|(stem, &term)| (term, stem.as_str())).collect();
        topics.retain(|&(term, _)| vocabulary.kinds[term as usize] == Kind::Topic);
        topics.sort_unstable();
        let grams: Vec<Vec<u32>> = topics.iter().map(|&(_, stem)| text::grams(stem)).collect();
        vocabulary.spelled = topics.into_iter().map(|(term, _)| term).collect();
        vocabulary.spelling = GramIndex::build(&grams);
        vocabulary
    }
}
