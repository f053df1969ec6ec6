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
    pub(crate) weight: f32,
    /// Whether question, keywords or category hold it, rather than the answer alone.
    pub(crate) heading: bool,
}

/// Which entries hold which terms, in two flat arrays: a list for each term would be mostly its own
/// administration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Postings {
    /// By term the place of its first posting, and the end of all.
    starts: Vec<u32>,
    all: Vec<Posting>,
}

impl Postings {
    /// Of postings with their terms, in the order of the entries.
    fn new(terms: usize, found: &[(TermId, Posting)]) -> Self {
        let mut starts = vec![0_u32; terms + 1];
        for (term, _) in found {
            starts[*term as usize + 1] += 1;
        }
        for at in 0..terms {
            starts[at + 1] += starts[at];
        }
        let mut places = starts.clone();
        let mut all = vec![Posting { entry: 0, weight: 0.0, heading: false }; found.len()];
        for (term, posting) in found {
            let place = &mut places[*term as usize];
            all[*place as usize] = *posting;
            *place += 1;
        }
        Self { starts, all }
    }

    /// The entries that hold the term, in their order.
    pub(crate) fn held(&self, term: TermId) -> &[Posting] {
        let term = term as usize;
        &self.all[self.starts[term] as usize..self.starts[term + 1] as usize]
    }

    /// By term.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[Posting]> {
        self.starts.windows(2).map(|ends| &self.all[ends[0] as usize..ends[1] as usize])
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.starts.capacity() * size_of::<u32>() + self.all.capacity() * size_of::<Posting>()
    }
}

/// A knowledge base, read and counted.
pub(crate) struct Read {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) postings: Postings,
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
    let mut found = Vec::new();
    let means = Means {
        question: mean(&fields, |fields| &fields.question),
        keys: mean(&fields, |fields| &fields.keys),
        answer: mean(&fields, |fields| &fields.answer),
    };
    for (entry, fields) in fields.iter().enumerate() {
        post(id(entry), fields, &means, &mut found);
    }
    let postings = Postings::new(vocabulary.len(), &found);
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

fn post(entry: u32, fields: &Fields, means: &Means, postings: &mut Vec<(TermId, Posting)>) {
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
        #[expect(clippy::cast_possible_truncation, reason = "a share with a few digits")]
        let weight = weight as f32;
        postings.push((same[0].0, Posting { entry, weight, heading }));
    }
}

fn distinct(terms: &[TermId]) -> Vec<TermId> {
    let mut terms = terms.to_vec();
    terms.sort_unstable();
    terms.dedup();
    terms.shrink_to_fit();
    terms
}
