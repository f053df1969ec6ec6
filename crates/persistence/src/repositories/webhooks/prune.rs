//! Pruning of events that have been told, or given up.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::schema::webhook_events as e;
use crate::types::UtcTime;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use jiff::Timestamp;

/// Events that nobody tries to deliver any more, as of a time. One that is pending for a webhook that is switched off
/// is over with its day.
fn is_over(now: Timestamp) -> SqlLiteral<Bool> {
    let now = now.strftime("%Y-%m-%d %H:%M:%S.%6f");
    sql(&format!(
        "NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event_id = webhook_events.id
            AND d.status = 'pending' AND d.retry_until > '{now}')"
    ))
}

impl Database {
    /// Deletes up to `most` events from before `before` with their deliveries; returns how many. One that is still
    /// tried at `now` stays.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn prune_webhook_events(
        &self,
        before: Timestamp,
        now: Timestamp,
        most: i64,
    ) -> Result<usize, DatabaseError> {
        read!(self, |c| c.atomically(|c| {
            let old = e::table.filter(e::created_at.lt(UtcTime(before))).filter(is_over(now)).limit(most);
            let old: Vec<i32> = old.select(e::id).load(c)?;
            diesel::delete(e::table.filter(e::id.eq_any(old))).execute(c)
        }))
    }

    /// How many events [`prune_webhook_events`](Self::prune_webhook_events) would delete in all.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn count_old_webhook_events(
        &self,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, DatabaseError> {
        let count: i64 = read!(self, |c| {
            let old = e::table.filter(e::created_at.lt(UtcTime(before))).filter(is_over(now));
            old.count().get_result(c)
        })?;
        Ok(count.unsigned_abs())
    }
}
