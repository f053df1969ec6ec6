//! List prices of the models, with the time in which each is valid, and the cost of a call.
//!
//! Source of the figures: the price tables genai-prices 0.2.3 (2026-11-10) and litellm 1.109.1
//! (2026-11-12), which agree on every row that they share. Google routes `gemini-2.5-flash` and `gemini-2.5-pro` to
//! successors from 2026-12-01, at the successors' prices; before that day these two have no price here.
//!
//! All of it is integers: prices in millionths of a dollar for a million tokens, so that tokens times price is
//! exact, and is rounded once.
//!
//! ```
//! use frontdesk_domain::{ProviderName, TokenUsage, pricing};
//! let usage = TokenUsage { prompt_tokens: 1_000_000, ..Default::default() };
//! let cost = pricing::estimated_cost(&ProviderName::OPENAI, "gpt-4o-mini", &usage, pricing::CHECKED_ON);
//! assert_eq!(cost.map(|cost| cost.to_string()).as_deref(), Some("0.150000"));
//! ```

mod table;
#[cfg(test)]
mod tests;

pub use table::PRICES;

use crate::{ProviderName, TokenUsage};
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
/// use frontdesk_domain::ProviderName;
/// use frontdesk_domain::pricing::{CHECKED_ON, price_of};
/// let rates = price_of(&ProviderName::OPENAI, "gpt-6-luna", CHECKED_ON).unwrap().rates;
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
/// use frontdesk_domain::ProviderName;
/// use frontdesk_domain::pricing::{CHECKED_ON, price_of};
/// let price = price_of(&ProviderName::OPENAI, "gpt-6-luna", CHECKED_ON).unwrap();
/// let (long, dearer) = price.long_prompt.unwrap();
/// assert!(long == 272_000 && dearer.input == 2 * price.rates.input);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Whose price it is. A server of one's own, or another vendor's, has other prices for the same model.
    pub provider: &'static str,
    /// The model's id at its provider.
    pub model: &'static str,
    /// The first day on which it is valid; `None` for one that was valid before the table was made.
    pub from: Option<Date>,
    /// The first day on which it is not valid any more.
    pub until: Option<Date>,
    /// What is charged.
    pub rates: Rates,
    /// Rates for the whole request once its prompt is longer than so many tokens.
    pub long_prompt: Option<(u32, Rates)>,
}

impl Price {
    /// Whether it is the price on `day`.
    ///
    /// ```
    /// use frontdesk_domain::{ProviderName, pricing::price_of};
    /// use jiff::civil::date;
    /// let intro = price_of(&ProviderName::GEMINI, "gemini-3.8-flash", date(2026, 12, 31)).unwrap();
    /// assert!(intro.is_valid_on(date(2026, 11, 23)) && !intro.is_valid_on(date(2027, 1, 1)));
    /// ```
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

/// The price of a `provider`'s `model` on `day`; `None` for a model that is not in the table.
///
/// A model may be named with the date of its version and, as Gemini's list does, after `models/`: a dated version
/// costs what its model costs. No other ending is taken off, for what it stands for may have another price:
/// `-latest`, `-preview`, `-001`.
///
/// ```
/// use frontdesk_domain::{ProviderName, pricing::price_of};
/// use jiff::civil::date;
/// let input = |model, day| price_of(&ProviderName::GEMINI, model, day).map(|price| price.rates.input);
/// assert_eq!(input("gemini-3.8-flash", date(2026, 12, 31)), Some(750_000));
/// assert_eq!(input("gemini-3.8-flash", date(2027, 1, 1)), Some(1_500_000));
/// assert_eq!(input("models/gemini-3.8-flash-2026-09-30", date(2027, 1, 1)), Some(1_500_000));
/// assert_eq!(input("gpt-6-luna", date(2026, 12, 31)), None);
/// ```
pub fn price_of(provider: &ProviderName, model: &str, day: Date) -> Option<&'static Price> {
    let of_provider = || PRICES.iter().filter(|price| price.provider == provider.as_str());
    let listed = |model: &str| of_provider().find(|price| price.model == model && price.is_valid_on(day));
    let model = model.strip_prefix("models/").unwrap_or(model);
    listed(model).or_else(|| listed(without_date(model)?))
}

/// The model that `model` is a dated version of: it ends in `-YYYY-MM-DD` or `-YYYYMMDD`.
fn without_date(model: &str) -> Option<&str> {
    let dated = |format: &str, length: usize| {
        let (name, end) = model.split_at_checked(model.len().checked_sub(length)?)?;
        Date::strptime(format, end).ok().map(|_| name)
    };
    dated("-%Y-%m-%d", 11).or_else(|| dated("-%Y%m%d", 9))
}

/// What a call cost, rounded half up to a millionth of a dollar, once; `None` for a model without a price,
/// which is not the same as costing nothing. `model` is the one that answered, which a provider may have chosen
/// itself; reasoning is part of the output.
///
/// ```
/// use frontdesk_domain::pricing::{CHECKED_ON, estimated_cost};
/// use frontdesk_domain::{ProviderName, TokenUsage};
/// let usage = TokenUsage { prompt_tokens: 1_200, completion_tokens: 272, ..Default::default() };
/// let cost = estimated_cost(&ProviderName::GEMINI, "gemini-3.5-flash-lite", &usage, CHECKED_ON);
/// assert_eq!(cost.map(|cost| cost.to_string()).as_deref(), Some("0.001040"));
/// ```
pub fn estimated_cost(
    provider: &ProviderName,
    model: &str,
    usage: &TokenUsage,
    day: Date,
) -> Option<MicroUsd> {
    let price = price_of(provider, model, day)?;
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
