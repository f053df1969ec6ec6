//! What a permitted call has taken, until its outcome is booked.

use super::Shared;
use super::outcome::Outcome;
use super::shared_quotas::{Entry, Settlement, SharedQuotas};
use frontdesk_domain::breaker::{Change, Pass};
use frontdesk_domain::quota::{QuotaReport, Spent, Taken};
use jiff::Timestamp;
use std::sync::Arc;

/// Dropped before the call was made it gives back what was taken; dropped while the call was under way (the
/// visitor has gone) it leaves the tokens taken, since the provider may count them, and says nothing of the key.
pub(super) struct Slip {
    gate: Arc<Shared>,
    pub(super) model: Arc<str>,
    pub(super) key: usize,
    pass: Pass,
    pub(super) taken: Option<Taken>,
    /// Where the call was taken from counters that processes share.
    pub(super) shared: Option<(SharedQuotas, Entry)>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unused,
    UnderWay,
    Booked,
}

impl Slip {
    pub(super) fn new(gate: Arc<Shared>, model: Arc<str>, key: usize, pass: Pass) -> Self {
        Self { gate, model, key, pass, taken: None, shared: None, stage: Stage::Unused }
    }

    /// From 1; `None` where the gate has one key only.
    pub(super) fn key_number(&self) -> Option<usize> {
        (self.gate.keys.len() > 1).then_some(self.key + 1)
    }

    /// The call is made now.
    pub(super) fn begin(&mut self) {
        self.stage = Stage::UnderWay;
    }

    /// Books how it ended.
    pub(super) fn book(mut self, outcome: &Outcome) {
        self.stage = Stage::Booked;
        let now = (self.gate.now)();
        let (change, rest) = self.book_at(outcome, now);
        self.settle_shared(outcome.spent, &outcome.report, rest, now);
        self.tell(change, rest, outcome);
    }

    fn book_at(&self, outcome: &Outcome, now: Timestamp) -> (Option<Change>, Option<Timestamp>) {
        let mut books = self.gate.books();
        let Some(book) = books.key(&self.model, self.key) else { return (None, None) };
        let change = book.breaker.record(self.pass, outcome.failure, now);
        if let Some(taken) = &self.taken {
            book.quota.settle(taken, outcome.spent);
        }
        book.quota.report(&outcome.report, now);
        let rest = outcome.rest_until(book.quota.rules(), now);
        if let Some(until) = rest {
            book.quota.rest_until(until, now);
        }
        (change, rest)
    }

    fn settle_shared(
        &mut self,
        spent: Spent,
        report: &QuotaReport,
        rest_until: Option<Timestamp>,
        now: Timestamp,
    ) {
        if let (Some((shared, entry)), Some(taken)) = (self.shared.take(), self.taken) {
            let report = report.clone();
            shared.settle(entry, Settlement { taken, spent, report, rest_until, now });
        }
    }

    fn tell(&self, change: Option<Change>, rest: Option<Timestamp>, outcome: &Outcome) {
        let name = self.gate.name(&self.model, self.key);
        let failure = outcome.failure.map(|failure| failure.to_string()).unwrap_or_default();
        match change {
            Some(Change::Opened { until }) => {
                tracing::warn!("LLM circuit breaker of {name} opened until {until:.0}: {failure}");
            }
            Some(Change::Closed) => tracing::info!("LLM circuit breaker of {name} closed: it answers again"),
            None => (),
        }
        if let Some(until) = rest {
            tracing::warn!("LLM {name} rests until {until:.0}: {failure}");
        }
    }
}

impl Drop for Slip {
    fn drop(&mut self) {
        let spent = match self.stage {
            Stage::Booked => return,
            Stage::Unused => Spent::Nothing,
            Stage::UnderWay => Spent::Unknown,
        };
        let now = (self.gate.now)();
        self.settle_shared(spent, &QuotaReport::default(), None, now);
        let mut books = self.gate.books();
        let Some(book) = books.key(&self.model, self.key) else { return };
        book.breaker.give_back(self.pass);
        if let Some(taken) = &self.taken {
            book.quota.settle(taken, spent);
        }
    }
}
