//! From what an adapter read in an answer to what a caller gets: the same for all providers.

use crate::chat::{ChatReply, ChatRequest, Finish};
use crate::error::{ProviderError, one_line};
use crate::estimate::{estimate_prompt, estimate_reply};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::QuotaReport;
use frontdesk_domain::{ProviderName, TokenUsage};
use serde_json::Value;

/// The longest model name worth keeping, in characters: what `llm_request_logs.llm_model` holds.
pub(crate) const MAX_MODEL: usize = 100;

/// What an answer holds.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) text: String,
    pub(crate) stop: Stop,
    /// The provider's word for `stop`, and what it says about it.
    pub(crate) reason: String,
    /// `None` where the provider did not tell.
    pub(crate) usage: Option<TokenUsage>,
    pub(crate) model: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Complete,
    Truncated,
    /// The provider withheld the answer, or the model refused.
    Blocked,
    /// No answer that could be used, text or not.
    Failed(Failure),
}

impl Reading {
    /// The answer, or why there is none. Text that comes with a block is the part before it: it is dropped.
    pub(crate) fn conclude(
        self,
        provider: &ProviderName,
        request: &ChatRequest,
    ) -> Result<ChatReply, ProviderError> {
        let text = storable(&self.text);
        let finish = match self.stop {
            Stop::Blocked => return Err(self.failed(Failure::Blocked)),
            Stop::Failed(failure) => return Err(self.failed(failure)),
            _ if text.trim().is_empty() => return Err(self.failed(Failure::Empty)),
            Stop::Complete => Finish::Complete,
            Stop::Truncated => Finish::Truncated,
        };
        let usage = self.usage.unwrap_or_else(|| TokenUsage {
            prompt_tokens: estimate_prompt(provider, request),
            completion_tokens: estimate_reply(provider, request.reply_tokens, &[&text]),
            ..Default::default()
        });
        Ok(ChatReply {
            text,
            finish,
            usage,
            usage_estimated: self.usage.is_none(),
            model: one_line(self.model.as_deref().unwrap_or(&request.model), MAX_MODEL),
            request_id: self.request_id,
            quota: QuotaReport::default(),
        })
    }

    fn failed(self, failure: Failure) -> ProviderError {
        ProviderError::new(failure, &self.reason).with_usage(self.usage).with_request_id(self.request_id)
    }
}

/// A model's words without NUL, which no database takes: what a visitor reads is what is stored.
pub(crate) fn storable(words: &str) -> String {
    words.replace('\0', "")
}

/// A provider's message after its word for the error, where it has one.
pub(crate) fn labelled(label: &str, message: &str) -> String {
    if label.is_empty() { message.to_owned() } else { format!("{label}: {message}") }
}

/// A count of tokens at `pointer`: absent, null and nonsense are `None`, too large is the largest.
pub(crate) fn count(value: &Value, pointer: &str) -> Option<u32> {
    let count = value.pointer(pointer)?.as_u64()?;
    Some(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The text at `pointer`.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

/// Whether a body tells of an error, which compatible servers and proxies also send with a 200.
pub(crate) fn has_error(body: &Value) -> bool {
    body.get("error").is_some_and(|error| !error.is_null())
}

/// As [`has_error`], where the body can also be an array with one such object.
pub(crate) fn tells_of_error(body: &Value) -> bool {
    has_error(body.get(0).unwrap_or(body))
}
