//! Traces of what the API does, sent to an OpenTelemetry collector over OTLP (HTTP with protobuf).
//!
//! * [`Traces`]: the layer that turns spans into traces, and the end that flushes them;
//! * [`follow`]: a request's span becomes a part of its caller's trace;
//! * `client`: the HTTP client of the exporter;
//! * `outage`: says once that the collector is away.
//!
//! Spans go through a bounded queue to a thread that sends them in batches. Where the collector is away or slow they
//! are dropped: no answer waits for it. Only spans of the target that [`Traces::begin`] is given are sent, never
//! log lines, whatever `RUST_LOG` says. Nothing here knows what the spans are about.
//!
//! How many spans wait, how often they are sent and which traces are sampled is what the SDK reads from the standard
//! variables `OTEL_BSP_*`, `OTEL_TRACES_SAMPLER`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_TIMEOUT`.

mod client;
mod outage;
mod parent;

pub use parent::follow;

use client::Client;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use outage::Outages;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::{Layer, Registry};

/// What the collector calls the library that makes the spans.
const SCOPE: &str = "frontdesk";
/// Where a collector takes traces, below its endpoint.
const PATH: &str = "/v1/traces";

/// Where traces go, and as whose.
#[derive(Debug, Clone)]
pub struct Config {
    /// The collector's base URL, without `/v1/traces`.
    pub endpoint: String,
    /// Headers of every request to it, such as a key; values percent-encoded as in `OTEL_EXPORTER_OTLP_HEADERS`.
    pub headers: Vec<(String, SecretString)>,
    /// `service.name` of the resource.
    pub service_name: String,
    /// `service.version` of the resource.
    pub service_version: String,
}

/// Why there can be no traces.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// The endpoint is no URL, or a standard variable cannot be used.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT or another variable of the exporter: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// No TLS client can be made.
    #[error("no HTTP client for traces: {0}")]
    Client(#[from] reqwest::Error),
}

/// What turns spans into traces; to be put below the process's log.
pub type SpanLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// The traces of this process.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send spans whose target is `target`, by tasks of `runtime`.
    ///
    /// # Errors
    /// [`TracesError`]. That the collector is away is none.
    pub fn begin(
        config: &Config,
        target: &'static str,
        runtime: Handle,
    ) -> Result<(Self, SpanLayer), TracesError> {
        let headers =
            config.headers.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new(runtime)?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}{PATH}", config.endpoint.trim_end_matches('/')))
            .with_headers(headers.collect())
            .build()?;
        let resource = Resource::builder()
            .with_service_name(config.service_name.clone())
            .with_attribute(KeyValue::new("service.version", config.service_version.clone()))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(Outages::of(exporter)).build())
            .with_resource(resource)
            .build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(SCOPE))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            // Nobody asks OpenTelemetry for the current span, which would have to be kept for each poll of a task.
            .with_context_activation(false)
            .with_filter(filter_fn(move |metadata| metadata.is_span() && metadata.target() == target));
        Ok((Self(provider), Box::new(layer)))
    }

    /// Sends what waits, for `limit` at most, and ends. The runtime of [`begin`](Self::begin) has to run still; not
    /// to be called by one of its tasks.
    pub fn finish(self, limit: Duration) {
        if let Err(error) = self.0.shutdown_with_timeout(limit) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}
