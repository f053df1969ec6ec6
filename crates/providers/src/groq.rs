//! Groq: Chat Completions under `/chat/completions`, key as a bearer token.

use crate::chat::{ChatModel, ChatReply, ChatRequest};
use crate::conversation::{in_form, temperature};
use crate::error::ProviderError;
use crate::http::{Answer, Link};
use crate::openai_wire::{Body, ErrorFacts, error_facts, messages, read};
use crate::stream::{ReplyStream, WholeReply};
use async_trait::async_trait;
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use reqwest::Url;

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

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        let call = async {
            let said = in_form(request)?;
            let mut body = options(request);
            body.messages = messages(request, &said, "system");
            let answer = self.link.post(self.url.clone(), &body).await?;
            interpret(&answer, &self.link.provider, request)
        };
        self.link.within(request.timeout, call).await
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        Ok(Box::new(WholeReply::from(self.complete(request).await?)))
    }
}

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
pub(crate) fn interpret(
    answer: &Answer,
    provider: &ProviderName,
    request: &ChatRequest,
) -> Result<ChatReply, ProviderError> {
    match error_facts(answer) {
        Some(facts) => {
            let failure = failure(&facts);
            Err(facts.into_error(failure))
        }
        None => read(answer, provider, request),
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
