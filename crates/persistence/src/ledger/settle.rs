//! Settlements: a pending row of the log becomes its outcome, in the account, the log and the rollup.

use super::batch::Batch;
use super::operation::{Outcome, Settle, Status};
use super::rows::{ABANDONED, LogRow, LogUpdate, MODEL_CHARS, PENDING, RollupDelta};
use super::text::{shortened, without_nul};
use crate::error::LedgerError;
use crate::types::{Day, UtcTime};
use frontdesk_domain::TokenUsage;
use frontdesk_domain::credits::Amount;
use jiff::Timestamp;

/// `estimated_cost` is NUMERIC(10, 6).
const MOST_COST: i64 = 9_999_999_999;

impl Batch {
    /// Settles a hold; returns whether an abandoned one was released.
    pub(super) fn settle(
        &mut self,
        account: i32,
        settle: &Settle,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let (id, outcome) = match settle {
            Settle::Outcome(id, outcome) => (*id, named_apart(outcome.clone())),
            Settle::Abandoned(id) => (*id, abandoned()),
        };
        let row = self.logs.get(&id.0).ok_or(LedgerError::UnknownReservation(id))?.clone();
        if row.account_id != Some(account) {
            return Err(LedgerError::UnknownReservation(id));
        }
        let pending = row.status.as_deref() == Some(PENDING);
        if let Settle::Abandoned(_) = settle {
            let overdue = row.reserved_until.is_none_or(|until| until.0 <= now);
            if pending && overdue {
                self.book(account, &row, &outcome, now);
            }
            return Ok(pending && overdue);
        }
        // A hold that was swept is settled late: the provider was paid, so it is booked.
        if !pending && row.error_message.as_deref() != Some(ABANDONED) {
            return Err(LedgerError::AlreadySettled(id));
        }
        self.book(account, &row, &outcome, now);
        Ok(false)
    }

    /// Replaces the hold of `row`, if it still has one, by what was used.
    pub(super) fn book(&mut self, account: i32, row: &LogRow, outcome: &Outcome, now: Timestamp) {
        let Some((stored, _, _)) = self.accounts.get_mut(&account) else {
            return;
        };
        let pending = row.status.as_deref() == Some(PENDING);
        let hold =
            if pending { Amount { tokens: row.reserved_tokens, requests: 1 } } else { Amount::default() };
        let used = charge(outcome);
        if used.tokens != outcome.usage.total() {
            tracing::warn!(
                log = row.id,
                account,
                reported = outcome.usage.total(),
                charged = used.tokens,
                "LLM reported more tokens than the request log can hold; what it holds is charged"
            );
        }
        let settled = stored.credits.settle(hold, used, now);
        if pending && settled.overrun > 0 {
            tracing::warn!(
                log = row.id,
                account,
                overrun = settled.overrun,
                "LLM used more tokens than were held; all are charged"
            );
        }
        if !settled.missing.is_zero() {
            tracing::warn!(log = row.id, account, missing = ?settled.missing, "the account held less than its pending requests: was it changed by hand?");
        }
        let booked_on = stored.credits.last_daily_reset.map(Day);
        let model = outcome.model.as_deref().unwrap_or(&row.llm_model);
        let model = shortened(&without_nul(model), MODEL_CHARS);
        if !pending {
            let key = (row.booked_on, row.llm_model.as_str());
            self.roll_up(row, key, &RollupDelta { requests: -1, failed: -1, ..RollupDelta::default() });
        }
        self.roll_up(row, (booked_on, &model), &rollup_of(outcome));
        let update = log_update(row.id, model, outcome, UtcTime(now), booked_on);
        if pending {
            self.settled.get_or_insert(row.id);
        }
        if let Some(row) = self.logs.get_mut(&row.id) {
            row.status = Some(update.status.to_owned());
            row.error_message.clone_from(&update.error);
            row.booked_on = booked_on;
        }
        // A hold can be swept and settled late in one batch: one row, one update, the last word.
        self.writes.settled_logs.insert(row.id, update);
    }

    fn roll_up(&mut self, row: &LogRow, (day, model): (Option<Day>, &str), delta: &RollupDelta) {
        if let (Some(widget), Some(day)) = (row.widget_id, day) {
            let key = (widget, day, row.llm_provider.clone(), model.to_owned());
            self.writes.rollup.entry(key).or_default().add(delta);
        }
    }
}

impl RollupDelta {
    pub(super) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.successful += other.successful;
        self.failed += other.failed;
        self.rate_limited += other.rate_limited;
        self.blocked += other.blocked;
        self.credits_exhausted += other.credits_exhausted;
        self.prompt_tokens += other.prompt_tokens;
        self.completion_tokens += other.completion_tokens;
        self.total_tokens += other.total_tokens;
        self.timed_requests += other.timed_requests;
        self.response_time_ms += other.response_time_ms;
        self.cost_micro_usd += other.cost_micro_usd;
    }
}

/// What an outcome costs the account: its tokens, and a request if a model answered.
fn charge(outcome: &Outcome) -> Amount {
    Amount {
        tokens: i64::from(logged(&outcome.usage).total),
        requests: i64::from(outcome.status == Status::Success),
    }
}

/// The word that marks a swept hold, which can be settled late, is the sweeper's alone.
fn named_apart(mut outcome: Outcome) -> Outcome {
    if outcome.error.as_deref() == Some(ABANDONED) {
        outcome.error = Some(format!("{ABANDONED} by its caller"));
    }
    outcome
}

pub(super) fn abandoned() -> Outcome {
    Outcome {
        status: Status::Failed,
        usage: TokenUsage::default(),
        usage_estimated: false,
        model: None,
        response_text: None,
        error: Some(ABANDONED.to_owned()),
        response_time_ms: 0,
        cost: None,
    }
}

fn rollup_of(outcome: &Outcome) -> RollupDelta {
    let is = |status| i64::from(outcome.status == status);
    let usage = logged(&outcome.usage);
    let timed = i64::from(outcome.response_time_ms > 0);
    RollupDelta {
        requests: 1,
        successful: is(Status::Success),
        failed: is(Status::Failed),
        rate_limited: is(Status::RateLimited),
        blocked: is(Status::Blocked),
        credits_exhausted: is(Status::CreditsExhausted),
        prompt_tokens: i64::from(usage.prompt),
        completion_tokens: i64::from(usage.completion),
        total_tokens: i64::from(usage.total),
        timed_requests: timed,
        response_time_ms: i64::from(saturate(outcome.response_time_ms)),
        cost_micro_usd: cost(outcome).unwrap_or(0),
    }
}

fn log_update(id: i32, model: String, outcome: &Outcome, at: UtcTime, booked_on: Option<Day>) -> LogUpdate {
    let usage = logged(&outcome.usage);
    LogUpdate {
        id,
        model,
        response_text: outcome.response_text.as_deref().map(without_nul),
        prompt_tokens: usage.prompt,
        completion_tokens: usage.completion,
        total_tokens: usage.total,
        response_time_ms: (outcome.response_time_ms > 0).then(|| saturate(outcome.response_time_ms)),
        status: outcome.status.as_str(),
        error: outcome.error.as_deref().map(without_nul),
        cost_micro_usd: cost(outcome),
        usage_estimated: outcome.usage_estimated,
        settled_at: at,
        booked_on,
    }
}

/// Tokens as the log can hold them. The account is charged the same, so that the log explains every
/// counter whatever a provider claims.
struct Logged {
    prompt: i32,
    completion: i32,
    total: i32,
}

fn logged(usage: &TokenUsage) -> Logged {
    Logged {
        prompt: saturate(usage.prompt_tokens),
        completion: saturate(usage.completion_tokens),
        total: i32::try_from(usage.total()).unwrap_or(i32::MAX),
    }
}

fn cost(outcome: &Outcome) -> Option<i64> {
    outcome.cost.map(|cost| cost.0.min(MOST_COST))
}

/// int4 columns; a duration or a count that large means "very many" anyway.
pub(super) fn saturate(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
