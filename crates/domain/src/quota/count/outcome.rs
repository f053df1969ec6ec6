//! What is taken, and what is not.

use crate::quota::{Measure, Window};
use jiff::Timestamp;

/// A call that was taken from a quota.
///
/// ```
/// use frontdesk_domain::quota::Taken;
/// let taken = Taken { at: jiff::Timestamp::UNIX_EPOCH, tenant: 7, tokens: 900 };
/// assert_eq!(taken.tokens, 900);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// When.
    pub at: Timestamp,
    /// On whose behalf.
    pub tenant: i32,
    /// The estimate that was taken.
    pub tokens: u32,
}

/// What a call that was taken came to.
///
/// ```
/// use frontdesk_domain::quota::Spent;
/// assert_ne!(Spent::Tokens(0), Spent::Nothing, "a call was made");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// It was made, and used so many tokens.
    Tokens(u64),
    /// It was made, and nobody knows what it used: the estimate stays.
    Unknown,
    /// It was not made.
    Nothing,
}

/// Why a call may not be made now.
///
/// ```
/// use frontdesk_domain::quota::{Measure, Refused, Why, Window};
/// let why = Why::Reached { measure: Measure::Requests, window: Window::Day };
/// assert_eq!(Refused { why, until: None }.to_string(), "requests per day used up");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refused {
    /// The reason.
    pub why: Why,
    /// When it may be asked again with some hope; `None` for never.
    pub until: Option<Timestamp>,
}

/// The reason of a refusal.
///
/// ```
/// use frontdesk_domain::quota::Why;
/// assert_eq!(Why::Rests.to_string(), "the provider has asked to wait");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Why {
    /// Not so much is left.
    #[error("{measure} per {window} used up")]
    Reached {
        /// Of what.
        measure: Measure,
        /// In which time.
        window: Window,
    },
    /// The tenant has its share of the minute; the rest is for others.
    #[error("this widget's share of the {measure} per minute used up")]
    Share {
        /// Of what.
        measure: Measure,
    },
    /// The call is larger than the whole quota.
    #[error("more {measure} than a whole {window} allows")]
    TooLarge {
        /// Of what.
        measure: Measure,
        /// In which time.
        window: Window,
    },
    /// The provider has refused a call, and named a time or spent its day.
    #[error("the provider has asked to wait")]
    Rests,
}
