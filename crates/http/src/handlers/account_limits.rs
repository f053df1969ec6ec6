//! What an account may use, and where its midnight is.

use super::clients::client;
use super::usage::Usage;
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, text, whole};
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::credits::{Limit, MAX_LIMIT};
use frontdesk_domain::ids::WidgetId;
use frontdesk_domain::period::{ResetZone, UnknownZone};
use frontdesk_persistence::{AccountChange, AccountKey};
use serde_json::Value;
use utoipa::ToSchema;

/// A limit with its name in the front end in use.
const LIMITS: [(Limit, &str); 4] = [
    (Limit::MonthlyTokens, "monthlyTokenLimit"),
    (Limit::DailyTokens, "dailyTokenLimit"),
    (Limit::MonthlyRequests, "monthlyRequestLimit"),
    (Limit::DailyRequests, "dailyRequestLimit"),
];

/// Limits of an account, as they are sent; one that is left out or null stays as it is.
#[derive(ToSchema)]
#[schema(as = LimitsChange, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is how the OpenAPI document shows the body")]
struct LimitsFields {
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 200_000)]
    monthly_token_limit: Option<i64>,
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 10_000)]
    daily_token_limit: Option<i64>,
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 2_000)]
    monthly_request_limit: Option<i64>,
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 200)]
    daily_request_limit: Option<i64>,
    /// The same by its column's name, which counts where both are sent.
    #[schema(rename = "monthly_token_limit", minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    by_column_monthly_tokens: Option<i64>,
    #[schema(rename = "daily_token_limit", minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    by_column_daily_tokens: Option<i64>,
    #[schema(rename = "monthly_request_limit", minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    by_column_monthly_requests: Option<i64>,
    #[schema(rename = "daily_request_limit", minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    by_column_daily_requests: Option<i64>,
    /// Where the account's days and months begin at midnight: an IANA name.
    #[schema(example = "Europe/Berlin")]
    reset_timezone: Option<String>,
    /// The same by its column's name, which counts where both are sent.
    #[schema(rename = "reset_timezone", example = "Europe/Berlin")]
    by_column_reset_timezone: Option<String>,
}

/// What was sent; where something was under both of its names, the column's counts.
fn sent(mut fields: Fields) -> Result<AccountChange, Faults> {
    let mut limits = Vec::new();
    for (limit, name) in LIMITS {
        let by_name = fields.read(name, |value| most(limit, &value));
        let by_column = fields.read(limit.as_str(), |value| most(limit, &value));
        limits.extend(by_column.or(by_name).map(|most| (limit, most)));
    }
    let by_name = fields.read("resetTimezone", zone);
    let by_column = fields.read("reset_timezone", zone);
    fields.finish(Some(AccountChange { limits, zone: by_column.or(by_name) }))
}

fn zone(value: Value) -> Read<ResetZone> {
    text(value)?
        .trim()
        .parse()
        .map_err(|error: UnknownZone| format!("{error}: write an IANA name such as Europe/Berlin"))
}

fn most(limit: Limit, value: &Value) -> Read<i64> {
    let number = match value {
        Value::Number(number) => whole(number).and_then(|number| limit.check(number).ok()),
        Value::String(text) => limit.parse(text).ok(),
        _ => None,
    };
    number.ok_or_else(|| format!("write a whole number from 0 to {MAX_LIMIT}"))
}

/// Sets limits of a client's account for a widget.
#[utoipa::path(
    put,
    path = "/clients/{client}/widgets/{widget}/llm-limits",
    request_body = LimitsFields,
    responses((status = 200, description = "The account as it is now.", body = Usage)),
    extensions(("x-error-codes" = json!(["client_not_found", "widget_not_found"]))),
)]
pub(crate) async fn set_limits_of_client(
    state: Data<State>,
    ids: Path<(String, String)>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let client = client::named(&ids.0)?;
    if !state.database.client_exists(client).await? {
        return Err(ApiError::ClientNotFound);
    }
    // What is no id is nobody's.
    let widget = ids.1.parse().map(WidgetId).map_err(|_| ApiError::WidgetNotFound)?;
    set(&state, AccountKey { widget, client: Some(client) }, &body).await
}

/// Sets limits of the account of a widget and its present client, if it has one.
#[utoipa::path(
    put,
    path = "/widgets/{widget}/llm-limits",
    request_body = LimitsFields,
    responses((status = 200, description = "The account as it is now.", body = Usage)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn set_limits_of_widget(
    state: Data<State>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let widget = id.parse().map(WidgetId).map_err(|_| ApiError::WidgetNotFound)?;
    let stored = state.database.stored_widget(widget).await?.ok_or(ApiError::WidgetNotFound)?;
    set(&state, AccountKey { widget, client: stored.client }, &body).await
}

async fn set(state: &State, account: AccountKey, body: &JsonBody) -> Result<HttpResponse, ApiError> {
    let change = sent(body.fields()?).map_err(BodyError::from)?;
    let report = state.database.change_account(account, change, state.now()).await?;
    reply::ok(&Usage::from(&report))
}
