//! Groq: Chat Completions under `/chat/completions`, key as a bearer token.

use crate::chat::{ChatModel, ChatReply, ChatRequest};
use crate::conversation::{in_form, temperature};
use crate::dialect::Dialect;
use crate::error::ProviderError;
use crate::http::Link;
use crate::http::answer::Answer;
use crate::limits;
use crate::openai_wire::{Body, ErrorFacts, ID_HEADER, StreamOptions, error_facts, messages, read, stream};
use crate::reading::text;
use crate::stream::ReplyStream;
use crate::stream::progress::Progress;
use async_trait::async_trait;
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use reqwest::Url;
use serde_json::Value;

/// The vendor's address.
pub(crate) const BASE_URL: &str = "https://api.groq.com/openai/v1";
/// What follows it.
pub(crate) const PATH: &str = "/chat/completions";

#[derive(Debug)]
pub(crate) struct Groq {
    pub(crate) link: Link,
    pub(crate) url: Url,
}

#[async_trait]
impl ChatModel for Groq {
    fn provider(&self) -> &ProviderName {
        &self.link.provider
    }

    fn is_configured(&self) -> bool {
        self.link.may_ask()
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        let attempt = self.link.attempt(request)?;
        let said = in_form(request)?;
        let body = Body { messages: messages(request, &said, "system"), ..options(request) };
        attempt.whole(self.url.clone(), &body, &DIALECT).await
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        let attempt = self.link.streaming_attempt(request)?;
        let said = in_form(request)?;
        let body = Body {
            messages: messages(request, &said, "system"),
            stream: Some(true),
            stream_options: Some(StreamOptions { include_usage: true, include_obfuscation: None }),
            ..options(request)
        };
        let opened = attempt.open(self.url.clone(), &body).await?;
        attempt.follow(opened, &DIALECT).await
    }
}

pub(crate) static DIALECT: Dialect = Dialect {
    whole: interpret,
    event,
    error: |answer| {
        let facts = error_facts(answer)?;
        let failure = failure(&facts);
        Some(facts.into_error(failure))
    },
    quota: limits::groq,
    id_header: ID_HEADER,
};

/// All but the messages. Reasoning counts against the cap, so it is kept low and out of the answer; each
/// family has its own switch for that, and the other's is a 400.
fn options(request: &ChatRequest) -> Body<'_> {
    let gpt_oss = request.model.starts_with("openai/gpt-oss");
    let qwen = request.model.starts_with("qwen");
    Body {
        model: &request.model,
        max_completion_tokens: Some(request.reply_tokens),
        temperature: temperature(request),
        reasoning_effort: gpt_oss.then_some("low"),
        include_reasoning: gpt_oss.then_some(false),
        reasoning_format: qwen.then_some("hidden"),
        ..Default::default()
    }
}

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

/// A chunk with Groq's own additions. A failure can stand among them.
fn event(name: &str, chunk: &Value, progress: &mut Progress) {
    progress.of_request(text(chunk, "/x_groq/id"));
    stream::event(name, chunk, progress);
    if let Some(failure) = chunk.pointer("/x_groq/error").filter(|error| !error.is_null()) {
        let words = failure.as_str().map_or_else(|| failure.to_string(), str::to_owned);
        progress.fail(ProviderError::new(Failure::Malformed, &words));
    }
}

/// A 413 is `Rejected` even where its code says `rate_limit_exceeded`: the request alone is above the plan's
/// tokens a minute, so the same one will never pass, however long one waits.
fn failure(facts: &ErrorFacts) -> Failure {
    match (facts.status, facts.code.as_str()) {
        // The model's output was unusable, which another try may mend.
        (400, "json_validate_failed" | "tool_use_failed") | (422, _) => Failure::Malformed,
        _ => facts.failure(),
    }
}
