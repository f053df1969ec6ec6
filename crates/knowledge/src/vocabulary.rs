//! The terms of a knowledge base: stems, and pairs of neighbouring words written as one, so that
//! "topup" finds "top up".

use crate::grams::GramIndex;
use crate::language::Language;
use crate::meaning::{self, Row};
use crate::slips::Slips;
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
    pub(crate) language: Language,
    terms: HashMap<String, TermId>,
    kinds: Vec<Kind>,
    /// By term the row of its most usual word in the table of meanings.
    meanings: Vec<Option<Row>>,
    spelling: GramIndex,
    slips: Slips,
    spelled: Vec<TermId>,
}

impl Vocabulary {
    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    pub(crate) fn kind(&self, term: TermId) -> Kind {
        self.kinds[term as usize]
    }

    /// The row of the term's word in the table of meanings.
    pub(crate) fn meaning(&self, term: TermId) -> Option<Row> {
        self.meanings[term as usize]
    }

    /// The terms that carry a topic and have a meaning, with its row.
    pub(crate) fn meanings(&self) -> impl Iterator<Item = (TermId, Row)> {
        (0..).zip(&self.meanings).filter_map(|(term, &row)| Some((term, row?)))
    }

    pub(crate) fn stem(&self, word: &str) -> String {
        text::stem_in(self.language, word)
    }

    /// Of a word by its stem.
    pub(crate) fn kind_of(&self, stem: &str) -> Kind {
        if text::is_unspaced(stem) || self.language.lexicon().is_function_stem(stem) {
            Kind::Function
        } else {
            Kind::Topic
        }
    }

    /// Of two neighbouring words in one.
    pub(crate) fn kind_of_pair(first: &str, second: &str) -> Kind {
        if text::is_unspaced(first) && text::is_unspaced(second) { Kind::Topic } else { Kind::Pair }
    }

    pub(crate) fn get(&self, stem: &str) -> Option<TermId> {
        self.terms.get(stem).copied()
    }

    /// About how many bytes it has on the heap.
    pub(crate) fn bytes(&self) -> usize {
        /// What an allocation takes beside its content.
        const OVERHEAD: usize = 16;
        let stems: usize = self.terms.keys().map(|stem| stem.capacity() + OVERHEAD).sum();
        // A table has a byte beside each of its places, of which an eighth is free.
        let table = self.terms.capacity() * 8 / 7 * (size_of::<(String, TermId)>() + 1);
        let kinds =
            self.kinds.capacity() * size_of::<Kind>() + self.meanings.capacity() * size_of::<Option<Row>>();
        stems
            + table
            + kinds
            + self.spelling.bytes()
            + self.slips.bytes()
            + self.spelled.capacity() * size_of::<TermId>()
    }

    /// The topic word that is spelled most like `stem`, and how alike the two are, from 0 to 1. A word that is
    /// not `usual` may also be one slip of a finger from what was meant.
    pub(crate) fn closest(&self, stem: &str, usual: bool) -> Option<(TermId, f64)> {
        let by_groups = self.spelling.closest(&text::grams(stem));
        let by_slip = if usual { None } else { self.slips.closest(stem) };
        let best = match (by_groups, by_slip) {
            (Some(groups), Some(slip)) if slip.1 > groups.1 => slip,
            (groups, slip) => groups.or(slip)?,
        };
        Some((self.spelled[best.0 as usize], best.1))
    }
}

/// Makes a [`Vocabulary`], remembering the stem of each word: a knowledge base repeats its words.
pub(crate) struct Builder {
    vocabulary: Vocabulary,
    words: HashMap<String, TermId>,
}

impl Builder {
    pub(crate) fn new(language: Language) -> Self {
        Self { vocabulary: Vocabulary { language, ..Vocabulary::default() }, words: HashMap::new() }
    }

    /// The terms of a normalized text, word by word; with `pairs` each neighbouring pair as well.
    pub(crate) fn intern(&mut self, normalized: &str, pairs: bool, into: &mut Vec<TermId>) {
        let mut previous: Option<&str> = None;
        for word in text::words(normalized) {
            into.push(self.word(word));
            if let Some(previous) = previous.filter(|_| pairs) {
                let stem = self.vocabulary.stem(&format!("{previous}{word}"));
                into.push(self.term(stem, Vocabulary::kind_of_pair(previous, word)));
            }
            previous = Some(word);
        }
    }

    fn word(&mut self, word: &str) -> TermId {
        if let Some(&term) = self.words.get(word) {
            return term;
        }
        let stem = self.vocabulary.stem(word);
        let kind = self.vocabulary.kind_of(&stem);
        let term = self.term(stem, kind);
        // A word beats a pair that happens to read the same.
        self.vocabulary.kinds[term as usize] = kind;
        if kind == Kind::Topic {
            let known = &mut self.vocabulary.meanings[term as usize];
            *known = meaning::more_usual(*known, meaning::find(self.vocabulary.language, word));
        }
        self.words.insert(word.to_owned(), term);
        term
    }

    fn term(&mut self, stem: String, kind: Kind) -> TermId {
        let next = crate::numbers::id(self.vocabulary.kinds.len());
        let term = *self.vocabulary.terms.entry(stem).or_insert(next);
        if term == next {
            self.vocabulary.kinds.push(kind);
            self.vocabulary.meanings.push(None);
        }
        term
    }

    /// The finished vocabulary, ready to look up misspelled words.
    pub(crate) fn finish(self) -> Vocabulary {
        let mut vocabulary = self.vocabulary;
        vocabulary.terms.shrink_to_fit();
        vocabulary.kinds.shrink_to_fit();
        vocabulary.meanings.shrink_to_fit();
        let mut topics: Vec<(TermId, &str)> =
            vocabulary.terms.iter().map(|(stem, &term)| (term, stem.as_str())).collect();
        topics.retain(|&(term, _)| vocabulary.kinds[term as usize] == Kind::Topic);
        topics.sort_unstable();
        let grams: Vec<Vec<u32>> = topics.iter().map(|&(_, stem)| text::grams(stem)).collect();
        vocabulary.slips = Slips::build(topics.iter().map(|&(_, stem)| stem));
        vocabulary.spelled = topics.into_iter().map(|(term, _)| term).collect();
        vocabulary.spelling = GramIndex::build(&grams);
        vocabulary
    }
}
