//! A clock whose hand the test turns, and counts in a Redis of the test's own.

use frontdesk_limits::{Now, SharedLimits};
use frontdesk_redis::Redis;
use frontdesk_tests::TempRedis;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

#[derive(Clone, Default)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn turn(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) -> Now {
        let Self(micros) = self.clone();
        let start: Timestamp = "2026-11-25T12:00:00.123456Z".parse().unwrap();
        Arc::new(move || start + SignedDuration::from_micros(micros.load(Ordering::Relaxed)))
    }
}

/// As another process would count.
pub(crate) fn shared(redis: &TempRedis) -> SharedLimits {
    SharedLimits::on(Redis::open(&redis.url()).unwrap())
}
