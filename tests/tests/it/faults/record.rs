//! What visitors were told: all of it has to be found in the database afterwards.

use super::LIMIT;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Complaints that are printed; the rest is more of the same.
const SHOWN: usize = 20;

/// An answer with status 200.
#[derive(Debug, Clone)]
pub(super) struct Acknowledged {
    pub(super) widget: &'static str,
    pub(super) conversation: i64,
    pub(super) client_message_id: String,
    pub(super) text: String,
    pub(super) message_id: i64,
    pub(super) response: String,
    /// The api's time, as it wrote it.
    pub(super) at: String,
}

pub(super) struct Record {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    /// By conversation and `client_message_id`.
    answers: BTreeMap<(i64, String), Acknowledged>,
    /// How many messages of each visitor were answered.
    per_visitor: Vec<usize>,
    /// Why messages had to be sent again, and how often.
    turned_away: BTreeMap<String, usize>,
    complaints: Vec<String>,
    phase: Phase,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    /// Visitors get the answers that they wait for and go.
    Closing,
    /// All threads end at once.
    Ended,
}

impl Record {
    pub(super) fn new(visitors: usize) -> Self {
        let state = State { per_visitor: vec![0; visitors], ..State::default() };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Notes an answer. One that was given before has to be the same.
    pub(super) fn acknowledge(&self, visitor: usize, answer: Acknowledged) {
        let mut state = self.lock();
        let key = (answer.conversation, answer.client_message_id.clone());
        match state.answers.get(&key) {
            None => {
                state.per_visitor[visitor] += 1;
                state.answers.insert(key, answer);
            }
            Some(first) if (first.message_id, &first.response) != (answer.message_id, &answer.response) => {
                let complaint = format!("two answers to one message: {first:?} and {answer:?}");
                state.complaints.push(complaint);
            }
            Some(_) => (),
        }
        self.changed.notify_all();
    }

    pub(super) fn turned_away(&self, why: String) {
        *self.lock().turned_away.entry(why).or_default() += 1;
        self.changed.notify_all();
    }

    /// Something is wrong: the test fails, at once where it waits for something.
    pub(super) fn complain(&self, complaint: String) {
        self.lock().complaints.push(complaint);
        self.changed.notify_all();
    }

    /// Whether visitors shall go on talking.
    pub(super) fn is_open(&self) -> bool {
        self.lock().phase == Phase::Open
    }

    pub(super) fn has_ended(&self) -> bool {
        self.lock().phase == Phase::Ended
    }

    pub(super) fn close(&self) {
        self.lock().phase = Phase::Closing;
    }

    pub(super) fn ends_when_dropped(&self) -> impl Drop {
        End(self)
    }

    /// Waits until something is so.
    pub(super) fn wait_until(&self, what: &str, is_so: impl Fn(&State) -> bool) {
        let waiting = |state: &mut State| state.complaints.is_empty() && !is_so(state);
        let waited = self.changed.wait_timeout_while(self.lock(), LIMIT, waiting);
        let state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let shown = state.complaints.len().min(SHOWN);
        assert!(shown == 0, "{} faults:\n{}", state.complaints.len(), state.complaints[..shown].join("\n"));
        assert!(
            is_so(&state),
            "not within {LIMIT:?}: {what}. Answers by visitor: {:?}, turned away: {:?}",
            state.per_visitor,
            state.turned_away
        );
    }

    /// Waits until every visitor has so many more answers: then all is well again after a fault.
    pub(super) fn everyone_gets(&self, more: usize) {
        let wanted: Vec<usize> = self.lock().per_visitor.iter().map(|answers| answers + more).collect();
        self.wait_until("every visitor gets answers", |state| {
            state.per_visitor.iter().zip(&wanted).all(|(answers, wanted)| answers >= wanted)
        });
    }

    /// Waits for so many more answers, whoever gets them.
    pub(super) fn answers_come(&self, more: usize) {
        let wanted = self.lock().answers.len() + more;
        self.wait_until("answers come", |state| state.answers.len() >= wanted);
    }

    /// Waits until visitors have been turned away so many more times for a reason that begins so.
    pub(super) fn visitors_meet(&self, reason: &str, more: usize) {
        let times = |state: &State| -> usize {
            state.turned_away.iter().filter(|(why, _)| why.starts_with(reason)).map(|(_, times)| times).sum()
        };
        let wanted = times(&self.lock()) + more;
        self.wait_until(reason, |state| times(state) >= wanted);
    }

    /// What visitors were told, by conversation and `client_message_id`.
    pub(super) fn answers(&self) -> BTreeMap<(i64, String), Acknowledged> {
        self.lock().answers.clone()
    }

    /// The end: visitors were answered, and nobody complained.
    pub(super) fn check(&self) {
        self.wait_until("the first answer", |state| !state.answers.is_empty());
        let state = self.lock();
        println!("{} messages were answered; turned away: {:?}", state.answers.len(), state.turned_away);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct End<'a>(&'a Record);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.lock().phase = Phase::Ended;
    }
}
