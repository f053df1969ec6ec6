//! One attempt at an answer: within its time, and aware of what may be billed.

use super::Link;
use super::answer::Answer;
use crate::chat::{ChatReply, ChatRequest};
use crate::dialect::Dialect;
use crate::error::ProviderError;
use crate::stream::live::LiveReply;
use crate::stream::{ReplyStream, WholeReply};
use bytes::Bytes;
use frontdesk_domain::fallback::Failure;
use http_body::{Body, Frame, SizeHint};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Response, Url};
use serde::Serialize;
use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What stands for "for ever" where a time has no end that the clock could name.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

/// The instant after `limit` from `start` on.
pub(crate) fn deadline(start: Instant, limit: Duration) -> Instant {
    start.checked_add(limit).unwrap_or_else(|| start + FOR_EVER)
}

/// One attempt at an answer; it may take more than one call.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    link: &'a Link,
    request: &'a ChatRequest,
    began: Instant,
    limit: Duration,
    /// What has to be there by then, for the error.
    awaited: &'static str,
    sent: Arc<AtomicBool>,
}

/// An answer of which the status and the headers are there.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Without its body.
    pub(crate) head: Answer,
    pub(crate) response: Response,
}

impl Opened {
    fn is_json(&self) -> bool {
        let kind = self.response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with(b"application/json"))
    }
}

impl<'a> Attempt<'a> {
    pub(super) fn new(
        link: &'a Link,
        request: &'a ChatRequest,
        limit: Duration,
        awaited: &'static str,
    ) -> Self {
        Self { link, request, began: Instant::now(), limit, awaited, sent: Arc::default() }
    }

    /// Posts `body` as JSON and waits for the head of the answer.
    pub(crate) async fn open(&self, url: Url, body: &impl Serialize) -> Result<Opened, ProviderError> {
        let json = serde_json::to_vec(body)
            .map_err(|error| ProviderError::new(Failure::Rejected, &format!("not sent: {error}")))?;
        self.sent.store(false, Ordering::Relaxed);
        let body = Watched { json: Some(Bytes::from(json)), sent: Arc::clone(&self.sent) };
        let request = self
            .link
            .http
            .client
            .post(url)
            .headers(self.link.headers.clone())
            .header(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(reqwest::Body::wrap(body));
        let response = self.in_time(request.send()).await?;
        let headers = self.link.redactor.clean_headers(response.headers());
        Ok(Opened { head: Answer::new(response.status().as_u16(), headers, Vec::new()), response })
    }

    /// Reads the rest of an answer, whatever its status.
    pub(crate) async fn read(&self, mut opened: Opened) -> Result<Answer, ProviderError> {
        let limit = self.link.http.max_answer_bytes;
        let mut bytes = Vec::new();
        while let Some(chunk) = self.in_time(opened.response.chunk()).await? {
            if bytes.len() + chunk.len() > limit {
                let detail = format!("answer longer than {limit} bytes");
                let error = ProviderError::new(Failure::Malformed, &detail);
                let billed = opened.head.is_success();
                return Err(if billed {
                    error.or_estimated(&self.link.provider, self.request)
                } else {
                    error
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(opened.head.with_body(self.link.redactor.clean(&bytes).into_owned()))
    }

    /// What a whole answer means.
    pub(crate) fn conclude(&self, answer: &Answer, dialect: &Dialect) -> Result<ChatReply, ProviderError> {
        dialect.read(answer, &self.link.provider, self.request)
    }

    /// A call and its whole answer.
    pub(crate) async fn whole(
        &self,
        url: Url,
        body: &impl Serialize,
        dialect: &Dialect,
    ) -> Result<ChatReply, ProviderError> {
        let opened = self.open(url, body).await?;
        self.conclude(&self.read(opened).await?, dialect)
    }

    /// Follows an answer until there is text to show. An error comes whole, and so does the answer of a server
    /// that does not stream although it was asked to.
    pub(crate) async fn follow(
        &self,
        opened: Opened,
        dialect: &'static Dialect,
    ) -> Result<ReplyStream, ProviderError> {
        if !opened.head.is_success() || opened.is_json() {
            let answer = self.read(opened).await?;
            return Ok(Box::new(WholeReply::from(self.conclude(&answer, dialect)?)));
        }
        let http = &self.link.http;
        let live = LiveReply {
            decoder: dialect.decoder(opened.head, self.link.redactor.clone(), http.max_answer_bytes),
            provider: self.link.provider.clone(),
            request: self.request.clone(),
            body: Some(opened.response),
            idle_timeout: http.idle_timeout,
            until: deadline(self.began, self.request.stream_timeout),
            end: None,
        };
        live.begin(self.until(), || self.late()).await
    }

    /// When its time is up.
    fn until(&self) -> Instant {
        deadline(self.began, self.limit)
    }

    fn late(&self) -> ProviderError {
        ProviderError::new(Failure::Timeout, &format!("no {} within {:?}", self.awaited, self.limit))
    }

    /// What is awaited of a connection, until the time is up. Whatever goes wrong once the request is on its
    /// way may have been billed.
    async fn in_time<T>(
        &self,
        awaited: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, ProviderError> {
        let error = match timeout_at(self.until(), awaited).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => broken(error),
            Err(_elapsed) => self.late(),
        };
        let sent = self.sent.load(Ordering::Relaxed);
        Err(if sent { error.or_estimated(&self.link.provider, self.request) } else { error })
    }
}

/// An HTTP failure below the status: no connection, or one that broke. A connection that could not be made in
/// time is `Unreachable` and not `Timeout`, because nothing was sent that could be billed.
pub(crate) fn broken(error: reqwest::Error) -> ProviderError {
    let failure =
        if error.is_timeout() && !error.is_connect() { Failure::Timeout } else { Failure::Unreachable };
    let error = error.without_url();
    let mut detail = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        detail.push_str(": ");
        detail.push_str(&error.to_string());
        cause = error.source();
    }
    ProviderError::new(failure, &detail)
}

/// A body that tells when it is taken, which is when there is a connection to write it to: only from then on
/// can a call be billed.
#[derive(Debug)]
struct Watched {
    json: Option<Bytes>,
    sent: Arc<AtomicBool>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.sent.store(true, Ordering::Relaxed);
        Poll::Ready(self.json.take().map(|json| Ok(Frame::data(json))))
    }

    fn is_end_stream(&self) -> bool {
        self.json.is_none()
    }

    /// The length is known, so it is sent: not every server takes a request in chunks.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.json.as_ref().map_or(0, |json| json.len() as u64))
    }
}
