//! Quota counters that all processes share, in Redis.
//!
//! Each key of each model is one document in Redis, and each step one script, so that no two processes can take
//! the same rest of a quota. A step that has no answer within 250 ms is given up: Redis counts as away then, each
//! process goes on with its own counters, and nobody waits for it again until it answers in the background.
//! Both is said once in the log.

mod redis_store;

use frontdesk_domain::quota::{QuotaReport, QuotaRules, Refused, Spent, Taken};
use jiff::Timestamp;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis_store::Store;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// What a visitor waits for Redis, once.
const LIMIT: Duration = Duration::from_millis(250);
/// Between two looks whether Redis is back.
const PAUSE: Duration = Duration::from_secs(1);

/// Counters in Redis. Cheap to clone.
#[derive(Clone)]
pub struct SharedQuotas {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    is_away: AtomicBool,
}

/// Why there are no shared counters.
#[derive(Debug, thiserror::Error)]
pub enum SharedQuotasError {
    /// The address is none. It may hold a password, so it is not quoted.
    #[error("REDIS_URL is not the address of a Redis server: use redis://HOST:PORT or rediss://HOST:PORT")]
    InvalidUrl,
}

/// One key and model.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) rules: QuotaRules,
}

/// The outcome of a call that was taken from the shared counters.
#[derive(Debug)]
pub(super) struct Settlement {
    pub(super) taken: Taken,
    pub(super) spent: Spent,
    pub(super) report: QuotaReport,
    pub(super) rest_until: Option<Timestamp>,
    pub(super) now: Timestamp,
}

/// Why Redis counts as away.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("no answer within 250 ms")]
    Slow(#[from] tokio::time::error::Elapsed),
    /// Without the text of the error, which may hold the address.
    #[error("{}", .0.category())]
    Redis(#[from] redis::RedisError),
}

impl SharedQuotas {
    /// Counters in the Redis at `url`: `redis://`, or `rediss://` for TLS (with `#insecure` at its end for a server
    /// whose certificate nobody has signed). Connects on first use, and anew whenever the connection is lost.
    ///
    /// # Errors
    /// [`SharedQuotasError::InvalidUrl`].
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn open(url: &str) -> Result<Self, SharedQuotasError> {
        let invalid = |_may_hold_a_password| SharedQuotasError::InvalidUrl;
        let client = redis::Client::open(url).map_err(invalid)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(PAUSE))
            .set_response_timeout(Some(PAUSE));
        let connection = ConnectionManager::new_lazy_with_config(client, config).map_err(invalid)?;
        let (store, is_away) = (Store::new(connection), AtomicBool::new(false));
        Ok(Self { shared: Arc::new(Shared { store, is_away }) })
    }

    /// Takes a call, or is refused; `None` where Redis is away.
    pub(super) async fn take(&self, entry: &Entry, taken: &Taken) -> Option<Result<(), Refused>> {
        if self.shared.is_away.load(Ordering::Relaxed) {
            return None;
        }
        let answer = within(self.shared.store.take(entry, taken)).await;
        answer.map_err(|lost| self.shared.lost(&lost)).ok()
    }

    /// Books an outcome in the background: no visitor waits for it.
    pub(super) fn settle(&self, entry: Entry, settlement: Settlement) {
        // Without a runtime the process ends; what is taken ends with its minute.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let shared = Arc::clone(&self.shared);
        runtime.spawn(async move {
            if !shared.is_away.load(Ordering::Relaxed)
                && let Err(lost) = within(shared.store.settle(&entry, &settlement)).await
            {
                shared.lost(&lost);
            }
        });
    }
}

impl Shared {
    fn lost(self: &Arc<Self>, lost: &Lost) {
        if self.is_away.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!("Redis does not answer ({lost}): each process counts LLM quotas for itself");
        tokio::spawn(wait_until_back(Arc::downgrade(self)));
    }
}

/// Ends when Redis is back, or nobody uses it any more.
async fn wait_until_back(shared: Weak<Shared>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(shared) = shared.upgrade() else { return };
        if within(shared.store.try_out()).await.is_ok() {
            shared.is_away.store(false, Ordering::Relaxed);
            tracing::info!("Redis answers again: LLM quotas are counted together");
            return;
        }
    }
}

async fn within<T>(step: impl Future<Output = redis::RedisResult<T>>) -> Result<T, Lost> {
    Ok(tokio::time::timeout(LIMIT, step).await??)
}

impl fmt::Debug for SharedQuotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_away = self.shared.is_away.load(Ordering::Relaxed);
        f.debug_struct("SharedQuotas").field("is_away", &is_away).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
