//! Connections for reading, and who may use how many of them.
//!
//! Visitors may use all of them, administrators half: however long their lists take, a connection is left for a
//! visitor. Whoever waits longer than the limit for one is turned away; so nobody hangs, and what waits is bounded.

use crate::error::DatabaseError;
use diesel::QueryResult;
use diesel::r2d2::{ConnectionManager, Pool, R2D2Connection};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::futures::TaskLocalFuture;
use tokio::time::{Instant, timeout, timeout_at};

/// On whose behalf the database is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// A visitor, who waits for an answer: every connection may be used.
    Visitors,
    /// An administrator, or work that nobody waits for: half of the connections, at least one.
    Administrators,
}

impl Lane {
    /// The longest time that a read or write takes before its caller hears that the database is away. What was
    /// begun goes on by itself.
    const fn patience(self) -> Duration {
        match self {
            Self::Visitors => Duration::from_secs(10),
            Self::Administrators => Duration::from_mins(1),
        }
    }
}

tokio::task_local! {
    static LANE: Lane;
}

/// Runs `work` so that whatever it asks the database is asked in that lane, with its limits. Without a lane,
/// as in the reset worker, there are none. A task that `work` spawns has no lane of its own.
pub fn within<F: Future>(lane: Lane, work: F) -> TaskLocalFuture<Lane, F> {
    LANE.scope(lane, work)
}

/// How the connections for reading are used at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// How many may be open.
    pub size: usize,
    /// Those that somebody uses.
    pub busy: usize,
    /// Callers who wait for one.
    pub waiting: usize,
}

/// Connections for reading. The semaphores keep callers from occupying a thread each while they wait.
pub(crate) struct Readers<C: R2D2Connection + 'static> {
    pool: Pool<ConnectionManager<C>>,
    /// For a connection that is none of the pool's.
    pub(crate) url: Arc<str>,
    shared: Arc<Shared>,
}

struct Shared {
    size: usize,
    all: Arc<Semaphore>,
    administrators: Arc<Semaphore>,
    /// The longest wait for a connection.
    wait: Duration,
    waiting: AtomicUsize,
    /// Whether the last try to get a connection failed.
    away: AtomicBool,
}

impl<C: R2D2Connection + 'static> Clone for Readers<C> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), url: Arc::clone(&self.url), shared: Arc::clone(&self.shared) }
    }
}

/// What a caller holds while it uses a connection.
struct Turn {
    _among_all: OwnedSemaphorePermit,
    _among_administrators: Option<OwnedSemaphorePermit>,
}

impl<C: R2D2Connection + 'static> Readers<C> {
    pub(crate) fn new(pool: Pool<ConnectionManager<C>>, url: &str, wait: Duration) -> Self {
        let size = usize::try_from(pool.max_size()).unwrap_or(1);
        let shared = Shared {
            size,
            all: Arc::new(Semaphore::new(size)),
            administrators: Arc::new(Semaphore::new((size / 2).max(1))),
            wait,
            waiting: AtomicUsize::new(0),
            away: AtomicBool::new(false),
        };
        Self { pool, url: url.into(), shared: Arc::new(shared) }
    }

    /// Runs `work` on a connection.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut C) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let lane = LANE.try_get().ok();
        let asked = Instant::now();
        let turn = self.shared.turn(lane).await?;
        metrics::histogram!("frontdesk_database_wait_seconds").record(asked.elapsed());
        let (pool, shared) = (self.pool.clone(), Arc::clone(&self.shared));
        let began = Instant::now();
        let running = blocking(move || {
            let connection = pool.get();
            shared.away.store(connection.is_err(), Ordering::Relaxed);
            let result = connection
                .map_err(DatabaseError::from)
                .and_then(|mut c| work(&mut c).map_err(DatabaseError::from));
            drop(turn);
            result
        });
        let Some(lane) = lane else { return running.await };
        let slow = |_| DatabaseError::Unavailable(format!("no answer within {:?}", lane.patience()));
        timeout_at(began + lane.patience(), running).await.map_err(slow)?
    }

    pub(crate) fn usage(&self) -> PoolUse {
        let shared = &self.shared;
        PoolUse {
            size: shared.size,
            busy: shared.size.saturating_sub(shared.all.available_permits()),
            waiting: shared.waiting.load(Ordering::Relaxed),
        }
    }
}

impl Shared {
    async fn turn(&self, lane: Option<Lane>) -> Result<Turn, DatabaseError> {
        let _counted = Counted::one_more(&self.waiting);
        let Some(lane) = lane else { return self.wait_for_turn(None).await };
        timeout(self.wait, self.wait_for_turn(Some(lane))).await.map_err(|_| self.nobodys_turn())?
    }

    /// An administrator waits among administrators first, and so is but one of those who wait beside visitors.
    async fn wait_for_turn(&self, lane: Option<Lane>) -> Result<Turn, DatabaseError> {
        let among = match lane {
            Some(Lane::Administrators) => Some(acquire(&self.administrators).await?),
            _ => None,
        };
        Ok(Turn { _among_all: acquire(&self.all).await?, _among_administrators: among })
    }

    fn nobodys_turn(&self) -> DatabaseError {
        let waited = format!("no connection was free within {:?}", self.wait);
        // Those who have the connections wait for the server themselves.
        if self.away.load(Ordering::Relaxed) {
            return DatabaseError::Unavailable(waited);
        }
        DatabaseError::Saturated(waited)
    }
}

async fn acquire(permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, DatabaseError> {
    Arc::clone(permits).acquire_owned().await.map_err(closed)
}

/// One of those who wait, for as long as this lives: also one that is dropped while it waits.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn one_more(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs what blocks on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DatabaseError> + Send + 'static,
) -> Result<T, DatabaseError> {
    tokio::task::spawn_blocking(work).await.map_err(closed)?
}

pub(crate) fn closed(error: impl std::fmt::Display) -> DatabaseError {
    DatabaseError::Unavailable(error.to_string())
}
