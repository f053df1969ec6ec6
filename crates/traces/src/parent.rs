//! A request's span as a part of its caller's trace.

use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The headers of W3C's Trace Context.
struct Headers<'a> {
    parent: &'a str,
    state: Option<&'a str>,
}

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => Some(self.parent),
            "tracestate" => self.state,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

/// Makes a span that has no children yet a part of the trace that its caller names with the headers `traceparent` and
/// `tracestate`. What cannot be read is ignored, as the standard demands.
pub fn follow(span: &Span, traceparent: &str, tracestate: Option<&str>) {
    let headers = Headers { parent: traceparent, state: tracestate };
    let caller = TraceContextPropagator::new().extract(&headers);
    if !caller.span().span_context().is_valid() {
        return;
    }
    if let Err(error) = span.set_parent(caller) {
        tracing::debug!(%error, "a request is in no trace of its caller's");
    }
}
