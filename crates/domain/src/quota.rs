//! Quotas of providers: requests and tokens per minute and per day.
//!
//! ```
//! use frontdesk_domain::ProviderName;
//! use frontdesk_domain::quota::{Quota, QuotaRules, Spent};
//! let now = "2026-11-23T10:00:00Z".parse()?;
//! let rules = QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", Default::default());
//! let mut quota = Quota::new(rules);
//! let widget = 7;
//! let taken = quota.take(6_000, widget, now).expect("8,000 tokens a minute");
//! assert_eq!(quota.take(3_000, 8, now).unwrap_err().to_string(), "tokens per minute used up");
//! quota.settle(&taken, Spent::Tokens(1_500));
//! assert!(quota.take(3_000, 8, now).is_ok());
//! # Ok::<(), jiff::Error>(())
//! ```

mod count;
mod rules;
#[cfg(test)]
mod tests;

pub use count::{Quota, Refused, Spent, Taken, Why};
pub use rules::{QuotaRules, QuotaSettings, day_zone, free_tier};

use jiff::Timestamp;
use std::fmt;
use std::time::Duration;

/// What is counted.
///
/// ```
/// use frontdesk_domain::quota::Measure;
/// assert_ne!(Measure::Requests, Measure::Tokens);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Calls.
    Requests,
    /// Tokens of prompt and reply.
    Tokens,
}

impl fmt::Display for Measure {
    /// As operators read it.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::quota::Measure::Tokens.to_string(), "tokens");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
        })
    }
}

/// Over what time it is counted.
///
/// ```
/// use frontdesk_domain::quota::Window;
/// assert!(Window::Minute < Window::Day);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// A minute.
    Minute,
    /// A day, as the provider counts days.
    Day,
}

impl fmt::Display for Window {
    /// As operators read it.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::quota::Window::Day.to_string(), "day");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute",
            Self::Day => "day",
        })
    }
}

/// When something is free again, as the provider says it.
///
/// ```
/// use frontdesk_domain::quota::Reset;
/// let soon = Reset::In(std::time::Duration::from_secs(7));
/// assert_ne!(soon, Reset::At(jiff::Timestamp::UNIX_EPOCH));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// After so long.
    In(Duration),
    /// At that time.
    At(Timestamp),
}

/// What a provider's answer says of one of its quotas.
///
/// ```
/// use frontdesk_domain::quota::{Measure, Reported, Window};
/// let tokens = Reported::new(Measure::Tokens, Window::Minute);
/// assert_eq!((tokens.limit, tokens.remaining, tokens.reset), (None, None, None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// What is counted.
    pub measure: Measure,
    /// Over what time.
    pub window: Window,
    /// The quota.
    pub limit: Option<u64>,
    /// What is left of it.
    pub remaining: Option<u64>,
    /// When it is whole again.
    pub reset: Option<Reset>,
}

impl Reported {
    /// Nothing said yet.
    ///
    /// ```
    /// use frontdesk_domain::quota::{Measure, Reported, Window};
    /// let requests = Reported { limit: Some(30), ..Reported::new(Measure::Requests, Window::Minute) };
    /// assert_eq!(requests.limit, Some(30));
    /// ```
    pub const fn new(measure: Measure, window: Window) -> Self {
        Self { measure, window, limit: None, remaining: None, reset: None }
    }
}

/// All that one answer of a provider says of its quotas; often nothing.
///
/// ```
/// use frontdesk_domain::quota::{Measure, QuotaReport, Reported, Window};
/// let report = QuotaReport { entries: [Reported::new(Measure::Requests, Window::Day)].into() };
/// assert_eq!(report.entries.len(), 1);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotaReport {
    /// In no particular order.
    pub entries: Box<[Reported]>,
}

/// What a provider takes from one key for one model. 0 is no limit.
///
/// ```
/// use frontdesk_domain::quota::QuotaLimits;
/// let free_tier = QuotaLimits { requests_per_minute: 30, tokens_per_minute: 8_000, ..QuotaLimits::UNLIMITED };
/// assert_eq!(free_tier.tokens_per_day, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaLimits {
    /// Calls in a minute.
    pub requests_per_minute: u64,
    /// Tokens of prompts and replies in a minute.
    pub tokens_per_minute: u64,
    /// Calls in a day.
    pub requests_per_day: u64,
    /// Tokens of prompts and replies in a day.
    pub tokens_per_day: u64,
}

impl QuotaLimits {
    /// No limit at all.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::quota::QuotaLimits::UNLIMITED.requests_per_minute, 0);
    /// ```
    pub const UNLIMITED: Self =
        Self { requests_per_minute: 0, tokens_per_minute: 0, requests_per_day: 0, tokens_per_day: 0 };
}
