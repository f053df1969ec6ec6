//! A knowledge base made ready to be asked.

use crate::confidence;
use crate::entry::Entry;
use crate::evidence::Evidence;
use crate::findings::{Answer, Findings, RANKED, Ranked, Similar};
use crate::grams::GramIndex;
use crate::language::Language;
use crate::meaning;
use crate::numbers::{id, share};
use crate::postings::{self, Posting, Postings};
use crate::query::{self, QueryTerm, Rarities};
use crate::text;
use crate::vocabulary::{Kind, TermId, Vocabulary};
use crate::weigh;
use crate::weights;
use std::collections::{HashMap, HashSet};

/// A knowledge base made ready to be asked. It is built once and never changes; build a new one when an
/// entry changes, which takes well under a millisecond for a hundred entries.
#[derive(Debug, Clone)]
pub struct Index {
    entries: Vec<Entry>,
    language: Language,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) rarities: Rarities,
    postings: Postings,
    pub(crate) phrases: Vec<Vec<Vec<TermId>>>,
    /// For each entry the number of its answer: entries that say the same have the same.
    pub(crate) answers: Vec<u32>,
    siblings: Vec<u32>,
    letters: GramIndex,
    letter_norms: Vec<f64>,
}

/// How well each entry matches a query.
pub(crate) struct Match {
    pub(crate) normalized: String,
    pub(crate) grams: Vec<u32>,
    pub(crate) terms: Vec<QueryTerm>,
    /// By entry, the likeness in letter groups.
    pub(crate) letters: Vec<f64>,
    /// By entry, both together.
    pub(crate) scores: Vec<f64>,
}

impl Index {
    /// Reads `entries`. Every list of entries can be indexed, also an empty one. Without a `language` it is
    /// taken from their words.
    pub fn build(entries: Vec<Entry>, language: Option<Language>) -> Self {
        let language = language.unwrap_or_else(|| Language::detect(texts(&entries)));
        let (answers, siblings) = number_answers(&entries);
        let read = postings::read(&entries, language);
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
            language,
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

    /// The language in which the entries and the queries are read.
    pub fn language(&self) -> Language {
        self.language
    }

    /// About how many bytes of memory the index takes, its entries included.
    pub fn bytes(&self) -> usize {
        // What an allocation takes beside its content.
        const OVERHEAD: usize = 16;
        let text = |text: &String| text.capacity() + size_of::<String>() + OVERHEAD;
        let of = |entry: &Entry| {
            let keywords: usize = entry.keywords.iter().map(text).sum();
            let texts = entry.question.capacity() + entry.answer.capacity() + 3 * OVERHEAD;
            size_of::<Entry>() + texts + keywords + entry.category.as_ref().map_or(0, text)
        };
        let list = |numbers: usize, each: usize| size_of::<Vec<u8>>() + OVERHEAD + numbers * each;
        let phrases = self.phrases.iter().map(|phrases| {
            let terms = phrases.iter().map(|phrase| list(phrase.capacity(), size_of::<TermId>()));
            list(0, 0) + terms.sum::<usize>()
        });
        let by_entry = size_of::<u32>() + size_of::<f64>();
        self.entries.iter().map(of).sum::<usize>()
            + self.postings.bytes()
            + phrases.sum::<usize>()
            + self.vocabulary.bytes()
            + self.letters.bytes()
            + self.rarities.known.capacity() * size_of::<f64>()
            + self.siblings.capacity() * size_of::<u32>()
            + self.entries.len() * by_entry
    }

    /// What the knowledge base has to say to `query`: everything that the answer flow needs, from one look.
    pub fn ask(&self, query: &str) -> Findings<'_> {
        let matching = self.matching(text::normalize_message(query));
        let order = self.one_of_each_answer(&best_first(&matching.scores));
        let Some(&best) = order.first() else { return Findings::default() };
        let evidence = Evidence::weigh(self, &matching, &order);
        let answer = Answer { entry: &self.entries[best], confidence: confidence::of(&evidence) };
        let ranked = |&at: &usize| Ranked { entry: &self.entries[at], score: matching.scores[at] };
        Findings { ranked: order.iter().map(ranked).collect(), best: Some(answer), evidence: Some(evidence) }
    }

    /// The `k` entries whose questions are most like `question`, the most alike first.
    pub fn similar(&self, question: &str, k: usize) -> Vec<Similar<'_>> {
        let matching = self.matching(text::normalize_message(question));
        let mut alike: Vec<Similar<'_>> = best(&matching.scores, k.max(RANKED))
            .into_iter()
            .map(|at| Similar { entry: &self.entries[at], likeness: weigh::likeness(self, &matching, at) })
            .collect();
        alike.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
        alike.truncate(k);
        alike
    }

    /// The first [`RANKED`] of `order` that have different answers.
    fn one_of_each_answer(&self, order: &[usize]) -> Vec<usize> {
        let mut seen = HashSet::new();
        order.iter().copied().filter(|&at| seen.insert(self.answers[at])).take(RANKED).collect()
    }

    pub(crate) fn different_answers(&self) -> usize {
        self.siblings.len()
    }

    /// Whether the words of this knowledge base can be compared by what they mean.
    pub(crate) fn knows_meanings(&self) -> bool {
        self.language == Language::English && meaning::words() > 0
    }

    /// The entry's posting of a term.
    pub(crate) fn posting(&self, term: TermId, entry: usize) -> Option<&Posting> {
        let held = self.postings.held(term);
        held.binary_search_by_key(&entry, |posting| posting.entry as usize).ok().map(|at| &held[at])
    }

    /// How telling a term is.
    pub(crate) fn weight(&self, term: TermId) -> f64 {
        self.rarities.known[term as usize] * weights::of(self.vocabulary.kind(term))
    }

    /// How rare a term is, as a share of the rarest.
    pub(crate) fn rarity_of(&self, term: &QueryTerm) -> f64 {
        term.term.map_or(0.0, |term| share(self.rarities.known[term as usize], self.rarities.highest))
    }

    fn matching(&self, normalized: String) -> Match {
        let terms = query::terms(&normalized, &self.vocabulary, &self.rarities);
        let words = self.word_scores(&terms);
        let grams = text::grams(&normalized);
        let letters = self.letters.cosines(&grams, &self.letter_norms);
        let both = words
            .iter()
            .zip(&letters)
            .map(|(words, letters)| (1.0 - weights::LETTERS) * words + weights::LETTERS * letters);
        let scores = self.with_siblings(&both.collect::<Vec<_>>());
        Match { normalized, grams, terms, letters, scores }
    }

    fn word_scores(&self, terms: &[QueryTerm]) -> Vec<f64> {
        let mut scores = vec![0.0; self.entries.len()];
        for term in terms {
            for (entry, score) in self.held(term) {
                scores[entry as usize] += term.weight * score;
            }
        }
        let highest: f64 = terms.iter().map(|term| term.weight).sum();
        scores.into_iter().map(|score| share(score, highest)).collect()
    }

    /// The entries that hold a term, or one that it is read as, and how much of it.
    fn held(&self, term: &QueryTerm) -> Vec<(u32, f64)> {
        let own = term.term.map(|own| (own, term.likeness));
        let kin = term.kin.iter().map(|&(kin, alike)| (kin, alike * weights::MEANT));
        let mut held: Vec<(u32, f64)> = own
            .into_iter()
            .chain(kin)
            .flat_map(|(term, likeness)| {
                self.postings
                    .held(term)
                    .iter()
                    .map(move |held| (held.entry, likeness * f64::from(held.weight)))
            })
            .collect();
        if !term.kin.is_empty() {
            held.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            held.dedup_by_key(|&mut (entry, _)| entry);
        }
        held
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

impl Match {
    /// The words of the query, without pairs.
    pub(crate) fn words(&self) -> impl Iterator<Item = &QueryTerm> {
        self.terms.iter().filter(|term| term.kind != Kind::Pair)
    }
}

/// What is read to find out the language.
fn texts(entries: &[Entry]) -> impl Iterator<Item = &str> {
    entries.iter().flat_map(|entry| [entry.question.as_str(), entry.answer.as_str()])
}

/// The positions of all scores above 0, the highest first; of equal ones the first first.
fn best_first(scores: &[f64]) -> Vec<usize> {
    best(scores, scores.len())
}

/// The first `most` of [`best_first`], without putting the others in order.
fn best(scores: &[f64], most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).filter(|&at| scores[at] > 0.0).collect();
    let better = |&a: &usize, &b: &usize| scores[b].total_cmp(&scores[a]).then(a.cmp(&b));
    if most < order.len() {
        order.select_nth_unstable_by(most, better);
        order.truncate(most);
    }
    order.sort_unstable_by(better);
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
