//! Metrics for Prometheus.

use crate::access::bearer;
use crate::error::{AccessError, ApiError};
use crate::metrics::Metrics;
use crate::state::State;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Metrics in Prometheus' text format, for who presents `METRICS_TOKEN` as a bearer token. Without that setting there
/// is nothing at this address.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, description = "The metrics.", content_type = "text/plain", body = String)),
    extensions(("x-error-codes" = json!(["route_not_found", "wrong_metrics_token"]))),
)]
pub(crate) async fn get_metrics(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let Some(metrics) = state.metrics.as_ref().filter(|metrics| metrics.token().is_set()) else {
        return Err(ApiError::RouteNotFound);
    };
    respond(metrics, &state, &request).await
}

/// The same at their own port, where they are for everyone if there is no token.
pub(crate) async fn get_metrics_at_their_port(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let metrics = state.metrics.as_ref().ok_or(ApiError::RouteNotFound)?;
    respond(metrics, &state, &request).await
}

async fn respond(metrics: &Metrics, state: &State, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    if metrics.token().is_set() {
        let sent = request.headers().get(AUTHORIZATION).and_then(|header| bearer(header.as_bytes()));
        if !sent.is_some_and(|sent| metrics.token().is(sent)) {
            return Err(AccessError::MetricsToken.into());
        }
    }
    Ok(HttpResponse::Ok().content_type(TEXT).body(metrics.render(state).await))
}
