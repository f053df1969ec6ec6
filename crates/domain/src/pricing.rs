//! List prices of the models, with the time in which each is valid, and the cost of a call.
//!
//! Source of the figures: the price tables genai-prices 0.2.3 (2026-11-10) and litellm 1.109.1
//! (2026-11-12), which agree on every row that they share.
//!
//! ```
//! use frontdesk_domain::{TokenUsage, pricing};
//! let usage = TokenUsage { prompt_tokens: 1_000_000, ..Default::default() };
//! let cost = pricing::estimated_cost("gpt-4o-mini", &usage, pricing::CHECKED_ON);
//! assert_eq!(cost.map(|cost| cost.to_string()).as_deref(), Some("0.150000"));
//! ```

use crate::TokenUsage;
use jiff::civil::{Date, date};
use std::fmt;

/// When the table was last compared with its sources.
///
/// ```
/// assert_eq!(frontdesk_domain::pricing::CHECKED_ON.year(), 2026);
/// ```
pub const CHECKED_ON: Date = date(2026, 11, 23);

/// An amount of money in millionths of a US dollar, as exact as `llm_request_logs.estimated_cost`.
///
/// ```
/// use frontdesk_domain::pricing::MicroUsd;
/// assert_eq!(MicroUsd(75_000).to_string(), "0.075000");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MicroUsd(pub i64);

impl fmt::Display for MicroUsd {
    /// Dollars with six decimals.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::pricing::MicroUsd(1_500_025).to_string(), "1.500025");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micros = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
    }
}

/// Prices in millionths of a US dollar for a million tokens: 75,000 is $0.075.
///
/// ```
/// use frontdesk_domain::pricing::{CHECKED_ON, price_of};
/// let rates = price_of("gpt-6-luna", CHECKED_ON).unwrap().rates;
/// assert!(rates.cached < rates.input && rates.input < rates.output);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Input.
    pub input: u32,
    /// Input read from a cache.
    pub cached: u32,
    /// Input written to a cache.
    pub cache_write: u32,
    /// Output, reasoning included.
    pub output: u32,
}

/// A model's list price.
///
/// ```
/// use frontdesk_domain::pricing::{CHECKED_ON, price_of};
/// let price = price_of("gpt-6-luna", CHECKED_ON).unwrap();
/// let (long, dearer) = price.long_prompt.unwrap();
/// assert!(long == 272_000 && dearer.input == 2 * price.rates.input);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// The model's id at its provider.
    pub model: &'static str,
    /// The first day on which it is not valid any more.
    pub until: Option<Date>,
    /// What is charged.
    pub rates: Rates,
    /// Rates for the whole request once its prompt is longer than so many tokens.
    pub long_prompt: Option<(u32, Rates)>,
}

const fn rates(input: u32, cached: u32, cache_write: u32, output: u32) -> Rates {
    Rates { input, cached, cache_write, output }
}

const fn price(model: &'static str, rates: Rates) -> Price {
    Price { model, until: None, rates, long_prompt: None }
}

/// All known prices. Of several rows of a model the first that is still valid counts.
///
/// ```
/// use frontdesk_domain::pricing::PRICES;
/// assert!(PRICES.iter().any(|price| price.model == "gemini-3.8-flash"));
/// ```
pub const PRICES: &[Price] = &[
    price("gemini-2.5-flash-lite", rates(100_000, 10_000, 100_000, 400_000)),
    price("gemini-3.1-flash-lite", rates(250_000, 25_000, 250_000, 1_500_000)),
    price("gemini-3.5-flash-lite", rates(300_000, 30_000, 300_000, 2_500_000)),
    Price {
        until: Some(date(2027, 1, 1)),
        ..price("gemini-3.8-flash", rates(750_000, 75_000, 750_000, 3_750_000))
    },
    price("gemini-3.8-flash", rates(1_500_000, 150_000, 1_500_000, 7_500_000)),
    price("openai/gpt-oss-20b", rates(75_000, 37_500, 75_000, 300_000)),
    price("openai/gpt-oss-120b", rates(150_000, 75_000, 150_000, 600_000)),
    price("qwen/qwen3.8-27b", rates(800_000, 800_000, 800_000, 4_000_000)),
    Price {
        long_prompt: Some((272_000, rates(200_000, 20_000, 250_000, 750_000))),
        ..price("gpt-6-luna", rates(100_000, 10_000, 125_000, 500_000))
    },
    price("gpt-5.4-nano", rates(200_000, 20_000, 200_000, 1_250_000)),
    Price {
        long_prompt: Some((272_000, rates(2_000_000, 100_000, 2_500_000, 7_500_000))),
        ..price("gpt-6.1-terra", rates(1_000_000, 50_000, 1_250_000, 5_000_000))
    },
    price("gpt-4o-mini", rates(150_000, 75_000, 150_000, 600_000)),
    Price {
        long_prompt: Some((100_000, rates(500_000, 50_000, 625_000, 2_500_000))),
        ..price("claude-haiku-5-5", rates(100_000, 10_000, 125_000, 500_000))
    },
    price("claude-haiku-4-5", rates(1_000_000, 100_000, 1_250_000, 5_000_000)),
    price("claude-sonnet-5-5", rates(2_000_000, 100_000, 2_500_000, 10_000_000)),
];

/// The price of `model` on `day`; `None` for a model that is not in the table.
///
/// ```
/// use frontdesk_domain::pricing::price_of;
/// use jiff::civil::date;
/// assert_eq!(price_of("gemini-3.8-flash", date(2026, 12, 31)).unwrap().rates.input, 750_000);
/// assert_eq!(price_of("gemini-3.8-flash", date(2027, 1, 1)).unwrap().rates.input, 1_500_000);
/// assert!(price_of("gpt-7", date(2026, 12, 31)).is_none());
/// ```
pub fn price_of(model: &str, day: Date) -> Option<&'static Price> {
    PRICES.iter().find(|price| price.model == model && price.until.is_none_or(|until| day < until))
}

/// What a call cost, rounded half up to a millionth of a dollar; `None` for a model without a price,
/// which is not the same as costing nothing.
///
/// ```
/// use frontdesk_domain::{TokenUsage, pricing::estimated_cost};
/// let usage = TokenUsage { prompt_tokens: 1_200, completion_tokens: 272, ..Default::default() };
/// let cost = estimated_cost("gemini-3.5-flash-lite", &usage, jiff::civil::date(2026, 11, 23)).unwrap();
/// assert_eq!(cost.to_string(), "0.001040");
/// ```
pub fn estimated_cost(model: &str, usage: &TokenUsage, day: Date) -> Option<MicroUsd> {
    let price = price_of(model, day)?;
    let rates = match price.long_prompt {
        Some((above, rates)) if usage.prompt_tokens > above => rates,
        _ => price.rates,
    };
    let cached = usage.cached_tokens.min(usage.prompt_tokens);
    let written = usage.cache_write_tokens.min(usage.prompt_tokens - cached);
    let plain = usage.prompt_tokens - cached - written;
    let per_million: u128 = [
        (plain, rates.input),
        (cached, rates.cached),
        (written, rates.cache_write),
        (usage.completion_tokens, rates.output),
    ]
    .into_iter()
    .map(|(tokens, rate)| u128::from(tokens) * u128::from(rate))
    .sum();
    // Four products of 32-bit numbers, divided by a million, fit easily.
    i64::try_from((per_million + 500_000) / 1_000_000).ok().map(MicroUsd)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = CHECKED_ON;

    #[test]
    fn cached_and_written_input_have_their_own_rates() {
        let usage = TokenUsage {
            prompt_tokens: 10_000,
            cached_tokens: 6_000,
            cache_write_tokens: 2_000,
            completion_tokens: 1_000,
            reasoning_tokens: 900,
        };
        // 2,000 x 0.10 + 6,000 x 0.01 + 2,000 x 0.125 + 1,000 x 0.50, per million
        assert_eq!(estimated_cost("gpt-6-luna", &usage, DAY), Some(MicroUsd(1_010)));
    }

    #[test]
    fn a_long_prompt_makes_the_whole_request_dearer() {
        let usage = |prompt_tokens| TokenUsage { prompt_tokens, ..Default::default() };
        assert_eq!(estimated_cost("claude-haiku-5-5", &usage(100_000), DAY), Some(MicroUsd(10_000)));
        assert_eq!(estimated_cost("claude-haiku-5-5", &usage(100_001), DAY), Some(MicroUsd(50_001)));
    }

    #[test]
    fn an_unknown_model_has_no_cost_and_no_tokens_cost_nothing() {
        assert_eq!(estimated_cost("unheard-of", &TokenUsage::default(), DAY), None);
        assert_eq!(estimated_cost("gpt-6-luna", &TokenUsage::default(), DAY), Some(MicroUsd(0)));
    }

    #[test]
    fn no_row_is_hidden_by_one_before_it() {
        for (i, row) in PRICES.iter().enumerate() {
            let earlier = PRICES[..i].iter().filter(|other| other.model == row.model);
            assert!(earlier.clone().all(|other| other.until.is_some()), "{}", row.model);
        }
    }
}
