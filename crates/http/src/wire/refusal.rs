//! Answers of the web framework itself: how they are told from the app's, and what they become.

use crate::error::{self, ApiError};
use crate::middleware::request::REQUEST_ID;
use crate::middleware::security::{ALWAYS, DEFAULTS};
use actix_web::http::StatusCode;
use frontdesk_chat::Random;
use std::io;
use std::pin::Pin;
use std::str;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// No head that the framework makes by itself is longer.
const MAX_HEAD: usize = 160;
const VERSION: &[u8] = b"HTTP/1.1 ";

/// A connection on which every error has a body.
pub(super) struct Answered<S> {
    io: S,
    random: Random,
    /// What is being written in place of the framework's own answer, and how much of it is out.
    own: Option<(Vec<u8>, usize)>,
}

impl<S> Answered<S> {
    pub(super) fn new(io: S, random: Random) -> Self {
        Self { io, random, own: None }
    }

    pub(super) fn inner(&self) -> &S {
        &self.io
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Answered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Answered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let Some(refusal) = Refusal::at_end_of(bytes) else {
            return Pin::new(&mut this.io).poll_write(context, bytes);
        };
        // Answers to earlier requests of the connection.
        if refusal.begins > 0 {
            return Pin::new(&mut this.io).poll_write(context, &bytes[..refusal.begins]);
        }
        let (own, out) = this.own.get_or_insert_with(|| (refusal.answer((this.random)()), 0));
        while *out < own.len() {
            match ready!(Pin::new(&mut this.io).poll_write(context, &own[*out..]))? {
                0 => return Poll::Ready(Ok(0)),
                written => *out += written,
            }
        }
        this.own = None;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// The framework's own answer to a request that it cannot read. It is the last of its connection.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    begins: usize,
    status: StatusCode,
}

impl Refusal {
    /// The framework's head is all that follows, has an empty body, and, unlike all of the app's, no request id.
    fn at_end_of(bytes: &[u8]) -> Option<Self> {
        if !bytes.ends_with(b"\r\n\r\n") {
            return None;
        }
        let tail = bytes.len().saturating_sub(MAX_HEAD);
        let begins = tail + bytes[tail..].windows(VERSION.len()).rposition(|part| part == VERSION)?;
        let head = str::from_utf8(bytes[begins..].strip_suffix(b"\r\n\r\n")?).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let mut is_empty = false;
        for line in lines {
            let (name, value) = line.split_once(": ")?;
            match name {
                "content-length" if value == "0" => is_empty = true,
                "connection" | "date" => {}
                _ => return None,
            }
        }
        (is_empty && error_of(status).is_some()).then_some(Self { begins, status })
    }

    /// The answer in its place, with the body that all errors have.
    fn answer(&self, id: u64) -> Vec<u8> {
        let id = format!("{id:016x}");
        let error = actix_web::Error::from(error_of(self.status).unwrap_or(ApiError::BadRequest));
        let seen = error::see(&error, &id);
        let body = error::body(&seen, &id);
        tracing::info!(request_id = id, status = self.status.as_u16(), "a request cannot be read");
        let (status, length) = (self.status, body.len());
        let headers: String = ALWAYS
            .into_iter()
            .chain(DEFAULTS)
            .fold(String::new(), |text, (name, value)| text + &format!("{name}: {value}\r\n"));
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\
             {headers}{REQUEST_ID}: {id}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

fn error_of(status: StatusCode) -> Option<ApiError> {
    match status {
        StatusCode::BAD_REQUEST => Some(ApiError::BadRequest),
        StatusCode::REQUEST_TIMEOUT => Some(ApiError::HeadTooSlow),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Some(ApiError::HeadTooLarge),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const DATE: &str = "date: Wed, 25 Nov 2026 12:06:37 GMT";

    fn bare(status: &str) -> String {
        format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n{DATE}\r\n\r\n")
    }

    #[test]
    fn the_frameworks_answer_is_told_from_the_apps() {
        let found =
            |text: &str| Refusal::at_end_of(text.as_bytes()).map(|one| (one.begins, one.status.as_u16()));
        assert_eq!(found(&bare("400 Bad Request")), Some((0, 400)));
        assert_eq!(found(&bare("408 Request Timeout")), Some((0, 408)));
        assert_eq!(found(&bare("431 Request Header Fields Too Large")), Some((0, 431)));
        assert_eq!(
            found(&format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n{DATE}\r\n\r\n")),
            Some((0, 400))
        );
        let before = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(found(&format!("{before}{}", bare("400 Bad Request"))), Some((before.len(), 400)));
        for other in [
            "",
            "\r\n\r\n",
            "{\"error\":1}",
            &bare("200 OK"),
            &bare("404 Not Found"),
            &bare("400 Bad Request")[..40],
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-request-id: 1\r\n\r\n",
            &format!("{}{{}}", bare("400 Bad Request")),
        ] {
            assert_eq!(found(other), None, "{other:?}");
        }
    }

    /// A pipe that takes few bytes at a time.
    #[tokio::test]
    async fn the_answer_is_whole_however_few_bytes_the_connection_takes() {
        let (near, mut far) = tokio::io::duplex(7);
        let mut connection = Answered::new(near, Arc::new(|| 0xabc));
        let before = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        let written = format!("{before}{}", bare("400 Bad Request"));
        let writing = async move {
            connection.write_all(written.as_bytes()).await.unwrap();
            connection.shutdown().await.unwrap();
        };
        let mut read = String::new();
        let ((), read) = tokio::join!(writing, async {
            far.read_to_string(&mut read).await.unwrap();
            read
        });
        let (head, body) = read.strip_prefix(before).unwrap().split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{head}");
        assert!(head.contains("\r\nx-request-id: 0000000000000abc"), "{head}");
        for header in ["x-content-type-options: nosniff", "cache-control: no-store", "x-frame-options: DENY"]
        {
            assert!(head.contains(&format!("\r\n{header}\r\n")), "{head}");
        }
        assert!(body.contains(r#""code":"bad_request","request_id":"0000000000000abc"}"#), "{body}");
    }
}
