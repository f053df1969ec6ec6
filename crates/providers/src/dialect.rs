//! How a provider's answers are read: pure functions, one set for each API.

use crate::chat::{ChatReply, ChatRequest};
use crate::error::ProviderError;
use crate::http::answer::Answer;
use crate::http::redact::Redactor;
use crate::reading::tells_of_error;
use crate::stream::decode::Decoder;
use crate::stream::progress::Progress;
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::QuotaReport;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// What an adapter knows of its provider's answers.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// What a whole answer means.
    pub(crate) whole: fn(&Answer, &ProviderName, &ChatRequest) -> Result<ChatReply, ProviderError>,
    /// What one event of a stream means that is not an error: its name, which is often empty, and its data.
    pub(crate) event: fn(&str, &Value, &mut Progress),
    /// What an error means that comes as an event of a stream; `None` where it is not what the API promises.
    pub(crate) error: fn(&Answer) -> Option<ProviderError>,
    /// What the headers say of the quota.
    pub(crate) quota: fn(&HeaderMap) -> QuotaReport,
    /// The header that holds the call's id.
    pub(crate) id_header: &'static str,
}

impl Dialect {
    /// A whole answer with all that is the same for every provider: the quota, the provider's own word on
    /// retries, and the estimate for an answer of no use that may have been billed.
    pub(crate) fn read(
        &self,
        answer: &Answer,
        provider: &ProviderName,
        request: &ChatRequest,
    ) -> Result<ChatReply, ProviderError> {
        let quota = (self.quota)(answer.headers());
        let error = match (self.whole)(answer, provider, request) {
            Ok(reply) => return Ok(ChatReply { quota, ..reply }),
            Err(error) => heed_retry_header(error, answer),
        };
        let billed = answer.is_success() && !tells_of_error(answer.json());
        let error = if billed { error.or_estimated(provider, request) } else { error };
        Err(if error.quota.entries.is_empty() { error.with_quota(quota) } else { error })
    }

    /// A decoder for the stream that `head` opens.
    pub(crate) fn decoder(&'static self, head: Answer, redactor: Redactor, limit: usize) -> Decoder {
        Decoder::new(self, head, redactor, limit)
    }
}

/// `x-should-retry: true` on a status that is not worth a retry by itself. Keys, money and models are the
/// account's, so there the header changes nothing.
fn heed_retry_header(mut error: ProviderError, answer: &Answer) -> ProviderError {
    let account = matches!(answer.status, 401..=404);
    if (400..500).contains(&answer.status)
        && !account
        && error.failure == Failure::Rejected
        && answer.asks_for_a_retry()
    {
        error.failure = Failure::Overloaded { retry_after: answer.retry_after() };
    }
    error
}
