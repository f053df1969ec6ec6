//! Attempts at providers, from the daily rollup alone: what a look costs depends on days, not on rows of the log.

use super::usage::Analytics;
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::schema::llm_usage_daily as d;
use crate::types::Day;
use diesel::prelude::*;
use frontdesk_domain::ids::WidgetId;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// By what attempts are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// The account's local date.
    Day,
    /// The provider.
    Provider,
    /// The provider and its model.
    Model,
}

/// What the attempts of a group have in common; what its grouping does not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Group {
    /// The account's local date.
    pub day: Option<Date>,
    /// The provider's name as it was logged.
    pub provider: Option<String>,
    /// The model's name as it was logged.
    pub model: Option<String>,
}

impl Grouping {
    fn group(self, day: Date, provider: String, model: String) -> Group {
        match self {
            Self::Day => Group { day: Some(day), ..Group::default() },
            Self::Provider => Group { provider: Some(provider), ..Group::default() },
            Self::Model => Group { provider: Some(provider), model: Some(model), ..Group::default() },
        }
    }
}

/// Sums are made here: those of BIGINT are NUMERIC on PostgreSQL.
type Counts = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);
type Row = (Day, String, String, Counts);

impl From<Counts> for Analytics {
    fn from(row: Counts) -> Self {
        Self {
            total_requests: row.0,
            total_tokens: row.1,
            timed_requests: row.2,
            response_time_ms: row.3,
            successful_requests: row.4,
            failed_requests: row.5,
            rate_limited_requests: row.6,
            blocked_requests: row.7,
            credits_exhausted_count: row.8,
            cost_micro_usd: row.9,
        }
    }
}

impl Database {
    /// The widget's attempts on `from` and later days (the account's local dates).
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn analytics(&self, widget: WidgetId, from: Date) -> Result<Analytics, DatabaseError> {
        let groups = self.analytics_by(Grouping::Provider, widget, from, Date::MAX).await?;
        Ok(groups.into_values().fold(Analytics::default(), Analytics::plus))
    }

    /// The widget's attempts from `from` to `to` (the account's local dates, both included), put together. A group
    /// without an attempt is not there.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn analytics_by(
        &self,
        grouping: Grouping,
        widget: WidgetId,
        from: Date,
        to: Date,
    ) -> Result<BTreeMap<Group, Analytics>, DatabaseError> {
        let counts = (
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
        );
        let rows: Vec<Row> = read!(self, |c| {
            d::table
                .filter(d::widget_id.eq(widget.0))
                .filter(d::day.between(Day(from), Day(to)))
                .select((d::day, d::llm_provider, d::llm_model, counts))
                .load(c)
        })?;
        let mut groups: BTreeMap<Group, Analytics> = BTreeMap::new();
        for (day, provider, model, counts) in rows {
            let sums = groups.entry(grouping.group(day.0, provider, model)).or_default();
            *sums = sums.plus(counts.into());
        }
        Ok(groups)
    }
}
