//! What calls cost at list prices.

use frontdesk_domain::pricing::{MicroUsd, estimated_cost};
use frontdesk_domain::{ProviderName, TokenUsage};
use jiff::civil::Date;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// How many models are remembered as told of. Past it nothing more is said: providers choose the names.
const MOST_TOLD: usize = 1_024;

/// Prices calls, and says once of each model that it has no price: one per process.
#[derive(Debug, Default)]
pub(crate) struct Prices {
    told: Mutex<HashSet<(ProviderName, String)>>,
}

impl Prices {
    /// What a call cost on `day`. The model that answered decides, for a provider may have chosen it itself; a
    /// version of the model that was asked for, such as `-001`, costs what that one costs. `None` for a model
    /// without a known price.
    pub(crate) fn cost(
        &self,
        provider: &ProviderName,
        asked: &str,
        answered: Option<&str>,
        usage: &TokenUsage,
        day: Date,
    ) -> Option<MicroUsd> {
        let answered = answered.filter(|model| !model.is_empty()).unwrap_or(asked);
        let is_version = answered.strip_prefix(asked).is_some_and(|end| end.starts_with('-'));
        let cost = estimated_cost(provider, answered, usage, day)
            .or_else(|| estimated_cost(provider, asked, usage, day).filter(|_| is_version));
        if cost.is_none() && self.is_news(provider, answered) {
            tracing::warn!(%provider, model = answered, "no price is known of the LLM model: its estimated_cost is NULL");
        }
        cost
    }

    fn is_news(&self, provider: &ProviderName, model: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < MOST_TOLD && told.insert((provider.clone(), model.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_domain::pricing::CHECKED_ON;

    const USAGE: TokenUsage = TokenUsage {
        prompt_tokens: 1_000_000,
        cached_tokens: 0,
        cache_write_tokens: 0,
        completion_tokens: 0,
        reasoning_tokens: 0,
    };

    #[test]
    fn the_model_that_answered_decides() {
        let prices = Prices::default();
        let cost = |asked, answered| {
            prices.cost(&ProviderName::GEMINI, asked, answered, &USAGE, CHECKED_ON).map(|cost| cost.0)
        };
        let (lite, flash) = ("gemini-3.5-flash-lite", "gemini-3.8-flash");
        let table = [
            (lite, Some(lite), Some(300_000)),
            (lite, None, Some(300_000)),
            (lite, Some(""), Some(300_000)),
            (lite, Some("gemini-3.5-flash-lite-001"), Some(300_000)),
            (lite, Some(flash), Some(750_000)),
            ("gemini-2.5-flash", Some(lite), Some(300_000)),
            ("gemini-2.5-flash", Some("gemini-2.5-flash"), None),
            (lite, Some("gemini-9-ultra"), None),
            ("gemini-3.5-flash", Some("gemini-3.5-flash-lite"), Some(300_000)),
        ];
        for (asked, answered, micros) in table {
            assert_eq!(cost(asked, answered), micros, "{asked} {answered:?}");
        }
    }

    #[test]
    fn a_model_without_a_price_is_told_of_once_and_not_for_ever() {
        let prices = Prices::default();
        assert!(prices.is_news(&ProviderName::GROQ, "unheard-of"));
        assert!(!prices.is_news(&ProviderName::GROQ, "unheard-of"));
        assert!(prices.is_news(&ProviderName::OPENAI, "unheard-of"));
        for number in 0..2 * MOST_TOLD {
            prices.is_news(&ProviderName::GROQ, &number.to_string());
        }
        assert_eq!(prices.told.lock().unwrap().len(), MOST_TOLD);
    }
}
