//! Says once that the collector is away, and once that it is back.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// An exporter whose failures are told.
#[derive(Debug)]
pub(crate) struct Outages<E> {
    exporter: E,
    is_away: AtomicBool,
}

impl<E> Outages<E> {
    pub(crate) fn of(exporter: E) -> Self {
        Self { exporter, is_away: AtomicBool::new(false) }
    }

    fn tell(&self, result: &OTelSdkResult) {
        match result {
            Ok(()) if self.is_away.swap(false, Ordering::Relaxed) => {
                tracing::info!("the traces' collector takes traces again");
            }
            // Said by whoever ends the process.
            Ok(()) | Err(OTelSdkError::AlreadyShutdown) => {}
            Err(error) if !self.is_away.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%error, "the traces' collector takes no traces (OTEL_EXPORTER_OTLP_ENDPOINT): they are dropped until it does");
            }
            Err(_) => {}
        }
    }
}

impl<E: SpanExporter> SpanExporter for Outages<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        self.tell(&result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
