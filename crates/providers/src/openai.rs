//! OpenAI and the servers that speak its Chat Completions, under `/chat/completions`.
//!
//! What is sent follows from the server's profile, and at OpenAI from the model. Where that is wrong the API names
//! the parameter that it refuses; that one is left out, the call is made once more (a 400 is not billed), and the
//! model's refusal is remembered for the life of the process.

mod parameters;

use crate::chat::{ChatModel, ChatReply, ChatRequest};
use crate::conversation::in_form;
use crate::dialect::Dialect;
use crate::error::ProviderError;
use crate::http::Link;
use crate::http::answer::Answer;
use crate::http::attempt::{Attempt, Opened};
use crate::limits;
use crate::openai_wire::{ID_HEADER, error_facts, messages, read, stream};
use crate::profile::Profile;
use crate::stream::{ReplyStream, WholeReply};
use async_trait::async_trait;
use frontdesk_domain::ProviderName;
use parameters::{Param, newly_refused, options, stream_options, system_role};
use reqwest::Url;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// The vendor's address.
pub(crate) const BASE_URL: &str = "https://api.openai.com/v1";
/// What follows it.
pub(crate) const PATH: &str = "/chat/completions";
/// Models whose refusals are remembered. Names come from configuration, so there are few; the bound is against
/// a caller who makes them up.
const MAX_REMEMBERED: usize = 256;

#[derive(Debug)]
pub(crate) struct OpenAi {
    link: Link,
    url: Url,
    profile: Profile,
    refused: Mutex<HashMap<String, BTreeSet<Param>>>,
}

impl OpenAi {
    pub(crate) fn new(link: Link, url: Url, profile: Profile) -> Self {
        Self { link, url, profile, refused: Mutex::default() }
    }

    /// An answer whose head says that the request was taken, or a whole one that failed.
    async fn ask(
        &self,
        attempt: &Attempt<'_>,
        request: &ChatRequest,
        stream: bool,
    ) -> Result<Asked, ProviderError> {
        let mut refused = self.refused_by(&request.model);
        let opened = self.post(attempt, request, &refused, stream).await?;
        if opened.head.is_success() {
            return Ok(Asked::Opened(opened));
        }
        let answer = attempt.read(opened).await?;
        let Some(param) = newly_refused(&answer, &refused, stream, self.profile) else {
            return Ok(Asked::Failed(answer));
        };
        tracing::info!(model = request.model, ?param, "LLM model refuses a parameter, asking without it");
        refused.insert(param);
        self.remember(&request.model, &refused);
        Ok(Asked::Opened(self.post(attempt, request, &refused, stream).await?))
    }

    async fn post(
        &self,
        attempt: &Attempt<'_>,
        request: &ChatRequest,
        refused: &BTreeSet<Param>,
        stream: bool,
    ) -> Result<Opened, ProviderError> {
        let said = in_form(request)?;
        let mut body = options(request, refused, self.profile);
        body.messages = messages(request, &said, system_role(&request.model, refused, self.profile));
        if stream {
            body.stream = Some(true);
            body.stream_options = stream_options(refused, self.profile);
        }
        attempt.open(self.url.clone(), &body).await
    }

    fn refused_by(&self, model: &str) -> BTreeSet<Param> {
        let known = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(model).cloned().unwrap_or_default()
    }

    fn remember(&self, model: &str, refused: &BTreeSet<Param>) {
        let mut known = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_REMEMBERED || known.contains_key(model) {
            known.entry(model.to_owned()).or_default().extend(refused);
        }
    }
}

#[async_trait]
impl ChatModel for OpenAi {
    fn provider(&self) -> &ProviderName {
        &self.link.provider
    }

    fn is_configured(&self) -> bool {
        self.link.may_ask()
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        let attempt = self.link.attempt(request)?;
        let answer = match self.ask(&attempt, request, false).await? {
            Asked::Opened(opened) => attempt.read(opened).await?,
            Asked::Failed(answer) => answer,
        };
        attempt.conclude(&answer, &DIALECT)
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        let attempt = self.link.streaming_attempt(request)?;
        match self.ask(&attempt, request, true).await? {
            Asked::Opened(opened) => attempt.follow(opened, &DIALECT).await,
            Asked::Failed(answer) => Ok(Box::new(WholeReply::from(attempt.conclude(&answer, &DIALECT)?))),
        }
    }
}

/// What came of asking.
#[derive(Debug)]
enum Asked {
    Opened(Opened),
    Failed(Answer),
}

pub(crate) static DIALECT: Dialect = Dialect {
    whole: interpret,
    event: stream::event,
    error: |answer| {
        let facts = error_facts(answer)?;
        let failure = facts.failure();
        Some(facts.into_error(failure))
    },
    quota: limits::per_minute,
    id_header: ID_HEADER,
};

/// What an answer means.
fn interpret(
    answer: &Answer,
    provider: &ProviderName,
    request: &ChatRequest,
) -> Result<ChatReply, ProviderError> {
    match (DIALECT.error)(answer) {
        Some(error) => Err(error),
        None => read(answer, provider, request),
    }
}
