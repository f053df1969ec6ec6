//! Credit accounts: limits, use and holds.

use crate::error::ApiError;
use crate::reply::{self, Instant, Numbers};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::credits::Exhaustion;
use frontdesk_domain::ids::{AccountId, ClientId, WidgetId};
use frontdesk_persistence::UsageReport;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// A credit account as it stands now; the names are the columns of `client_llm_usage`.
#[derive(Serialize, ToSchema)]
pub(super) struct Usage {
    #[schema(example = 1)]
    id: AccountId,
    client_id: Option<ClientId>,
    widget_id: Option<WidgetId>,
    #[schema(example = 100_000)]
    monthly_token_limit: i64,
    #[schema(example = 5_000)]
    daily_token_limit: i64,
    #[schema(example = 1_000)]
    monthly_request_limit: i64,
    #[schema(example = 100)]
    daily_request_limit: i64,
    #[schema(example = 450)]
    tokens_used_this_month: i64,
    tokens_used_today: i64,
    requests_made_this_month: i64,
    requests_made_today: i64,
    total_tokens_used: i64,
    total_requests_made: i64,
    /// Held by messages that are being answered.
    tokens_reserved: i64,
    /// Held by messages that are being answered.
    requests_reserved: i64,
    /// In `reset_timezone`.
    last_daily_reset: Option<Date>,
    /// In `reset_timezone`.
    last_monthly_reset: Option<Date>,
    #[schema(example = "UTC")]
    reset_timezone: String,
    /// Whether any limit is reached, or an operator set the flag.
    credits_exhausted: bool,
    credits_exhausted_at: Option<Instant>,
    created_at: Option<Instant>,
    updated_at: Option<Instant>,
    /// The fields whose numbers are larger than JSON readers hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capped: Vec<&'static str>,
}

impl From<&UsageReport> for Usage {
    fn from(report: &UsageReport) -> Self {
        let credits = &report.credits;
        let mut numbers = Numbers::default();
        let mut number = |column, value| numbers.safe(column, value);
        let (credits_exhausted, exhausted_at) = exhausted(credits.exhaustion);
        Self {
            id: report.id,
            client_id: report.client,
            widget_id: report.widget,
            monthly_token_limit: number("monthly_token_limit", credits.limits.monthly.tokens),
            daily_token_limit: number("daily_token_limit", credits.limits.daily.tokens),
            monthly_request_limit: number("monthly_request_limit", credits.limits.monthly.requests),
            daily_request_limit: number("daily_request_limit", credits.limits.daily.requests),
            tokens_used_this_month: number("tokens_used_this_month", credits.used_this_month.tokens),
            tokens_used_today: number("tokens_used_today", credits.used_today.tokens),
            requests_made_this_month: number("requests_made_this_month", credits.used_this_month.requests),
            requests_made_today: number("requests_made_today", credits.used_today.requests),
            total_tokens_used: number("total_tokens_used", credits.used_total.tokens),
            total_requests_made: number("total_requests_made", credits.used_total.requests),
            tokens_reserved: number("tokens_reserved", credits.held.tokens),
            requests_reserved: number("requests_reserved", credits.held.requests),
            last_daily_reset: credits.last_daily_reset,
            last_monthly_reset: credits.last_monthly_reset,
            reset_timezone: credits.zone.to_string(),
            credits_exhausted,
            credits_exhausted_at: exhausted_at.map(Instant),
            created_at: report.created_at.map(Instant),
            updated_at: report.updated_at.map(Instant),
            capped: numbers.into_capped("client_llm_usage", report.id.0),
        }
    }
}

fn exhausted(exhaustion: Exhaustion) -> (bool, Option<Timestamp>) {
    match exhaustion {
        Exhaustion::No => (false, None),
        Exhaustion::Reached { since, .. } => (true, Some(since)),
        Exhaustion::SetByHand { since } => (true, since),
    }
}

/// The accounts of a client, as they stand now.
#[utoipa::path(
    get,
    path = "/clients/{client}/llm-usage",
    responses((status = 200, description = "One account per widget, by widget.", body = [Usage])),
    extensions(("x-error-codes" = json!(["client_not_found"]))),
)]
pub(crate) async fn list_usage(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    // What is no id is nobody's.
    let client = id.parse().map(ClientId).map_err(|_| ApiError::ClientNotFound)?;
    if !state.database.client_exists(client).await? {
        return Err(ApiError::ClientNotFound);
    }
    let reports = state.database.usage_of_client(client, state.now()).await?;
    reply::ok(&reports.iter().map(Usage::from).collect::<Vec<_>>())
}
