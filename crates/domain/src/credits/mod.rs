//! Credits: limits, use, holds, and the decision whether one more message may be spent.
//!
//! A message is charged in two phases. [`CreditAccount::reserve`] holds an upper estimate before a
//! provider is called; [`CreditAccount::settle`] replaces the hold by what was really used. The
//! guarantee, for each of the four limits and after every grant: **used + held <= limit**.
//!
//! ```
//! use frontdesk_domain::credits::{Amount, CreditAccount, ReserveRequest};
//! let now = "2026-11-23T10:00:00Z".parse()?;
//! let mut account = CreditAccount::new(Default::default(), Default::default(), now);
//! let grant = account.reserve(ReserveRequest { prompt_tokens: 900, reply_tokens: 500 }, now)?;
//! // .. the provider is called; it reports 1,030 tokens ..
//! account.settle(grant.hold, Amount { tokens: 1_030, requests: 1 }, now);
//! assert!(account.held.is_zero());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
pub mod audit;
mod limits;
mod thresholds;

pub use account::{ClosedPeriod, CreditAccount, Exhaustion, Settled};
pub use limits::{Amount, InvalidLimit, Limit, Limits, MAX_LIMIT};
pub use thresholds::{PassedThresholds, Threshold, ThresholdPassed};

use jiff::Timestamp;

/// The shortest reply worth asking for, in tokens. Where less than the wanted reply is left, a grant
/// shrinks it, but not below this.
///
/// ```
/// assert_eq!(frontdesk_domain::credits::MIN_REPLY_TOKENS, 64);
/// ```
pub const MIN_REPLY_TOKENS: u32 = 64;

/// What one call to a provider may use at the most, in tokens.
///
/// ```
/// use frontdesk_domain::credits::ReserveRequest;
/// // The prompt is an upper estimate: what is estimated too low is overspent.
/// let request = ReserveRequest { prompt_tokens: 900, reply_tokens: 500 };
/// assert_eq!(u64::from(request.prompt_tokens) + u64::from(request.reply_tokens), 1_400);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReserveRequest {
    /// Upper estimate of the prompt.
    pub prompt_tokens: u32,
    /// The wanted reply cap, reasoning included.
    pub reply_tokens: u32,
}

/// A granted hold.
///
/// ```
/// use frontdesk_domain::credits::{Amount, CreditAccount, Grant, ReserveRequest};
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
/// account.used_today.tokens = 4_000; // of 5,000
/// let grant = account.reserve(ReserveRequest { prompt_tokens: 800, reply_tokens: 500 }, now)?;
/// assert_eq!(grant, Grant { hold: Amount { tokens: 1_000, requests: 1 }, reply_tokens: 200 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// What is held until it is settled or released: prompt + reply tokens, and one request.
    pub hold: Amount,
    /// The reply cap to send to the provider: at most the wanted one.
    pub reply_tokens: u32,
}

/// Why there is no grant.
///
/// ```
/// use frontdesk_domain::credits::{CreditAccount, ReserveRequest};
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
/// account.used_this_month.requests = 1_000;
/// let denial = account.reserve(ReserveRequest { prompt_tokens: 900, reply_tokens: 500 }, now).unwrap_err();
/// assert_eq!(
///     denial.to_string(),
///     "credits exhausted (monthly_request_limit) until 2026-12-01T00:00:00Z"
/// );
/// assert!(!denial.only_held);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("credits exhausted ({reason}) until {resets_at}")]
pub struct Denial {
    /// What stands in the way. Of several limits the one that resets last.
    pub reason: DenialReason,
    /// When it resets.
    pub resets_at: Timestamp,
    /// True when the request would fit but for what other visitors' messages hold right now: a
    /// settlement may make room before any reset.
    pub only_held: bool,
}

/// What stands in the way of a grant.
///
/// ```
/// use frontdesk_domain::credits::{CreditAccount, DenialReason, Exhaustion, ReserveRequest};
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
/// account.exhaustion = Exhaustion::SetByHand { since: None };
/// let denial = account.reserve(ReserveRequest { prompt_tokens: 900, reply_tokens: 500 }, now).unwrap_err();
/// assert_eq!(denial.reason, DenialReason::SetByHand);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialReason {
    /// A limit.
    Limit(Limit),
    /// `credits_exhausted` was set by hand; it holds for the day.
    SetByHand,
}

impl std::fmt::Display for DenialReason {
    /// The limit's column, or `set by hand`.
    ///
    /// ```
    /// use frontdesk_domain::credits::{DenialReason, Limit};
    /// assert_eq!(DenialReason::Limit(Limit::DailyTokens).to_string(), "daily_token_limit");
    /// assert_eq!(DenialReason::SetByHand.to_string(), "set by hand");
    /// ```
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Limit(limit) => f.write_str(limit.as_str()),
            Self::SetByHand => f.write_str("set by hand"),
        }
    }
}
