//! Language-model providers on this machine, which answer, fail and hang as a test wants.
//!
//! ```
//! use frontdesk_tests::{Stub, http, stub};
//!
//! let provider = Stub::start(|_| stub::openai_ok("We open at nine.", 12, 5));
//! let answer = http::post(&format!("{}/chat/completions", provider.url()), &serde_json::json!({}));
//! assert_eq!(answer.json["choices"][0]["message"]["content"], "We open at nine.");
//! assert_eq!(provider.requests()[0].path, "/chat/completions");
//! ```

mod faulty;
mod gate;
mod reply;
mod streamed;
pub(crate) mod wire;

pub use faulty::{Arrivals, Faulty, QUESTION};
pub use gate::Gate;
pub use reply::{Reply, claude_ok, gemini_ok, openai_ok};
pub use streamed::{Part, claude_stream, gemini_stream, openai_stream};

use serde_json::Value;
use std::collections::VecDeque;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// A request as the stub received it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// `POST` and the like.
    pub method: String,
    /// The path with the query, as sent.
    pub path: String,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Recorded {
    /// A header's first value; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

type Handler = dyn Fn(&Recorded) -> Reply + Send + Sync;

/// What the stub and its connections' threads share.
struct Shared {
    handler: Box<Handler>,
    requests: Mutex<Vec<Recorded>>,
    arrived: Condvar,
    connections: Mutex<Vec<TcpStream>>,
    stopping: AtomicBool,
}

/// An HTTP/1.1 server on a free port of 127.0.0.1. It keeps connections alive and records every request. Dropping
/// it cuts all connections and frees the port.
pub struct Stub {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<thread::JoinHandle<()>>,
}

impl Stub {
    /// Starts a server that answers each request with what `handler` returns for it, which runs on several
    /// threads at once.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn start(handler: impl Fn(&Recorded) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap_or_else(|error| panic!("no port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            requests: Mutex::default(),
            arrived: Condvar::new(),
            connections: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        let acceptor = Some(thread::spawn(move || accept(&listener, &accepting)));
        Self { address, shared, acceptor }
    }

    /// Starts a server that gives these replies in their order, and the last one to every further request.
    ///
    /// # Panics
    /// As [`Stub::start`]; at the first request when there is no reply at all.
    pub fn replies(replies: impl IntoIterator<Item = Reply>) -> Self {
        let script: Mutex<VecDeque<Reply>> = Mutex::new(replies.into_iter().collect());
        Self::start(move |_| {
            let mut script = lock(&script);
            let next = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
            next.unwrap_or_else(|| panic!("a stub without replies was asked"))
        })
    }

    /// `http://127.0.0.1:PORT`: what a test sets a `*_BASE_URL` to.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far, in the order in which they arrived.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared.requests).clone()
    }

    /// Waits until `count` requests have arrived, and returns all so far.
    ///
    /// # Panics
    /// When they have not arrived within `limit`.
    pub fn wait_for_requests(&self, count: usize, limit: Duration) -> Vec<Recorded> {
        let requests = lock(&self.shared.requests);
        let waited = self.shared.arrived.wait_timeout_while(requests, limit, |all| all.len() < count);
        let (requests, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(requests.len() >= count, "{} of {count} requests arrived in {limit:?}", requests.len());
        requests.clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // wakes the acceptor, which looks at the flag; when nobody accepts any more there is nobody to wake
        drop(TcpStream::connect(self.address));
        if self.acceptor.take().is_some_and(|acceptor| acceptor.join().is_err()) {
            eprintln!("the stub's acceptor panicked");
        }
        for connection in lock(&self.shared.connections).drain(..) {
            cut(&connection);
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for connection in listener.incoming().flatten() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        if let Ok(to_cut) = connection.try_clone() {
            lock(&shared.connections).push(to_cut);
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            let stream = &connection;
            if let Err(error) = wire::serve(stream, |request| shared.answer(request)) {
                eprintln!("stub: {error}");
            }
            cut(stream); // the clone above would keep it open
        });
    }
}

impl Shared {
    fn answer(&self, request: &Recorded) -> Reply {
        lock(&self.requests).push(request.clone());
        self.arrived.notify_all();
        (self.handler)(request)
    }
}

/// A connection that the other side has closed already is cut, too.
pub(crate) fn cut(connection: &TcpStream) {
    drop(connection.shutdown(Shutdown::Both));
}

/// A handler that panicked fails its own test; the others may go on.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
