//! One session migrates PostgreSQL, the others wait for their turn. The session is no pooled one: its
//! settings and its advisory lock end with it, however it ends.

use super::watch::Watcher;
use super::{Done, POSTGRES, failed, in_step};
use crate::error::DatabaseError;
use diesel::connection::SimpleConnection;
use diesel::migration::Migration;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use diesel_migrations::MigrationHarness;
use std::thread;
use std::time::{Duration, Instant};

/// The key of PostgreSQL's advisory lock: one process migrates, the others wait and find nothing to do.
const ADVISORY_LOCK: i64 = 0x6672_6f6e_7464_6573;

/// How often a process looks whether it is its turn. It does not wait within `pg_advisory_lock`: a statement
/// that waits keeps a snapshot, and `CREATE INDEX CONCURRENTLY` of the process ahead would wait for that one.
const TURN_POLL: Duration = Duration::from_millis(200);
/// How often a process that waits says so.
const SAY_EVERY: Duration = Duration::from_secs(30);

/// A role or database may have timeouts set for everybody. One that cuts off the building of an index leaves
/// it invalid; the short steps set a `lock_timeout` of their own.
const SESSION: &str = "SET TIME ZONE 'UTC'; SET statement_timeout = 0; SET lock_timeout = 0;
    SET application_name = 'frontdesk migrate'";

/// How often a step that met others' locks is tried, and the rest between two tries, in which those who
/// queued up behind it go on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) tries: u32,
    pub(crate) rest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { tries: 20, rest: Duration::from_secs(2) }
    }
}

/// Brings a PostgreSQL database up to date; returns the names of the migrations that ran.
pub(crate) fn postgres(url: &str, patience: Patience, done: Done<'_>) -> Result<Vec<String>, DatabaseError> {
    let mut session = Session::open(url, patience)?;
    session.wait_for_turn()?;
    let names = session.run_pending(done)?;
    session.end_turn()?;
    Ok(names)
}

struct Session {
    connection: PgConnection,
    watcher: Watcher,
    patience: Patience,
}

#[derive(QueryableByName)]
struct Pid {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

#[derive(QueryableByName)]
struct Turn {
    #[diesel(sql_type = Bool)]
    mine: bool,
}

/// An index that is not valid.
#[derive(QueryableByName)]
struct Unfinished {
    #[diesel(sql_type = Text)]
    quoted: String,
    /// Who is building it at this moment.
    #[diesel(sql_type = Nullable<Integer>)]
    builder: Option<i32>,
}

impl Session {
    fn open(url: &str, patience: Patience) -> Result<Self, DatabaseError> {
        let mut connection =
            PgConnection::establish(url).map_err(|error| DatabaseError::Unavailable(error.to_string()))?;
        connection.batch_execute(SESSION)?;
        let pid: Pid = diesel::sql_query("SELECT pg_backend_pid() AS pid").get_result(&mut connection)?;
        Ok(Self { connection, watcher: Watcher::start(url, pid.pid)?, patience })
    }

    fn wait_for_turn(&mut self) -> Result<(), DatabaseError> {
        let mut said: Option<Instant> = None;
        loop {
            let turn: Turn = diesel::sql_query("SELECT pg_try_advisory_lock($1) AS mine")
                .bind::<BigInt, _>(ADVISORY_LOCK)
                .get_result(&mut self.connection)?;
            if turn.mine {
                return Ok(());
            }
            if said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
                said = Some(Instant::now());
                if let Some(pid) = self.whose_turn()? {
                    tracing::info!("another process migrates this database (pid {pid}): waiting for its end");
                }
            }
            thread::sleep(TURN_POLL);
        }
    }

    fn whose_turn(&mut self) -> Result<Option<i32>, DatabaseError> {
        let sql = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
            AND (classid::bigint << 32 | objid::bigint) = $1
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let holder: Option<Pid> = diesel::sql_query(sql)
            .bind::<BigInt, _>(ADVISORY_LOCK)
            .get_result(&mut self.connection)
            .optional()?;
        Ok(holder.map(|holder| holder.pid))
    }

    /// At once, where the end of the connection would do it a moment later.
    fn end_turn(&mut self) -> Result<(), DatabaseError> {
        diesel::sql_query("SELECT pg_advisory_unlock($1)")
            .bind::<BigInt, _>(ADVISORY_LOCK)
            .execute(&mut self.connection)?;
        Ok(())
    }

    fn run_pending(&mut self, done: Done<'_>) -> Result<Vec<String>, DatabaseError> {
        let mut names = Vec::new();
        for migration in self.connection.pending_migrations(POSTGRES).map_err(failed)? {
            let name = migration.name().to_string();
            self.watcher.begin(&name);
            let ran = self.run(&name, &*migration);
            self.watcher.end();
            ran?;
            done(&name);
            names.push(name);
        }
        Ok(names)
    }

    /// One migration, again and again while others' locks are in its way.
    fn run(&mut self, name: &str, migration: &dyn Migration<Pg>) -> Result<(), DatabaseError> {
        for tried in 1.. {
            if let Some(index) = index_of(name) {
                self.drop_unfinished(index)?;
            }
            let Err(error) = self.connection.run_migration(migration) else { break };
            if !is_lock_trouble(&*error) {
                return Err(in_step(name, &*error));
            }
            // a file's transactions are its own: diesel does not know of the one that has just failed
            self.connection.batch_execute("ROLLBACK")?;
            let blockers = self.watcher.blockers().unwrap_or_else(|| "another session".into());
            if tried >= self.patience.tries {
                return Err(failed(format!(
                    "{name}: locked by {blockers}. End that session, or wait for it, and run `api migrate` again"
                )));
            }
            tracing::info!(
                "{name}: gave way to {blockers}; try {} of {} in {:?}",
                tried + 1,
                self.patience.tries,
                self.patience.rest
            );
            thread::sleep(self.patience.rest);
        }
        Ok(())
    }

    /// An index whose building was cut off stays behind, invalid: `IF NOT EXISTS` would take it for done.
    fn drop_unfinished(&mut self, index: &str) -> Result<(), DatabaseError> {
        let sql = "SELECT i.indexrelid::regclass::text AS quoted, p.pid AS builder
            FROM pg_index i LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = i.indexrelid
            WHERE i.indexrelid = to_regclass($1) AND NOT i.indisvalid";
        let mut said = false;
        loop {
            let unfinished: Option<Unfinished> =
                diesel::sql_query(sql).bind::<Text, _>(index).get_result(&mut self.connection).optional()?;
            match unfinished {
                None => return Ok(()),
                Some(Unfinished { builder: Some(pid), .. }) => {
                    if !said {
                        tracing::info!("{index} is being built by pid {pid}: waiting for its end");
                    }
                    said = true;
                    thread::sleep(TURN_POLL);
                }
                Some(Unfinished { quoted, builder: None }) => {
                    tracing::info!("{index} was left unfinished: building it anew");
                    self.connection.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {quoted}"))?;
                }
            }
        }
    }
}

/// The index that a migration builds concurrently: such a migration is named after it.
fn index_of(name: &str) -> Option<&str> {
    name.split_once('_').map(|(_, rest)| rest).filter(|rest| rest.starts_with("idx_"))
}

/// Whether the same step may work later, in PostgreSQL's words: it waited for longer than its `lock_timeout`,
/// or it was chosen to give way where two waited for each other.
fn is_lock_trouble(error: &dyn std::error::Error) -> bool {
    let text = error.to_string();
    ["lock timeout", "deadlock detected"].iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_tests::{TempPg, psql};

    const SHORT: Patience = Patience { tries: 2, rest: Duration::from_millis(10) };

    #[test]
    fn a_lock_that_is_never_given_back_is_named_and_nothing_is_left_locked() {
        let url = TempPg::shared().create_database();
        postgres(&url, SHORT, &mut |_| ()).unwrap();
        psql(&url, "DELETE FROM __diesel_schema_migrations WHERE version IN ('001', '005')").unwrap();
        let mut other = PgConnection::establish(&url).unwrap();
        other
            .batch_execute("SET application_name = 'pg_dump'; BEGIN; SELECT 1 FROM widget_messages")
            .unwrap();
        let pid: Pid = diesel::sql_query("SELECT pg_backend_pid() AS pid").get_result(&mut other).unwrap();

        let error = postgres(&url, SHORT, &mut |_| ()).unwrap_err().to_string();
        let says = format!("001_base: locked by pid {} (pg_dump, idle in transaction, ", pid.pid);
        assert!(error.contains(&says) && error.contains("run `api migrate` again"), "{error}");

        other.batch_execute("COMMIT").unwrap();
        let mut heard = Vec::new();
        let ran = postgres(&url, SHORT, &mut |name| heard.push(name.to_owned())).unwrap();
        assert_eq!((ran.len(), &ran), (2, &heard));
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
        assert_eq!(psql(&url, locks).unwrap(), "0");
    }

    #[test]
    fn a_migration_that_fails_leaves_the_turn_to_others() {
        let url = TempPg::shared().create_database();
        psql(&url, "CREATE VIEW clients AS SELECT 1 AS id").unwrap();
        for _ in 0..2 {
            let error = postgres(&url, SHORT, &mut |_| ()).unwrap_err().to_string();
            assert!(error.contains("001_base: ") && !error.contains("Failed to run"), "{error}");
        }
        psql(&url, "DROP VIEW clients").unwrap();
        postgres(&url, SHORT, &mut |_| ()).unwrap();
    }

    /// The runner finds an unfinished index by the migration's name, and the file must be one statement.
    #[test]
    fn a_migration_that_builds_an_index_is_named_after_it() {
        let names = migration_names();
        let built = names.iter().filter_map(|name| Some((name, index_of(name)?)));
        let mut count = 0;
        for (name, index) in built {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres");
            let text = std::fs::read_to_string(format!("{folder}/{name}/up.sql")).unwrap();
            assert!(
                text.contains(&format!("INDEX CONCURRENTLY IF NOT EXISTS {index} ON ")),
                "{name}: {text}"
            );
            assert_eq!(text.matches(';').count(), 1, "{name}: {text}");
            count += 1;
        }
        let concurrent = names.len() - count;
        assert!(count >= 14 && concurrent >= 4, "{names:?}");
    }

    fn migration_names() -> Vec<String> {
        let all = diesel::migration::MigrationSource::<Pg>::migrations(&POSTGRES).unwrap();
        all.iter().map(|migration| migration.name().to_string()).collect()
    }
}
