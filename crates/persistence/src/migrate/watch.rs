//! Looks over the migrating session's shoulder, from a session of its own: a session that waits or builds
//! an index cannot say so itself.

use crate::error::DatabaseError;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Twice within the `lock_timeout` of the short steps, so that who blocks one is seen.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often something that goes on is said again.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// Never the text of a query: it may hold what a visitor wrote.
const LOOK: &str = "SELECT
    (SELECT string_agg(format('pid %s (%s, %s, begun %s s ago)', b.pid,
        COALESCE(NULLIF(a.application_name, ''), a.backend_type, '?'), COALESCE(a.state, '?'),
        COALESCE(round(extract(epoch FROM now() - a.xact_start))::text, '?')), ', ' ORDER BY b.pid)
        FROM unnest(pg_blocking_pids($1)) b (pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid) AS blockers,
    (SELECT string_agg(b.pid::text, ',' ORDER BY b.pid) FROM unnest(pg_blocking_pids($1)) b (pid)) AS pids,
    (SELECT l.relation::regclass::text FROM pg_locks l WHERE l.pid = $1 AND NOT l.granted AND l.relation IS NOT NULL) AS relation,
    (SELECT phase || COALESCE(format(' (%s %%)', 100 * blocks_done / NULLIF(blocks_total, 0)), '')
        FROM pg_stat_progress_create_index WHERE pid = $1) AS progress";

#[derive(QueryableByName)]
struct Look {
    #[diesel(sql_type = Nullable<Text>)]
    blockers: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pids: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    relation: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    progress: Option<String>,
}

/// The step that runs.
struct Step {
    name: String,
    since: Instant,
    said: Instant,
    /// Who was last seen in its way: for people, and to tell one from another.
    blockers: Option<(String, String)>,
}

type Shared = Arc<Mutex<Option<Step>>>;

/// Watches from [`begin`](Self::begin) to [`end`](Self::end) of each step.
pub(super) struct Watcher {
    step: Shared,
    /// Its end ends the thread.
    _stop: Sender<()>,
}

impl Watcher {
    /// For the session with this process id. Its own connection is made when a step takes longer.
    pub(super) fn start(url: &str, pid: i32) -> Result<Self, DatabaseError> {
        let shared = Shared::default();
        let (stop, end) = mpsc::channel();
        let (url, watched) = (url.to_owned(), Arc::clone(&shared));
        thread::Builder::new()
            .name("migrate-watch".into())
            .spawn(move || watch(&url, pid, &watched, &end))
            .map_err(|error| DatabaseError::Unavailable(error.to_string()))?;
        Ok(Self { step: shared, _stop: stop })
    }

    pub(super) fn begin(&self, name: &str) {
        let now = Instant::now();
        *lock(&self.step) = Some(Step { name: name.to_owned(), since: now, said: now, blockers: None });
    }

    pub(super) fn end(&self) {
        *lock(&self.step) = None;
    }

    /// Who was last seen in this step's way.
    pub(super) fn blockers(&self) -> Option<String> {
        lock(&self.step).as_ref()?.blockers.as_ref().map(|(blockers, _)| blockers.clone())
    }
}

fn lock(step: &Shared) -> MutexGuard<'_, Option<Step>> {
    step.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch(url: &str, pid: i32, step: &Shared, end: &Receiver<()>) {
    let mut connection = None;
    while end.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
        if lock(step).as_ref().is_none_or(|step| step.since.elapsed() < LOOK_EVERY) {
            continue;
        }
        match look(&mut connection, url, pid) {
            Ok(seen) => take_in(step, seen),
            // a step goes on without being watched: the server may have no connection to spare
            Err(error) => {
                tracing::debug!(%error, "the migrating session is not watched");
                connection = None;
            }
        }
    }
}

fn look(connection: &mut Option<PgConnection>, url: &str, pid: i32) -> Result<Look, DatabaseError> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(
            PgConnection::establish(url).map_err(|error| DatabaseError::Unavailable(error.to_string()))?,
        ),
    };
    Ok(diesel::sql_query(LOOK).bind::<Integer, _>(pid).get_result(connection)?)
}

/// Remembers who blocks, and says what is new or goes on for long.
fn take_in(step: &Shared, seen: Look) {
    let mut step = lock(step);
    let Some(step) = step.as_mut() else { return };
    let due = step.said.elapsed() >= SAY_EVERY;
    let seconds = step.since.elapsed().as_secs();
    if let (Some(blockers), Some(pids)) = (seen.blockers, seen.pids) {
        let others = step.blockers.as_ref().is_none_or(|(_, known)| *known != pids);
        if others || due {
            let what = seen.relation.unwrap_or_else(|| "the end of an older transaction".into());
            tracing::info!("{}: waiting for {what}, held by {blockers}", step.name);
            step.said = Instant::now();
        }
        step.blockers = Some((blockers, pids));
    } else if due {
        let progress = seen.progress.unwrap_or_else(|| "running".into());
        tracing::info!("{}: {progress}, {seconds} s so far", step.name);
        step.said = Instant::now();
    }
}
