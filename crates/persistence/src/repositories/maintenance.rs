//! What is due: accounts whose day or month has ended, and holds whose time is over. In batches, so that
//! each pass can be stopped and repeated at any point.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::{ABANDONED, is_pending};
use crate::schema::{client_llm_usage, llm_request_logs};
use crate::types::{Day, UtcTime};
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
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

/// What is held for calls under way, over all processes and accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// The calls.
    pub holds: i64,
    /// The tokens held for them.
    pub tokens: i64,
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
pub(crate) struct UsedZone {
    name: String,
    pub(crate) zone: ResetZone,
    /// An account has no day or no month.
    never: bool,
    /// `None` when it is on no calendar.
    oldest_day: Option<Date>,
    oldest_month: Option<Date>,
}

impl From<(String, bool, Option<String>, Option<String>)> for UsedZone {
    fn from((name, never, day, month): (String, bool, Option<String>, Option<String>)) -> Self {
        let date = |text: Option<String>| match text.as_deref() {
            Some("-infinity") => Some(Date::MIN),
            text => text.and_then(|text| text.parse().ok()),
        };
        let zone = name.parse().unwrap_or_default();
        Self { name, zone, never, oldest_day: date(day), oldest_month: date(month) }
    }
}

impl UsedZone {
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
    /// What is held now.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn held(&self) -> Result<Held, DatabaseError> {
        let sums = (count_star(), sql::<Nullable<BigInt>>("CAST(SUM(reserved_tokens) AS BIGINT)"));
        let (holds, tokens): (i64, Option<i64>) =
            read!(self, |c| llm_request_logs::table.filter(is_pending()).select(sums).first(c))?;
        Ok(Held { holds, tokens: tokens.unwrap_or(0) })
    }

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
    pub(crate) async fn zones(&self) -> Result<Vec<UsedZone>, DatabaseError> {
        use client_llm_usage as u;
        let rows: Vec<(String, bool, Option<String>, Option<String>)> = read!(self, |c| {
            // Texts, for PostgreSQL has dates such as `infinity` that are on no calendar.
            let never =
                sql::<Bool>("count(*) <> count(last_daily_reset) OR count(*) <> count(last_monthly_reset)");
            let day = sql::<Nullable<Text>>("CAST(min(last_daily_reset) AS TEXT)");
            let month = sql::<Nullable<Text>>("CAST(min(last_monthly_reset) AS TEXT)");
            u::table.group_by(u::reset_timezone).select((u::reset_timezone, never, day, month)).load(c)
        })?;
        Ok(rows.into_iter().map(UsedZone::from).collect())
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
