//! An operator who keeps a table of PostgreSQL to themselves: whatever reads it hangs.

use crate::place::Place;
use frontdesk_tests::{client_program, psql};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(30);

/// A table that nobody else gets at, until this is dropped.
pub(crate) struct Lock {
    url: String,
    table: &'static str,
    session: Child,
}

impl Lock {
    pub(crate) fn of(place: &Place, table: &'static str) -> Self {
        let take = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        let mut session = Command::new(client_program("psql"));
        session.args(["-X", "-d", &place.url, "-c", "BEGIN", "-c", &take, "-c", "SELECT pg_sleep(600)"]);
        let session = session.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("psql");
        let lock = Self { url: place.url.clone(), table, session };
        let began = Instant::now();
        while lock.of_holder("count(*)") != "1" {
            assert!(began.elapsed() < LIMIT, "{table} is not locked");
        }
        lock
    }

    /// What is asked of who holds the lock.
    fn of_holder(&self, asked: &str) -> String {
        let table = self.table;
        let sql = format!(
            "SELECT {asked} FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
             WHERE c.relname = '{table}' AND l.mode = 'AccessExclusiveLock' AND l.granted"
        );
        psql(&self.url, &sql).unwrap()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The server would not notice before the end of the statement that its client has gone.
        self.of_holder("pg_terminate_backend(l.pid)");
        drop(self.session.wait());
    }
}
