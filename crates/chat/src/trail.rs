//! Which providers a message went past, for its line in the log.

use frontdesk_domain::ProviderName;
use std::fmt::Display;

/// The providers that were left, in their order and with the reason, and the one that answered.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    left: Vec<String>,
    answered: Option<(ProviderName, String)>,
}

impl Trail {
    pub(crate) fn leave(&mut self, provider: &ProviderName, reason: impl Display) {
        self.left.push(format!("{provider}: {reason}"));
    }

    pub(crate) fn answer(&mut self, provider: &ProviderName, model: &str) {
        self.answered = Some((provider.clone(), model.to_owned()));
    }

    /// `gemini: rate limited, groq: circuit breaker open`; empty where none was left.
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
