//! The rules of Frontdesk, as pure functions.
//!
//! * [`credits`]: may this client spend? How much is held, used, left, and which limit is in the way?
//! * [`period`]: when does a day or a month end for this client?
//! * [`fallback`]: what next after this failure?
//! * [`breaker`]: is this provider worth a call just now?
//! * [`quota`]: how much will a provider take this minute, this day?
//! * [`pricing`]: what did these tokens cost?
//! * [`confidence`]: what an answer's confidence means, by its source.
//!
//! Nothing in this crate reads a clock, does I/O, awaits, or knows a database: time and randomness
//! are arguments, so every rule can be tested without waiting and linked by any service.
//!
//! ```
//! use frontdesk_domain::credits::{CreditAccount, ReserveRequest};
//! use jiff::Timestamp;
//!
//! let now: Timestamp = "2026-11-23T10:00:00Z".parse()?;
//! let mut account = CreditAccount::new(Default::default(), Default::default(), now);
//! let grant = account.reserve(ReserveRequest { prompt_tokens: 900, reply_tokens: 500 }, now)?;
//! assert_eq!(grant.hold.tokens, 1_400);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod breaker;
pub mod confidence;
pub mod credits;
pub mod fallback;
pub mod ids;
pub mod period;
pub mod pricing;
pub mod provider;
pub mod quota;
mod sliding;
pub mod usage;

pub use provider::ProviderName;
pub use usage::TokenUsage;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
