//! A clock whose hand the test turns.

use frontdesk_limits::Now;
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
