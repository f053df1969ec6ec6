//! Google Gemini: `/{version}/models/{model}:generateContent`, for streams `:streamGenerateContent?alt=sse`; key
//! in `x-goog-api-key`.

mod error;
mod stream;

use crate::chat::{ChatModel, ChatReply, ChatRequest, Role};
use crate::conversation::{Said, in_form, system, temperature};
use crate::dialect::Dialect;
use crate::error::ProviderError;
use crate::http::Link;
use crate::http::answer::{Answer, request_id};
use crate::limits;
use crate::reading::{Reading, Stop, count, has_error, text};
use crate::stream::ReplyStream;
use async_trait::async_trait;
use error::error;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use reqwest::Url;
use serde::Serialize;
use serde_json::Value;

/// The vendor's address.
pub(crate) const BASE_URL: &str = "https://generativelanguage.googleapis.com";
/// The version that also resolves the aliases `gemini-flash-latest` and the like.
pub(crate) const VERSION: &str = "v1beta";

#[derive(Debug)]
pub(crate) struct Gemini {
    link: Link,
    /// The address of all models.
    models: Url,
}

impl Gemini {
    /// `models` is the address up to and including `/models`.
    pub(crate) fn new(link: Link, models: Url) -> Self {
        Self { link, models }
    }

    /// The model's address. Its name is one segment, whatever it is made of: a name from configuration must
    /// not lead to another path.
    fn url(&self, model: &str, method: &str) -> Url {
        let model = model.strip_prefix("models/").unwrap_or(model);
        let mut url = self.models.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(&format!("{model}:{method}"));
        }
        url
    }
}

#[async_trait]
impl ChatModel for Gemini {
    fn provider(&self) -> &ProviderName {
        &self.link.provider
    }

    fn is_configured(&self) -> bool {
        self.link.may_ask()
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        let attempt = self.link.attempt(request)?;
        let url = self.url(&request.model, "generateContent");
        attempt.whole(url, &body(request, &in_form(request)?), &DIALECT).await
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        let attempt = self.link.streaming_attempt(request)?;
        let mut url = self.url(&request.model, "streamGenerateContent");
        // Else it is one array that comes piecewise.
        url.set_query(Some("alt=sse"));
        let opened = attempt.open(url, &body(request, &in_form(request)?)).await?;
        attempt.follow(opened, &DIALECT).await
    }
}

/// No header is documented for quotas or ids.
pub(crate) static DIALECT: Dialect = Dialect {
    whole: interpret,
    event: stream::event,
    error: |answer| Some(error(answer)),
    quota: limits::none,
    id_header: "x-request-id",
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    contents: Vec<Content<'a>>,
    generation_config: GenerationConfig,
}

#[derive(Debug, Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: [Part<'a>; 1],
}

#[derive(Debug, Serialize)]
struct Part<'a> {
    text: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GenerationConfig {
    max_output_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_config: Option<ThinkingConfig>,
}

/// Level and budget in one request are a 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ThinkingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_budget: Option<u32>,
    include_thoughts: bool,
}

fn body<'a>(request: &'a ChatRequest, said: &'a [Said]) -> Body<'a> {
    let content = |role, text| Content { role, parts: [Part { text }] };
    let turns = said.iter().map(|turn| {
        let role = match turn.role {
            Role::Visitor => "user",
            Role::Assistant => "model",
        };
        content(Some(role), turn.text.as_str())
    });
    Body {
        system_instruction: system(request).map(|text| content(None, text)),
        contents: turns.collect(),
        generation_config: GenerationConfig {
            max_output_tokens: request.reply_tokens,
            // Newer models ignore it, discourage values below 1, or will refuse it.
            temperature: temperature(request).filter(|_| request.model.starts_with("gemini-2.")),
            thinking_config: thinking(&request.model),
        },
    }
}

/// As little thinking as a model is known to allow, for it is spent from the reply's cap. 2.5 Flash can be
/// switched off. From 3 on it cannot; `low` is the least level that all of them take (`minimal` is an error on
/// some). 2.5 Pro has no off and its least budget is not known, so it keeps its default; 2.0 and models of
/// other families do not think.
fn thinking(model: &str) -> Option<ThinkingConfig> {
    let config = |thinking_level, thinking_budget| {
        Some(ThinkingConfig { thinking_level, thinking_budget, include_thoughts: false })
    };
    let model = model.strip_prefix("models/").unwrap_or(model);
    if model.starts_with("gemini-2.5-flash") {
        return config(None, Some(0));
    }
    let thinks = model.starts_with("gemini-") && !model.starts_with("gemini-2.");
    if thinks { config(Some("low"), None) } else { None }
}

/// What an answer means.
fn interpret(
    answer: &Answer,
    provider: &ProviderName,
    request: &ChatRequest,
) -> Result<ChatReply, ProviderError> {
    let json = answer.json();
    // An error can come as the one element of an array.
    let body = json.get(0).unwrap_or(json);
    if !answer.is_success() || has_error(body) {
        return Err(error(answer));
    }
    if !body.is_object() {
        return Err(answer.malformed());
    }
    reading(body).conclude(provider, request)
}

fn reading(body: &Value) -> Reading {
    let candidate = candidate(body);
    let (stop, reason) =
        ending(body, candidate).unwrap_or_else(|| (Stop::Truncated, "no finish reason".to_owned()));
    Reading {
        text: visible_text(candidate),
        stop,
        reason,
        usage: body.get("usageMetadata").and_then(usage),
        model: text(body, "/modelVersion").map(str::to_owned),
        request_id: text(body, "/responseId").and_then(request_id),
    }
}

fn candidate(body: &Value) -> &Value {
    body.pointer("/candidates/0").unwrap_or(&Value::Null)
}

/// Why the model stopped, and what is said about it, where anything is.
fn ending(body: &Value, candidate: &Value) -> Option<(Stop, String)> {
    let message = text(candidate, "/finishMessage").unwrap_or_default();
    if let Some(finish) = text(candidate, "/finishReason") {
        if finish == "PUP_LIMITED_DISABLED" {
            tracing::error!("LLM provider gemini has limited this account for violations of its policies");
        }
        return Some((stop(finish), format!("finish reason {finish} {message}")));
    }
    let block = text(body, "/promptFeedback/blockReason")?;
    (block != "BLOCK_REASON_UNSPECIFIED").then(|| (Stop::Blocked, format!("prompt blocked: {block}")))
}

fn stop(finish: &str) -> Stop {
    match finish {
        // CONTINUATION: a limit of the request was reached; the rest would take another call.
        // OTHER: an unknown failure, so the text cannot be called whole.
        "MAX_TOKENS" | "CONTINUATION" | "OTHER" | "FINISH_REASON_UNSPECIFIED" => Stop::Truncated,
        "SAFETY"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "RECITATION"
        | "LANGUAGE"
        | "ESCALATION"
        | "MODEL_ARMOR"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => Stop::Blocked,
        // The account's fault, not the prompt's: the next provider may well answer.
        "PUP_LIMITED_DISABLED" => Stop::Failed(Failure::InvalidKey),
        "MALFORMED_FUNCTION_CALL"
        | "MALFORMED_RESPONSE"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE" => Stop::Failed(Failure::Malformed),
        // STOP, and words that are not known yet: an answer with text is an answer.
        _ => Stop::Complete,
    }
}

/// The text of all parts that are not thoughts.
fn visible_text(candidate: &Value) -> String {
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
    let visible = |part: &&Value| part.get("thought").and_then(Value::as_bool) != Some(true);
    let parts = parts.into_iter().flatten().filter(visible);
    parts.filter_map(|part| text(part, "/text")).collect()
}

/// Thoughts are billed as output, results of tools as input. An absent field is 0, as everywhere in this API;
/// an object without even the prompt's count says nothing.
fn usage(metadata: &Value) -> Option<TokenUsage> {
    let prompt = count(metadata, "/promptTokenCount")?;
    let of = |pointer| count(metadata, pointer).unwrap_or(0);
    let thoughts = of("/thoughtsTokenCount");
    Some(TokenUsage {
        prompt_tokens: prompt.saturating_add(of("/toolUsePromptTokenCount")),
        cached_tokens: of("/cachedContentTokenCount"),
        cache_write_tokens: 0,
        completion_tokens: of("/candidatesTokenCount").saturating_add(thoughts),
        reasoning_tokens: thoughts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_is_as_low_as_each_model_allows() {
        let wire = |model| serde_json::to_value(thinking(model)).unwrap();
        let low = serde_json::json!({"thinkingLevel": "low", "includeThoughts": false});
        let off = serde_json::json!({"thinkingBudget": 0, "includeThoughts": false});
        for model in ["gemini-3.5-flash-lite", "gemini-3.8-flash", "gemini-4-argon", "gemini-flash-latest"] {
            assert_eq!(wire(model), low, "{model}");
        }
        for model in ["gemini-2.5-flash", "gemini-2.5-flash-lite", "models/gemini-2.5-flash"] {
            assert_eq!(wire(model), off, "{model}");
        }
        for model in ["gemini-2.5-pro", "gemini-2.0-flash", "gemma-4-27b"] {
            assert_eq!(wire(model), Value::Null, "{model}");
        }
    }
}
