//! Health: what a platform asks before it restarts the process or sends visitors to it.

use crate::error::ApiError;
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use frontdesk_persistence::DatabaseError;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// A database that takes longer is of no use to a visitor, and platforms do not wait longer for the answer.
const MAX_PING: Duration = Duration::from_secs(3);

#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok` or `ready`.
    #[schema(example = "ready")]
    status: &'static str,
}

/// The process runs, whatever else is away.
#[utoipa::path(
    get,
    path = "/health/live",
    responses((status = 200, description = "It runs.", body = Health)),
)]
pub(crate) async fn get_liveness() -> Result<HttpResponse, ApiError> {
    reply::ok(&Health { status: "ok" })
}

/// The process can answer messages: it is not stopping, and its database answers.
#[utoipa::path(
    get,
    path = "/health/ready",
    responses((status = 200, description = "It can answer messages.", body = Health)),
    extensions(("x-error-codes" = json!(["overloaded"]))),
)]
pub(crate) async fn get_readiness(state: Data<State>) -> Result<HttpResponse, ApiError> {
    if state.is_stopping() {
        return Err(ApiError::Stopping);
    }
    let ping = tokio::time::timeout(MAX_PING, state.database.ping()).await;
    ping.map_err(|_| DatabaseError::Unavailable(format!("no answer within {MAX_PING:?}")))??;
    reply::ok(&Health { status: "ready" })
}
