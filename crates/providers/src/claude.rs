//! Anthropic Claude: `/v1/messages`, key in `x-api-key`.
//!
//! No sampling parameter is ever sent: recent models refuse them, and the newest version of the API does for
//! all models. Nothing is said about thinking either: whether the default model accepts `disabled` is not
//! documented and some models answer it with a 400, which would cost every reply, while thinking unasked costs
//! at the most the cap.

mod stream;

use crate::chat::{ChatModel, ChatReply, ChatRequest, Role};
use crate::conversation::{Said, in_form, system};
use crate::dialect::Dialect;
use crate::error::ProviderError;
use crate::http::Link;
use crate::http::answer::{Answer, by_status, request_id};
use crate::limits;
use crate::reading::{Reading, Stop, count, has_error, labelled, text};
use crate::stream::ReplyStream;
use async_trait::async_trait;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use reqwest::Url;
use serde::Serialize;
use serde_json::Value;

/// The vendor's address.
pub(crate) const BASE_URL: &str = "https://api.anthropic.com";
/// What follows it.
pub(crate) const PATH: &str = "/v1/messages";
/// The version of the API, sent as `anthropic-version`. The other one is `2026-10-21`.
pub(crate) const VERSION: &str = "2023-06-01";

#[derive(Debug)]
pub(crate) struct Claude {
    pub(crate) link: Link,
    pub(crate) url: Url,
}

#[async_trait]
impl ChatModel for Claude {
    fn provider(&self) -> &ProviderName {
        &self.link.provider
    }

    fn is_configured(&self) -> bool {
        self.link.may_ask()
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        let attempt = self.link.attempt(request)?;
        attempt.whole(self.url.clone(), &body(request, &in_form(request)?, false), &DIALECT).await
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        let attempt = self.link.streaming_attempt(request)?;
        let opened = attempt.open(self.url.clone(), &body(request, &in_form(request)?, true)).await?;
        attempt.follow(opened, &DIALECT).await
    }
}

pub(crate) static DIALECT: Dialect = Dialect {
    whole: interpret,
    event: stream::event,
    error: |answer| has_error(answer.json()).then(|| error(answer, answer.json())),
    quota: limits::anthropic,
    id_header: ID_HEADER,
};

/// The header that holds the call's id.
const ID_HEADER: &str = "request-id";

#[derive(Debug, Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<&'a str>,
    messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
}

#[derive(Debug, Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

fn body<'a>(request: &'a ChatRequest, said: &'a [Said], stream: bool) -> Body<'a> {
    let message = |turn: &'a Said| Message {
        role: match turn.role {
            Role::Visitor => "user",
            Role::Assistant => "assistant",
        },
        content: &turn.text,
    };
    Body {
        model: &request.model,
        max_tokens: request.reply_tokens,
        system: system(request),
        messages: said.iter().map(message).collect(),
        stream,
    }
}

/// What an answer means.
fn interpret(
    answer: &Answer,
    provider: &ProviderName,
    request: &ChatRequest,
) -> Result<ChatReply, ProviderError> {
    let body = answer.json();
    if !answer.is_success() || has_error(body) {
        return Err(error(answer, body));
    }
    let header_id = answer.request_id(ID_HEADER);
    let Some(content) = body.get("content").and_then(Value::as_array) else {
        return Err(answer.malformed().with_request_id(header_id));
    };
    let reason = text(body, "/stop_reason").unwrap_or("no stop reason");
    let reading = Reading {
        text: visible_text(content),
        stop: stop(reason),
        reason: described(reason, body),
        usage: body.get("usage").and_then(usage),
        model: text(body, "/model").map(str::to_owned),
        request_id: header_id.or_else(|| text(body, "/id").and_then(request_id)),
    };
    reading.conclude(provider, request)
}

/// `body` holds the stop's details.
fn described(reason: &str, body: &Value) -> String {
    format!("stop reason {reason} {}", text(body, "/stop_details/category").unwrap_or_default())
}

fn stop(reason: &str) -> Stop {
    match reason {
        "refusal" => Stop::Blocked,
        "max_tokens" | "model_context_window_exceeded" | "no stop reason" => Stop::Truncated,
        // `end_turn`, and words that are not known yet: an answer with text is an answer.
        _ => Stop::Complete,
    }
}

/// The text of all text blocks; thinking, redacted thinking and what is not known are others.
fn visible_text(content: &[Value]) -> String {
    let blocks = content.iter().filter(|block| text(block, "/type") == Some("text"));
    blocks.filter_map(|block| text(block, "/text")).collect()
}

/// `input_tokens` is what was neither read from nor written to the cache, unlike at the other providers.
fn usage(usage: &Value) -> Option<TokenUsage> {
    let of = |pointer| count(usage, pointer).unwrap_or(0);
    let (written, cached) = (of("/cache_creation_input_tokens"), of("/cache_read_input_tokens"));
    Some(TokenUsage {
        prompt_tokens: count(usage, "/input_tokens")?.saturating_add(written).saturating_add(cached),
        cached_tokens: cached,
        cache_write_tokens: written,
        completion_tokens: count(usage, "/output_tokens")?,
        reasoning_tokens: of("/output_tokens_details/thinking_tokens"),
    })
}

fn error(answer: &Answer, body: &Value) -> ProviderError {
    let kind = text(body, "/error/type").unwrap_or_default();
    let code = text(body, "/error/details/error_code").unwrap_or_default();
    let detail = match text(body, "/error/message") {
        Some(message) => labelled(format!("{kind} {code}").trim(), message),
        None => answer.excerpt(),
    };
    let id = text(body, "/request_id").and_then(request_id);
    ProviderError::new(failure(answer, kind, code), &detail)
        .with_request_id(answer.request_id(ID_HEADER).or(id))
}

/// The failure by code, then by status, then by type: never by the message. A spend limit is money on any
/// status; the one that the owner set is a 400 that can be told from a bad request by its code alone.
fn failure(answer: &Answer, kind: &str, code: &str) -> Failure {
    let retry_after = answer.retry_after();
    if code.ends_with("spend_limit_reached") {
        return Failure::QuotaSpent;
    }
    if !answer.is_success() {
        return by_status(answer.status, retry_after);
    }
    match kind {
        "overloaded_error" | "api_error" | "conflict_error" => Failure::Overloaded { retry_after },
        "rate_limit_error" => Failure::RateLimited { retry_after },
        "timeout_error" => Failure::Timeout,
        "billing_error" => Failure::QuotaSpent,
        "authentication_error" | "permission_error" => Failure::InvalidKey,
        "not_found_error" => Failure::ModelGone,
        "invalid_request_error" | "request_too_large" => Failure::Rejected,
        _ => Failure::Malformed,
    }
}
