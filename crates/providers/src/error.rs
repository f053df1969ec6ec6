//! The one error of a call to a provider.

use crate::chat::ChatRequest;
use crate::estimate::estimate_prompt;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::QuotaReport;
use frontdesk_domain::{ProviderName, TokenUsage};

/// The longest [`ProviderError::detail`], in characters.
const MAX_DETAIL: usize = 500;

/// Why there is no answer.
///
/// Shown as the failure and its detail; where no key is set, as the sentence that operators know from the
/// guide: `GEMINI_API_KEY not configured`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", describe(*failure, detail))]
pub struct ProviderError {
    /// What happened, in the vocabulary of the fallback policy.
    pub failure: Failure,
    /// What the provider said about it, for the log: one line of at most 500 characters, free of keys.
    /// Not for visitors.
    pub detail: String,
    /// What the failed call was or may be billed; `None` where nothing is, because nothing was sent or the
    /// provider answered with an error.
    pub usage: Option<TokenUsage>,
    /// Whether `usage` is an estimate: something was sent that may be billed, and the provider did not tell.
    pub usage_estimated: bool,
    /// The provider's id of the call, for its support.
    pub request_id: Option<String>,
    /// What the provider said of its quota.
    pub quota: QuotaReport,
}

impl ProviderError {
    /// An error without usage and id. The detail is made one line and cut at 500 characters.
    pub fn new(failure: Failure, detail: &str) -> Self {
        Self {
            failure,
            detail: one_line(detail, MAX_DETAIL),
            usage: None,
            usage_estimated: false,
            request_id: None,
            quota: QuotaReport::default(),
        }
    }

    /// No key is set for `provider`.
    pub fn not_configured(provider: &ProviderName) -> Self {
        let variable = key_variable(provider);
        Self::new(Failure::NotConfigured, &format!("{variable} not configured"))
    }

    pub(crate) fn with_request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }

    /// With what the call may be billed, where the provider did not tell: the prompt, for nothing came out.
    pub(crate) fn or_estimated(mut self, provider: &ProviderName, request: &ChatRequest) -> Self {
        if self.usage.is_none() {
            let prompt_tokens = estimate_prompt(provider, request);
            self.usage = Some(TokenUsage { prompt_tokens, ..Default::default() });
            self.usage_estimated = true;
        }
        self
    }

    pub(crate) fn with_quota(mut self, quota: QuotaReport) -> Self {
        self.quota = quota;
        self
    }

    pub(crate) fn with_usage(mut self, usage: Option<TokenUsage>) -> Self {
        self.usage = usage;
        self
    }
}

fn describe(failure: Failure, detail: &str) -> String {
    match failure {
        Failure::NotConfigured => detail.to_owned(),
        _ if detail.is_empty() => failure.to_string(),
        _ => format!("{failure}: {detail}"),
    }
}

/// The environment variable that holds a provider's key. Claude's is named after its vendor.
pub(crate) fn key_variable(provider: &ProviderName) -> String {
    format!("{}_API_KEY", variable_prefix(provider))
}

/// The environment variable that holds a provider's address.
pub(crate) fn base_url_variable(provider: &ProviderName) -> String {
    format!("{}_BASE_URL", variable_prefix(provider))
}

fn variable_prefix(provider: &ProviderName) -> String {
    if *provider == ProviderName::CLAUDE {
        return "ANTHROPIC".to_owned();
    }
    provider.as_str().to_ascii_uppercase().replace('-', "_")
}

/// `text` without control characters and cut at `limit` characters: a provider's words must neither forge
/// log lines nor fill them.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_key_reads_as_in_the_guide() {
        let table = [
            (ProviderName::GEMINI, "GEMINI_API_KEY not configured"),
            (ProviderName::GROQ, "GROQ_API_KEY not configured"),
            (ProviderName::OPENAI, "OPENAI_API_KEY not configured"),
            (ProviderName::CLAUDE, "ANTHROPIC_API_KEY not configured"),
        ];
        for (provider, sentence) in table {
            assert_eq!(ProviderError::not_configured(&provider).to_string(), sentence);
        }
    }

    #[test]
    fn a_detail_is_one_short_line() {
        let error = ProviderError::new(Failure::Rejected, &format!(" a\r\nb\u{1b}[31m{}", "ü".repeat(600)));
        assert!(error.detail.starts_with("a  b [31mü"), "{}", error.detail);
        assert_eq!(error.detail.chars().count(), 500);
        assert!(error.to_string().starts_with("request rejected: a  b"));
        assert_eq!(ProviderError::new(Failure::Timeout, "").to_string(), "timeout");
    }
}
