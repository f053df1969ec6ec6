//! A client that sends exactly the bytes that a test wants.

use serde_json::Value;
use std::fmt::Write;
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// Checks that these fields, and no others, are named as wrong, and returns what is wrong.
    #[track_caller]
    pub(crate) fn assert_faults(&self, fields: &[&str]) -> Value {
        let text = self.assert_shape(400, "invalid_field", &["code", "error", "fields", "request_id"]);
        let faults = &self.json()["fields"];
        assert_eq!(names(faults), fields);
        assert!(fields.iter().all(|name| text.contains(&format!("{name}: "))), "{text}");
        faults.clone()
    }

    /// Checks the shape that all other errors have, and returns the text.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str) -> String {
        self.assert_shape(status, code, &["code", "error", "request_id"])
    }

    #[track_caller]
    fn assert_shape(&self, status: u16, code: &str, parts: &[&str]) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        let body = self.json();
        assert_eq!(names(&body), parts);
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["request_id"], self.header("x-request-id").unwrap());
        assert_eq!(self.header("content-type"), Some("application/json"));
        let text = body["error"].as_str().unwrap();
        assert!(text.ends_with('.') && !text.contains(".."), "{text}");
        text.to_owned()
    }
}

/// The names of an object's fields, sorted: whether an object keeps their order is up to what tests are built with.
pub(crate) fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Sends `head` (request line and headers, without `Host` and `Content-Length`) and `body`.
pub(crate) async fn send(address: SocketAddr, head: &str, body: &[u8]) -> Response {
    send_raw(address, &request(head, body)).await
}

fn request(head: &str, body: &[u8]) -> Vec<u8> {
    let mut lines = head.lines().map(str::trim);
    let mut request = format!("{} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n", lines.next().unwrap());
    for header in lines.filter(|line| !line.is_empty()) {
        request.push_str(header);
        request.push_str("\r\n");
    }
    if !body.is_empty() {
        write!(request, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    request.push_str("\r\n");
    [request.as_bytes(), body].concat()
}

/// As [`send`], for an answer whose body is no text.
pub(crate) async fn send_for_bytes(address: SocketAddr, head: &str) -> (Response, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&request(head, b"")).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let body = answer.split_off(end);
    (parse(&String::from_utf8(answer).unwrap()), body)
}

pub(crate) async fn send_raw(address: SocketAddr, request: &[u8]) -> Response {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    parse(&String::from_utf8(answer).unwrap())
}

fn parse(answer: &str) -> Response {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_owned(), value.trim().to_owned())
    };
    Response { status, headers: lines.map(header).collect(), body: body.to_owned() }
}

/// A response whose events are read as they come. Dropping it hangs up.
pub(crate) struct Events {
    connection: BufReader<TcpStream>,
    /// Status and headers; no body.
    pub(crate) head: Response,
    /// Text of the body that is not yet a whole event.
    rest: String,
}

impl Events {
    /// Sends a request as [`send`] does, and reads the head of the answer.
    pub(crate) async fn open(address: SocketAddr, head: &str, body: &[u8]) -> Self {
        let mut connection = BufReader::new(TcpStream::connect(address).await.unwrap());
        connection.write_all(&request(head, body)).await.unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(connection.read_line(&mut head).await.unwrap(), 0, "no whole head: {head:?}");
        }
        Self { connection, head: parse(&head), rest: String::new() }
    }

    /// The next event's name and data; `None` at the end of the response.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                if event.starts_with(':') {
                    let rest = rest.to_owned();
                    self.rest = rest;
                    continue;
                }
                let (name, data) = event.split_once('\n').unwrap();
                let name = name.strip_prefix("event: ").unwrap().to_owned();
                let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
                let rest = rest.to_owned();
                self.rest = rest;
                return Some((name, data));
            }
            let chunk = self.chunk().await;
            if chunk.is_empty() {
                assert_eq!(self.rest, "");
                return None;
            }
            self.rest.push_str(&chunk);
        }
    }

    async fn chunk(&mut self) -> String {
        let mut size = String::new();
        self.connection.read_line(&mut size).await.unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or_else(|_| panic!("no chunk: {size:?}"));
        let mut chunk = vec![0; size + 2];
        self.connection.read_exact(&mut chunk).await.unwrap();
        chunk.truncate(size);
        String::from_utf8(chunk).unwrap()
    }

    /// The rest of the events, which are read to the end of the response.
    pub(crate) async fn all(mut self) -> Vec<(String, Value)> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}
