//! Quota counters that all processes share, in Redis.
//!
//! Each key of each model is one document in Redis, and each step one script, so that no two processes can take
//! the same rest of a quota. While Redis is away each process goes on with its own counters.

mod redis_store;

use frontdesk_domain::quota::{QuotaReport, QuotaRules, Refused, Spent, Taken};
use frontdesk_redis::Redis;
use jiff::Timestamp;
use redis_store::Store;
use std::fmt;
use std::sync::Arc;

/// Counters in Redis. Cheap to clone.
#[derive(Clone)]
pub struct SharedQuotas {
    redis: Redis,
    store: Arc<Store>,
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

impl SharedQuotas {
    /// Counters in this Redis.
    pub fn on(redis: Redis) -> Self {
        Self { redis, store: Arc::default() }
    }

    /// Takes a call, or is refused; `None` where Redis is away.
    pub(super) async fn take(&self, entry: &Entry, taken: &Taken) -> Option<Result<(), Refused>> {
        self.redis.run(|connection| self.store.take(connection, entry, taken)).await
    }

    /// Books an outcome in the background: no visitor waits for it.
    pub(super) fn settle(&self, entry: Entry, settlement: Settlement) {
        // Without a runtime the process ends; what is taken ends with its minute.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let Self { redis, store } = self.clone();
        runtime.spawn(async move {
            // Where Redis is away nothing can be done, and it is told in the log.
            redis.run(|connection| store.settle(connection, &entry, &settlement)).await
        });
    }
}

impl fmt::Debug for SharedQuotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedQuotas").field("redis", &self.redis).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
