//! The shape of Chat Completions, which OpenAI and Groq share.

pub(crate) mod stream;

use crate::chat::{ChatReply, ChatRequest, Role};
use crate::conversation::{Said, system};
use crate::error::ProviderError;
use crate::http::answer::{Answer, by_status, request_id};
use crate::reading::{Reading, Stop, count, labelled, text};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// The header that holds the call's id.
pub(crate) const ID_HEADER: &str = "x-request-id";

/// A request. Absent options are left out: a `null` has been refused before.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Body<'a> {
    pub(crate) model: &'a str,
    pub(crate) messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) include_reasoning: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stream_options: Option<StreamOptions>,
}

/// What a stream holds beside the text.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct StreamOptions {
    /// The usage, in an event of its own.
    pub(crate) include_usage: bool,
    /// Random characters against eavesdroppers who count bytes, several times as long as the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) include_obfuscation: Option<bool>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

/// The messages, with the instructions under `system_role`.
pub(crate) fn messages<'a>(
    request: &'a ChatRequest,
    said: &'a [Said],
    system_role: &'static str,
) -> Vec<Message<'a>> {
    let instructions = system(request).map(|content| Message { role: system_role, content });
    let turns = said.iter().map(|turn| Message {
        role: match turn.role {
            Role::Visitor => "user",
            Role::Assistant => "assistant",
        },
        content: &turn.text,
    });
    instructions.into_iter().chain(turns).collect()
}

/// What an error body says. A field that is absent is empty.
#[derive(Debug)]
pub(crate) struct ErrorFacts {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) kind: String,
    pub(crate) param: String,
    pub(crate) retry_after: Option<Duration>,
    message: String,
    request_id: Option<String>,
}

/// The facts of a failed answer; `None` where it is a success without an error in its body. Compatible servers
/// put an error into a 200, its code may be a number that stands for the status, it may be a bare string, stand at
/// the top of the body or in an array, or be called `detail`.
pub(crate) fn error_facts(answer: &Answer) -> Option<ErrorFacts> {
    let body = answer.json();
    let body = body.get(0).unwrap_or(body);
    let error = body.get("error").filter(|error| !error.is_null());
    let error = error.or_else(|| Some(body).filter(|body| text(body, "/object") == Some("error")));
    if answer.is_success() && error.is_none() {
        return None;
    }
    let detail = detail(body);
    let error = error.or(detail).unwrap_or(body);
    let field = |name| match error.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let code = code(error, field("code"));
    let status = match code.parse() {
        Ok(code @ 400..=599) if answer.is_success() => code,
        _ => answer.status,
    };
    let message = error.as_str().or_else(|| text(error, "/message")).or_else(|| text(error, "/msg"));
    Some(ErrorFacts {
        status,
        kind: field("type"),
        param: place(error).map_or_else(|| field("param"), str::to_owned),
        retry_after: answer.retry_after(),
        message: message.map_or_else(|| answer.excerpt(), |message| labelled(&code, message)),
        code,
        request_id: answer.request_id(ID_HEADER).or_else(|| text(body, "/x_groq/id").and_then(request_id)),
    })
}

/// What a server that checks requests against a schema finds wrong first: an object, or a sentence.
fn detail(body: &Value) -> Option<&Value> {
    let detail = body.get("detail")?;
    detail.as_array().map_or(Some(detail), |faults| faults.first())
}

/// Where in the request that is: the last name of its path.
fn place(fault: &Value) -> Option<&str> {
    fault.get("loc")?.as_array()?.iter().rev().find_map(Value::as_str)
}

/// The code. Azure gives the cause of a filtered prompt one level deeper, too; `OpenRouter` answers one that a
/// model's moderation flags with a 403, which its metadata alone tell from a refused key.
fn code(error: &Value, outer: String) -> String {
    let by_azure = text(error, "/innererror/code") == Some("ResponsibleAIPolicyViolation");
    let by_openrouter = ["/metadata/reasons", "/metadata/flagged_input"]
        .iter()
        .any(|place| error.pointer(place).is_some_and(|value| !value.is_null()));
    if by_azure || by_openrouter { "content_filter".to_owned() } else { outer }
}

/// Money, not speed: waiting will not help.
const SPENT: [&str; 5] = [
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "insufficient_quota",
];

impl ErrorFacts {
    /// The failure by code, and by status where the code says nothing.
    pub(crate) fn failure(&self) -> Failure {
        let retry_after = self.retry_after;
        if SPENT.contains(&self.code.as_str()) || self.kind == "insufficient_quota" {
            return Failure::QuotaSpent;
        }
        match self.code.as_str() {
            "model_not_found" | "model_decommissioned" => Failure::ModelGone,
            // Mistral's code is a number of its own.
            _ if self.kind == "invalid_model" => Failure::ModelGone,
            "invalid_api_key" => Failure::InvalidKey,
            // OpenAI on Azure and others that look like it filter prompts with a 400.
            "content_filter" => Failure::Blocked,
            "server_is_overloaded" => Failure::Overloaded { retry_after },
            _ if (200..300).contains(&self.status) => self.failure_in_a_success(),
            _ => by_status(self.status, retry_after),
        }
    }

    /// The failure that an error tells of in a 200, most often in a stream: there is no status to go by.
    fn failure_in_a_success(&self) -> Failure {
        let retry_after = self.retry_after;
        let says = |words: &[&str]| words.iter().any(|word| self.code == *word || self.kind == *word);
        if says(&["rate_limit_exceeded", "rate_limit_error", "slow_down"]) {
            Failure::RateLimited { retry_after }
        } else if says(&["server_error", "api_error", "internal_server_error", "service_unavailable_error"]) {
            Failure::Overloaded { retry_after }
        } else if says(&["invalid_request_error"]) {
            Failure::Rejected
        } else {
            Failure::Malformed
        }
    }

    pub(crate) fn into_error(self, failure: Failure) -> ProviderError {
        ProviderError::new(failure, &self.message).with_request_id(self.request_id)
    }
}

/// Reads a success.
pub(crate) fn read(
    answer: &Answer,
    provider: &ProviderName,
    request: &ChatRequest,
) -> Result<ChatReply, ProviderError> {
    let header_id = answer.request_id(ID_HEADER);
    let body = answer.json();
    let Some(choices) = body.get("choices").and_then(Value::as_array) else {
        return Err(answer.malformed().with_request_id(header_id));
    };
    let choice = choices.first().unwrap_or(&Value::Null);
    let reason = text(choice, "/finish_reason").unwrap_or("no finish reason");
    let refusal = text(choice, "/message/refusal");
    let stop = if refusal.is_some() { Stop::Blocked } else { stop(reason) };
    let id = text(body, "/x_groq/id").and_then(request_id);
    let reading = Reading {
        text: text(choice, "/message/content").unwrap_or_default().to_owned(),
        stop,
        reason: labelled(reason, refusal.unwrap_or("the answer has no usable text")),
        usage: usage(body),
        model: text(body, "/model").map(str::to_owned),
        request_id: id.or(header_id).or_else(|| text(body, "/id").and_then(request_id)),
    };
    reading.conclude(provider, request)
}

fn stop(reason: &str) -> Stop {
    match reason {
        "content_filter" => Stop::Blocked,
        // Mistral's word for the context's end, DeepSeek's for its own interruption.
        "length" | "model_length" | "insufficient_system_resource" | "no finish reason" => Stop::Truncated,
        // OpenRouter's word for a model that failed on the way.
        "error" => Stop::Failed(Failure::Overloaded { retry_after: None }),
        // Also words that are not known yet: an answer with text is an answer.
        _ => Stop::Complete,
    }
}

/// The prompt includes what was cached, the completion what was reasoned. Groq has put its usage under `x_groq`.
fn usage(body: &Value) -> Option<TokenUsage> {
    let of = |usage: &Value| {
        Some(TokenUsage {
            prompt_tokens: count(usage, "/prompt_tokens")?,
            cached_tokens: count(usage, "/prompt_tokens_details/cached_tokens").unwrap_or(0),
            cache_write_tokens: count(usage, "/prompt_tokens_details/cache_write_tokens").unwrap_or(0),
            completion_tokens: count(usage, "/completion_tokens")?,
            reasoning_tokens: count(usage, "/completion_tokens_details/reasoning_tokens").unwrap_or(0),
        })
    };
    let usage = body.get("usage").and_then(of);
    usage.or_else(|| body.pointer("/x_groq/usage").and_then(of))
}
