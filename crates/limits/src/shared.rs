//! Counts in Redis, of all processes together.
//!
//! Each check is one script, so that no two processes can take the same rest of a limit.

use crate::key::Key;
use crate::limits::Exceeded;
use crate::rate::{Rate, Standing};
use frontdesk_redis::Redis;
use jiff::Timestamp;
use redis::aio::ConnectionManager;
use redis::{RedisResult, Script};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

const GCRA: &str = include_str!("gcra.lua");

/// Counts in Redis. Cheap to clone.
#[derive(Clone)]
pub struct SharedLimits {
    redis: Redis,
    script: Arc<Script>,
}

impl SharedLimits {
    /// Counts in this Redis.
    pub fn on(redis: Redis) -> Self {
        Self { redis, script: Arc::new(Script::new(GCRA)) }
    }

    /// Counts a call under each key, in their order, up to the first that is refused; `None` where Redis is away.
    pub(crate) async fn admit(
        &self,
        now: Timestamp,
        checks: &[(Key, Rate)],
    ) -> Option<Result<Option<Standing>, Exceeded>> {
        let answer = self.redis.run(|connection| ask(&self.script, connection, now, checks)).await?;
        Some(read(&answer, checks))
    }
}

async fn ask(
    script: &Script,
    mut connection: ConnectionManager,
    now: Timestamp,
    checks: &[(Key, Rate)],
) -> RedisResult<Vec<i64>> {
    let mut call = script.prepare_invoke();
    call.arg(now.as_microsecond());
    for (key, rate) in checks {
        let micros = u64::try_from(rate.interval().as_micros()).unwrap_or(u64::MAX);
        call.key(format!("frontdesk:limit:{key}")).arg(micros).arg(rate.most());
    }
    call.invoke_async(&mut connection).await
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

impl fmt::Debug for SharedLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedLimits").field("redis", &self.redis).finish_non_exhaustive()
    }
}
