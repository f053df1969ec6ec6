//! A provider that fails a share of its calls, in ways that a seed chooses.

use super::{Recorded, Reply, Stub, lock};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a question begins with, for a [`Faulty`] to know it by; its number follows.
pub const QUESTION: &str = "Question ";

/// One call in ten fails.
const ONE_IN: u64 = 10;

/// When the calls for each question arrived, by its number.
pub type Arrivals = BTreeMap<u64, Vec<Instant>>;

/// A provider of which one call in ten fails: with status 500 or 429, with a cut connection, or by never answering.
/// Which ones and how depends on the seed, the question and how often it was asked before, and not on what else
/// is going on: the same questions have the same fate in every run.
pub struct Faulty {
    stub: Stub,
    arrivals: Arc<Mutex<Arrivals>>,
}

impl Faulty {
    /// Starts one that answers with `ok` after `delay` where it does not fail.
    ///
    /// # Panics
    /// As [`Stub::start`]; at a question without a number.
    pub fn start(seed: u64, delay: Duration, ok: Reply) -> Self {
        Self::start_with(delay, ok, move |question, call| fault(seed, question, call))
    }

    /// Starts one that never fails.
    ///
    /// # Panics
    /// As [`Faulty::start`].
    pub fn sound(delay: Duration, ok: Reply) -> Self {
        Self::start_with(delay, ok, |_, _| None)
    }

    /// Starts one that never answers.
    ///
    /// # Panics
    /// As [`Faulty::start`].
    pub fn hanging() -> Self {
        Self::start_with(Duration::ZERO, Reply::Hang, |_, _| None)
    }

    fn start_with(
        delay: Duration,
        ok: Reply,
        fault: impl Fn(u64, usize) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let arrivals = Arc::<Mutex<Arrivals>>::default();
        let record = Arc::clone(&arrivals);
        let stub = Stub::start(move |request| {
            let arrived = Instant::now();
            let question = question_in(request);
            let call = {
                let mut all = lock(&record);
                let calls = all.entry(question).or_default();
                calls.push(arrived);
                calls.len() - 1
            };
            fault(question, call).unwrap_or_else(|| ok.clone().after(delay))
        });
        Self { stub, arrivals }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.stub.url()
    }

    /// All calls so far.
    pub fn arrivals(&self) -> Arrivals {
        lock(&self.arrivals).clone()
    }

    /// How many calls there were so far.
    pub fn calls(&self) -> usize {
        lock(&self.arrivals).values().map(Vec::len).sum()
    }
}

/// The number of the question, which is the last one in the prompt.
fn question_in(request: &Recorded) -> u64 {
    let prompt = String::from_utf8_lossy(&request.body);
    let number = prompt.rfind(QUESTION).map(|start| &prompt[start + QUESTION.len()..]).unwrap_or_default();
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|error| panic!("no question: {error}: {prompt}"))
}

/// How call `call` (from 0) for a question fails. Of the first calls for ten questions in a row just one does, so
/// that a circuit breaker meets no run of failures that a seed was unlucky with.
fn fault(seed: u64, question: u64, call: usize) -> Option<Reply> {
    let mut of_ten = random(seed, question / ONE_IN, 0);
    let mut of_call = random(seed, question, 1 + call as u64);
    let fails = match call {
        0 => of_ten.random_range(0..ONE_IN) == question % ONE_IN,
        _ => of_call.random_range(0..ONE_IN) == 0,
    };
    fails.then(|| match of_call.random_range(0..4) {
        0 => Reply::error(500, "internal"),
        1 => Reply::error(429, "slow down"),
        2 => Reply::CutConnection,
        _ => Reply::Hang,
    })
}

fn random(seed: u64, question: u64, call: u64) -> StdRng {
    StdRng::seed_from_u64(seed << 48 | question << 8 | call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_in_ten_fails_in_every_way() {
        let faults = |call| (0..10_000).filter_map(move |question| fault(1, question, call));
        assert_eq!(faults(0).count(), 1_000);
        let again = faults(1).count();
        assert!((900..1_100).contains(&again), "{again}");
        let of = |kind: fn(&Reply) -> bool| faults(0).filter(kind).count();
        for kind in [
            of(|reply| matches!(reply, Reply::Answer { status: 500, .. })),
            of(|reply| matches!(reply, Reply::Answer { status: 429, .. })),
            of(|reply| matches!(reply, Reply::CutConnection)),
            of(|reply| matches!(reply, Reply::Hang)),
        ] {
            assert!((200..300).contains(&kind), "{kind}");
        }
    }

    #[test]
    fn another_seed_fails_other_calls() {
        let fails = |seed| (0..100).filter(move |question| fault(seed, *question, 0).is_some());
        assert_eq!(fails(1).collect::<Vec<_>>(), fails(1).collect::<Vec<_>>());
        assert_ne!(fails(1).collect::<Vec<_>>(), fails(2).collect::<Vec<_>>());
    }
}
