//! What a request came to: one line in the log, and the metrics of its route.
//!
//! It is told when the answer has been handed over or the caller has left, whatever comes first. The route is told by
//! its pattern: paths hold ids of visitors' sessions, and queries what visitors wrote.

use super::limits::Called;
use super::trace::{self, FollowTrace};
use crate::access::Principal;
use crate::connections::{Answering, Connection};
use crate::routes;
use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::web::Bytes;
use metrics::{counter, histogram};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tracing::Span;

/// What requests to unknown addresses are called.
const NO_ROUTE: &str = "unmatched";

/// A request that is being answered.
pub(crate) struct Record {
    id: String,
    method: Method,
    route: &'static str,
    began: Instant,
    status: Option<u16>,
    caller: Option<Principal>,
    widget: Option<i32>,
    /// For traces; it ends with the record.
    span: Span,
    /// Whether the answer was handed over to its end.
    whole: bool,
    _answering: Option<Answering>,
}

impl Record {
    pub(crate) fn begin(request: &ServiceRequest, id: &str, follow: Option<FollowTrace>) -> Self {
        let connection = request.conn_data::<Arc<Connection>>();
        let route = routes::pattern(request.path()).unwrap_or(NO_ROUTE);
        Self {
            id: id.to_owned(),
            span: trace::span(request, (known(request.method()), route, id), follow),
            method: request.method().clone(),
            route,
            began: Instant::now(),
            status: None,
            caller: None,
            widget: None,
            whole: true,
            _answering: connection.map(Connection::begin),
        }
    }

    /// What happens within the request belongs in it.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Takes note of what is known of the answer when its head is there.
    pub(crate) fn answered(&mut self, response: &ServiceResponse<BoxBody>) {
        self.status = Some(response.status().as_u16());
        let request = response.request();
        let extensions = request.extensions();
        self.caller = extensions.get::<Principal>().copied();
        let of_path = || request.match_info().get("widget").and_then(|id| id.parse().ok());
        self.widget = extensions.get::<Called>().map(|called| called.0.id.0).or_else(of_path);
    }

    /// The answer's body, with which the record ends.
    pub(crate) fn with_body(mut self, body: BoxBody) -> BoxBody {
        self.whole = !matches!(body.size(), BodySize::Stream);
        BoxBody::new(Recorded { body, record: self })
    }
}

impl Record {
    fn count(&self, took: Duration) {
        let route = self.route;
        histogram!("frontdesk_http_request_duration_seconds", "route" => route).record(took);
        let status = self.status.map_or_else(|| "left".to_owned(), |status| status.to_string());
        let method = known(&self.method);
        counter!("frontdesk_http_requests_total", "method" => method, "route" => route, "status" => status)
            .increment(1);
    }
}

/// Callers may send any word.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.count(took);
        trace::end(&self.span, self.status);
        tracing::info!(
            request_id = self.id,
            status = self.status,
            ms,
            role = self.caller.map(|caller| caller.role.as_str()),
            key_id = self.caller.and_then(|caller| caller.key).map(|key| key.0),
            widget = self.widget,
            caller_left = (!self.whole || self.status.is_none()).then_some(true),
            "{} {}",
            known(&self.method),
            self.route
        );
    }
}

/// A body that tells when it ends.
struct Recorded {
    body: BoxBody,
    record: Record,
}

impl MessageBody for Recorded {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let own = self.get_mut();
        let polled = Pin::new(&mut own.body).poll_next(context);
        if matches!(polled, Poll::Ready(None)) {
            own.record.whole = true;
        }
        polled
    }
}
