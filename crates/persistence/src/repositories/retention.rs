//! Pruning of what is older than it shall be kept. In batches, so that no statement holds locks for long,
//! and each pass can be stopped and repeated at any point.
//!
//! Counters, rollup and history stay as they are. What a pruned row had booked is carried forward into
//! `llm_usage_adjustments` and `llm_usage_daily.unlogged_requests` in the same transaction, so that the
//! counters can be audited to the token however short the log is kept; of the rollup's other columns the
//! audit then knows the least that they can be.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::{LedgerStore, PENDING, is_pending};
use crate::schema::{llm_request_logs, widget_conversations};
use crate::types::UtcTime;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamp as SqlTimestamp};
use frontdesk_domain::ids::ConversationId;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What two databases say differently.
trait RetentionStore: LedgerStore {
    /// The first day of the month of `booked_on`.
    const FIRST_OF_MONTH: &'static str;

    /// Of these rows those that are still there and settled, locked: two passes at once must not carry a
    /// row forward twice. The accounts are locked before.
    fn settled(&mut self, ids: &[i32]) -> QueryResult<Vec<i32>>;

    /// The ids of up to `most` conversations above `after` without activity since `before` and without a
    /// message that is being answered, locked: nobody may write in one that is about to go.
    fn idle(&mut self, before: UtcTime, after: i32, most: i64) -> QueryResult<Vec<i32>>;

    /// Runs a statement whose only parameters are numbers in its text.
    fn run(&mut self, statement: &str) -> QueryResult<usize>;
}

impl RetentionStore for PgConnection {
    const FIRST_OF_MONTH: &'static str = "CAST(date_trunc('month', booked_on) AS DATE)";

    fn settled(&mut self, ids: &[i32]) -> QueryResult<Vec<i32>> {
        use llm_request_logs as l;
        let settled = l::status.is_null().or(l::status.ne(PENDING));
        l::table.filter(l::id.eq_any(ids)).filter(settled).for_update().skip_locked().select(l::id).load(self)
    }

    fn idle(&mut self, before: UtcTime, after: i32, most: i64) -> QueryResult<Vec<i32>> {
        use {llm_request_logs as l, widget_conversations as v};
        let pending = l::table
            .filter(is_pending())
            .filter(l::conversation_id.is_not_null())
            .select(l::conversation_id.assume_not_null());
        // No index knows the last activity, which changes with each message: a pass reads the table once, by id.
        let later = v::table.filter(v::id.gt(after)).order(v::id).limit(most);
        let idle = later.filter(last_activity().lt(before)).filter(diesel::dsl::not(v::id.eq_any(pending)));
        idle.for_update().skip_locked().select(v::id).load(self)
    }

    fn run(&mut self, statement: &str) -> QueryResult<usize> {
        diesel::sql_query(statement).execute(self)
    }
}

impl RetentionStore for SqliteConnection {
    const FIRST_OF_MONTH: &'static str = "date(booked_on, 'start of month')";

    fn settled(&mut self, ids: &[i32]) -> QueryResult<Vec<i32>> {
        use llm_request_logs as l;
        let settled = l::status.is_null().or(l::status.ne(PENDING));
        l::table.filter(l::id.eq_any(ids)).filter(settled).select(l::id).load(self)
    }

    fn idle(&mut self, before: UtcTime, after: i32, most: i64) -> QueryResult<Vec<i32>> {
        use {llm_request_logs as l, widget_conversations as v};
        let pending = l::table
            .filter(is_pending())
            .filter(l::conversation_id.is_not_null())
            .select(l::conversation_id.assume_not_null());
        // No index knows the last activity, which changes with each message: a pass reads the table once, by id.
        let later = v::table.filter(v::id.gt(after)).order(v::id).limit(most);
        let idle = later.filter(last_activity().lt(before)).filter(diesel::dsl::not(v::id.eq_any(pending)));
        idle.select(v::id).load(self)
    }

    fn run(&mut self, statement: &str) -> QueryResult<usize> {
        diesel::sql_query(statement).execute(self)
    }
}

/// A row of the request log that is old.
type OldLog = (i32, Option<i32>, Option<i32>);

/// Deletes these rows and carries forward what they had booked. Their accounts are locked first, as the
/// ledger does it, and those of their widgets, as a repair of the rollup does it: nobody else reads half of
/// what is changed here.
fn prune<C: RetentionStore>(c: &mut C, old: &[OldLog]) -> QueryResult<usize> {
    let widgets: BTreeSet<i32> = old.iter().filter_map(|(_, _, widget)| *widget).collect();
    let accounts: BTreeSet<i32> = old.iter().filter_map(|(_, account, _)| *account).collect();
    c.lock(&widgets.into_iter().collect::<Vec<_>>(), &accounts.into_iter().collect::<Vec<_>>())?;
    let ids = c.settled(&old.iter().map(|(id, ..)| *id).collect::<Vec<_>>())?;
    if ids.is_empty() {
        return Ok(0);
    }
    let ids = ids.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
    let month = C::FIRST_OF_MONTH;
    c.run(&format!(
        "INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month,
            requests_this_month, total_tokens, total_requests)
        SELECT account_id, 'pruned', booked_on, {month}, tokens, requests, tokens, requests, tokens, requests
        FROM (
            SELECT account_id, booked_on, CAST(sum(COALESCE(total_tokens, 0)) AS BIGINT) AS tokens,
                count(CASE WHEN status = 'success' THEN 1 END) AS requests
            FROM llm_request_logs
            WHERE id IN ({ids}) AND booked_on IS NOT NULL AND account_id IN (SELECT id FROM client_llm_usage)
            GROUP BY account_id, booked_on
        ) AS gone
        WHERE tokens <> 0 OR requests <> 0 ORDER BY account_id, booked_on
        ON CONFLICT (account_id, day) WHERE reason = 'pruned' DO UPDATE SET
            tokens_today = llm_usage_adjustments.tokens_today + excluded.tokens_today,
            requests_today = llm_usage_adjustments.requests_today + excluded.requests_today,
            tokens_this_month = llm_usage_adjustments.tokens_this_month + excluded.tokens_this_month,
            requests_this_month = llm_usage_adjustments.requests_this_month + excluded.requests_this_month,
            total_tokens = llm_usage_adjustments.total_tokens + excluded.total_tokens,
            total_requests = llm_usage_adjustments.total_requests + excluded.total_requests"
    ))?;
    c.run(&format!(
        "UPDATE llm_usage_daily AS d SET unlogged_requests = d.unlogged_requests + gone.requests
        FROM (
            SELECT widget_id, booked_on, llm_provider, llm_model, count(*) AS requests FROM llm_request_logs
            WHERE id IN ({ids}) AND booked_on IS NOT NULL AND account_id IS NOT NULL AND widget_id IS NOT NULL
            GROUP BY widget_id, booked_on, llm_provider, llm_model
        ) AS gone
        WHERE d.widget_id = gone.widget_id AND d.day = gone.booked_on AND d.llm_provider = gone.llm_provider
            AND d.llm_model = gone.llm_model"
    ))?;
    c.run(&format!("DELETE FROM llm_request_logs WHERE id IN ({ids})"))
}

/// A batch of pruned conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrunedConversations {
    /// How many were deleted; the last batch of all has none.
    pub count: usize,
    /// The highest id among them: where the next batch goes on.
    pub last: ConversationId,
}

impl Database {
    /// Deletes up to `most` settled rows of the request log that were made before `before`; returns how
    /// many.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn prune_request_logs(&self, before: Timestamp, most: i64) -> Result<usize, DatabaseError> {
        use llm_request_logs as l;
        read!(self, |c| c.atomically(|c| {
            let old: Vec<OldLog> = l::table
                .filter(l::created_at.lt(UtcTime(before)))
                .filter(l::status.is_null().or(l::status.ne(PENDING)))
                .limit(most)
                .select((l::id, l::account_id, l::widget_id))
                .load(c)?;
            prune(c, &old)
        }))
    }

    /// Deletes up to `most` conversations with ids above `after` without activity since `before`, with their
    /// messages. One with a message that is still being answered stays. The request log stays, too: it
    /// explains the counters.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn prune_conversations(
        &self,
        before: Timestamp,
        after: ConversationId,
        most: i64,
    ) -> Result<PrunedConversations, DatabaseError> {
        use {llm_request_logs as l, widget_conversations as v};
        read!(self, |c| c.atomically(|c| {
            let old = c.idle(UtcTime(before), after.0, most)?;
            let last = ConversationId(old.last().copied().unwrap_or(after.0));
            let of_old = l::table.filter(l::conversation_id.eq_any(&old));
            diesel::update(of_old).set(l::conversation_id.eq(None::<i32>)).execute(c)?;
            let count = diesel::delete(v::table.filter(v::id.eq_any(old))).execute(c)?;
            Ok(PrunedConversations { count, last })
        }))
    }

    /// As many as [`prune_request_logs`](Self::prune_request_logs) would delete in all, after the holds
    /// that are overdue at `now` were released.
    pub(crate) async fn count_old_request_logs(
        &self,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, DatabaseError> {
        use llm_request_logs as l;
        let count: i64 = read!(self, |c| {
            let settled = l::status.is_null().or(l::status.ne(PENDING));
            l::table
                .filter(l::created_at.lt(UtcTime(before)))
                .filter(settled.or(l::reserved_until.le(UtcTime(now))))
                .count()
                .get_result(c)
        })?;
        Ok(count.unsigned_abs())
    }

    /// As many as [`prune_conversations`](Self::prune_conversations) would delete in all, after the holds
    /// that are overdue at `now` were released.
    pub(crate) async fn count_old_conversations(
        &self,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, DatabaseError> {
        use {llm_request_logs as l, widget_conversations as v};
        let count: i64 = read!(self, |c| {
            let pending = l::table
                .filter(is_pending())
                .filter(l::reserved_until.is_null().or(l::reserved_until.gt(UtcTime(now))))
                .filter(l::conversation_id.is_not_null())
                .select(l::conversation_id.assume_not_null());
            v::table
                .filter(last_activity().lt(UtcTime(before)))
                .filter(diesel::dsl::not(v::id.eq_any(pending)))
                .count()
                .get_result(c)
        })?;
        Ok(count.unsigned_abs())
    }
}

/// When something last happened in a conversation; older rows do not have every column.
pub(crate) fn last_activity() -> SqlLiteral<Nullable<SqlTimestamp>> {
    sql("COALESCE(last_activity_at, last_message_at, updated_at, created_at)")
}
