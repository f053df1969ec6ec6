//! Which providers a message went past, for its line in the log.

use frontdesk_domain::{ProviderName, TokenUsage};
use std::fmt::Display;

/// The providers that were left, in their order and with the reason, and the one that answered.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    left: Vec<String>,
    answered: Option<(ProviderName, String)>,
    /// What all calls together have used; `None` before the first.
    spent: Option<TokenUsage>,
}

impl Trail {
    /// Notes why a provider was left; `key` is the number of the key that was used, where there are several.
    pub(crate) fn leave(&mut self, provider: &ProviderName, reason: impl Display, key: Option<usize>) {
        let key = key.map(|key| format!(" (key {key})")).unwrap_or_default();
        self.left.push(format!("{provider}: {reason}{key}"));
    }

    /// Adds what a call has used.
    pub(crate) fn spend(&mut self, usage: &TokenUsage) {
        let before = self.spent.unwrap_or_default();
        self.spent = Some(TokenUsage {
            prompt_tokens: before.prompt_tokens.saturating_add(usage.prompt_tokens),
            completion_tokens: before.completion_tokens.saturating_add(usage.completion_tokens),
            ..TokenUsage::default()
        });
    }

    /// Prompt and completion of all calls; `None` where there was none.
    pub(crate) fn tokens(&self) -> Option<TokenUsage> {
        self.spent
    }

    pub(crate) fn answer(&mut self, provider: &ProviderName, model: &str) {
        self.answered = Some((provider.clone(), model.to_owned()));
    }

    /// `gemini: rate limited (key 1), groq: circuit breaker open`; empty where none was left.
    pub(crate) fn left(&self) -> String {
        self.left.join(", ")
    }

    pub(crate) fn provider(&self) -> Option<&str> {
        self.answered.as_ref().map(|(provider, _)| provider.as_str())
    }

    pub(crate) fn model(&self) -> Option<&str> {
        self.answered.as_ref().map(|(_, model)| model.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_domain::fallback::Failure;

    #[test]
    fn each_provider_that_was_left_is_named_with_the_reason_in_order() {
        let mut trail = Trail::default();
        assert_eq!((trail.left().as_str(), trail.provider(), trail.model()), ("", None, None));
        trail.leave(&ProviderName::GEMINI, Failure::RateLimited { retry_after: None }, Some(1));
        trail.leave(&ProviderName::GROQ, Failure::CircuitOpen, None);
        trail.answer(&ProviderName::CLAUDE, "claude-haiku-5-5");
        assert_eq!(trail.left(), "gemini: rate limited (key 1), groq: circuit breaker open");
        assert_eq!((trail.provider(), trail.model()), (Some("claude"), Some("claude-haiku-5-5")));
    }
}
