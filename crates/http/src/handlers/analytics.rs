//! What a widget's messages came to.

use super::admin_widget;
use super::usage::Usage;
use crate::error::ApiError;
use crate::reply::{self, Numbers};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::WidgetId;
use frontdesk_domain::period::ResetZone;
use frontdesk_persistence::Analytics;
use jiff::ToSpan;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// The days that are summed, today included.
const DAYS: i32 = 30;

#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsReport)]
struct Report {
    /// The account of the widget's present client; null if it has none.
    usage: Option<Usage>,
    /// Sums over the last 30 of the account's days, today included.
    analytics: Sums,
}

/// What a widget's messages came to.
#[derive(Serialize, ToSchema)]
#[schema(as = Analytics)]
struct Sums {
    /// Attempts at a provider: a message with a fallback counts twice.
    #[schema(example = 4)]
    total_requests: i64,
    #[schema(example = 450)]
    total_tokens: i64,
    /// Milliseconds, over the attempts that reached a provider.
    #[schema(example = 7)]
    avg_response_time: i64,
    #[schema(example = 1)]
    successful_requests: i64,
    failed_requests: i64,
    /// Messages for which no provider was asked.
    #[schema(example = 2)]
    credits_exhausted_count: i64,
    rate_limited_requests: i64,
    blocked_requests: i64,
    /// US dollars at list price, with six decimals; a model whose price is not known counts nothing.
    #[schema(example = 0.000_06)]
    estimated_cost: Box<RawValue>,
    /// The fields whose numbers are larger than JSON readers hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capped: Vec<&'static str>,
}

impl Sums {
    fn new(widget: WidgetId, sums: &Analytics) -> Result<Self, ApiError> {
        let mut numbers = Numbers::default();
        let mut number = |name, value| numbers.safe(name, value);
        Ok(Self {
            total_requests: number("total_requests", sums.total_requests),
            total_tokens: number("total_tokens", sums.total_tokens),
            avg_response_time: number("avg_response_time", sums.avg_response_time_ms()),
            successful_requests: number("successful_requests", sums.successful_requests),
            failed_requests: number("failed_requests", sums.failed_requests),
            credits_exhausted_count: number("credits_exhausted_count", sums.credits_exhausted_count),
            rate_limited_requests: number("rate_limited_requests", sums.rate_limited_requests),
            blocked_requests: number("blocked_requests", sums.blocked_requests),
            estimated_cost: numbers.dollars("estimated_cost", sums.cost_micro_usd)?,
            capped: numbers.into_capped("llm_usage_daily", widget.0),
        })
    }
}

/// The widget's account and the sums of its last thirty days.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/llm-analytics",
    responses((status = 200, description = "Account and sums.", body = Report)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn get_analytics(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let now = state.now();
    let usage = state.database.usage_of_widget(widget, now).await?;
    let zone = usage.as_ref().map_or_else(ResetZone::default, |usage| usage.credits.zone.clone());
    let from = zone.day(now).saturating_sub((DAYS - 1).days());
    let sums = state.database.analytics(widget, from).await?;
    reply::ok(&Report { usage: usage.as_ref().map(Usage::from), analytics: Sums::new(widget, &sums)? })
}
