//! What the reset worker does: find what is due, and prune what is old. In batches, so that no statement
//! holds locks for long, and each pass can be stopped and repeated at any point.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::{LedgerStore, PENDING, is_pending};
use crate::schema::{client_llm_usage, llm_request_logs, widget_conversations};
use crate::types::{Day, UtcTime};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text, Timestamp as SqlTimestamp};
use frontdesk_domain::ids::{AccountId, RequestLogId, WidgetId};
use frontdesk_domain::period::{Period, ResetZone};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// An account whose day or month has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueAccount {
    /// Its id.
    pub id: AccountId,
    /// Its widget.
    pub widget: Option<WidgetId>,
}

/// Time zones in which it is the same day, as they stand in `client_llm_usage.reset_timezone`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueZones {
    /// The day that it is.
    pub today: Date,
    /// Their names; those that are unknown count as UTC, as everywhere.
    pub names: Vec<String>,
}

/// A time zone that accounts use.
pub(crate) struct Zone {
    name: String,
    pub(crate) zone: ResetZone,
    /// An account has no day or no month.
    never: bool,
    /// `None` when it is on no calendar.
    oldest_day: Option<Date>,
    oldest_month: Option<Date>,
}

impl From<(String, bool, Option<String>, Option<String>)> for Zone {
    fn from((name, never, day, month): (String, bool, Option<String>, Option<String>)) -> Self {
        let date = |text: Option<String>| match text.as_deref() {
            Some("-infinity") => Some(Date::MIN),
            text => text.and_then(|text| text.parse().ok()),
        };
        let zone = name.parse().unwrap_or_default();
        Self { name, zone, never, oldest_day: date(day), oldest_month: date(month) }
    }
}

impl Zone {
    fn is_due(&self, now: Timestamp) -> bool {
        let today = self.zone.day(now);
        let before = |oldest: Option<Date>, start: Date| oldest.is_some_and(|oldest| oldest < start);
        self.never || before(self.oldest_day, today) || before(self.oldest_month, Period::Month.start(today))
    }
}

/// A hold whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverdueHold {
    /// The pending row.
    pub log: RequestLogId,
    /// The account that holds.
    pub account: AccountId,
    /// Its widget.
    pub widget: WidgetId,
}

impl Database {
    /// The time zones with accounts that are due at `now`, by the local day that it is there.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn due_zones(&self, now: Timestamp) -> Result<Vec<DueZones>, DatabaseError> {
        let mut by_day: BTreeMap<Date, Vec<String>> = BTreeMap::new();
        for zone in self.zones().await?.into_iter().filter(|zone| zone.is_due(now)) {
            by_day.entry(zone.zone.day(now)).or_default().push(zone.name);
        }
        Ok(by_day.into_iter().map(|(today, names)| DueZones { today, names }).collect())
    }

    /// The time zones that accounts use, with their oldest days and months: one look at all accounts, so that
    /// zones in which nothing is due need none of their own.
    pub(crate) async fn zones(&self) -> Result<Vec<Zone>, DatabaseError> {
        use client_llm_usage as u;
        let rows: Vec<(String, bool, Option<String>, Option<String>)> = read!(self, |c| {
            // Texts, for PostgreSQL has dates such as `infinity` that are on no calendar.
            let never =
                sql::<Bool>("count(*) <> count(last_daily_reset) OR count(*) <> count(last_monthly_reset)");
            let day = sql::<Nullable<Text>>("CAST(min(last_daily_reset) AS TEXT)");
            let month = sql::<Nullable<Text>>("CAST(min(last_monthly_reset) AS TEXT)");
            u::table.group_by(u::reset_timezone).select((u::reset_timezone, never, day, month)).load(c)
        })?;
        Ok(rows.into_iter().map(Zone::from).collect())
    }

    /// Up to `most` due accounts of these time zones with ids above `after`.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn due_accounts(
        &self,
        zones: &DueZones,
        after: AccountId,
        most: i64,
    ) -> Result<Vec<DueAccount>, DatabaseError> {
        use client_llm_usage as u;
        let names = zones.names.clone();
        let (today, month) = (Day(zones.today), Day(Period::Month.start(zones.today)));
        let rows: Vec<(i32, Option<i32>)> = read!(self, |c| {
            let day_due = u::last_daily_reset.is_null().or(u::last_daily_reset.lt(today));
            let month_due = u::last_monthly_reset.is_null().or(u::last_monthly_reset.lt(month));
            u::table
                .filter(u::reset_timezone.eq_any(names))
                .filter(u::id.gt(after.0))
                .filter(day_due.or(month_due))
                .order(u::id)
                .limit(most)
                .select((u::id, u::widget_id))
                .load(c)
        })?;
        Ok(rows
            .into_iter()
            .map(|(id, widget)| DueAccount { id: AccountId(id), widget: widget.map(WidgetId) })
            .collect())
    }

    /// Up to `most` pending holds with ids above `after` whose time is over at `now`.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn overdue_holds(
        &self,
        now: Timestamp,
        after: RequestLogId,
        most: i64,
    ) -> Result<Vec<OverdueHold>, DatabaseError> {
        use llm_request_logs as l;
        let rows: Vec<(i32, Option<i32>, Option<i32>)> = read!(self, |c| {
            l::table
                .filter(is_pending())
                .filter(l::reserved_until.le(UtcTime(now)))
                .filter(l::account_id.is_not_null().and(l::widget_id.is_not_null()))
                .filter(l::id.gt(after.0))
                .order(l::id)
                .limit(most)
                .select((l::id, l::account_id, l::widget_id))
                .load(c)
        })?;
        let hold = |(log, account, widget): (i32, Option<i32>, Option<i32>)| {
            Some(OverdueHold {
                log: RequestLogId(log),
                account: AccountId(account?),
                widget: WidgetId(widget?),
            })
        };
        Ok(rows.into_iter().filter_map(hold).collect())
    }

    /// Deletes up to `most` settled rows of the request log that were made before `before`; returns how
    /// many. Counters, rollup and history stay as they are.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn prune_request_logs(&self, before: Timestamp, most: i64) -> Result<usize, DatabaseError> {
        use llm_request_logs as l;
        read!(self, |c| c.atomically(|c| {
            let old: Vec<i32> = l::table
                .filter(l::created_at.lt(UtcTime(before)))
                .filter(l::status.is_null().or(l::status.ne(PENDING)))
                .limit(most)
                .select(l::id)
                .load(c)?;
            diesel::delete(l::table.filter(l::id.eq_any(old))).execute(c)
        }))
    }

    /// Deletes up to `most` conversations without activity since `before`, with their messages; returns
    /// how many. One with a message that is still being answered stays.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn prune_conversations(&self, before: Timestamp, most: i64) -> Result<usize, DatabaseError> {
        use {llm_request_logs as l, widget_conversations as v};
        read!(self, |c| c.atomically(|c| {
            let pending = l::table
                .filter(is_pending())
                .filter(l::conversation_id.is_not_null())
                .select(l::conversation_id.assume_not_null());
            let old: Vec<i32> = v::table
                .filter(last_activity().lt(UtcTime(before)))
                .filter(diesel::dsl::not(v::id.eq_any(pending)))
                .limit(most)
                .select(v::id)
                .load(c)?;
            // The request log outlives its conversation: it explains the counters.
            diesel::update(l::table.filter(l::conversation_id.eq_any(&old)))
                .set(l::conversation_id.eq(None::<i32>))
                .execute(c)?;
            diesel::delete(v::table.filter(v::id.eq_any(old))).execute(c)
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
fn last_activity() -> SqlLiteral<Nullable<SqlTimestamp>> {
    sql("COALESCE(last_activity_at, last_message_at, updated_at, created_at)")
}
