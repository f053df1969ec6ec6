//! A gate in front of a stub's replies, so that a test can act while it knows that requests are under way.

use super::lock;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Nobody waits longer: a test that forgot to open its gate shall end.
const LIMIT: Duration = Duration::from_mins(1);

/// Open at first. While it is closed, whoever calls [`Gate::pass`] waits.
#[derive(Debug, Default)]
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// How many have come since it was closed, by name.
    arrived: BTreeMap<String, usize>,
}

impl Gate {
    /// Goes through, which takes until the gate is open. `name` is for [`Gate::wait_for`].
    pub fn pass(&self, name: &str) {
        let mut state = lock(&self.state);
        if state.closed {
            *state.arrived.entry(name.to_owned()).or_default() += 1;
            self.changed.notify_all();
        }
        drop(self.changed.wait_timeout_while(state, LIMIT, |state| state.closed));
    }

    /// Closes the gate: from now on all wait.
    pub fn close(&self) {
        *lock(&self.state) = State { closed: true, arrived: BTreeMap::new() };
    }

    /// Waits until `count` of this name have come to the closed gate.
    ///
    /// # Panics
    /// When they have not come within `limit`.
    pub fn wait_for(&self, name: &str, count: usize, limit: Duration) {
        let arrived = |state: &State| state.arrived.get(name).copied().unwrap_or(0);
        let waiting = |state: &mut State| arrived(state) < count;
        let waited = self.changed.wait_timeout_while(lock(&self.state), limit, waiting);
        let arrived = arrived(&waited.unwrap_or_else(PoisonError::into_inner).0);
        assert!(arrived >= count, "{arrived} of {count} requests of {name} came to the gate in {limit:?}");
    }

    /// Lets all go on.
    pub fn open(&self) {
        lock(&self.state).closed = false;
        self.changed.notify_all();
    }
}
