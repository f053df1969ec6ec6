//! Weighs the evidence for the best entry.

use crate::evidence::Evidence;
use crate::index::{Index, Match};
use crate::languages::Asking;
use crate::meaning;
use crate::numbers::{count, share};
use crate::query::QueryTerm;
use crate::text;
use crate::topics::Topics;
use crate::vocabulary::{Kind, TermId};
use crate::weights;
use std::collections::HashSet;

/// Answers that score more than this share of the best crowd it.
const NEAR: f64 = 0.65;
/// How much of a score a rival has to be behind to be no rival.
const STEP: f64 = 0.03;
/// From this lead on, as a share of the score, the next answer is no equal.
const CLEAR_LEAD: f64 = 0.03;
/// How far a repeated keyword counts as a repeated question: a word is soon said by chance.
const KEYWORD: f64 = 0.5;
/// Entries with the same answer whose questions are compared letter by letter.
const SIBLINGS: usize = 8;

impl Evidence {
    /// Weighs what speaks for the first of `order`, the positions of the best entries with different answers.
    pub(crate) fn weigh(index: &Index, matching: &Match, order: &[usize]) -> Self {
        let best = order[0];
        let topics = Topics::of(matching);
        let rivals = Rivals::of(index, matching, best);
        let wording = Wording::compare(index, matching, best);
        let count_of = |wanted: &dyn Fn(&QueryTerm) -> bool| {
            nearing_one(topics.terms.iter().filter(|term| wanted(term)).count())
        };
        let meant = topics.soft(index, best);
        let rival_meant = order[1..].iter().map(|&rival| topics.soft(index, rival)).fold(0.0, f64::max);
        Self {
            ahead: rivals.ahead,
            crowded: nearing_one(rivals.near),
            in_question: topics.share(|term| term.found_in_question(index, best)),
            covered: covered(index, matching, best),
            letters: matching.letters[best].clamp(0.0, 1.0),
            spelled_alike: spelled_alike(index, matching, best),
            rarest: topics.most(|term| term.found(index, best) * index.rarity_of(term)),
            unknown: count_of(&|term| term.term.is_none()),
            numbers: count_of(&|term| term.digits && term.found(index, best) <= 0.0),
            asks_otherwise: wording.asks_otherwise,
            reason: wording.reason,
            negated: wording.negated,
            state: wording.state,
            telling: if index.knows_meanings() {
                topics.most(|term| term.found(index, best) * unusual(term.meaning))
            } else {
                0.0
            },
            meant: topics.meant(index, best),
            meant_margin: meant - rival_meant,
            gist: topics.gist_likeness(index, best),
            agreed: flag(index.knows_meanings() && topics.agrees(index, order)),
            alien: if index.knows_meanings() { topics.share(|term| term.alien) } else { 0.0 },
            undisputed: 0.5 + 0.5 * (rivals.lead / CLEAR_LEAD).clamp(0.0, 1.0),
            by_meaning: index.knows_meanings(),
        }
    }
}

/// How the other answers do.
struct Rivals {
    /// The lead before the next, as a share of the score.
    lead: f64,
    ahead: f64,
    near: usize,
}

impl Rivals {
    fn of(index: &Index, matching: &Match, best: usize) -> Self {
        let mut scores = vec![0.0_f64; index.different_answers()];
        for (&answer, &score) in index.answers.iter().zip(&matching.scores) {
            scores[answer as usize] = scores[answer as usize].max(score);
        }
        let own = matching.scores[best];
        scores[index.answers[best] as usize] = own;
        let crowd: f64 = scores.iter().map(|score| ((score - own) / STEP).exp()).sum();
        // The best is among them.
        let near = scores.iter().filter(|&&score| score > NEAR * own).count().saturating_sub(1);
        let others = (0_u32..).zip(&scores).filter(|&(answer, _)| answer != index.answers[best]);
        let next = others.map(|(_, &score)| score).fold(0.0, f64::max);
        Self { lead: share(own - next, own), ahead: 1.0 / crowd.max(1.0), near }
    }
}

/// How the query is put, against the entry's question.
struct Wording {
    asks_otherwise: f64,
    reason: f64,
    negated: f64,
    state: f64,
}

impl Wording {
    fn compare(index: &Index, matching: &Match, best: usize) -> Self {
        let language = index.language();
        let question = text::normalize(&index.entries()[best].question);
        let (asked, told) = (language.asks(&matching.normalized), language.asks(&question));
        let narrow = asked.union(&told).any(|asking| asking.is_narrow());
        let differ = !asked.is_empty() && !told.is_empty() && asked.is_disjoint(&told);
        let states = |text: &str| -> HashSet<String> {
            let stems = text::words(text).map(|word| text::stem_in(language, word));
            stems.filter(|stem| language.lexicon().is_state_stem(stem)).collect()
        };
        Self {
            asks_otherwise: flag(differ && narrow),
            reason: flag(told.contains(&Asking::Why) && !asked.contains(&Asking::Why)),
            negated: flag(language.denies(&matching.normalized) != language.denies(&question)),
            state: flag(!states(&question).is_subset(&states(&matching.normalized))),
        }
    }
}

/// How alike the query is to an entry's question, the same in both directions: the mean of the shared share of
/// all words and of the likeness in letters.
pub(crate) fn likeness(index: &Index, matching: &Match, entry: usize) -> f64 {
    let question = &index.phrases[entry][0];
    let of_question = question.iter().filter(|&&term| index.vocabulary.kind(term) != Kind::Pair);
    let mut shared = 0.0;
    let mut union: f64 = of_question.map(|&term| index.weight(term)).sum();
    for word in matching.words() {
        match word.term.filter(|term| question.contains(term)) {
            Some(term) => shared += index.weight(term) * word.likeness,
            None => union += word.weight,
        }
    }
    let entry = &index.entries()[entry].question;
    let letters = dice(&matching.grams, &text::grams(&text::normalize(entry)));
    0.5 * share(shared, union) + 0.5 * letters
}

fn covered(index: &Index, matching: &Match, entry: usize) -> f64 {
    let words: Vec<&QueryTerm> = matching.words().collect();
    let mut phrases = index.phrases[entry].iter().map(|phrase| repeated(index, &words, phrase));
    let question = phrases.next().unwrap_or_default();
    phrases.map(|key| key * KEYWORD).fold(question, f64::max)
}

fn repeated(index: &Index, words: &[&QueryTerm], phrase: &[TermId]) -> f64 {
    let (mut repeated, mut all) = (0.0, 0.0);
    for &term in phrase {
        if index.vocabulary.kind(term) == Kind::Pair {
            continue;
        }
        let said = words.iter().find(|word| word.term == Some(term));
        repeated += index.weight(term) * said.map_or(0.0, |word| word.likeness);
        all += index.weight(term);
    }
    share(repeated, all)
}

fn spelled_alike(index: &Index, matching: &Match, best: usize) -> f64 {
    let same = (0..index.answers.len()).filter(|&at| index.answers[at] == index.answers[best] && at != best);
    let alike =
        |at: usize| dice(&matching.grams, &text::grams(&text::normalize(&index.entries()[at].question)));
    std::iter::once(best).chain(same.take(SIBLINGS - 1)).map(alike).fold(0.0, f64::max)
}

/// Dice's coefficient of two sorted lists without repetitions.
fn dice(one: &[u32], other: &[u32]) -> f64 {
    let same = one.iter().filter(|hash| other.binary_search(hash).is_ok()).count();
    share(2.0 * count(same), count(one.len() + other.len()))
}

/// 0 for the most usual word of the language, 1 for one that the table of meanings does not hold.
fn unusual(meaning: Option<meaning::Row>) -> f64 {
    let words = meaning::words();
    let row = meaning.map_or(words, usize::from);
    share((1.0 + count(row)).ln(), (1.0 + count(words)).ln())
}

/// 0, 1/2, 2/3, 3/4 ...
fn nearing_one(n: usize) -> f64 {
    count(n) / (1.0 + count(n))
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}

impl QueryTerm {
    /// How far the entry holds the term: 1 in its heading, less in the answer or by another spelling.
    pub(crate) fn found(&self, index: &Index, entry: usize) -> f64 {
        let posting = self.term.and_then(|term| index.posting(term, entry));
        posting.map_or(0.0, |posting| self.likeness * if posting.heading { 1.0 } else { weights::IN_ANSWER })
    }

    /// How far the entry's question holds the term.
    fn found_in_question(&self, index: &Index, entry: usize) -> f64 {
        let held = self.term.is_some_and(|term| index.phrases[entry][0].binary_search(&term).is_ok());
        if held { self.likeness } else { 0.0 }
    }
}
