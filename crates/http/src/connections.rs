//! Open connections, and the end of those that only cost.
//!
//! The web framework times the head of a connection's first request, and an idle connection. It times neither the
//! head of a later request that never ends, nor the rest of a body that nobody reads, nor a caller who does not read
//! the answer. A watch over all connections cuts those.

use socket2::{SockRef, Socket};
use std::any::Any;
use std::collections::HashMap;
use std::net::Shutdown;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Between two looks at all connections.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The framework closes in good order what is only late; the watch comes after it.
const GRACE: Duration = Duration::from_secs(2);

/// How long connections may take for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Connections that are open at once; more wait in the system's queue.
    pub connections: usize,
    /// For the head of a request.
    pub header: Duration,
    /// For a body of at most 64 kB.
    pub body: Duration,
    /// For a whole request, until the caller has read the answer.
    pub request: Duration,
    /// Between two requests.
    pub keep_alive: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 8_192,
            header: Duration::from_secs(5),
            body: Duration::from_secs(10),
            request: Duration::from_mins(3),
            keep_alive: Duration::from_secs(75),
        }
    }
}

/// All open connections.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: Mutex<HashMap<u64, Weak<Connection>>>,
    next: AtomicU64,
}

/// A connection: a second handle on its socket, and what it does.
#[derive(Debug)]
pub(crate) struct Connection {
    number: u64,
    socket: Socket,
    activity: Mutex<Activity>,
    all: Arc<Connections>,
}

#[derive(Debug, Clone, Copy)]
struct Activity {
    /// Requests that are being answered.
    requests: u32,
    since: Instant,
}

/// A request that is being answered on a connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Answering(Arc<Connection>);

impl Connections {
    /// Takes note of a new connection, for the framework's hook. One of another kind, or whose socket cannot be
    /// had twice, is not watched.
    pub(crate) fn note(all: &Arc<Self>, connection: &dyn Any) -> Option<Arc<Connection>> {
        let stream = connection.downcast_ref::<TcpStream>()?;
        let socket = SockRef::from(stream)
            .try_clone()
            .inspect_err(|error| tracing::warn!(%error, "a connection is not watched"))
            .ok()?;
        let number = all.next.fetch_add(1, Ordering::Relaxed);
        let activity = Mutex::new(Activity { requests: 0, since: Instant::now() });
        let connection = Arc::new(Connection { number, socket, activity, all: Arc::clone(all) });
        lock(&all.open).insert(number, Arc::downgrade(&connection));
        Some(connection)
    }

    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        lock(&self.open).len()
    }

    /// Cuts, for as long as it is polled, connections that take longer than the bounds.
    pub(crate) async fn watch(&self, bounds: Bounds) {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let all: Vec<_> = lock(&self.open).values().filter_map(Weak::upgrade).collect();
            for connection in all {
                connection.cut_if_late(&bounds);
            }
        }
    }
}

impl Connection {
    /// A request begins.
    pub(crate) fn begin(connection: &Arc<Self>) -> Answering {
        let mut activity = lock(&connection.activity);
        *activity = Activity { requests: activity.requests + 1, since: Instant::now() };
        Answering(Arc::clone(connection))
    }

    fn cut_if_late(&self, bounds: &Bounds) {
        let Activity { requests, since } = *lock(&self.activity);
        let (most, kind) = match requests {
            0 => (bounds.keep_alive + bounds.header + GRACE, "no_request"),
            _ => (bounds.request, "request_too_long"),
        };
        if since.elapsed() > most {
            tracing::debug!(limit = ?most, reason = kind, "a connection is cut");
            metrics::counter!("frontdesk_connections_cut_total", "reason" => kind).increment(1);
            // Both ends are told; one that is closed already needs no telling.
            drop(self.socket.shutdown(Shutdown::Both));
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        lock(&self.all.open).remove(&self.number);
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut activity = lock(&self.0.activity);
        *activity = Activity { requests: activity.requests.saturating_sub(1), since: Instant::now() };
    }
}

/// What is locked is whole after each step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
