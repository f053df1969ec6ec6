//! A Redis server in which processes count together, and without which each goes on by itself.
//!
//! A step that has no answer within 250 ms is given up: Redis counts as away then, and nobody waits for it again until
//! it answers in the background. Both is said once in the log. What is counted, and what each process does meanwhile,
//! is for the crates that use this one.

#![warn(missing_debug_implementations)]

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{RedisError, RedisResult};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// What a visitor waits for Redis, once.
const LIMIT: Duration = Duration::from_millis(250);
/// Why it is away may be found out slowly: nobody waits for that.
const TRY_LIMIT: Duration = Duration::from_secs(2);
/// Between two looks whether Redis is back.
const PAUSE: Duration = Duration::from_secs(1);

/// A Redis server. Cheap to clone; clones share one connection.
#[derive(Clone)]
pub struct Redis {
    shared: Arc<Shared>,
}

struct Shared {
    connection: ConnectionManager,
    is_away: AtomicBool,
}

/// The address is none. It may hold a password, so it is not quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("REDIS_URL is not the address of a Redis server: use redis://HOST:PORT or rediss://HOST:PORT")]
pub struct InvalidUrl;

/// Why Redis counts as away.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("no answer within 250 ms")]
    Slow(#[from] tokio::time::error::Elapsed),
    /// Without the text of the error, which may hold the address.
    #[error("{}", .0.category())]
    Redis(#[from] RedisError),
}

impl Redis {
    /// The Redis at `url`: `redis://`, or `rediss://` for TLS (with `#insecure` at its end for a server whose certificate
    /// nobody has signed). Connects on first use, and anew whenever the connection is lost.
    ///
    /// # Errors
    /// [`InvalidUrl`].
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn open(url: &str) -> Result<Self, InvalidUrl> {
        let invalid = |_may_hold_a_password| InvalidUrl;
        let client = redis::Client::open(url).map_err(invalid)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(PAUSE))
            .set_response_timeout(Some(PAUSE));
        let connection = ConnectionManager::new_lazy_with_config(client, config).map_err(invalid)?;
        Ok(Self { shared: Arc::new(Shared { connection, is_away: AtomicBool::new(false) }) })
    }

    /// Takes a step; `None` where Redis is away, or turns out to be.
    pub async fn run<T, F>(&self, step: impl FnOnce(ConnectionManager) -> F) -> Option<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        if self.is_away() {
            return None;
        }
        let answer = within(step(self.shared.connection.clone())).await;
        answer.map_err(|lost| self.shared.lost(&lost)).ok()
    }

    /// Whether it counts as away.
    pub fn is_away(&self) -> bool {
        self.shared.is_away.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn lost(self: &Arc<Self>, lost: &Lost) {
        if self.is_away.swap(true, Ordering::Relaxed) {
            return;
        }
        let reason = lost.to_string();
        tell(&reason);
        tokio::spawn(wait_until_back(Arc::downgrade(self), reason));
    }
}

fn tell(reason: &str) {
    tracing::warn!("Redis does not answer ({reason}): each process counts for itself");
}

/// Ends when Redis is back, or nobody uses it any more. A server may be too slow to say at first why it turns us away,
/// so what it says later is told, too.
async fn wait_until_back(shared: Weak<Shared>, mut told: String) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(shared) = shared.upgrade() else { return };
        let began = Instant::now();
        match tokio::time::timeout(TRY_LIMIT, try_out(shared.connection.clone())).await {
            Ok(Ok(())) if began.elapsed() <= LIMIT => {
                shared.is_away.store(false, Ordering::Relaxed);
                tracing::info!("Redis answers again: processes count together");
                return;
            }
            Ok(Err(error)) if told != error.category() => {
                error.category().clone_into(&mut told);
                tell(&told);
            }
            // Too slow for visitors, or nothing new.
            Ok(Ok(()) | Err(_)) | Err(_) => {}
        }
    }
}

/// Writes, for a server that answers but cannot write is not back.
async fn try_out(mut connection: ConnectionManager) -> RedisResult<()> {
    redis::cmd("SET").arg(&["frontdesk:try-out", "1", "PX", "1000"]).query_async(&mut connection).await
}

async fn within<T>(step: impl Future<Output = RedisResult<T>>) -> Result<T, Lost> {
    Ok(tokio::time::timeout(LIMIT, step).await??)
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("is_away", &self.is_away()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_refused_without_being_quoted() {
        for url in ["", "localhost", "http://user:secret@host", "redis://user:secret@host:port"] {
            let error = Redis::open(url).unwrap_err().to_string();
            assert!(
                error.starts_with("REDIS_URL is not the address") && !error.contains("secret"),
                "{error}"
            );
        }
    }
}
