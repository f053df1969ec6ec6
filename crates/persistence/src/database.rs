//! One open database: readers in a pool, writers in the ledger.

use crate::error::DatabaseError;
use crate::ledger::{Ledger, LedgerStore, MAX_BATCH, Writer};
use crate::location::Location;
use crate::migrate::{self, Patience};
use crate::readers::{PoolUse, Readers, blocking, closed};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, HandleError, Pool, R2D2Connection};
use std::sync::Arc;
use std::time::Duration;

/// How many writers the ledger has. Two on PostgreSQL overlap their round trips; SQLite has one writer.
const POSTGRES_WRITERS: usize = 2;

/// Times are stored without a zone, in UTC. What is read has an index: none of it is planned so that whole tables are
/// read because they were empty when that was planned, or when they were last looked at.
const POSTGRES_SESSION: &str = "SET TIME ZONE 'UTC'; SET enable_seqscan = off; SET jit = off";
/// A writer waits so long for a row that someone else holds, for example an operator's open transaction. It
/// looks every row up by its key: its few statements are planned once, and not so that they read a whole table
/// because that was empty when they were planned.
const POSTGRES_WRITER_SESSION: &str =
    "SET TIME ZONE 'UTC'; SET lock_timeout = '2s'; SET statement_timeout = '30s';
    SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";
/// `busy_timeout` comes first: switching to WAL may itself meet a lock. `FULL`, because an answer that a
/// visitor has must survive a loss of power; group commit pays for it once per batch. A batch over many widgets
/// fills the 1,000 pages after which SQLite would copy them to the file: at 4,000 a page is copied once for
/// several batches, and the copying still takes a fraction of a second.
const SQLITE_SESSION: &str =
    "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;";
/// The one writer keeps 16 MB of pages, each reader SQLite's usual 2 MB: with as much for each, a process would grow
/// with its database.
const SQLITE_WRITER_SESSION: &str = "PRAGMA cache_size = -16384;";

/// How long a reader that may use a connection waits until the pool has made it.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(2);

/// The connections for reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReaderSettings {
    /// How many there may be, at least one.
    pub size: u32,
    /// The longest wait for a free one, for callers in a [`Lane`](crate::Lane).
    pub wait: Duration,
}

impl From<u32> for ReaderSettings {
    /// So many connections, for which two seconds are waited.
    fn from(size: u32) -> Self {
        Self { size, wait: Duration::from_secs(2) }
    }
}

/// A database, PostgreSQL or SQLite. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pub(crate) backend: Backend,
    ledger: Ledger,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let backend = match self.backend {
            Backend::Postgres(_) => "PostgreSQL",
            Backend::Sqlite(_) => "SQLite",
        };
        f.debug_tuple("Database").field(&backend).finish()
    }
}

#[derive(Clone)]
pub(crate) enum Backend {
    Postgres(Readers<PgConnection>),
    Sqlite(Readers<SqliteConnection>),
}

/// Runs a closure on a reader of whichever database is open. The body is compiled once for each.
macro_rules! read {
    ($database:expr, |$connection:ident| $body:expr) => {
        match &$database.backend {
            $crate::database::Backend::Postgres(readers) => {
                readers.run(move |$connection: &mut diesel::PgConnection| $body).await
            }
            $crate::database::Backend::Sqlite(readers) => {
                readers.run(move |$connection: &mut diesel::SqliteConnection| $body).await
            }
        }
    };
}
pub(crate) use read;

impl Database {
    /// Opens the database that `url` names (`postgres://`, `postgresql://` or `sqlite://PATH`, which is
    /// created if missing) with `readers` pooled connections besides the ledger's own, and brings it up
    /// to date.
    ///
    /// # Errors
    /// [`DatabaseError::Url`], [`DatabaseError::Unavailable`] or [`DatabaseError::Migration`].
    pub async fn open(url: &str, readers: impl Into<ReaderSettings>) -> Result<Self, DatabaseError> {
        let database = Self::connect(url, readers).await?;
        database.migrate().await?;
        Ok(database)
    }

    /// As [`open`](Self::open), but the database stays as it is.
    ///
    /// # Errors
    /// [`DatabaseError::Url`] or [`DatabaseError::Unavailable`].
    pub async fn connect(url: &str, readers: impl Into<ReaderSettings>) -> Result<Self, DatabaseError> {
        Self::connect_with_batches_of(MAX_BATCH, url, readers).await
    }

    /// As [`connect`](Self::connect), but the ledger puts at most `most` operations into one transaction. For
    /// measuring what group commit gains: a service has no use for it.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    #[doc(hidden)]
    pub async fn connect_with_batches_of(
        most: usize,
        url: &str,
        readers: impl Into<ReaderSettings>,
    ) -> Result<Self, DatabaseError> {
        let location = Location::parse(url)?;
        let readers = readers.into();
        let readers = ReaderSettings { size: readers.size.max(1), ..readers };
        blocking(move || match &location {
            Location::Postgres(url) => Self::postgres(url, readers, most),
            Location::Sqlite(path) => Self::sqlite(path, readers, most),
        })
        .await
    }

    /// The ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Runs what migrations are missing and returns their names. While another process does, it waits.
    ///
    /// # Errors
    /// [`DatabaseError::Migration`], also when others' locks were in the way for too long. What was done is
    /// kept, and the next run goes on from there.
    pub async fn migrate(&self) -> Result<Vec<String>, DatabaseError> {
        self.migrate_with(|_| ()).await
    }

    /// As [`migrate`](Self::migrate); `done` hears the name of each migration when it has run, for on a large
    /// database one may take minutes.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate).
    pub async fn migrate_with(
        &self,
        mut done: impl FnMut(&str) + Send + 'static,
    ) -> Result<Vec<String>, DatabaseError> {
        match &self.backend {
            Backend::Postgres(readers) => {
                let url = Arc::clone(&readers.url);
                blocking(move || migrate::postgres(&url, Patience::default(), &mut done)).await
            }
            Backend::Sqlite(readers) => readers.run(move |c| Ok(migrate::sqlite(c, &mut done))).await?,
        }
    }

    /// Whether the database answers and holds our tables.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`].
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        read!(self, |c| c.batch_execute("SELECT 1 FROM widget_configs LIMIT 1"))
    }

    /// How the connections for reading are used now.
    pub fn pool_use(&self) -> PoolUse {
        match &self.backend {
            Backend::Postgres(readers) => readers.usage(),
            Backend::Sqlite(readers) => readers.usage(),
        }
    }

    fn postgres(url: &str, own: ReaderSettings, most: usize) -> Result<Self, DatabaseError> {
        let readers = readers(url, own, POSTGRES_SESSION)?;
        let url = url.to_owned();
        let writer = move || connect::<PgConnection>(&url, POSTGRES_WRITER_SESSION);
        let ledger = ledger(POSTGRES_WRITERS, most, writer)?;
        Ok(Self { backend: Backend::Postgres(readers), ledger })
    }

    fn sqlite(path: &str, own: ReaderSettings, most: usize) -> Result<Self, DatabaseError> {
        let readers = readers(path, own, SQLITE_SESSION)?;
        let path = path.to_owned();
        let session = [SQLITE_SESSION, SQLITE_WRITER_SESSION].concat();
        let ledger = ledger(1, most, move || connect::<SqliteConnection>(&path, &session))?;
        Ok(Self { backend: Backend::Sqlite(readers), ledger })
    }
}

fn connect<C: Connection>(url: &str, session: &str) -> Result<C, DatabaseError> {
    let mut connection = C::establish(url).map_err(closed)?;
    connection.batch_execute(session)?;
    Ok(connection)
}

fn ledger<S, F>(writers: usize, most: usize, connect: F) -> Result<Ledger, DatabaseError>
where
    S: LedgerStore + R2D2Connection + 'static,
    F: Fn() -> Result<S, DatabaseError> + Clone + Send + 'static,
{
    let spawn = |n| Writer::spawn(format!("ledger-{n}"), most, connect.clone());
    let writers: Result<Vec<_>, _> = (0..writers).map(spawn).collect();
    writers.map(Ledger::new).map_err(closed)
}

#[derive(Debug)]
struct Session(&'static str);

impl<C: R2D2Connection> CustomizeConnection<C, diesel::r2d2::Error> for Session {
    fn on_acquire(&self, connection: &mut C) -> Result<(), diesel::r2d2::Error> {
        connection.batch_execute(self.0).map_err(diesel::r2d2::Error::QueryError)
    }
}

/// A caller that gets no connection reports it; the pool's own tries, several a second, are for debugging.
#[derive(Debug)]
struct Quiet;

impl<E: std::error::Error> HandleError<E> for Quiet {
    fn handle_error(&self, error: E) {
        tracing::debug!(%error, "the pool could not open a connection");
    }
}

/// The test at check-out stays on: without it the pool would hand out connections that a restart of the
/// server killed, for ever.
fn readers<C: R2D2Connection + 'static>(
    url: &str,
    ReaderSettings { size, wait }: ReaderSettings,
    session: &'static str,
) -> Result<Readers<C>, DatabaseError> {
    let pool = Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(CHECKOUT_TIMEOUT)
        .connection_customizer(Box::new(Session(session)))
        .error_handler(Box::new(Quiet))
        .build(ConnectionManager::new(url))?;
    Ok(Readers::new(pool, url, wait))
}
