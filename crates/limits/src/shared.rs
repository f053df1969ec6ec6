//! Counts in Redis, of all processes together.
//!
//! Each check is one script, so that no two processes can take the same rest of a limit.

use crate::key::Key;
use crate::limits::Exceeded;
use crate::rate::{Rate, Standing};
use jiff::Timestamp;
use redis::Script;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

const GCRA: &str = include_str!("gcra.lua");
/// What a caller waits for Redis, once.
const LIMIT: Duration = Duration::from_millis(250);
/// Between two looks whether Redis is back.
const PAUSE: Duration = Duration::from_secs(1);

/// Counts in Redis. Cheap to clone.
#[derive(Clone)]
pub struct SharedLimits {
    shared: Arc<Shared>,
}

struct Shared {
    connection: ConnectionManager,
    script: Script,
    is_away: AtomicBool,
}

/// Why there are no shared counts.
#[derive(Debug, thiserror::Error)]
pub enum SharedLimitsError {
    /// The address is none. It may hold a password, so it is not quoted.
    #[error("REDIS_URL is not the address of a Redis server: use redis://HOST:PORT or rediss://HOST:PORT")]
    InvalidUrl,
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

impl SharedLimits {
    /// Counts in the Redis at `url`: `redis://`, or `rediss://` for TLS (with `#insecure` at its end for a server
    /// whose certificate nobody has signed). Connects on first use, and anew whenever the connection is lost.
    ///
    /// # Errors
    /// [`SharedLimitsError::InvalidUrl`].
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn open(url: &str) -> Result<Self, SharedLimitsError> {
        let invalid = |_may_hold_a_password| SharedLimitsError::InvalidUrl;
        let client = redis::Client::open(url).map_err(invalid)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(PAUSE))
            .set_response_timeout(Some(PAUSE));
        let connection = ConnectionManager::new_lazy_with_config(client, config).map_err(invalid)?;
        let (script, is_away) = (Script::new(GCRA), AtomicBool::new(false));
        Ok(Self { shared: Arc::new(Shared { connection, script, is_away }) })
    }

    /// Counts a call under each key, in their order, up to the first that is refused; `None` where Redis is away.
    pub(crate) async fn admit(
        &self,
        now: Timestamp,
        checks: &[(Key, Rate)],
    ) -> Option<Result<Option<Standing>, Exceeded>> {
        if self.shared.is_away.load(Ordering::Relaxed) {
            return None;
        }
        let answer = within(self.shared.run(now, checks)).await;
        let answer: Vec<i64> = answer.map_err(|lost| self.shared.lost(&lost)).ok()?;
        Some(read(&answer, checks))
    }
}

/// What the script says. What it says of a key that it was not asked for is nothing.
fn read(answer: &[i64], checks: &[(Key, Rate)]) -> Result<Option<Standing>, Exceeded> {
    let [refused, wait, remaining @ ..] = answer else { return Ok(None) };
    let refused = usize::try_from(*refused).ok().and_then(|number| number.checked_sub(1));
    if let Some((key, rate)) = refused.and_then(|index| checks.get(index)) {
        let wait = Duration::from_micros(u64::try_from(*wait).unwrap_or(0));
        return Err(Exceeded { key: *key, standing: rate.standing(0), wait });
    }
    let standings = checks
        .iter()
        .zip(remaining)
        .map(|((_, rate), remaining)| rate.standing(u32::try_from(*remaining).unwrap_or(0)));
    Ok(standings.reduce(Standing::tighter))
}

impl Shared {
    async fn run(&self, now: Timestamp, checks: &[(Key, Rate)]) -> redis::RedisResult<Vec<i64>> {
        let mut call = self.script.prepare_invoke();
        call.arg(now.as_microsecond());
        for (key, rate) in checks {
            let micros = u64::try_from(rate.interval().as_micros()).unwrap_or(u64::MAX);
            call.key(format!("frontdesk:limit:{key}")).arg(micros).arg(rate.most());
        }
        call.invoke_async(&mut self.connection.clone()).await
    }

    fn lost(self: &Arc<Self>, lost: &Lost) {
        if self.is_away.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!("Redis is away ({lost}): each process counts rate limits for itself");
        tokio::spawn(wait_until_back(Arc::downgrade(self)));
    }
}

/// Ends when Redis is back, or nobody uses it any more.
async fn wait_until_back(shared: Weak<Shared>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(shared) = shared.upgrade() else { return };
        let ping = async { redis::cmd("PING").query_async::<()>(&mut shared.connection.clone()).await };
        if within(ping).await.is_ok() {
            shared.is_away.store(false, Ordering::Relaxed);
            tracing::info!("Redis is back: rate limits are counted together again");
            return;
        }
    }
}

async fn within<T>(step: impl Future<Output = redis::RedisResult<T>>) -> Result<T, Lost> {
    Ok(tokio::time::timeout(LIMIT, step).await??)
}

impl fmt::Debug for SharedLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_away = self.shared.is_away.load(Ordering::Relaxed);
        f.debug_struct("SharedLimits").field("is_away", &is_away).finish_non_exhaustive()
    }
}
