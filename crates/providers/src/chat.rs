//! What is asked of a language model, and what it answers.

use crate::ProviderError;
use crate::stream::ReplyStream;
use async_trait::async_trait;
use frontdesk_domain::quota::QuotaReport;
use frontdesk_domain::{ProviderName, TokenUsage};
use std::time::Duration;

/// A language model behind a provider's API.
///
/// An implementation
/// * answers within [`ChatRequest::timeout`], counted from the first poll, whatever the provider does, and ends
///   a stream within [`ChatRequest::stream_timeout`];
/// * makes one billable call at the most: it never repeats a call that the provider may have answered;
/// * sends [`ChatRequest::reply_tokens`] as the cap of the reply, reasoning included, and nothing above it,
///   for the caller has reserved just that;
/// * returns text or an error, never an empty text: an answer without text is a failure, with its usage, which
///   is an estimate where the provider may bill the call and did not tell;
/// * without a key fails with `NotConfigured` and opens no connection;
/// * may be dropped at any await: the connection is closed and nothing else happens;
/// * never puts its key into an address, an error, a log line or its `Debug` output.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// The name under which it is registered and logged.
    fn provider(&self) -> &ProviderName;

    /// Whether it can be asked at all: false where a key that it needs is not set.
    fn is_configured(&self) -> bool {
        true
    }

    /// Asks for the next turn of the conversation.
    ///
    /// # Errors
    /// [`ProviderError`], whose `failure` says what a caller may do about it.
    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ProviderError>;

    /// Asks for the next turn of the conversation in pieces. Returns once there is visible text to show; until
    /// then it fails just like [`ChatModel::complete`].
    ///
    /// # Errors
    /// [`ProviderError`], whose `failure` says what a caller may do about it.
    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError>;
}

/// One question to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// The model's id at its provider.
    pub model: String,
    /// The instructions. Blank means none.
    pub system: String,
    /// The conversation, oldest first. Blank turns and the assistant's turns before the visitor's first are
    /// left out; the last turn that remains must be the visitor's, else the request is `Rejected` unsent.
    pub turns: Vec<Turn>,
    /// Cap of the reply in tokens, reasoning included. All four providers count reasoning against it.
    pub reply_tokens: u32,
    /// Sampling temperature, 0 to 2; sent only to models that heed it. `None` is the provider's default.
    pub temperature: Option<f32>,
    /// Time for a whole answer, from connecting to its last byte; of a streamed one, until its first text.
    pub timeout: Duration,
    /// Time for a whole streamed answer, from connecting to its end. A shorter one than `timeout` counts for
    /// the first text too.
    pub stream_timeout: Duration,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who spoke.
    pub role: Role,
    /// What was said.
    pub text: String,
}

/// Who speaks in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The visitor of the web site.
    Visitor,
    /// The model, or whoever answered in its place.
    Assistant,
}

/// A model's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatReply {
    /// The visible text; never blank.
    pub text: String,
    /// Whether the text is whole.
    pub finish: Finish,
    /// What was used.
    pub usage: TokenUsage,
    /// True where the provider did not say what was used and [`crate::estimate`] did.
    pub usage_estimated: bool,
    /// The model as the provider names it, which may differ from the one asked for. At most 100 characters.
    pub model: String,
    /// The provider's id of the call, for its support. At most 200 characters.
    pub request_id: Option<String>,
    /// What the provider said of its quota.
    pub quota: QuotaReport,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model had said all it wanted to.
    Complete,
    /// It was cut: by the cap, by the model's context, or without a reason given.
    Truncated,
    /// It stopped before its end: the connection broke, the time was up, or nobody waited any more.
    Cut,
}
