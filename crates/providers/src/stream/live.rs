//! A streamed answer over its connection.

use super::decode::Decoder;
use super::{ReplySource, ReplyStream, StreamEnd, StreamEvent, WholeReply};
use crate::chat::ChatRequest;
use crate::error::ProviderError;
use crate::http::attempt::{broken, deadline};
use async_trait::async_trait;
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use reqwest::Response;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// How long the rest of a body is awaited after the answer's end, so that its connection can be used again.
const LINGER: Duration = Duration::from_secs(1);

pub(crate) struct LiveReply {
    pub(crate) decoder: Decoder,
    pub(crate) provider: ProviderName,
    pub(crate) request: ChatRequest,
    /// `None` once nothing more is read.
    pub(crate) body: Option<Response>,
    pub(crate) idle_timeout: Duration,
    /// When the whole answer's time is up.
    pub(crate) until: Instant,
    /// Set once it has been told.
    pub(crate) end: Option<StreamEnd>,
}

impl LiveReply {
    /// Reads on until there is text to show; `late` is the error where there is none until `until`.
    pub(crate) async fn begin(
        mut self,
        until: Instant,
        late: impl Fn() -> ProviderError,
    ) -> Result<ReplyStream, ProviderError> {
        while !self.decoder.is_visible() && !self.decoder.is_over() {
            self.read(until, &late).await;
        }
        if self.decoder.is_visible() {
            return Ok(Box::new(self));
        }
        let reply = self.decoder.without_text(&self.provider, &self.request)?;
        Ok(Box::new(WholeReply::from(reply)))
    }

    /// Takes in what comes next, at the latest until `until`.
    async fn read(&mut self, until: Instant, late: impl Fn() -> ProviderError) {
        let Some(body) = &mut self.body else {
            return self.decoder.end_of_body();
        };
        // A body that has always something ready would never let a timeout look at the clock.
        if Instant::now() >= until {
            return self.decoder.interrupt(late());
        }
        match timeout_at(until, body.chunk()).await {
            Ok(Ok(Some(bytes))) => self.decoder.push(&bytes),
            Ok(Ok(None)) => {
                self.body = None;
                self.decoder.end_of_body();
            }
            Ok(Err(error)) => self.decoder.interrupt(broken(error)),
            Err(_elapsed) => self.decoder.interrupt(late()),
        }
    }

    async fn read_soon(&mut self) {
        let idle = self.idle_timeout;
        let silent_until = deadline(Instant::now(), idle);
        let detail = if silent_until < self.until {
            format!("nothing came for {idle:?}")
        } else {
            format!("no end within {:?}", self.request.stream_timeout)
        };
        let late = || ProviderError::new(Failure::CutOff, &detail);
        self.read(silent_until.min(self.until), late).await;
    }

    fn conclude(&mut self) -> StreamEnd {
        let end = self.decoder.conclude(&self.provider, &self.request);
        if let Some(body) = self.body.take()
            && end.error.is_none()
        {
            tokio::spawn(linger(body));
        }
        self.end = Some(end.clone());
        end
    }
}

#[async_trait]
impl ReplySource for LiveReply {
    async fn next(&mut self) -> Option<StreamEvent> {
        while self.end.is_none() {
            if let Some(piece) = self.decoder.piece() {
                return Some(StreamEvent::Delta(piece));
            }
            if self.decoder.is_over() {
                return Some(StreamEvent::End(self.conclude()));
            }
            self.read_soon().await;
        }
        None
    }

    fn stop(mut self: Box<Self>) -> StreamEnd {
        self.body = None;
        match self.end.take() {
            Some(end) => end,
            None => self.decoder.conclude(&self.provider, &self.request),
        }
    }
}

/// Reads what follows the end of an answer, which is often the end of the body alone: a connection can be used
/// again only after that.
async fn linger(mut body: Response) {
    let rest = async { while let Ok(Some(_)) = body.chunk().await {} };
    if timeout(LINGER, rest).await.is_err() {
        tracing::debug!("an LLM provider kept its stream open after the end");
    }
}
