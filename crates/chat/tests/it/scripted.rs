//! A model that answers as a test says.

use async_trait::async_trait;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::{
    ChatModel, ChatReply, ChatRequest, Finish, ProviderError, Providers, ReplySource, ReplyStream, StreamEnd,
    StreamEvent, WholeReply,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

const OPEN: usize = Semaphore::MAX_PERMITS / 2;
/// What an answer in pieces costs: the prompt, and each piece that came out.
pub(crate) const PROMPT: u32 = 400;
pub(crate) const PIECE: u32 = 10;

/// What the model does next; the last one is repeated.
#[derive(Clone)]
pub(crate) enum Say {
    Text(&'static str, u32, u32),
    Fail(Failure),
    /// Fails, but was paid for.
    Billed(Failure, u32, u32),
    /// In pieces, and then so.
    Pieces(&'static [&'static str], End),
}

/// How an answer in pieces goes on after the last.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Finish(Finish),
    Cut(Failure),
    Hang,
}

pub(crate) struct Scripted {
    name: ProviderName,
    says: Mutex<VecDeque<Say>>,
    pub(crate) asked: Mutex<Vec<ChatRequest>>,
    /// Each call takes a permit before it answers.
    pub(crate) gate: Semaphore,
    /// Gets a permit for each call that has arrived.
    pub(crate) arrived: Semaphore,
    /// Gets a permit for each call that was dropped before it answered.
    pub(crate) cancelled: Semaphore,
    /// Each piece but the first takes a permit.
    pub(crate) pieces: Arc<Semaphore>,
    /// Gets a permit for each stream that was stopped.
    pub(crate) stopped: Arc<Semaphore>,
}

impl Scripted {
    pub(crate) fn new(name: ProviderName, says: impl IntoIterator<Item = Say>) -> Arc<Self> {
        Self::gated(name, says, OPEN)
    }

    pub(crate) fn gated(name: ProviderName, says: impl IntoIterator<Item = Say>, open: usize) -> Arc<Self> {
        Self::with(name, says, open, OPEN)
    }

    /// Every piece but the first waits for a permit.
    pub(crate) fn slow(name: ProviderName, says: impl IntoIterator<Item = Say>) -> Arc<Self> {
        Self::with(name, says, OPEN, 0)
    }

    fn with(
        name: ProviderName,
        says: impl IntoIterator<Item = Say>,
        open: usize,
        pieces: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            name,
            says: Mutex::new(says.into_iter().collect()),
            asked: Mutex::default(),
            gate: Semaphore::new(open),
            arrived: Semaphore::new(0),
            cancelled: Semaphore::new(0),
            pieces: Arc::new(Semaphore::new(pieces)),
            stopped: Arc::new(Semaphore::new(0)),
        })
    }

    pub(crate) fn calls(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    async fn next(&self, request: &ChatRequest) -> Say {
        self.asked.lock().unwrap().push(request.clone());
        self.arrived.add_permits(1);
        let mut call = Unanswered(Some(&self.cancelled));
        self.gate.acquire().await.unwrap().forget();
        call.0 = None;
        let mut says = self.says.lock().unwrap();
        if says.len() > 1 { says.pop_front().unwrap() } else { says[0].clone() }
    }

    fn failed(&self, failure: Failure) -> ProviderError {
        match failure {
            Failure::NotConfigured => ProviderError::not_configured(&self.name),
            failure => ProviderError::new(failure, "as told"),
        }
    }
}

/// Tells when it is dropped with its semaphore.
struct Unanswered<'a>(Option<&'a Semaphore>);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(cancelled) = self.0 {
            cancelled.add_permits(1);
        }
    }
}

pub(crate) fn providers(models: &[&Arc<Scripted>]) -> Providers {
    models.iter().map(|model| Arc::clone(model) as Arc<dyn ChatModel>).collect()
}

fn usage(prompt_tokens: u32, completion_tokens: u32) -> TokenUsage {
    TokenUsage { prompt_tokens, completion_tokens, ..TokenUsage::default() }
}

fn reply(text: String, finish: Finish, usage: TokenUsage, request: &ChatRequest) -> ChatReply {
    ChatReply {
        text,
        finish,
        usage,
        usage_estimated: false,
        model: request.model.clone(),
        request_id: None,
        quota: Default::default(),
    }
}

#[async_trait]
impl ChatModel for Scripted {
    fn provider(&self) -> &ProviderName {
        &self.name
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        match self.next(request).await {
            Say::Text(text, prompt, completion) => {
                Ok(reply(text.to_owned(), Finish::Complete, usage(prompt, completion), request))
            }
            Say::Pieces(pieces, End::Finish(finish)) => {
                let usage = usage(PROMPT, PIECE * u32::try_from(pieces.len()).unwrap());
                Ok(reply(pieces.concat(), finish, usage, request))
            }
            Say::Pieces(_, End::Cut(failure)) | Say::Fail(failure) => Err(self.failed(failure)),
            Say::Pieces(_, End::Hang) => std::future::pending().await,
            Say::Billed(failure, prompt, completion) => {
                let mut error = ProviderError::new(failure, "as told");
                error.usage = Some(usage(prompt, completion));
                Err(error)
            }
        }
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        match self.next(request).await {
            Say::Text(text, prompt, completion) => {
                let whole = reply(text.to_owned(), Finish::Complete, usage(prompt, completion), request);
                Ok(Box::new(WholeReply::from(whole)))
            }
            Say::Pieces(pieces, end) => Ok(Box::new(Spoken {
                pieces,
                end,
                said: 0,
                ended: false,
                model: request.model.clone(),
                gate: Arc::clone(&self.pieces),
                stopped: Arc::clone(&self.stopped),
            })),
            Say::Fail(failure) => Err(self.failed(failure)),
            Say::Billed(failure, prompt, completion) => {
                let mut error = ProviderError::new(failure, "as told");
                error.usage = Some(usage(prompt, completion));
                Err(error)
            }
        }
    }
}

struct Spoken {
    pieces: &'static [&'static str],
    end: End,
    said: usize,
    ended: bool,
    model: String,
    gate: Arc<Semaphore>,
    stopped: Arc<Semaphore>,
}

impl Spoken {
    fn end(&self, finish: Finish, error: Option<ProviderError>) -> StreamEnd {
        StreamEnd {
            finish,
            usage: usage(PROMPT, PIECE * u32::try_from(self.said).unwrap()),
            usage_estimated: finish == Finish::Cut,
            model: self.model.clone(),
            request_id: None,
            error,
            quota: Default::default(),
        }
    }
}

#[async_trait]
impl ReplySource for Spoken {
    async fn next(&mut self) -> Option<StreamEvent> {
        if let Some(piece) = self.pieces.get(self.said) {
            if self.said > 0 {
                self.gate.acquire().await.unwrap().forget();
            }
            self.said += 1;
            return Some(StreamEvent::Delta((*piece).to_owned()));
        }
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        let end = match self.end {
            End::Finish(finish) => self.end(finish, None),
            End::Cut(failure) => self.end(Finish::Cut, Some(ProviderError::new(failure, "as told"))),
            End::Hang => std::future::pending().await,
        };
        Some(StreamEvent::End(end))
    }

    fn stop(self: Box<Self>) -> StreamEnd {
        self.stopped.add_permits(1);
        self.end(Finish::Cut, None)
    }
}
