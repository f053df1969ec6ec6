//! A model that answers as a test says, and a clock that a test moves.

use async_trait::async_trait;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::{QuotaReport, Reported};
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::{
    ChatModel, ChatReply, ChatRequest, Finish, Now, ProviderError, ReplySource, ReplyStream, StreamEnd,
    StreamEvent, WholeReply,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What the model does next; the last one is repeated.
#[derive(Clone)]
pub(crate) enum Say {
    /// An answer that used so many tokens.
    Used(u32),
    /// The same, and what the provider says of its quota.
    Reports(u32, Vec<Reported>),
    Fail(Failure),
    FailReporting(Failure, Vec<Reported>),
    /// An answer that breaks off after its first piece.
    Breaks(Failure),
    /// Never answers.
    Hang,
}

pub(crate) struct Scripted {
    name: ProviderName,
    says: Mutex<VecDeque<Say>>,
    calls: AtomicUsize,
}

impl Scripted {
    pub(crate) fn new(name: ProviderName, says: impl IntoIterator<Item = Say>) -> Arc<Self> {
        let says = Mutex::new(says.into_iter().collect());
        Arc::new(Self { name, says, calls: AtomicUsize::new(0) })
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn next(&self) -> Say {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut says = self.says.lock().unwrap();
        if says.len() > 1 { says.pop_front().unwrap() } else { says[0].clone() }
    }
}

fn usage(prompt_tokens: u32) -> TokenUsage {
    TokenUsage { prompt_tokens, ..TokenUsage::default() }
}

fn report(entries: Vec<Reported>) -> QuotaReport {
    QuotaReport { entries: entries.into() }
}

fn answer(tokens: u32, told: Vec<Reported>) -> ChatReply {
    ChatReply {
        text: "Hello".to_owned(),
        finish: Finish::Complete,
        usage: usage(tokens),
        usage_estimated: false,
        model: "m".to_owned(),
        request_id: None,
        quota: report(told),
    }
}

#[async_trait]
impl ChatModel for Scripted {
    fn provider(&self) -> &ProviderName {
        &self.name
    }

    async fn complete(&self, _request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        match self.next() {
            Say::Used(tokens) => Ok(answer(tokens, Vec::new())),
            Say::Reports(tokens, told) => Ok(answer(tokens, told)),
            Say::Fail(failure) | Say::Breaks(failure) => Err(ProviderError::new(failure, "as told")),
            Say::FailReporting(failure, told) => {
                Err(ProviderError { quota: report(told), ..ProviderError::new(failure, "as told") })
            }
            Say::Hang => std::future::pending().await,
        }
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        let breaks = match self.says.lock().unwrap().front() {
            Some(Say::Breaks(failure)) => Some(*failure),
            _ => None,
        };
        if let Some(failure) = breaks {
            self.next();
            return Ok(Box::new(Broken { failure, begun: false }));
        }
        Ok(Box::new(WholeReply::from(self.complete(request).await?)))
    }
}

/// One piece, then a broken connection.
struct Broken {
    failure: Failure,
    begun: bool,
}

impl Broken {
    fn end(&self, error: Option<ProviderError>) -> StreamEnd {
        StreamEnd {
            finish: Finish::Cut,
            usage: usage(self.begun.into()),
            usage_estimated: true,
            model: "m".to_owned(),
            request_id: None,
            error,
            quota: QuotaReport::default(),
        }
    }
}

#[async_trait]
impl ReplySource for Broken {
    async fn next(&mut self) -> Option<StreamEvent> {
        if !self.begun {
            self.begun = true;
            return Some(StreamEvent::Delta("Hel".to_owned()));
        }
        Some(StreamEvent::End(self.end(Some(ProviderError::new(self.failure, "as told")))))
    }

    fn stop(self: Box<Self>) -> StreamEnd {
        self.end(None)
    }
}

/// A clock at ten o'clock, until a test moves it.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Now {
        let seconds = Arc::clone(&self.0);
        let ten: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        Arc::new(move || ten + SignedDuration::from_secs(seconds.load(Ordering::Relaxed)))
    }
}
