//! What an account may use.

use super::clients::client;
use super::usage::Usage;
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read};
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::credits::{Limit, MAX_LIMIT};
use frontdesk_domain::ids::WidgetId;
use frontdesk_persistence::AccountKey;
use serde_json::Value;

/// A limit with its name in the front end in use.
const LIMITS: [(Limit, &str); 4] = [
    (Limit::MonthlyTokens, "monthlyTokenLimit"),
    (Limit::DailyTokens, "dailyTokenLimit"),
    (Limit::MonthlyRequests, "monthlyRequestLimit"),
    (Limit::DailyRequests, "dailyRequestLimit"),
];

/// The limits that were sent, each under one of its two names.
fn sent(mut fields: Fields) -> Result<Vec<(Limit, i64)>, Faults> {
    let mut limits = Vec::new();
    for (limit, name) in LIMITS {
        let by_name = fields.read(name, |value| most(limit, &value));
        let by_column = fields.read(limit.as_str(), |value| most(limit, &value));
        if by_name.is_some() && by_column.is_some() {
            fields.fault(name, format!("it is the same as {}, send one of them", limit.as_str()));
        }
        limits.extend(by_name.or(by_column).map(|most| (limit, most)));
    }
    fields.finish(Some(limits))
}

fn most(limit: Limit, value: &Value) -> Read<i64> {
    let number = match value {
        Value::Number(number) => {
            let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
            whole.and_then(|whole| limit.check(whole).ok())
        }
        Value::String(text) => limit.parse(text).ok(),
        _ => None,
    };
    number.ok_or_else(|| format!("write a whole number from 0 to {MAX_LIMIT}"))
}

/// Sets limits of a client's account for a widget.
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
    let limits = sent(body.fields()?).map_err(BodyError::from)?;
    let report = state.database.change_limits(account, &limits, state.now()).await?;
    reply::ok(&Usage::from(&report))
}
