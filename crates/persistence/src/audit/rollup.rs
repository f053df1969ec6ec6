//! The daily rollup against the log: each figure of a row is the sum over the ledger's rows of its key.

use super::store::{AuditStore, list};
use super::{Finding, RollupRow};
use crate::ledger::RollupDelta;
use crate::types::Day;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Text};
use frontdesk_domain::ids::WidgetId;
use std::collections::BTreeMap;

/// The result for a page of widgets.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Rows of the rollup.
    pub(super) rows: u64,
    pub(super) findings: Vec<Finding>,
}

/// What is stored and what the log has, by key.
pub(super) type Pairs = BTreeMap<RollupRow, Pair>;

/// The two sides of a key.
#[derive(Debug, Default)]
pub(super) struct Pair {
    pub(super) stored: RollupDelta,
    pub(super) logged: RollupDelta,
    /// Of the stored requests those that have no row of the ledger.
    pub(super) unlogged: i64,
    is_stored: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    widget_id: i32,
    #[diesel(sql_type = Date)]
    day: Day,
    #[diesel(sql_type = Text)]
    llm_provider: String,
    #[diesel(sql_type = Text)]
    llm_model: String,
    #[diesel(sql_type = BigInt)]
    unlogged_requests: i64,
    #[diesel(embed)]
    figures: RollupDelta,
}

impl Row {
    fn key(&self) -> RollupRow {
        RollupRow {
            widget: WidgetId(self.widget_id),
            day: self.day.0,
            provider: self.llm_provider.clone(),
            model: self.llm_model.clone(),
        }
    }
}

/// Compares the rollup of these widgets with the log. The caller sees to it that it is one state of the
/// database.
pub(super) fn compare<C: AuditStore>(c: &mut C, widgets: &[i32]) -> QueryResult<Comparison> {
    let pairs = load(c, widgets)?;
    let mut comparison = Comparison::default();
    for (row, pair) in pairs {
        comparison.rows += u64::from(pair.is_stored);
        comparison.findings.extend(pair.differences().map(|(column, stored, expected)| Finding::Rollup {
            row: row.clone(),
            column,
            stored,
            expected,
        }));
    }
    Ok(comparison)
}

/// Both sides of every key of these widgets.
pub(super) fn load<C: AuditStore>(c: &mut C, widgets: &[i32]) -> QueryResult<Pairs> {
    let widgets = list(widgets);
    let mut pairs = Pairs::new();
    let stored: Vec<Row> = c.rows(&format!(
        "SELECT widget_id, day, llm_provider, llm_model, unlogged_requests, requests, successful, failed, rate_limited, blocked,
            credits_exhausted, prompt_tokens, completion_tokens, total_tokens, timed_requests, response_time_ms, cost_micro_usd
        FROM llm_usage_daily WHERE widget_id IN ({widgets})"
    ))?;
    for row in stored {
        let pair = pairs.entry(row.key()).or_default();
        (pair.stored, pair.unlogged, pair.is_stored) = (row.figures, row.unlogged_requests, true);
    }
    let logged: Vec<Row> = c.rows(&logged(&widgets))?;
    for row in logged {
        pairs.entry(row.key()).or_default().logged = row.figures;
    }
    Ok(pairs)
}

fn logged(widgets: &str) -> String {
    let with = |status: &str| format!("CAST(count(CASE WHEN status = '{status}' THEN 1 END) AS BIGINT)");
    let sum = |column: &str| format!("CAST(COALESCE(sum({column}), 0) AS BIGINT)");
    format!(
        "SELECT widget_id, booked_on AS day, llm_provider, llm_model, CAST(0 AS BIGINT) AS unlogged_requests,
            CAST(count(*) AS BIGINT) AS requests, {} AS successful, {} AS failed, {} AS rate_limited, {} AS blocked,
            {} AS credits_exhausted, {} AS prompt_tokens, {} AS completion_tokens, {} AS total_tokens,
            CAST(count(response_time_ms) AS BIGINT) AS timed_requests, {} AS response_time_ms,
            CAST(round(COALESCE(sum(estimated_cost), 0) * 1000000) AS BIGINT) AS cost_micro_usd
        FROM llm_request_logs
        WHERE widget_id IN ({widgets}) AND account_id IS NOT NULL AND booked_on IS NOT NULL
        GROUP BY widget_id, booked_on, llm_provider, llm_model",
        with("success"),
        with("failed"),
        with("rate_limited"),
        with("blocked"),
        with("credits_exhausted"),
        sum("prompt_tokens"),
        sum("completion_tokens"),
        sum("total_tokens"),
        sum("response_time_ms"),
    )
}

impl Pair {
    /// As the log has it. What requests without a row of the ledger used is not in the log: there a figure
    /// that is not too small stays.
    pub(super) fn repaired(&self) -> RollupDelta {
        let mut figures = self.logged;
        figures.requests = figures.requests.saturating_add(self.unlogged);
        if self.unlogged != 0 {
            let (stored, least) = (&self.stored, figures);
            figures = RollupDelta {
                requests: least.requests,
                successful: least.successful.max(stored.successful),
                failed: least.failed.max(stored.failed),
                rate_limited: least.rate_limited.max(stored.rate_limited),
                blocked: least.blocked.max(stored.blocked),
                credits_exhausted: least.credits_exhausted.max(stored.credits_exhausted),
                prompt_tokens: least.prompt_tokens.max(stored.prompt_tokens),
                completion_tokens: least.completion_tokens.max(stored.completion_tokens),
                total_tokens: least.total_tokens.max(stored.total_tokens),
                timed_requests: least.timed_requests.max(stored.timed_requests),
                response_time_ms: least.response_time_ms.max(stored.response_time_ms),
                cost_micro_usd: least.cost_micro_usd.max(stored.cost_micro_usd),
            };
        }
        figures
    }

    /// Column, stored and expected of every figure that is not as the log has it.
    pub(super) fn differences(&self) -> impl Iterator<Item = (&'static str, i64, i64)> {
        let (stored, logged) = (columns(&self.stored), columns(&self.logged));
        let unlogged = self.unlogged;
        stored.into_iter().zip(logged).filter_map(move |((column, stored), (_, logged))| {
            let expected = if column == REQUESTS { logged.saturating_add(unlogged) } else { logged };
            // What requests without a row used is not known, but it was not less than nothing.
            let at_least = unlogged != 0 && column != REQUESTS;
            let right = if at_least { stored >= expected } else { stored == expected };
            (!right).then_some((column, stored, expected))
        })
    }
}

const REQUESTS: &str = "requests";

/// The figures under the names of their columns.
fn columns(figures: &RollupDelta) -> [(&'static str, i64); 12] {
    [
        (REQUESTS, figures.requests),
        ("successful", figures.successful),
        ("failed", figures.failed),
        ("rate_limited", figures.rate_limited),
        ("blocked", figures.blocked),
        ("credits_exhausted", figures.credits_exhausted),
        ("prompt_tokens", figures.prompt_tokens),
        ("completion_tokens", figures.completion_tokens),
        ("total_tokens", figures.total_tokens),
        ("timed_requests", figures.timed_requests),
        ("response_time_ms", figures.response_time_ms),
        ("cost_micro_usd", figures.cost_micro_usd),
    ]
}
