//! Other sessions on the same PostgreSQL database: operators, the older service, reports that take long.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::cell::RefCell;
use std::thread;
use std::time::{Duration, Instant};

/// Somebody else's session.
pub(crate) struct OtherSession(RefCell<PgConnection>);

impl OtherSession {
    pub(crate) fn open(url: &str) -> Self {
        Self(RefCell::new(PgConnection::establish(url).unwrap()))
    }

    pub(crate) fn run(&self, sql: &str) {
        self.0.borrow_mut().batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// Waits until there is something to be seen.
pub(crate) fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "waited for a minute");
        thread::sleep(Duration::from_millis(5));
    }
}
