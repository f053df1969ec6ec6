//! What is due: accounts whose day or month has ended, and holds whose time is over. In batches, so that
//! each pass can be stopped and repeated at any point.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::{ABANDONED, is_pending};
use crate::schema::{client_llm_usage, llm_request_logs};
use crate::types::{Day, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::ids::{AccountId, RequestLogId, WidgetId};
use frontdesk_domain::period::{Period, ResetZone};
use jiff::Timestamp;

/// An account whose day or month has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueAccount {
    /// Its id.
    pub id: AccountId,
    /// Its widget.
    pub widget: Option<WidgetId>,
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
    /// The time zones that accounts use; those that are unknown count as UTC, as everywhere.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn reset_zones(&self) -> Result<Vec<(String, ResetZone)>, DatabaseError> {
        use client_llm_usage as u;
        let names: Vec<String> = read!(self, |c| u::table.select(u::reset_timezone).distinct().load(c))?;
        Ok(names
            .into_iter()
            .map(|name| {
                let zone = name.parse().unwrap_or_default();
                (name, zone)
            })
            .collect())
    }

    /// Up to `most` accounts of the time zone `name` with ids above `after` that are due at `now`.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn due_accounts(
        &self,
        (name, zone): &(String, ResetZone),
        now: Timestamp,
        after: AccountId,
        most: i64,
    ) -> Result<Vec<DueAccount>, DatabaseError> {
        use client_llm_usage as u;
        let (name, today) = (name.clone(), zone.day(now));
        let month = Day(Period::Month.start(today));
        let today = Day(today);
        let rows: Vec<(i32, Option<i32>)> = read!(self, |c| {
            let day_due = u::last_daily_reset.is_null().or(u::last_daily_reset.lt(today));
            let month_due = u::last_monthly_reset.is_null().or(u::last_monthly_reset.lt(month));
            u::table
                .filter(u::reset_timezone.eq(name))
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
                .filter(l::reserved_until.is_null().or(l::reserved_until.le(UtcTime(now))))
                .filter(l::account_id.is_not_null())
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
                // An account without a widget is one of SQL by hand.
                widget: WidgetId(widget.unwrap_or_default()),
            })
        };
        Ok(rows.into_iter().filter_map(hold).collect())
    }

    /// Ends pending rows whose account does not exist, and whose time is over at `now`: they hold nothing, and
    /// nobody else would ever settle them. Returns how many.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn abandon_orphans(&self, now: Timestamp) -> Result<usize, DatabaseError> {
        let at = now.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string();
        let statement = format!(
            "UPDATE llm_request_logs SET status = 'failed', error_message = '{ABANDONED}', settled_at = '{at}'
            WHERE status = 'pending' AND (reserved_until IS NULL OR reserved_until <= '{at}')
                AND NOT EXISTS (SELECT 1 FROM client_llm_usage u WHERE u.id = llm_request_logs.account_id)"
        );
        read!(self, |c| diesel::sql_query(statement).execute(c))
    }
}
