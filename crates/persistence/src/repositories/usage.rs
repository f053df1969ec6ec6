//! What was used, for those who pay and those who watch.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::AccountRow;
use crate::schema::client_llm_usage;
use crate::types::UtcTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use frontdesk_domain::credits::CreditAccount;
use frontdesk_domain::ids::{AccountId, ClientId, WidgetId};
use jiff::Timestamp;

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

impl Analytics {
    /// The sum, which stays at the ends of `i64` instead of wrapping, whatever was written by hand.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = i64::saturating_add;
        Self {
            total_requests: sum(self.total_requests, other.total_requests),
            total_tokens: sum(self.total_tokens, other.total_tokens),
            timed_requests: sum(self.timed_requests, other.timed_requests),
            response_time_ms: sum(self.response_time_ms, other.response_time_ms),
            successful_requests: sum(self.successful_requests, other.successful_requests),
            failed_requests: sum(self.failed_requests, other.failed_requests),
            rate_limited_requests: sum(self.rate_limited_requests, other.rate_limited_requests),
            blocked_requests: sum(self.blocked_requests, other.blocked_requests),
            credits_exhausted_count: sum(self.credits_exhausted_count, other.credits_exhausted_count),
            cost_micro_usd: sum(self.cost_micro_usd, other.cost_micro_usd),
        }
    }
}

pub(super) type Row = (AccountRow, Option<UtcTime>, Option<UtcTime>);

pub(super) fn report((row, created_at, updated_at): Row, now: Timestamp) -> UsageReport {
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
}
