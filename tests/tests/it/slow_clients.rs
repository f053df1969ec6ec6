//! Callers who take their time: they cost nothing, and others are answered meanwhile.

use crate::crowd::{address, request};
use crate::place::{HOURS, MESSAGE, Place, say};
use frontdesk_tests::Api;
use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_mins(1);
/// Between two bytes of each of them.
const DRIBBLE: Duration = Duration::from_millis(50);

/// What a caller has sent before it dribbles, and what it dribbles.
const CALLERS: [(&str, &str); 4] = [
    ("POST /api/chat-widget/public/widget/demo/message HTTP/1.1\r\nHost: ", "a"),
    (
        "POST /api/chat-widget/public/widget/demo/message HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{",
        " ",
    ),
    // the head of a second request
    ("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\nGET /health/live HTTP/1.1\r\nHost: ", "a"),
    // the body of a request that was answered before it
    ("POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n"),
];

struct Caller {
    connection: TcpStream,
    dribbles: &'static str,
    is_cut: bool,
}

impl Caller {
    fn start(api: &Api, (begins, dribbles): (&str, &'static str)) -> Self {
        let mut connection = TcpStream::connect(address(api.url())).unwrap();
        connection.write_all(begins.as_bytes()).unwrap();
        connection.set_nonblocking(true).unwrap();
        Self { connection, dribbles, is_cut: false }
    }

    /// Sends one more byte and looks whether the server has had enough.
    fn go_on(&mut self) {
        if self.is_cut {
            return;
        }
        let sent = self.connection.write(self.dribbles.as_bytes());
        let mut answer = [0; 1_024];
        let read = self.connection.read(&mut answer);
        let waits = |result: &std::io::Result<usize>| {
            result.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
        };
        let goes_on = (sent.is_ok() || waits(&sent)) && (waits(&read) || read.as_ref().is_ok_and(|n| *n > 0));
        self.is_cut = !goes_on;
    }
}

/// Open files of a process.
fn files(api: &Api) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", api.process().id())).unwrap().count()
}

#[test]
fn five_hundred_callers_who_dribble_are_cut_and_others_are_answered_meanwhile() {
    let place = Place::sqlite();
    let short = [("HEADER_TIMEOUT_SECONDS", "2"), ("BODY_TIMEOUT_SECONDS", "2"), ("KEEP_ALIVE_SECONDS", "2")];
    let api = place.demo(&short);
    say(&api, HOURS);
    let files_before = files(&api);
    let mut callers: Vec<_> = (0..500).map(|n| Caller::start(&api, CALLERS[n % CALLERS.len()])).collect();
    callers.iter_mut().for_each(Caller::go_on);
    say(&api, HOURS);
    assert!(callers.iter().any(|caller| !caller.is_cut));
    let began = Instant::now();
    while callers.iter().any(|caller| !caller.is_cut) {
        let left: Vec<_> = (0..CALLERS.len())
            .map(|sort| {
                callers.iter().skip(sort).step_by(CALLERS.len()).filter(|caller| !caller.is_cut).count()
            })
            .collect();
        assert!(began.elapsed() < LIMIT, "still open, by sort: {left:?}");
        callers.iter_mut().for_each(Caller::go_on);
        std::thread::sleep(DRIBBLE);
    }
    say(&api, HOURS);
    while files(&api) > files_before + 2 {
        assert!(began.elapsed() < LIMIT, "{} of {files_before} files are open", files(&api));
    }
}

#[test]
fn more_connections_than_there_may_be_wait_for_one_to_be_closed() {
    let place = Place::sqlite();
    let few = [("MAX_CONNECTIONS", "16"), ("HEADER_TIMEOUT_SECONDS", "2"), ("KEEP_ALIVE_SECONDS", "2")];
    let api = place.demo(&few);
    let idle: Vec<_> = (0..100).map(|_| TcpStream::connect(address(api.url())).unwrap()).collect();
    // It is among the last in the queue, and gets its turn as those before it are cut.
    let mut visitor = TcpStream::connect(address(api.url())).unwrap();
    visitor.set_read_timeout(Some(LIMIT)).unwrap();
    let message = json!({ "message_text": HOURS }).to_string();
    visitor.write_all(request(MESSAGE, &message).as_bytes()).unwrap();
    let mut answer = String::new();
    visitor.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(idle);
}
