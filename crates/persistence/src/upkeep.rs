//! Upkeep: one pass closes the days and months that have ended, releases holds whose time is over, and
//! deletes what is older than it shall be kept.
//!
//! No rule depends on a pass: every operation rolls its account by itself. A pass makes the stored
//! counters true for those who read the tables. It may run beside the API and beside another pass, and
//! may be stopped and repeated at any point, for each step finds for itself what is still due.

use crate::database::Database;
use crate::error::{DatabaseError, LedgerError};
use crate::repositories::maintenance::{DueAccount, OverdueHold};
use frontdesk_domain::ids::{AccountId, ConversationId, RequestLogId};
use frontdesk_domain::period::Period;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use tokio::task::JoinSet;

/// Accounts, holds or rows in one batch: no lock is held for long, and a batch is few group commits.
const BATCH: i64 = 500;
const HOURS_OF_A_DAY: i64 = 24;
/// A call that a visitor's script repeats after so many days is a new one.
const IDEMPOTENCY_KEY_DAYS: u32 = 1;

/// What one pass shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// The time of the pass.
    pub now: Timestamp,
    /// Rows of the request log are deleted after so many days; 0 keeps them for ever.
    pub log_retention_days: u32,
    /// Conversations are deleted after so many days without activity; 0 keeps them for ever.
    pub conversation_retention_days: u32,
    /// Unanswered questions are deleted so many days after they were asked last; 0 keeps them for ever.
    pub unanswered_retention_days: u32,
    /// Events for webhooks are deleted after so many days, with what became of them; 0 keeps them for ever.
    pub webhook_retention_days: u32,
    /// Counts what a pass would do and changes nothing.
    pub dry_run: bool,
}

/// What a pass did so far; of a dry run, what a pass would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Accounts whose day or month was closed.
    pub accounts_rolled: u64,
    /// Holds that nobody had settled in time.
    pub holds_released: u64,
    /// Deleted rows of the request log.
    pub logs_pruned: u64,
    /// Deleted conversations.
    pub conversations_pruned: u64,
    /// Deleted unanswered questions.
    pub unanswered_pruned: u64,
    /// Deleted idempotency keys of visitors' calls.
    pub keys_pruned: u64,
    /// Deleted events for webhooks.
    pub webhook_events_pruned: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            accounts_rolled,
            holds_released,
            logs_pruned,
            conversations_pruned,
            unanswered_pruned,
            keys_pruned,
            webhook_events_pruned,
        } = self;
        let rows =
            logs_pruned + conversations_pruned + unanswered_pruned + keys_pruned + webhook_events_pruned;
        write!(
            f,
            "accounts rolled: {accounts_rolled}, holds released: {holds_released}, rows pruned: {rows} \
             (request logs {logs_pruned}, conversations {conversations_pruned}, unanswered questions {unanswered_pruned}, \
             idempotency keys {keys_pruned}, webhook events {webhook_events_pruned})"
        )
    }
}

impl Database {
    /// Runs one pass. `progress` gets the summary so far after every batch; when it breaks, the pass ends
    /// there, and the next one goes on.
    ///
    /// # Errors
    /// [`LedgerError::Database`]; the batches before it stand.
    pub async fn run_pass(
        &self,
        pass: &Pass,
        progress: impl FnMut(&Summary) -> ControlFlow<()>,
    ) -> Result<Summary, LedgerError> {
        let mut run = Run { database: self, pass, summary: Summary::default(), progress };
        // Where it was stopped makes no difference to the summary.
        match run.all().await? {
            ControlFlow::Continue(()) | ControlFlow::Break(()) => Ok(run.summary),
        }
    }

    /// Releases all holds whose time is over at `now`; returns how many.
    ///
    /// # Errors
    /// [`LedgerError::Database`]; the holds released before it stay released.
    pub async fn release_overdue(&self, now: Timestamp) -> Result<u64, LedgerError> {
        let mut released = 0;
        let mut after = RequestLogId(0);
        loop {
            let holds = self.overdue_holds(now, after, BATCH).await?;
            let Some(last) = holds.last() else { return Ok(released) };
            after = last.log;
            released += self.release_batch(holds, now).await?;
        }
    }

    /// When the next day of any account begins, as seen at `now`.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn next_midnight(&self, now: Timestamp) -> Result<Timestamp, DatabaseError> {
        let zones = self.zones().await?;
        let zones = zones.iter().map(|zone| &zone.zone);
        let midnights = zones.map(|zone| zone.start_of(Period::Day.next_start(zone.day(now))));
        Ok(midnights.min().unwrap_or(Timestamp::MAX))
    }

    async fn release_batch(&self, holds: Vec<OverdueHold>, now: Timestamp) -> Result<u64, LedgerError> {
        together(holds.into_iter().map(|hold| {
            let ledger = self.ledger().clone();
            async move { ledger.release_abandoned(hold.widget, hold.account, hold.log, now).await }
        }))
        .await
    }

    async fn roll_batch(&self, accounts: Vec<DueAccount>, now: Timestamp) -> Result<u64, LedgerError> {
        together(accounts.into_iter().map(|account| {
            let ledger = self.ledger().clone();
            async move { ledger.roll(account.widget, account.id, now).await }
        }))
        .await
    }
}

/// A pass on its way.
struct Run<'a, P> {
    database: &'a Database,
    pass: &'a Pass,
    summary: Summary,
    progress: P,
}

/// Whether the pass goes on.
type Going = Result<ControlFlow<()>, LedgerError>;

impl<P: FnMut(&Summary) -> ControlFlow<()>> Run<'_, P> {
    async fn all(&mut self) -> Going {
        if self.roll_accounts().await?.is_break() || self.release_holds().await?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if self.pass.dry_run {
            return self.count_old().await;
        }
        self.database.count_knowledge().await?;
        if self.prune_logs().await?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if self.prune_conversations().await?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if self.prune_unanswered().await?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if self.prune_idempotency_keys().await?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        self.prune_webhook_events().await
    }

    async fn roll_accounts(&mut self) -> Going {
        let now = self.pass.now;
        for zones in self.database.due_zones(now).await? {
            let mut after = AccountId(0);
            loop {
                let due = self.database.due_accounts(&zones, after, BATCH).await?;
                let Some(last) = due.last() else { break };
                after = last.id;
                self.summary.accounts_rolled +=
                    if self.pass.dry_run { len(&due) } else { self.database.roll_batch(due, now).await? };
                if self.report().is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn release_holds(&mut self) -> Going {
        let now = self.pass.now;
        let mut after = RequestLogId(0);
        loop {
            let holds = self.database.overdue_holds(now, after, BATCH).await?;
            let Some(last) = holds.last() else { return self.abandon_orphans().await };
            after = last.log;
            self.summary.holds_released +=
                if self.pass.dry_run { len(&holds) } else { self.database.release_batch(holds, now).await? };
            if self.report().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    async fn abandon_orphans(&mut self) -> Going {
        if !self.pass.dry_run {
            self.summary.holds_released += self.database.abandon_orphans(self.pass.now).await? as u64;
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn count_old(&mut self) -> Going {
        let (database, now) = (self.database, self.pass.now);
        if let Some(before) = days_before(now, self.pass.log_retention_days) {
            self.summary.logs_pruned = database.count_old_request_logs(before, now).await?;
        }
        if let Some(before) = days_before(now, self.pass.conversation_retention_days) {
            self.summary.conversations_pruned = database.count_old_conversations(before, now).await?;
        }
        if let Some(before) = days_before(now, self.pass.unanswered_retention_days) {
            self.summary.unanswered_pruned = database.count_old_unanswered(before).await?;
        }
        if let Some(before) = days_before(now, IDEMPOTENCY_KEY_DAYS) {
            self.summary.keys_pruned = database.count_old_idempotency_keys(before).await?;
        }
        if let Some(before) = days_before(now, self.pass.webhook_retention_days) {
            self.summary.webhook_events_pruned = database.count_old_webhook_events(before, now).await?;
        }
        Ok(self.report())
    }

    async fn prune_logs(&mut self) -> Going {
        let Some(before) = days_before(self.pass.now, self.pass.log_retention_days) else {
            return Ok(ControlFlow::Continue(()));
        };
        loop {
            let pruned = self.database.prune_request_logs(before, BATCH).await?;
            if pruned == 0 {
                return Ok(ControlFlow::Continue(()));
            }
            self.summary.logs_pruned += pruned as u64;
            if self.report().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    async fn prune_conversations(&mut self) -> Going {
        let Some(before) = days_before(self.pass.now, self.pass.conversation_retention_days) else {
            return Ok(ControlFlow::Continue(()));
        };
        let mut after = ConversationId(0);
        loop {
            let pruned = self.database.prune_conversations(before, after, BATCH).await?;
            if pruned.count == 0 {
                return Ok(ControlFlow::Continue(()));
            }
            after = pruned.last;
            self.summary.conversations_pruned += pruned.count as u64;
            if self.report().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    async fn prune_unanswered(&mut self) -> Going {
        let Some(before) = days_before(self.pass.now, self.pass.unanswered_retention_days) else {
            return Ok(ControlFlow::Continue(()));
        };
        loop {
            let pruned = self.database.prune_unanswered(before, BATCH).await?;
            if pruned == 0 {
                return self.prune_unanswered_messages(before).await;
            }
            self.summary.unanswered_pruned += pruned as u64;
            if self.report().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// They are notes on messages and no questions: the summary does not count them.
    async fn prune_unanswered_messages(&mut self, before: Timestamp) -> Going {
        while self.database.prune_unanswered_messages(before, BATCH).await? > 0 {
            if self.report().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn prune_idempotency_keys(&mut self) -> Going {
        let Some(before) = days_before(self.pass.now, IDEMPOTENCY_KEY_DAYS) else {
            return Ok(ControlFlow::Continue(()));
        };
        loop {
            let pruned = self.database.prune_idempotency_keys(before, BATCH).await?;
            if pruned == 0 {
                return Ok(ControlFlow::Continue(()));
            }
            self.summary.keys_pruned += pruned as u64;
            if self.report().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    async fn prune_webhook_events(&mut self) -> Going {
        let Some(before) = days_before(self.pass.now, self.pass.webhook_retention_days) else {
            return Ok(ControlFlow::Continue(()));
        };
        loop {
            let pruned = self.database.prune_webhook_events(before, self.pass.now, BATCH).await?;
            if pruned == 0 {
                return Ok(ControlFlow::Continue(()));
            }
            self.summary.webhook_events_pruned += pruned as u64;
            if self.report().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    fn report(&mut self) -> ControlFlow<()> {
        (self.progress)(&self.summary)
    }
}

fn len<T>(items: &[T]) -> u64 {
    items.len() as u64
}

/// The time before which rows are too old; `None` keeps them for ever.
fn days_before(now: Timestamp, days: u32) -> Option<Timestamp> {
    if days == 0 {
        return None;
    }
    // Before the beginning of the calendar there are no rows.
    now.checked_sub(SignedDuration::from_hours(i64::from(days) * HOURS_OF_A_DAY)).ok()
}

/// Submits all operations at once, so that they share group commits, and counts those that did something.
async fn together<F>(operations: impl Iterator<Item = F>) -> Result<u64, LedgerError>
where
    F: Future<Output = Result<bool, LedgerError>> + Send + 'static,
{
    let mut tasks: JoinSet<_> = operations.collect();
    let mut done = 0;
    let mut first_error = None;
    while let Some(result) = tasks.join_next().await {
        let result =
            result.map_err(|error| DatabaseError::Data(format!("an upkeep task failed: {error}")))?;
        match result {
            Ok(acted) => done += u64::from(acted),
            // It was deleted with its client, or settled by someone else, since it was read.
            Err(
                LedgerError::UnknownAccount(_)
                | LedgerError::UnknownReservation(_)
                | LedgerError::AlreadySettled(_),
            ) => {}
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    first_error.map_or(Ok(done), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_one_line() {
        let summary = Summary {
            accounts_rolled: 3,
            holds_released: 0,
            logs_pruned: 12,
            conversations_pruned: 0,
            unanswered_pruned: 0,
            keys_pruned: 0,
            webhook_events_pruned: 0,
        };
        assert_eq!(
            summary.to_string(),
            "accounts rolled: 3, holds released: 0, rows pruned: 12 (request logs 12, conversations 0, unanswered questions 0, idempotency keys 0, webhook events 0)"
        );
    }

    #[test]
    fn nothing_is_too_old_when_it_is_kept_for_ever() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        assert_eq!(days_before(now, 0), None);
        assert_eq!(days_before(now, 90), Some("2026-08-25T10:00:00Z".parse().unwrap()));
        assert_eq!(days_before(now, u32::MAX), None);
    }
}
