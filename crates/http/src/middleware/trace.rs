//! A request's span, for traces. It names the route, never the path, and no address.

use actix_web::dev::ServiceRequest;
use tracing::Span;
use tracing::field::Empty;

/// The target of all spans of ours.
const TARGET: &str = "frontdesk::spans";

/// Makes a request's span a part of the trace that its caller names with the headers `traceparent` and `tracestate`.
pub type FollowTrace = fn(&Span, &str, Option<&str>);

/// The span of a request with this method, route and id; disabled while nobody traces.
pub(crate) fn span(
    request: &ServiceRequest,
    (method, route, id): (&'static str, &str, &str),
    follow: Option<FollowTrace>,
) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        request_id = id,
    );
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let (Some(follow), Some(parent)) = (follow, text("traceparent")) {
        follow(&span, parent, text("tracestate"));
    }
    span
}

/// What it came to; without a status the caller had left before.
pub(crate) fn end(span: &Span, status: Option<u16>) {
    if let Some(status) = status {
        span.record("http.response.status_code", status);
        if status >= 500 {
            span.record("otel.status_code", "ERROR");
        }
    }
}
