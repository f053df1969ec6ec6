//! What stands between a page and the api: another address for it, on which connections break, answers are others and
//! pieces wait, as a test wants.

use crate::stub::wire::{ended_by_peer, read_request, send};
use crate::stub::{Gate, Recorded, Reply, cut, lock};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What becomes of a request.
#[derive(Debug, Clone)]
pub enum Passage {
    /// It reaches the api, and the answer the page.
    Through,
    /// It reaches nobody; this is the answer.
    Answer(Reply),
    /// It reaches the api, and the whole answer leaves it; the connection breaks after this many bytes of its body.
    CutAfter(usize),
    /// It reaches the api; after this many bytes of the answer's body the rest waits at a gate, under this name.
    Wait(usize, Arc<Gate>, &'static str),
    /// It reaches nobody, and the connection breaks.
    Break,
}

type Rule = dyn Fn(&Recorded) -> Passage + Send + Sync;

struct Shared {
    api: String,
    rule: Mutex<Arc<Rule>>,
    requests: Mutex<Vec<Recorded>>,
    arrived: Condvar,
    stopping: AtomicBool,
}

/// A way to an api, on a free port of this machine.
pub struct Front {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Front {
    /// Opens a way to the server at `api` (`http://127.0.0.1:PORT`). All goes through at first.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn start(api: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap_or_else(|error| panic!("no port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
        let shared = Arc::new(Shared {
            api: api.trim_start_matches("http://").to_owned(),
            rule: Mutex::new(Arc::new(|_: &Recorded| Passage::Through)),
            requests: Mutex::default(),
            arrived: Condvar::new(),
            stopping: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared }
    }

    /// The origin under which browsers find it, a name below `localhost`.
    pub fn url(&self) -> String {
        format!("http://api.localhost:{}", self.address.port())
    }

    /// The origin under any name that leads here.
    pub fn url_at(&self, host: &str) -> String {
        format!("http://{host}:{}", self.address.port())
    }

    /// From now on this decides of each request.
    pub fn rule(&self, rule: impl Fn(&Recorded) -> Passage + Send + Sync + 'static) {
        *lock(&self.shared.rule) = Arc::new(rule);
    }

    /// All requests so far but preflights, in the order in which they arrived.
    pub fn requests(&self) -> Vec<Recorded> {
        let all = lock(&self.shared.requests);
        all.iter().filter(|request| request.method != "OPTIONS").cloned().collect()
    }

    /// The requests so far whose path, without its query, ends so.
    pub fn requests_to(&self, end: &str) -> Vec<Recorded> {
        self.requests().into_iter().filter(|request| leads_to(request, end)).collect()
    }

    /// Waits until `count` requests whose path, without its query, ends so have arrived, and returns them.
    ///
    /// # Panics
    /// When they have not arrived in `limit`.
    pub fn wait_for(&self, end: &str, count: usize, limit: Duration) -> Vec<Recorded> {
        let of = |all: &[Recorded]| -> Vec<Recorded> {
            let wanted = |request: &&Recorded| request.method != "OPTIONS" && leads_to(request, end);
            all.iter().filter(wanted).cloned().collect()
        };
        let requests = lock(&self.shared.requests);
        let waited =
            self.shared.arrived.wait_timeout_while(requests, limit, |all| of(all.as_slice()).len() < count);
        let found = of(&waited.unwrap_or_else(PoisonError::into_inner).0);
        assert!(found.len() >= count, "{} of {count} requests to {end} arrived in {limit:?}", found.len());
        found
    }
}

/// Whether a request's path, without its query, ends so.
pub fn leads_to(request: &Recorded, end: &str) -> bool {
    request.path.split('?').next().is_some_and(|path| path.ends_with(end))
}

impl Drop for Front {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // wakes the acceptor, which looks at the flag
        drop(TcpStream::connect(self.address));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for connection in listener.incoming().flatten() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            match shared.serve(&connection) {
                Err(error) if !ended_by_peer(&error) => eprintln!("front: {error}"),
                _ => (),
            }
            cut(&connection);
        });
    }
}

impl Shared {
    /// One request for each connection, so that a break concerns one alone.
    fn serve(&self, page: &TcpStream) -> io::Result<()> {
        page.set_nodelay(true)?;
        let Some(request) = read_request(&mut BufReader::new(page))? else { return Ok(()) };
        lock(&self.requests).push(request.clone());
        self.arrived.notify_all();
        let rule = Arc::clone(&lock(&self.rule));
        match rule(&request) {
            Passage::Through => self.pass(page, &request, usize::MAX, || true),
            Passage::CutAfter(bytes) => self.pass(page, &request, bytes, || false),
            Passage::Wait(bytes, gate, name) => self.pass(page, &request, bytes, || {
                gate.pass(name);
                true
            }),
            Passage::Answer(reply) => send(page, reply.with_header("connection", "close")).map(|_| ()),
            Passage::Break => Ok(()),
        }
    }

    /// Passes the request and the answer on; after so many bytes of its body `goes_on` says whether the rest follows.
    fn pass(
        &self,
        mut page: &TcpStream,
        request: &Recorded,
        bytes: usize,
        goes_on: impl FnOnce() -> bool,
    ) -> io::Result<()> {
        // an api that is away is a connection that breaks
        let Ok(mut api) = TcpStream::connect(&self.api) else { return Ok(()) };
        api.set_nodelay(true)?;
        api.write_all(&encoded(request))?;
        let (leaving, gone) = (page.try_clone()?, api.try_clone()?);
        thread::spawn(move || {
            // a page that leaves is a caller who leaves; both end in an error where the other side was faster
            drop(io::copy(&mut &leaving, &mut io::sink()));
            drop(gone.shutdown(Shutdown::Both));
        });
        let mut answer = BufReader::new(&mut api);
        page.write_all(&read_head(&mut answer)?)?;
        pass_on(&mut answer.by_ref().take(bytes as u64), page)?;
        if bytes == usize::MAX || goes_on() {
            return pass_on(&mut answer, page);
        }
        // an api that sees the break, too, takes it for a visitor who leaves
        io::copy(&mut answer, &mut io::sink()).map(|_| ())
    }
}

/// As it came, but for one connection alone.
fn encoded(request: &Recorded) -> Vec<u8> {
    let line = format!("{} {} HTTP/1.1\r\nconnection: close\r\n", request.method, request.path);
    let kept = request.headers.iter().filter(|(name, _)| name != "connection");
    let headers: String = kept.flat_map(|(name, value)| [name.as_str(), ": ", value, "\r\n"]).collect();
    let head = line + &headers;
    [head.as_bytes(), b"\r\n", request.body.as_slice()].concat()
}

fn read_head(answer: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if answer.read_until(b'\n', &mut head)? == 0 {
            break; // it broke before its body began, and so does what the page gets
        }
    }
    Ok(head)
}

/// Each piece as soon as it is there.
fn pass_on(from: &mut impl Read, mut to: &TcpStream) -> io::Result<()> {
    let mut piece = [0; 8192];
    loop {
        let length = from.read(&mut piece)?;
        if length == 0 {
            return Ok(());
        }
        to.write_all(&piece[..length])?;
    }
}
