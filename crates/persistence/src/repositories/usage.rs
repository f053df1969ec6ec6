//! What was used, for those who pay and those who watch.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::AccountRow;
use crate::schema::{client_llm_usage, llm_usage_daily};
use crate::types::{Day, UtcTime};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use frontdesk_domain::credits::CreditAccount;
use frontdesk_domain::ids::{AccountId, ClientId, WidgetId};
use jiff::Timestamp;
use jiff::civil::Date;

/// An account as it stands at a given time: what is due for a reset counts as reset, whether or not a
/// worker ran.
#[derive(Debug, Clone)]
pub struct UsageReport {
    /// `client_llm_usage.id`.
    pub id: AccountId,
    /// Whose.
    pub client: Option<ClientId>,
    /// For which widget.
    pub widget: Option<WidgetId>,
    /// Limits, use and holds.
    pub credits: CreditAccount,
    /// When the account was opened.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
}

/// Attempts at providers over a span of days, from the daily rollup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Analytics {
    /// All attempts, those without credits included.
    pub total_requests: i64,
    /// Tokens of all attempts.
    pub total_tokens: i64,
    /// Attempts that reached a provider.
    pub timed_requests: i64,
    /// The sum of their times, in milliseconds.
    pub response_time_ms: i64,
    /// Answered by a model.
    pub successful_requests: i64,
    /// Failed calls.
    pub failed_requests: i64,
    /// Calls that hit a provider's rate limit or quota.
    pub rate_limited_requests: i64,
    /// Answers that a provider refused.
    pub blocked_requests: i64,
    /// Messages for which there were no credits.
    pub credits_exhausted_count: i64,
    /// At list price, in millionths of a US dollar; models without a known price count nothing.
    pub cost_micro_usd: i64,
}

impl Analytics {
    /// The mean time of the attempts that reached a provider, in milliseconds, rounded; 0 if none did.
    pub fn avg_response_time_ms(&self) -> i64 {
        if self.timed_requests <= 0 {
            return 0;
        }
        self.response_time_ms.saturating_add(self.timed_requests / 2) / self.timed_requests
    }
}

type Row = (AccountRow, Option<UtcTime>, Option<UtcTime>);

fn report((row, created_at, updated_at): Row, now: Timestamp) -> UsageReport {
    let account = row.into_account();
    let mut credits = account.credits;
    credits.roll(now);
    UsageReport {
        id: account.id,
        client: account.client,
        widget: account.widget,
        credits,
        created_at: created_at.map(|at| at.0),
        updated_at: updated_at.map(|at| at.0),
    }
}

impl Database {
    /// The client's accounts, by widget.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn usage_of_client(
        &self,
        client: ClientId,
        now: Timestamp,
    ) -> Result<Vec<UsageReport>, DatabaseError> {
        use client_llm_usage as u;
        let rows: Vec<Row> = read!(self, |c| {
            u::table
                .filter(u::client_id.eq(client.0))
                .order((u::widget_id, u::id))
                .select((AccountRow::as_select(), u::created_at, u::updated_at))
                .load(c)
        })?;
        Ok(rows.into_iter().map(|row| report(row, now)).collect())
    }

    /// One account.
    pub(super) async fn usage_of_account(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Option<UsageReport>, DatabaseError> {
        use client_llm_usage as u;
        let row: Option<Row> = read!(self, |c| {
            u::table
                .find(account.0)
                .select((AccountRow::as_select(), u::created_at, u::updated_at))
                .first(c)
                .optional()
        })?;
        Ok(row.map(|row| report(row, now)))
    }

    /// The account of a widget and its present client.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn usage_of_widget(
        &self,
        widget: WidgetId,
        now: Timestamp,
    ) -> Result<Option<UsageReport>, DatabaseError> {
        use crate::schema::widget_configs as w;
        use client_llm_usage as u;
        let row: Option<Row> = read!(self, |c| {
            u::table
                .inner_join(w::table.on(u::widget_id.eq(w::id.nullable())))
                .filter(w::id.eq(widget.0))
                .filter(sql::<Bool>(
                    "client_llm_usage.client_id IS NOT DISTINCT FROM widget_configs.client_id",
                ))
                .select((AccountRow::as_select(), u::created_at, u::updated_at))
                .first(c)
                .optional()
        })?;
        Ok(row.map(|row| report(row, now)))
    }

    /// The widget's attempts on `from` and later days (the account's local dates).
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn analytics(&self, widget: WidgetId, from: Date) -> Result<Analytics, DatabaseError> {
        use llm_usage_daily as d;
        /// The few days of one widget, summed here: sums of BIGINT are NUMERIC on PostgreSQL.
        type Row = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);
        let rows: Vec<Row> = read!(self, |c| {
            d::table
                .filter(d::widget_id.eq(widget.0))
                .filter(d::day.ge(Day(from)))
                .select((
                    d::requests,
                    d::total_tokens,
                    d::timed_requests,
                    d::response_time_ms,
                    d::successful,
                    d::failed,
                    d::rate_limited,
                    d::blocked,
                    d::credits_exhausted,
                    d::cost_micro_usd,
                ))
                .load(c)
        })?;
        // Whatever was written by hand: a sum does not wrap.
        let add = |sum: &mut i64, value: i64| *sum = sum.saturating_add(value);
        let mut total = Analytics::default();
        for row in rows {
            add(&mut total.total_requests, row.0);
            add(&mut total.total_tokens, row.1);
            add(&mut total.timed_requests, row.2);
            add(&mut total.response_time_ms, row.3);
            add(&mut total.successful_requests, row.4);
            add(&mut total.failed_requests, row.5);
            add(&mut total.rate_limited_requests, row.6);
            add(&mut total.blocked_requests, row.7);
            add(&mut total.credits_exhausted_count, row.8);
            add(&mut total.cost_micro_usd, row.9);
        }
        Ok(total)
    }
}
