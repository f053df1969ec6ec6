//! Which entries hold which terms, and how much each of them counts there (BM25 over weighted fields).

use crate::entry::Entry;
use crate::language::Language;
use crate::numbers::{count, id, share};
use crate::text::{grams, normalize};
use crate::vocabulary::{Builder, TermId, Vocabulary};
use crate::weights;

/// A term in an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Posting {
    pub(crate) entry: u32,
    /// BM25's term frequency part, 0 to 1.
    pub(crate) weight: f64,
    /// Whether question, keywords or category hold it, rather than the answer alone.
    pub(crate) heading: bool,
}

/// A knowledge base, read and counted.
pub(crate) struct Read {
    pub(crate) vocabulary: Vocabulary,
    /// By term.
    pub(crate) postings: Vec<Vec<Posting>>,
    /// The distinct terms of each entry's phrases: of its question first, then of each keyword and of the
    /// category.
    pub(crate) phrases: Vec<Vec<Vec<TermId>>>,
    /// The letter groups of each entry's heading.
    pub(crate) grams: Vec<Vec<u32>>,
}

#[derive(Default)]
struct Fields {
    question: Vec<TermId>,
    keys: Vec<TermId>,
    answer: Vec<TermId>,
    phrases: Vec<Vec<TermId>>,
}

/// The mean lengths of the fields, at least 1.
struct Means {
    question: f64,
    keys: f64,
    answer: f64,
}

/// Reads all entries.
pub(crate) fn read(entries: &[Entry], language: Language) -> Read {
    let mut builder = Builder::new(language);
    let mut grams_of = Vec::with_capacity(entries.len());
    let fields: Vec<Fields> = entries
        .iter()
        .map(|entry| {
            let (fields, heading) = fields(entry, &mut builder);
            grams_of.push(grams(&heading));
            fields
        })
        .collect();
    let vocabulary = builder.finish();
    let mut postings = vec![Vec::new(); vocabulary.len()];
    let means = Means {
        question: mean(&fields, |fields| &fields.question),
        keys: mean(&fields, |fields| &fields.keys),
        answer: mean(&fields, |fields| &fields.answer),
    };
    for (entry, fields) in fields.iter().enumerate() {
        post(id(entry), fields, &means, &mut postings);
    }
    let phrases = fields.into_iter().map(|fields| fields.phrases).collect();
    Read { vocabulary, postings, phrases, grams: grams_of }
}

/// The entry's terms, and its heading as normalized text.
fn fields(entry: &Entry, builder: &mut Builder) -> (Fields, String) {
    let mut fields = Fields::default();
    let mut heading = normalize(&entry.question);
    builder.intern(&heading, true, &mut fields.question);
    fields.phrases.push(distinct(&fields.question));
    for key in entry.keywords.iter().chain(&entry.category) {
        let key = normalize(key);
        let start = fields.keys.len();
        builder.intern(&key, true, &mut fields.keys);
        fields.phrases.push(distinct(&fields.keys[start..]));
        heading.push(' ');
        heading.push_str(&key);
    }
    builder.intern(&normalize(&entry.answer), false, &mut fields.answer);
    (fields, heading)
}

fn mean(fields: &[Fields], field: impl Fn(&Fields) -> &Vec<TermId>) -> f64 {
    let total = fields.iter().map(|fields| field(fields).len()).sum();
    share(count(total), count(fields.len())).max(1.0)
}

fn post(entry: u32, fields: &Fields, means: &Means, postings: &mut [Vec<Posting>]) {
    let parts = [
        (&fields.question, weights::QUESTION, means.question, true),
        (&fields.keys, weights::KEYS, means.keys, true),
        (&fields.answer, weights::ANSWER, means.answer, false),
    ];
    let length = parts.iter().map(|(terms, ..)| terms.len()).sum();
    let mut found: Vec<(TermId, f64, bool)> = Vec::with_capacity(length);
    for (terms, weight, mean, heading) in parts {
        let length = 1.0 - weights::LENGTH + weights::LENGTH * count(terms.len()) / mean;
        found.extend(terms.iter().map(|&term| (term, weight / length, heading)));
    }
    found.sort_unstable_by_key(|&(term, _, _)| term);
    for same in found.chunk_by(|a, b| a.0 == b.0) {
        let frequency: f64 = same.iter().map(|&(_, weight, _)| weight).sum();
        let weight = frequency / (weights::SATURATION + frequency);
        let heading = same.iter().any(|&(_, _, heading)| heading);
        postings[same[0].0 as usize].push(Posting { entry, weight, heading });
    }
}

fn distinct(terms: &[TermId]) -> Vec<TermId> {
    let mut terms = terms.to_vec();
    terms.sort_unstable();
    terms.dedup();
    terms
}
