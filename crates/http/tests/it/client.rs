//! A client that sends exactly the bytes that a test wants.

use serde_json::Value;
use std::fmt::Write;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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

    /// Checks the shape that all errors have, and returns the text.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        let body = self.json();
        let keys: Vec<_> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["code", "error", "request_id"]);
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["request_id"], self.header("x-request-id").unwrap());
        assert_eq!(self.header("content-type"), Some("application/json"));
        let text = body["error"].as_str().unwrap();
        assert!(text.ends_with('.') && !text.contains(".."), "{text}");
        text.to_owned()
    }
}

/// Sends `head` (request line and headers, without `Host` and `Content-Length`) and `body`.
pub(crate) async fn send(address: SocketAddr, head: &str, body: &[u8]) -> Response {
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
    send_raw(address, &[request.as_bytes(), body].concat()).await
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
