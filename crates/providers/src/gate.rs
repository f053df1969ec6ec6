//! Whether a call may be made now, and with which key.

use crate::chat::{ChatModel, ChatReply, ChatRequest};
use crate::error::ProviderError;
use crate::stream::ReplyStream;
use frontdesk_domain::ProviderName;
use frontdesk_domain::breaker::BreakerPolicy;
use frontdesk_domain::quota::QuotaLimits;
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;

/// The clock. A function, so that tests choose the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A call that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Whom to ask.
    pub provider: &'a ProviderName,
    /// The model to ask for.
    pub model: &'a str,
    /// On whose behalf: no tenant can use up a provider's minute for all others.
    pub tenant: i32,
    /// The most tokens that it may use: the prompt's estimate and the reply's cap.
    pub tokens: u32,
    /// Whether this provider has failed for the same message before; such calls have a budget.
    pub is_retry: bool,
}

/// What stands ready for another try at the same provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prospects {
    /// It has another key that may be asked at once.
    pub another_key: bool,
    /// Its retry budget is not spent.
    pub may_retry: bool,
}

/// How much of a provider is used, and how its failures are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resilience {
    /// What each key takes for each model.
    pub quota: QuotaLimits,
    /// When a key's model is left alone.
    pub breaker: BreakerPolicy,
}

impl Default for Resilience {
    /// No quota; the breaker's defaults.
    fn default() -> Self {
        Self { quota: QuotaLimits::UNLIMITED, breaker: BreakerPolicy::default() }
    }
}

/// One provider with all its keys.
pub(crate) struct Gate {
    /// One adapter for each key.
    keys: Vec<Arc<dyn ChatModel>>,
    resilience: Resilience,
    now: Now,
}

impl Gate {
    pub(crate) fn new(keys: Vec<Arc<dyn ChatModel>>, resilience: Resilience, now: Now) -> Self {
        Self { keys, resilience, now }
    }

    #[expect(clippy::unused_async, reason = "quotas may be shared by several processes")]
    pub(crate) async fn admit(&self, call: &Call<'_>) -> Result<Permit, ProviderError> {
        let key = self.keys.first().ok_or_else(|| ProviderError::not_configured(call.provider))?;
        tracing::trace!(resilience = ?self.resilience, now = %(self.now)(), "LLM call admitted");
        Ok(Permit::new(Arc::clone(key)))
    }

    pub(crate) fn first(&self) -> Option<&Arc<dyn ChatModel>> {
        self.keys.first()
    }

    pub(crate) fn prospects(&self, _model: &str) -> Prospects {
        Prospects { another_key: self.keys.len() > 1, may_retry: true }
    }
}

/// A call that may be made, once. Dropped unused it counts as not made.
pub struct Permit {
    model: Arc<dyn ChatModel>,
}

impl Permit {
    pub(crate) fn new(model: Arc<dyn ChatModel>) -> Self {
        Self { model }
    }

    /// Asks for a whole answer.
    ///
    /// # Errors
    /// As [`ChatModel::complete`].
    pub async fn complete(self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        self.model.complete(request).await
    }

    /// Asks for an answer in pieces.
    ///
    /// # Errors
    /// As [`ChatModel::stream`].
    pub async fn stream(self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        self.model.stream(request).await
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("provider", self.model.provider()).finish_non_exhaustive()
    }
}
