//! Reservations: a hold on the account and a pending row of the log, or a denial and its row.

use super::batch::Batch;
use super::operation::{Attempt, Status};
use super::rows::{LogInsert, MODEL_CHARS, PENDING, RollupDelta, RowRef};
use super::settle::{abandoned, saturate};
use super::store::LedgerStore;
use super::text::{shortened, without_nul};
use crate::types::{Day, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::credits::{Denial, Grant};
use jiff::Timestamp;

impl Batch {
    /// Holds credits for an attempt. Before a denial the account's overdue holds are released.
    pub(super) fn reserve<S: LedgerStore>(
        &mut self,
        store: &mut S,
        account: i32,
        about: (RowRef, RowRef),
        attempt: &Attempt,
        now: Timestamp,
    ) -> QueryResult<Result<(usize, Grant), Denial>> {
        let mut decision = self.decide(account, attempt, now);
        if decision.as_ref().is_some_and(|decision| matches!(decision, Err(denial) if denial.only_held))
            && self.swept.insert(account)
        {
            for row in store.overdue(account, UtcTime(now))? {
                // A row that was settled earlier in this batch is still pending in the database.
                let row = self.logs.entry(row.id).or_insert(row).clone();
                if row.status.as_deref() == Some(PENDING) {
                    self.book(account, &row, &abandoned(), now);
                }
            }
            decision = self.decide(account, attempt, now);
        }
        let decision = decision.ok_or(diesel::result::Error::NotFound)?;
        if let Err(denial) = decision
            && attempt.may_wait
            && denial.only_held
        {
            return Ok(Err(denial));
        }
        Ok(self.log_attempt(account, about, attempt, decision, now))
    }

    fn decide(&mut self, account: i32, attempt: &Attempt, now: Timestamp) -> Option<Result<Grant, Denial>> {
        let (stored, _, _) = self.accounts.get_mut(&account)?;
        Some(stored.credits.reserve(attempt.request, now))
    }

    fn log_attempt(
        &mut self,
        account: i32,
        (conversation, message): (RowRef, RowRef),
        attempt: &Attempt,
        decision: Result<Grant, Denial>,
        now: Timestamp,
    ) -> Result<(usize, Grant), Denial> {
        let stored = self.accounts.get(&account).map(|(stored, _, _)| stored);
        let widget_id = stored.and_then(|stored| stored.widget).map(|id| id.0);
        let client_id = stored.and_then(|stored| stored.client).map(|id| id.0);
        let today = stored.and_then(|stored| stored.credits.last_daily_reset).map(Day);
        let held = decision.as_ref().ok();
        let model = shortened(&without_nul(&attempt.model), MODEL_CHARS);
        if let (Err(_), Some(widget), Some(day)) = (&decision, widget_id, today) {
            let key = (widget, day, attempt.provider.to_string(), model.clone());
            let denied = RollupDelta { requests: 1, credits_exhausted: 1, ..RollupDelta::default() };
            self.writes.rollup.entry(key).or_default().add(&denied);
        }
        self.writes.new_logs.push(LogInsert {
            account_id: account,
            client_id,
            widget_id,
            conversation,
            message,
            provider: attempt.provider.to_string(),
            model,
            prompt_text: without_nul(&attempt.prompt_text),
            status: if held.is_some() { PENDING } else { Status::CreditsExhausted.as_str() },
            error: decision.as_ref().err().map(ToString::to_string),
            attempt: saturate(attempt.number),
            reserved_tokens: held.map_or(0, |grant| grant.hold.tokens),
            reserved_until: held.map(|_| UtcTime(now + attempt.hold_for)),
            booked_on: if held.is_some() { None } else { today },
            at: UtcTime(now),
        });
        decision.map(|grant| (self.writes.new_logs.len() - 1, grant))
    }
}
