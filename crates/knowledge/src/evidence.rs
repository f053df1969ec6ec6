//! What speaks for and against the best entry being the right one.

use crate::confidence;
use crate::index::{Index, Match};
use crate::numbers::{count, share};
use crate::query::QueryTerm;
use crate::vocabulary::{Kind, TermId};

/// How far a word counts as explained that only the answer holds: answers mention many things that they
/// are not about.
const IN_ANSWER: f64 = 0.5;

/// How far a repeated keyword counts as a repeated question: a word is soon said by chance.
const KEYWORD: f64 = 0.5;

/// From this lead on, the next answer is no longer a rival.
const CLEAR_MARGIN: f64 = 0.1;

/// The size of a small knowledge base, in different answers.
const FEW: f64 = 12.0;

/// What speaks for and against the best entry. Each number is from 0 to 1 and can be told to a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The score, as in the ranking.
    pub score: f64,
    /// The lead before the next entry with a different answer, as a share of the score.
    pub margin: f64,
    /// The share of the query that the entry explains; rare words count more, unknown ones most.
    pub explained: f64,
    /// The same over words that carry a topic.
    pub topic: f64,
    /// The same for the next entry with a different answer.
    pub rival_topic: f64,
    /// The share of topic words that the knowledge base does not know at all.
    pub unknown: f64,
    /// The share of the entry's question that the query repeats; a keyword or the category can stand in
    /// for the question, but counts for half.
    pub covered: f64,
    /// The likeness in groups of letters.
    pub letters: f64,
    /// The rarity of the rarest word that both have in their headings: 1 if nothing else has it.
    pub rarest: f64,
    /// How many topic words they share: 0 for none, nearing 1.
    pub shared: f64,
    /// How many topic words the query has: 0 for none, nearing 1.
    pub length: f64,
    /// 1 if words and letters name the same answer, else 0.
    pub agreed: f64,
    /// 1 if the entry explains all topic words and its rival none, less the further from that.
    pub clear: f64,
    /// The same, times how few different answers there are: among few, one word is enough to tell them
    /// apart.
    pub clear_in_few: f64,
}

impl Evidence {
    /// How many numbers there are.
    pub const LEN: usize = 14;

    /// Their names in the order of their declaration.
    pub const NAMES: [&'static str; Self::LEN] = [
        "score",
        "margin",
        "explained",
        "topic",
        "rival_topic",
        "unknown",
        "covered",
        "letters",
        "rarest",
        "shared",
        "length",
        "agreed",
        "clear",
        "clear_in_few",
    ];

    /// The numbers in the order of their declaration.
    pub fn to_array(self) -> [f64; Self::LEN] {
        [
            self.score,
            self.margin,
            self.explained,
            self.topic,
            self.rival_topic,
            self.unknown,
            self.covered,
            self.letters,
            self.rarest,
            self.shared,
            self.length,
            self.agreed,
            self.clear,
            self.clear_in_few,
        ]
    }

    /// For each number its name, its value, and what it adds to the log-odds.
    pub fn contributions(&self) -> [(&'static str, f64, f64); Self::LEN] {
        let values = self.to_array();
        std::array::from_fn(|at| (Self::NAMES[at], values[at], values[at] * confidence::COEFFICIENTS[at]))
    }

    /// Half if another answer matches as well, 1 if it is clearly behind: of two answers to the same
    /// question one is wrong, however well the question matches.
    pub fn undisputed(&self) -> f64 {
        0.5 + 0.5 * (self.margin / CLEAR_MARGIN).clamp(0.0, 1.0)
    }

    /// Weighs what speaks for the entry at `best`, whose strongest rival is the one at `rival`.
    pub(crate) fn weigh(index: &Index, matching: &Match, best: usize, rival: Option<usize>) -> Self {
        let score = matching.scores[best];
        let topics: Vec<&QueryTerm> = matching.terms.iter().filter(|term| term.kind == Kind::Topic).collect();
        let words: Vec<&QueryTerm> = matching.terms.iter().filter(|term| term.kind != Kind::Pair).collect();
        let shared = topics.iter().filter(|term| found(index, term, best) > 0.0).count();
        let topic = explained(index, &topics, best);
        let rival_topic = rival.map_or(0.0, |rival| explained(index, &topics, rival));
        let clear = topic.powi(2) * (1.0 - rival_topic);
        Self {
            score: score.clamp(0.0, 1.0),
            margin: rival.map_or(1.0, |rival| share(score - matching.scores[rival], score)),
            explained: explained(index, &words, best),
            topic,
            rival_topic,
            unknown: unknown(&topics),
            covered: covered(index, &words, best),
            letters: matching.letters[best].clamp(0.0, 1.0),
            rarest: rarest(index, &topics, best),
            shared: nearing_one(shared),
            length: nearing_one(topics.len()),
            agreed: f64::from(u8::from(agreed(index, matching, best))),
            clear,
            clear_in_few: clear * FEW / (FEW + count(index.different_answers())),
        }
    }
}

/// How alike the query is to an entry's question, the same in both directions: the mean of the shared share of
/// all words and of the likeness in letters.
pub(crate) fn likeness(index: &Index, matching: &Match, entry: usize) -> f64 {
    let words: Vec<&QueryTerm> = matching.terms.iter().filter(|term| term.kind != Kind::Pair).collect();
    let question = &index.phrases[entry][0];
    let weight =
        |term: TermId| index.rarities.known[term as usize] * crate::weights::of(index.vocabulary.kind(term));
    let of_question = question.iter().filter(|&&term| index.vocabulary.kind(term) != Kind::Pair);
    let mut shared = 0.0;
    let mut union: f64 = of_question.map(|&term| weight(term)).sum();
    for word in words {
        match word.term.filter(|term| question.contains(term)) {
            Some(term) => shared += weight(term) * word.likeness,
            None => union += word.weight,
        }
    }
    0.5 * share(shared, union) + 0.5 * matching.letters[entry].clamp(0.0, 1.0)
}

/// 0, 1/2, 2/3, 3/4 ...
fn nearing_one(n: usize) -> f64 {
    count(n) / (1.0 + count(n))
}

/// How far the entry holds the term: 1 in its heading, less in the answer or by another spelling.
fn found(index: &Index, query_term: &QueryTerm, entry: usize) -> f64 {
    let held = query_term.term.map_or(&[][..], |term| &index.postings[term as usize]);
    let posting = held.binary_search_by_key(&entry, |posting| posting.entry as usize).ok().map(|at| held[at]);
    posting.map_or(0.0, |posting| query_term.likeness * if posting.heading { 1.0 } else { IN_ANSWER })
}

fn explained(index: &Index, terms: &[&QueryTerm], entry: usize) -> f64 {
    let explained: f64 = terms.iter().map(|term| term.weight * found(index, term, entry)).sum();
    share(explained, terms.iter().map(|term| term.weight).sum())
}

fn unknown(topics: &[&QueryTerm]) -> f64 {
    let unknown: f64 = topics.iter().filter(|term| term.term.is_none()).map(|term| term.weight).sum();
    share(unknown, topics.iter().map(|term| term.weight).sum())
}

fn covered(index: &Index, words: &[&QueryTerm], entry: usize) -> f64 {
    let mut phrases = index.phrases[entry].iter().map(|phrase| repeated(index, words, phrase));
    let question = phrases.next().unwrap_or_default();
    phrases.map(|key| key * KEYWORD).fold(question, f64::max)
}

fn repeated(index: &Index, words: &[&QueryTerm], phrase: &[TermId]) -> f64 {
    let (mut repeated, mut all) = (0.0, 0.0);
    for &term in phrase {
        let kind = index.vocabulary.kind(term);
        if kind == Kind::Pair {
            continue;
        }
        let weight = index.rarities.known[term as usize] * crate::weights::of(kind);
        let said = words.iter().find(|word| word.term == Some(term));
        repeated += weight * said.map_or(0.0, |word| word.likeness);
        all += weight;
    }
    share(repeated, all)
}

fn rarest(index: &Index, topics: &[&QueryTerm], entry: usize) -> f64 {
    let rarities = topics.iter().filter_map(|topic| {
        let rarity = index.rarities.known[topic.term? as usize] / index.rarities.highest;
        Some(rarity * found(index, topic, entry))
    });
    rarities.fold(0.0, f64::max)
}

fn agreed(index: &Index, matching: &Match, best: usize) -> bool {
    let first = |scores: &[f64]| {
        let best = (0..scores.len()).reduce(|best, at| if scores[at] > scores[best] { at } else { best });
        best.map(|at| index.answers[at])
    };
    let answer = Some(index.answers[best]);
    first(&matching.words) == answer && first(&matching.letters) == answer
}
