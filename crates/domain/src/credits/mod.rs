//! Credits: limits, use, holds, and the decision whether one more message may be spent.
//!
//! A message is charged in two phases. [`CreditAccount::reserve`] holds an upper estimate before a
//! provider is called; [`CreditAccount::settle`] replaces the hold by what was really used. The
//! guarantee, for each of the four limits and after every grant: **used + held <= limit**.

mod account;
pub mod audit;
mod limits;

pub use account::{ClosedPeriod, CreditAccount, Exhaustion, Settled};
pub use limits::{Amount, Limit, Limits};

use jiff::Timestamp;

/// The shortest reply worth asking for, in tokens. Where less than the wanted reply is left, a grant
/// shrinks it, but not below this.
///
/// ```
/// assert_eq!(frontdesk_domain::credits::MIN_REPLY_TOKENS, 64);
/// ```
pub const MIN_REPLY_TOKENS: u32 = 64;

/// What one call to a provider may use at the most, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReserveRequest {
    /// Upper estimate of the prompt.
    pub prompt_tokens: u32,
    /// The wanted reply cap, reasoning included.
    pub reply_tokens: u32,
}

/// A granted hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// What is held until it is settled or released: prompt + reply tokens, and one request.
    pub hold: Amount,
    /// The reply cap to send to the provider: at most the wanted one.
    pub reply_tokens: u32,
}

/// Why there is no grant.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialReason {
    /// A limit.
    Limit(Limit),
    /// `credits_exhausted` was set by hand; it holds for the day.
    SetByHand,
}

impl std::fmt::Display for DenialReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Limit(limit) => f.write_str(limit.as_str()),
            Self::SetByHand => f.write_str("set by hand"),
        }
    }
}
