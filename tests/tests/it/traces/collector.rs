//! A collector of traces: what the process sends over OTLP, decoded.

use frontdesk_tests::stub::Recorded;
use frontdesk_tests::{Reply, Stub};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span as Sent;
use prost::Message as _;
use std::collections::BTreeMap;

pub(super) struct Collector(Stub);

/// A span, with its attributes as texts.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) name: String,
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    /// 2 is a server's, 3 a client's, 1 neither.
    pub(super) kind: i32,
    pub(super) is_error: bool,
    pub(super) nanoseconds: u64,
    pub(super) attributes: BTreeMap<String, String>,
}

impl Collector {
    pub(super) fn start() -> Self {
        Self(Stub::start(|_| Reply::Answer { status: 200, headers: Vec::new(), body: Vec::new() }))
    }

    pub(super) fn url(&self) -> String {
        self.0.url()
    }

    pub(super) fn requests(&self) -> Vec<Recorded> {
        self.0.requests()
    }

    /// All spans so far, by their beginning.
    pub(super) fn spans(&self) -> Vec<Span> {
        let mut sent: Vec<Sent> = self.requests().iter().flat_map(sent).collect();
        sent.sort_by_key(|span| span.start_time_unix_nano);
        sent.into_iter().map(span).collect()
    }

    /// The attributes of the resource that the spans belong to.
    pub(super) fn resource(&self) -> BTreeMap<String, String> {
        let first = decoded(&self.requests()[0]).resource_spans.remove(0);
        attributes(first.resource.unwrap().attributes)
    }
}

fn decoded(request: &Recorded) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap()
}

fn sent(request: &Recorded) -> Vec<Sent> {
    let of_resources = decoded(request).resource_spans.into_iter();
    of_resources.flat_map(|spans| spans.scope_spans).flat_map(|spans| spans.spans).collect()
}

fn span(sent: Sent) -> Span {
    assert!(sent.events.is_empty(), "log lines are no traces: {:?}", sent.events);
    Span {
        name: sent.name,
        trace: hex(&sent.trace_id),
        id: hex(&sent.span_id),
        parent: hex(&sent.parent_span_id),
        kind: sent.kind,
        is_error: sent.status.is_some_and(|status| status.code == 2),
        nanoseconds: sent.end_time_unix_nano - sent.start_time_unix_nano,
        attributes: attributes(sent.attributes),
    }
}

fn attributes(list: Vec<KeyValue>) -> BTreeMap<String, String> {
    list.into_iter().map(|pair| (pair.key, text(pair.value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        other => panic!("an attribute of another type: {other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
