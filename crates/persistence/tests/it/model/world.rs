//! One life, in the ledger and in the model at once.

use super::plain::{Account, Decision, LIMITS, State, Zone};
use super::steps::{Life, Process, Step};
use crate::support::*;
use frontdesk_domain::credits::Limits;
use frontdesk_domain::ids::{AccountId, ConversationId, MessageId, RequestLogId};
use frontdesk_persistence::upkeep::Pass;
use frontdesk_persistence::{
    AccountKey, Attempt, Begin, Begun, Database, LedgerError, Refusal, Reservation, Reserve, Retry, Status,
};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseResult;
use std::ops::ControlFlow;

/// How long a hold lives, in seconds.
const HOLD: SignedDuration = SignedDuration::from_secs(60);

pub(super) struct World<'a> {
    store: &'a Store,
    other: &'a Database,
    key: AccountKey,
    account: AccountId,
    conversation: ConversationId,
    model: Account,
    /// Attempts that held credits; their numbers are those of the model's holds.
    attempts: Vec<Held>,
    /// The message that was told to wait.
    waiting: Option<MessageId>,
    now: Timestamp,
}

/// What cannot be had: an error that no step allows.
fn unexpected(error: impl std::fmt::Debug) -> TestCaseError {
    TestCaseError::fail(format!("unexpected: {error:?}"))
}

impl<'a> World<'a> {
    pub(super) async fn open(store: &'a Store, other: &'a Database, life: &Life) -> Self {
        // What another life left behind; so a sweep or a pass sees this account alone.
        store.run("DELETE FROM widget_configs; DELETE FROM clients");
        let key = store.widget();
        store.set(key, &format!("{}, reset_timezone = '{}'", columns(life.limits), life.zone));
        let mut model = Account::new(Zone::new(life.zone), life.limits, date(2026, 11, 23));
        let now = monday();
        let conversation = store.conversation(key, now).await;
        model.touch(now);
        let account = store.account(key);
        Self { store, other, key, account, conversation, model, attempts: vec![], waiting: None, now }
    }

    /// Takes a step, and compares its answer and the stored account with the model's.
    pub(super) async fn take(&mut self, process: Process, step: &Step) -> TestCaseResult {
        let db = if process == Process::One { &self.store.db } else { self.other }.clone();
        match step {
            Step::Begin { prompt, reply, may_wait } => self.begin(&db, (*prompt, *reply), *may_wait).await?,
            Step::Again { prompt, reply } => self.again(&db, (*prompt, *reply)).await?,
            Step::Finish { which, status, tokens } => self.finish(&db, *which, *status, *tokens).await?,
            Step::Retry { which, tokens, prompt, reply } => {
                self.retry(&db, *which, *tokens, (*prompt, *reply)).await?;
            }
            Step::FinishUnknown => self.finish_unknown(&db).await?,
            Step::Release { which } => self.release(&db, *which).await?,
            Step::ReleaseOverdue => self.release_overdue(&db).await?,
            Step::Pass => self.pass(&db).await?,
            Step::SetLimits(limits) => self.set_limits(&db, *limits).await?,
            Step::SetZone(name) => {
                self.model.zone = Zone::new(name);
                db.set_reset_zone(self.key, &name.parse().unwrap(), self.now).await.map_err(unexpected)?;
                self.model.touch(self.now);
            }
            by_hand => self.by_hand(by_hand),
        }
        prop_assert_eq!(self.stored(), self.model.shown(), "stored, model, after {:?}", step);
        Ok(())
    }

    /// What operators do, and time: nothing happens in the ledger.
    fn by_hand(&mut self, step: &Step) {
        match step {
            Step::Limits(limits) => {
                self.store.set(self.key, &columns(*limits));
                self.model.limits = *limits;
            }
            Step::Zone(name) => {
                self.store.set(self.key, &format!("reset_timezone = '{name}'"));
                self.model.zone = Zone::new(name);
            }
            Step::RaiseFlag => {
                self.store.set(self.key, "credits_exhausted = true");
                self.model.raise_flag();
            }
            Step::BeginDayAnew => {
                let reset = "tokens_used_today = 0, requests_made_today = 0, credits_exhausted = false";
                self.store.set(self.key, reset);
                self.model.begin_day_anew();
            }
            Step::Clock(clock) => self.now = clock.after(self.now, &self.model),
            step => panic!("{step:?} is the ledger's"),
        }
    }

    async fn begin(&mut self, db: &Database, size: (u32, u32), may_wait: bool) -> TestCaseResult {
        let attempt = attempt(size, may_wait);
        let begin = Begin { attempt, ..begin(self.key, self.conversation, self.now) };
        match db.ledger().begin(begin).await {
            Ok(Begun::Stored { message, reserved, .. }) => self.compare(message, &reserved, size, may_wait),
            other => Err(unexpected(other)),
        }
    }

    async fn again(&mut self, db: &Database, size: (u32, u32)) -> TestCaseResult {
        let Some(message) = self.waiting.take() else { return Ok(()) };
        let (account, conversation, now) = (self.key, self.conversation, self.now);
        let reserve = Reserve { account, conversation, message, attempt: attempt(size, false), now };
        let reserved = db.ledger().reserve(reserve).await.map_err(unexpected)?;
        self.compare(message, &reserved, size, false)
    }

    /// The ledger's decision and the model's.
    fn compare(
        &mut self,
        message: MessageId,
        reserved: &Result<Reservation, Refusal>,
        (prompt, reply): (u32, u32),
        may_wait: bool,
    ) -> TestCaseResult {
        let size = (i64::from(prompt), i64::from(reply));
        let expected = self.model.reserve(size, self.now, self.now + HOLD);
        let waits = reserved.as_ref().is_err_and(|refusal| refusal.wait.is_some());
        let decision = match reserved {
            Ok(grant) => {
                prop_assert_eq!((grant.account, grant.hold.requests), (self.account, 1));
                Decision::Granted { tokens: grant.hold.tokens, reply: grant.reply_tokens.into() }
            }
            Err(refusal) => Decision::Denied {
                reason: refusal.denial.reason.to_string(),
                until: refusal.denial.resets_at,
                only_held: refusal.denial.only_held,
            },
        };
        prop_assert_eq!(&decision, &expected, "decision, model");
        prop_assert_eq!(waits, may_wait && matches!(decision, Decision::Denied { only_held: true, .. }));
        match reserved {
            Ok(reservation) => self.attempts.push(self.held(message, *reservation)),
            Err(_) if waits => self.waiting = Some(message),
            Err(_) => self.model.log_denial(),
        }
        Ok(())
    }

    fn held(&self, message: MessageId, reservation: Reservation) -> Held {
        Held { account: self.key, conversation: self.conversation, message, reservation }
    }

    fn pick(&self, which: Index) -> Option<usize> {
        (!self.attempts.is_empty()).then(|| which.index(self.attempts.len()))
    }

    async fn finish(&mut self, db: &Database, which: Index, status: Status, tokens: u32) -> TestCaseResult {
        let Some(hold) = self.pick(which) else { return Ok(()) };
        let end = self.attempts[hold].finish(outcome(status, tokens / 2, tokens - tokens / 2), self.now);
        let finished = db.ledger().finish(end).await;
        if self.model.state(hold) == State::Settled {
            prop_assert!(is_settled(&finished), "settled twice: {finished:?}");
            self.model.touch(self.now);
        } else {
            finished.map_err(unexpected)?;
            self.model.settle(hold, status.as_str(), tokens.into(), self.now);
        }
        Ok(())
    }

    async fn retry(&mut self, db: &Database, which: Index, tokens: u32, size: (u32, u32)) -> TestCaseResult {
        let Some(hold) = self.pick(which) else { return Ok(()) };
        let first = self.attempts[hold];
        let failed = outcome(Status::Failed, tokens, 0);
        let retry = Retry { attempt: attempt(size, false), ..first.retry(failed, self.now) };
        let reserved = db.ledger().retry(self.key.widget, retry).await;
        if self.model.state(hold) == State::Settled {
            let settled = matches!(reserved, Err(LedgerError::AlreadySettled(_)));
            prop_assert!(settled, "settled twice: {reserved:?}");
            self.model.touch(self.now);
            return Ok(());
        }
        self.model.settle(hold, "failed", tokens.into(), self.now);
        self.compare(first.message, &reserved.map_err(unexpected)?, size, false)
    }

    async fn finish_unknown(&mut self, db: &Database) -> TestCaseResult {
        let Some(held) = self.attempts.first() else { return Ok(()) };
        let mut nobodys = *held;
        nobodys.reservation.log = RequestLogId(i32::MAX);
        let finished = db.ledger().finish(nobodys.finish(outcome(Status::Success, 9, 9), self.now)).await;
        prop_assert!(matches!(finished, Err(LedgerError::UnknownReservation(_))), "{finished:?}");
        self.model.touch(self.now);
        Ok(())
    }

    async fn release(&mut self, db: &Database, which: Index) -> TestCaseResult {
        let Some(hold) = self.pick(which) else { return Ok(()) };
        let log = self.attempts[hold].reservation.log;
        let released = db.ledger().release_abandoned(self.key.widget, self.account, log, self.now).await;
        let overdue = self.model.is_overdue(hold, self.now);
        prop_assert_eq!(released.map_err(unexpected)?, overdue, "released, overdue");
        self.model.touch(self.now);
        if overdue {
            self.model.release(hold, self.now);
        }
        Ok(())
    }

    async fn release_overdue(&mut self, db: &Database) -> TestCaseResult {
        let released = db.release_overdue(self.now).await.map_err(unexpected)?;
        prop_assert_eq!(released, self.model.sweep(self.now), "released, model");
        Ok(())
    }

    async fn pass(&mut self, db: &Database) -> TestCaseResult {
        let keep = Pass {
            now: self.now,
            log_retention_days: 0,
            conversation_retention_days: 0,
            unanswered_retention_days: 0,
            webhook_retention_days: 0,
            dry_run: false,
        };
        let summary = db.run_pass(&keep, |_| ControlFlow::Continue(())).await.map_err(unexpected)?;
        let due = self.model.is_due(self.now);
        // An account that is not due is left alone.
        if due {
            self.model.touch(self.now);
        }
        prop_assert_eq!(summary.accounts_rolled, u64::from(due), "accounts rolled, model");
        prop_assert_eq!(summary.holds_released, self.model.sweep(self.now), "holds released, model");
        Ok(())
    }

    async fn set_limits(&mut self, db: &Database, limits: [i64; 4]) -> TestCaseResult {
        let [monthly_requests, monthly_tokens, daily_requests, daily_tokens] = limits;
        let set = Limits {
            daily: amount(daily_tokens, daily_requests),
            monthly: amount(monthly_tokens, monthly_requests),
        };
        let report = db.set_limits(self.key, set, self.now).await.map_err(unexpected)?;
        prop_assert_eq!(report.credits.limits, set);
        self.model.limits = limits.map(Some);
        self.model.touch(self.now);
        Ok(())
    }

    fn own(&self, table: &str) -> String {
        format!("{table} WHERE account_id = {}", self.account)
    }

    fn stored(&self) -> String {
        let columns = [&ACCOUNT[..], &["last_daily_reset", "last_monthly_reset"]].concat();
        self.store.rows(&columns, &format!("client_llm_usage WHERE id = {}", self.account)).remove(0)
    }

    /// The end: what reports show, the history, the log, and the audit over all of it.
    pub(super) async fn close(mut self) -> TestCaseResult {
        let history = ["period", "period_start", "tokens_used", "requests_made"];
        let from = self.own("llm_usage_history") + " ORDER BY period, period_start";
        prop_assert_eq!(self.store.rows(&history, &from), self.model.history(), "history, model");
        let booked = ["booked_on", "sum(total_tokens)", "count(CASE WHEN status = 'success' THEN 1 END)"];
        let from = self.own("llm_request_logs")
            + " AND (total_tokens > 0 OR status = 'success') GROUP BY booked_on ORDER BY booked_on";
        prop_assert_eq!(self.store.rows(&booked, &from), self.model.booked(), "log by day, model");
        let from = self.own("llm_request_logs") + " GROUP BY status ORDER BY status";
        prop_assert_eq!(self.store.rows(&["status", "count(*)"], &from), self.model.logged(), "log, model");
        let audit = self.store.db.audit(|_| ControlFlow::Continue(())).await.map_err(unexpected)?;
        prop_assert!(audit.accounts == 1 && audit.findings.is_empty(), "{:?}", audit.findings);

        let report = self.store.db.usage_of_widget(self.key.widget, self.now).await.map_err(unexpected)?;
        let credits = report.ok_or_else(|| unexpected("no account"))?.credits;
        self.model.touch(self.now);
        let pairs = [credits.used_today, credits.used_this_month, credits.used_total, credits.held];
        let model = &self.model;
        prop_assert_eq!(
            pairs.map(|amount| (amount.tokens, amount.requests)),
            [model.used_today(), model.used_this_month(), model.used_ever(), model.held_now()],
            "report, model"
        );
        Ok(())
    }
}

fn attempt((prompt, reply): (u32, u32), may_wait: bool) -> Attempt {
    Attempt { hold_for: HOLD, may_wait, ..attempt_of(prompt, reply) }
}

/// Limits as SQL sets them.
fn columns(limits: [Option<i64>; 4]) -> String {
    let value = |limit: Option<i64>| limit.map_or("NULL".to_owned(), |limit| limit.to_string());
    let columns = LIMITS.iter().zip(limits).map(|((name, _), limit)| format!("{name} = {}", value(limit)));
    columns.collect::<Vec<_>>().join(", ")
}
