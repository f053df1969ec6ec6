//! Many visitors at once, each on a connection of its own.

use serde_json::Value;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

/// Who waits longer for an answer was forgotten.
const LIMIT: Duration = Duration::from_mins(1);
/// A visitor's thread does little.
const STACK: usize = 128 << 10;

/// What one of them got.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) json: Value,
}

/// The address of `http://HOST:PORT`.
pub(crate) fn address(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

/// `POST`s as many bodies at once as there are, and returns the answers in their order.
pub(crate) fn post_all(url: &str, path: &str, bodies: &[Value]) -> Vec<Got> {
    let (address, together) = (address(url), Barrier::new(bodies.len()));
    thread::scope(|scope| {
        let visitor = |body: &Value| {
            let (request, together) = (request(path, &body.to_string()), &together);
            let ask = move || {
                together.wait();
                ask(address, &request)
            };
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, ask).unwrap()
        };
        let visitors: Vec<_> = bodies.iter().map(visitor).collect();
        visitors.into_iter().map(|visitor| visitor.join().unwrap()).collect()
    })
}

/// A whole `POST`, after which the server closes.
pub(crate) fn request(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn ask(address: SocketAddr, request: &str) -> Got {
    let mut connection = TcpStream::connect(address).expect("a connection");
    connection.set_read_timeout(Some(LIMIT)).unwrap();
    connection.write_all(request.as_bytes()).expect("the request is taken");
    let mut answer = String::new();
    match connection.read_to_string(&mut answer) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("no answer within {LIMIT:?}"),
        Err(error) => panic!("{error} after {answer:?}"),
    }
    read(&answer)
}

fn read(answer: &str) -> Got {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let retry_after = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("retry-after").then(|| value.to_owned())
    });
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Got { status, retry_after, json: serde_json::from_str(body).unwrap_or(Value::Null) }
}
