//! What a call that was made means for its key.

use crate::chat::ChatReply;
use crate::error::ProviderError;
use crate::stream::StreamEnd;
use frontdesk_domain::TokenUsage;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::{QuotaReport, QuotaRules, Spent, Window};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Rest after refusals for too many calls that name no time.
const REST: Duration = Duration::from_secs(10);
/// So many of them in a row it takes where no other key can step in: one alone says little of the calls after it,
/// and all visitors would be without the provider for its sake.
const REFUSALS: u32 = 3;
/// Rest where the money is spent: somebody has to pay.
const REST_WITHOUT_MONEY: Duration = Duration::from_hours(1);
/// No wait that a provider names is longer than a day.
const LONGEST_REST: Duration = Duration::from_hours(25);

/// How a call ended.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) failure: Option<Failure>,
    pub(super) spent: Spent,
    pub(super) report: QuotaReport,
}

impl Outcome {
    pub(super) fn of_reply(reply: &ChatReply) -> Self {
        Self { failure: None, spent: used(&reply.usage), report: reply.quota.clone() }
    }

    pub(super) fn of_error(error: &ProviderError) -> Self {
        let spent = match &error.usage {
            Some(usage) => used(usage),
            None => without_usage(error.failure),
        };
        Self { failure: Some(error.failure), spent, report: error.quota.clone() }
    }

    /// An answer whose reader went away is a good one.
    pub(super) fn of_end(end: &StreamEnd) -> Self {
        let failure = end.error.as_ref().map(|error| error.failure);
        Self { failure, spent: used(&end.usage), report: end.quota.clone() }
    }

    /// Whether it was refused for too many calls and no time was named.
    pub(super) fn is_bare_refusal(&self) -> bool {
        self.failure == Some(Failure::RateLimited { retry_after: None })
    }

    /// Until when the key takes nothing. `refusals` is how many bare ones came in a row, this one included;
    /// `spare` whether another key can step in.
    pub(super) fn rest_until(
        &self,
        rules: &QuotaRules,
        (refusals, spare): (u32, bool),
        now: Timestamp,
    ) -> Option<Timestamp> {
        match self.failure? {
            Failure::RateLimited { retry_after: Some(wait) } => Some(later(now, wait)),
            Failure::RateLimited { retry_after: None } => {
                (spare || refusals >= REFUSALS).then(|| later(now, REST))
            }
            Failure::QuotaSpent => {
                Some(self.day_ends(rules, now).unwrap_or_else(|| later(now, REST_WITHOUT_MONEY)))
            }
            _ => None,
        }
    }

    /// When a day's quota that is spent is whole again; `None` where it was not a day's quota.
    fn day_ends(&self, rules: &QuotaRules, now: Timestamp) -> Option<Timestamp> {
        let is_spent = |window, remaining| window == Window::Day && remaining == Some(0);
        let spent = self.report.entries.iter().filter(|told| is_spent(told.window, told.remaining));
        spent.map(|told| rules.resets_at(told, now)).max()
    }
}

fn used(usage: &TokenUsage) -> Spent {
    Spent::Tokens(u64::try_from(usage.total()).unwrap_or(0))
}

/// What a failure used of which the provider does not tell.
fn without_usage(failure: Failure) -> Spent {
    match failure {
        Failure::NotConfigured | Failure::CircuitOpen | Failure::QuotaReached => Spent::Nothing,
        // Refused as it came: a call, and no tokens.
        Failure::InvalidKey
        | Failure::RateLimited { .. }
        | Failure::QuotaSpent
        | Failure::Overloaded { .. }
        | Failure::ModelGone
        | Failure::Rejected => Spent::Tokens(0),
        Failure::Timeout
        | Failure::Unreachable
        | Failure::Blocked
        | Failure::Empty
        | Failure::Malformed
        | Failure::CutOff => Spent::Unknown,
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait.min(LONGEST_REST)).unwrap_or(SignedDuration::ZERO);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
