//! Traces over OTLP, in builds with the feature `otlp`: the log and what hears of spans, set up together.

use crate::Failure;
use frontdesk_http::FollowTrace;
use frontdesk_settings::{Settings, telemetry};
use tokio::runtime::Handle;

/// How long the process stays for its last traces.
#[cfg(feature = "otlp")]
const LAST_TRACES: std::time::Duration = std::time::Duration::from_secs(2);

/// The process's traces, where it has any.
pub(crate) struct Traces {
    #[cfg(feature = "otlp")]
    sent: Option<frontdesk_traces::Traces>,
}

#[cfg(feature = "otlp")]
impl Traces {
    /// Sets up the log, and traces where an endpoint is set.
    pub(crate) fn begin(settings: &Settings, runtime: &Handle) -> Result<Self, Failure> {
        let own = &settings.traces;
        let Some(endpoint) = own.endpoint.clone() else {
            telemetry::init(&settings.telemetry).map_err(Failure::configuration)?;
            return Ok(Self { sent: None });
        };
        let config = frontdesk_traces::Config {
            endpoint,
            headers: own.headers.clone(),
            service_name: own.service_name.clone(),
            service_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let begun = frontdesk_traces::Traces::begin(&config, telemetry::SPANS, runtime.clone());
        let (sent, layer) = begun.map_err(Failure::configuration)?;
        telemetry::init_with(&settings.telemetry, layer).map_err(Failure::configuration)?;
        // The endpoint itself may hold a key.
        tracing::info!(service = own.service_name, "traces go to OTEL_EXPORTER_OTLP_ENDPOINT");
        Ok(Self { sent: Some(sent) })
    }

    /// How requests become parts of their callers' traces.
    pub(crate) fn follow(&self) -> Option<FollowTrace> {
        self.sent.is_some().then_some(frontdesk_traces::follow as FollowTrace)
    }

    /// Sends the last of them. The runtime has to run still.
    pub(crate) fn finish(self) {
        if let Some(sent) = self.sent {
            sent.finish(LAST_TRACES);
        }
    }
}

#[cfg(not(feature = "otlp"))]
impl Traces {
    /// Sets up the log.
    pub(crate) fn begin(settings: &Settings, _runtime: &Handle) -> Result<Self, Failure> {
        telemetry::init(&settings.telemetry).map_err(Failure::configuration)?;
        if settings.traces.endpoint.is_some() {
            tracing::warn!(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, but this build sends no traces: build it with `--features otlp`"
            );
        }
        Ok(Self {})
    }

    /// There is no trace to be a part of.
    #[expect(clippy::unused_self, reason = "builds with the feature need it")]
    pub(crate) fn follow(&self) -> Option<FollowTrace> {
        None
    }

    /// There is nothing to send.
    pub(crate) fn finish(self) {
        let Self {} = self;
    }
}
