//! Health: what a platform asks before it restarts the process or sends visitors to it.

use crate::error::ApiError;
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use frontdesk_persistence::DatabaseError;
use serde::Serialize;
use std::time::Duration;

/// A database that takes longer is of no use to a visitor, and platforms do not wait longer for the answer.
const MAX_PING: Duration = Duration::from_secs(3);

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// The process runs, whatever else is away.
pub(crate) async fn get_liveness() -> Result<HttpResponse, ApiError> {
    reply::ok(&Health { status: "ok" })
}

/// The process can answer messages: it is not stopping, and its database answers.
pub(crate) async fn get_readiness(state: Data<State>) -> Result<HttpResponse, ApiError> {
    if state.is_stopping() {
        return Err(ApiError::Stopping);
    }
    let ping = tokio::time::timeout(MAX_PING, state.database.ping()).await;
    ping.map_err(|_| DatabaseError::Unavailable(format!("no answer within {MAX_PING:?}")))??;
    reply::ok(&Health { status: "ready" })
}
