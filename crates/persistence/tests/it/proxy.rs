//! A go-between on the socket of PostgreSQL that cuts connections at chosen words, on either side of them.

use frontdesk_tests::ScratchDir;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// The words that begin any connection.
pub(crate) const HELLO: &str = "user\0";

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server never hears the words.
    Before(&'static str),
    /// The server hears them, the client never hears its answer. It is cut when the server has answered.
    After(&'static str),
    /// As `After`, but at once, while the server may still be busy.
    During(&'static str),
}

impl Cut {
    fn words(self) -> &'static [u8] {
        match self {
            Self::Before(words) | Self::After(words) | Self::During(words) => words.as_bytes(),
        }
    }
}

/// The go-between. Only the first cut of its list is in force; it is struck off when it was made.
pub(crate) struct Proxy {
    dir: ScratchDir,
    cuts: Arc<Mutex<VecDeque<Cut>>>,
}

impl Proxy {
    /// Stands before the server of this URL.
    pub(crate) fn before(url: &str) -> Self {
        let dir = ScratchDir::new();
        let listener = UnixListener::bind(dir.path().join(".s.PGSQL.5432")).unwrap();
        let server = folder(url).join(".s.PGSQL.5432");
        let cuts: Arc<Mutex<VecDeque<Cut>>> = Arc::default();
        let shared = Arc::clone(&cuts);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = UnixStream::connect(&server) else { continue };
                join(&client, &server, &shared);
            }
        });
        Self { dir, cuts }
    }

    /// The URL with the go-between in place of the server.
    pub(crate) fn url(&self, url: &str) -> String {
        url.replace(&folder(url).display().to_string(), &self.dir.path().display().to_string())
    }

    /// Sets the cuts to be made, in their order.
    pub(crate) fn cut(&self, cuts: &[Cut]) {
        *self.cuts.lock().unwrap() = cuts.iter().copied().collect();
    }

    /// The cuts that were not made yet.
    pub(crate) fn left(&self) -> usize {
        self.cuts.lock().unwrap().len()
    }
}

fn folder(url: &str) -> &Path {
    let host = url.split(['?', '&']).find_map(|part| part.strip_prefix("host="));
    Path::new(host.unwrap())
}

fn join(client: &UnixStream, server: &UnixStream, cuts: &Arc<Mutex<VecDeque<Cut>>>) {
    let silenced = Arc::new(AtomicBool::new(false));
    let (from, to, silence) =
        (client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::clone(&silenced));
    let cuts = Arc::clone(cuts);
    thread::spawn(move || {
        relay(from, to, |said, from, to| {
            let mut cuts = cuts.lock().unwrap();
            let Some(cut) = cuts.front().copied().filter(|cut| holds(said, cut.words())) else {
                return to.write_all(said).is_ok();
            };
            cuts.pop_front();
            match cut {
                Cut::Before(_) => false,
                Cut::After(_) => {
                    silence.store(true, Ordering::SeqCst);
                    to.write_all(said).is_ok()
                }
                Cut::During(_) => {
                    silence.store(true, Ordering::SeqCst);
                    to.write_all(said).unwrap();
                    from.shutdown(Shutdown::Both).unwrap();
                    true
                }
            }
        });
    });
    let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        relay(from, to, |said, _, to| !silenced.load(Ordering::SeqCst) && to.write_all(said).is_ok());
    });
}

/// Hands on what comes until `hand_on` says that it is over; then both sides are cut.
fn relay(
    mut from: UnixStream,
    mut to: UnixStream,
    mut hand_on: impl FnMut(&[u8], &UnixStream, &mut UnixStream) -> bool,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !hand_on(&buffer[..length], &from, &mut to) {
            break;
        }
    }
    for side in [from, to] {
        // The other thread may have done it.
        drop(side.shutdown(Shutdown::Both));
    }
}

fn holds(said: &[u8], words: &[u8]) -> bool {
    said.windows(words.len()).any(|part| part == words)
}
