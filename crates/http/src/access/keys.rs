//! Keys in memory, never older than two seconds, so that one that was revoked, by whomever, is refused almost at once
//! without a read per request.

use frontdesk_persistence::{ApiKey, ApiKeyId, Database, DatabaseError, KeyHash};
use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Half a second is left for the reading itself.
const FRESH: Duration = Duration::from_millis(1_500);
/// Keys in memory, those too that nobody has.
const MAX_KEYS: u64 = 10_000;
/// Keys that are looked up at once: whoever tries many does not occupy the connections that visitors need.
const LOOKUPS: usize = 2;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the use of a key is written down.
const USED_EVERY: SignedDuration = SignedDuration::from_mins(1);

pub(crate) struct Keys {
    database: Database,
    by_hash: Cache<KeyHash, Option<ApiKey>>,
    lookups: Semaphore,
    /// When the use of a key was written down last, by this process.
    used: Mutex<HashMap<ApiKeyId, Timestamp>>,
}

impl Keys {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            database,
            by_hash: Cache::builder().max_capacity(MAX_KEYS).time_to_live(FRESH).build(),
            lookups: Semaphore::new(LOOKUPS),
            used: Mutex::default(),
        }
    }

    /// The key with this hash, whether it is valid or not. Callers who come while it is being read wait for that
    /// one read.
    pub(super) async fn find(&self, hash: KeyHash) -> Result<Option<ApiKey>, DatabaseError> {
        let found = self.by_hash.try_get_with(hash, self.read(hash)).await;
        found.map_err(|error: Arc<DatabaseError>| DatabaseError::clone(&error))
    }

    async fn read(&self, hash: KeyHash) -> Result<Option<ApiKey>, DatabaseError> {
        let turn = tokio::time::timeout(PATIENCE, self.lookups.acquire()).await;
        let _turn = turn
            .map_err(|_| DatabaseError::Busy("too many API keys are looked up at once".to_owned()))?
            .map_err(|error| DatabaseError::Unavailable(error.to_string()))?;
        self.database.api_key_by_hash(hash).await
    }

    /// Reads all keys anew: one of them was revoked here, or deleted with its client.
    pub(crate) fn forget(&self) {
        self.by_hash.invalidate_all();
    }

    /// Writes down that a key was used, unless that was done within the last minute, and lets nobody wait for it.
    pub(super) fn used(&self, key: &ApiKey, now: Timestamp) {
        if !self.is_worth_writing(key, now) {
            return;
        }
        let (database, id) = (self.database.clone(), key.id);
        tokio::spawn(async move {
            if let Err(error) = database.api_key_used(id, now).await {
                tracing::warn!(api_key = %id, %error, "the use of an API key could not be written down");
            }
        });
    }

    fn is_worth_writing(&self, key: &ApiKey, now: Timestamp) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let last = used.get(&key.id).copied().max(key.last_used_at);
        // A clock that goes back is no reason to write for each request.
        let due = last.is_none_or(|last| now.duration_since(last).abs() >= USED_EVERY);
        if due {
            used.insert(key.id, now);
        }
        due
    }
}
