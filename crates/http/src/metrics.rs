//! Metrics for Prometheus: what is counted on the way, and what is looked up when somebody reads them.
//!
//! All crates count with the macros of `metrics`, which cost next to nothing while nobody has asked for metrics.
//! Labels have few values: routes as patterns, providers, and the first thousand clients; never a widget, a
//! conversation or an address.

mod catalogue;

use crate::access::ConfiguredSecret;
use crate::state::State;
use frontdesk_persistence::{DatabaseError, Held, PendingDeliveries};
use metrics::gauge;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use secrecy::SecretString;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Bounds of the buckets of durations, in seconds: from the knowledge base's answer to a provider's last one.
const SECONDS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0];
/// And of batches of the ledger, in operations.
const OPERATIONS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// Single figures are put into buckets so often, which keeps them from piling up between two readings.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// Whoever reads metrics does not wait longer for the database; without it the rest is told.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// Who may read the metrics, and where.
#[derive(Debug, Clone, Default)]
pub struct MetricsConfig {
    /// A port of their own, at the server's host; 0 takes a free one.
    pub port: Option<u16>,
    /// What a reader presents as a bearer token. With it they are also at the server's own port.
    pub token: Option<SecretString>,
}

/// The metrics of this process.
#[derive(Clone)]
pub(crate) struct Metrics {
    handle: PrometheusHandle,
    token: ConfiguredSecret,
    began: Instant,
}

impl Metrics {
    /// Counts from now on; `None` where nobody wants to read them. All servers of a process share its counts.
    ///
    /// # Errors
    /// Something else counts in this process already.
    pub(crate) fn begin(config: &MetricsConfig) -> Result<Option<Self>, BuildError> {
        static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
        if config.port.is_none() && config.token.is_none() {
            return Ok(None);
        }
        let handle = if let Some(handle) = HANDLE.get() {
            handle.clone()
        } else {
            let handle = builder()?.install_recorder()?;
            catalogue::describe();
            HANDLE.get_or_init(|| handle).clone()
        };
        let token = ConfiguredSecret::new(config.token.as_ref());
        Ok(Some(Self { handle, token, began: Instant::now() }))
    }

    /// What a reader has to present, where it is set.
    pub(crate) fn token(&self) -> &ConfiguredSecret {
        &self.token
    }

    /// Everything, in Prometheus' text format.
    pub(crate) async fn render(&self, state: &State) -> String {
        gauge!("frontdesk_uptime_seconds").set(self.began.elapsed());
        look(state).await;
        self.handle.render()
    }

    /// Keeps the figures small, for as long as it is polled.
    pub(crate) async fn upkeep(&self) {
        let mut every = tokio::time::interval(UPKEEP_EVERY);
        loop {
            every.tick().await;
            self.handle.run_upkeep();
        }
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Full("frontdesk_ledger_batch_operations".to_owned()), &OPERATIONS)
}

/// Looks at what is as it is, rather than counted.
async fn look(state: &State) {
    let in_flight = state.desk.in_flight();
    set("frontdesk_messages_in_flight", in_flight.answering);
    set("frontdesk_messages_waiting", in_flight.waiting);
    set("frontdesk_connections", state.connections.count());
    let pool = state.database.pool_use();
    gauge!("frontdesk_database_connections", "state" => "busy").set(float(pool.busy));
    gauge!("frontdesk_database_connections", "state" => "free")
        .set(float(pool.size.saturating_sub(pool.busy)));
    set("frontdesk_database_waiting", pool.waiting);
    gauge!("frontdesk_knowledge_cache_bytes").set(bytes(state.desk.knowledge_bytes().await));
    for (provider, open) in state.desk.open_breakers() {
        gauge!("frontdesk_provider_breakers_open", "provider" => provider.to_string()).set(float(open));
    }
    match stored(state).await {
        Ok((held, pending)) => {
            let age = pending.oldest.map_or(0, |oldest| state.now().duration_since(oldest).as_secs().max(0));
            gauge!("frontdesk_webhook_pending").set(whole(pending.count));
            gauge!("frontdesk_webhook_oldest_pending_seconds").set(whole(age));
            gauge!("frontdesk_holds").set(whole(held.holds));
            gauge!("frontdesk_held_tokens").set(whole(held.tokens));
            set("frontdesk_database_up", 1);
        }
        Err(error) => {
            tracing::debug!(%error, "the metrics know nothing of what is held and what waits");
            set("frontdesk_database_up", 0);
        }
    }
}

/// What is the same for all processes.
async fn stored(state: &State) -> Result<(Held, PendingDeliveries), DatabaseError> {
    let late = |_| DatabaseError::Unavailable(format!("no answer within {MAX_WAIT:?}"));
    let both = async { Ok((state.database.held().await?, state.database.pending_deliveries().await?)) };
    tokio::time::timeout(MAX_WAIT, both).await.map_err(late)?
}

fn set(name: &'static str, value: usize) {
    gauge!(name).set(float(value));
}

#[expect(clippy::cast_precision_loss, reason = "none of them comes near 2^53")]
fn float(value: usize) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "a sum beyond 2^53 need not be exact")]
fn whole(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "memory has fewer bytes than 2^53")]
fn bytes(value: u64) -> f64 {
    value as f64
}
