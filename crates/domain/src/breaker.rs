//! Circuit breakers: a provider that keeps failing is left alone for a while.
//!
//! ```
//! use frontdesk_domain::breaker::{Breaker, BreakerPolicy, Change};
//! use frontdesk_domain::fallback::Failure;
//! let now = "2026-11-23T10:00:00Z".parse()?;
//! let mut breaker = Breaker::new(BreakerPolicy { consecutive_failures: 2, ..Default::default() });
//! for _ in 0..2 {
//!     let pass = breaker.pass(now).expect("closed");
//!     breaker.record(pass, Some(Failure::Timeout), now);
//! }
//! let until = breaker.pass(now).expect_err("open");
//! let probe = breaker.pass(until).expect("half open");
//! assert_eq!(breaker.record(probe, None, until), Some(Change::Closed));
//! # Ok::<(), jiff::Error>(())
//! ```

mod state;
#[cfg(test)]
mod tests;

pub use state::{Breaker, Change, Pass};

use crate::fallback::Failure;
use std::time::Duration;

/// When a circuit breaker opens, and for how long.
///
/// ```
/// use frontdesk_domain::breaker::BreakerPolicy;
/// let impatient = BreakerPolicy { consecutive_failures: 2, ..Default::default() };
/// assert_eq!(impatient.failure_rate_percent, BreakerPolicy::default().failure_rate_percent);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// It opens after so many failures in a row.
    pub consecutive_failures: u32,
    /// It opens when so many of 100 calls within `window` failed.
    pub failure_rate_percent: u32,
    /// The failure rate counts from so many calls within `window`.
    pub least_calls: u32,
    /// Over what time the failure rate is taken.
    pub window: Duration,
    /// How long it stays open before a probe is let through.
    pub open_for: Duration,
}

impl Default for BreakerPolicy {
    /// 5 failures in a row, or half of at least 20 calls in a minute; open for 30 s.
    ///
    /// ```
    /// # use frontdesk_domain::breaker::BreakerPolicy;
    /// assert_eq!(BreakerPolicy::default().open_for.as_secs(), 30);
    /// ```
    fn default() -> Self {
        Self {
            consecutive_failures: 5,
            failure_rate_percent: 50,
            least_calls: 20,
            window: Duration::from_mins(1),
            open_for: Duration::from_secs(30),
        }
    }
}

/// What a failure says of the provider, key and model that it came from.
///
/// ```
/// use frontdesk_domain::breaker::Sign;
/// use frontdesk_domain::fallback::Failure;
/// assert_eq!(Sign::of(Failure::Timeout), Sign::Ill);
/// assert_eq!(Sign::of(Failure::Rejected), Sign::None, "a caller's own fault");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It works: a whole answer came, even where it holds no text.
    Well,
    /// It fails just now.
    Ill,
    /// It will go on to fail for everybody until somebody sets it right.
    Dead,
    /// Nothing. A caller's own bad request says nothing, and a limit is the quota's matter.
    None,
}

impl Sign {
    /// | failure | sign |
    /// |---|---|
    /// | `Overloaded`, `Timeout`, `Unreachable`, `Malformed`, `CutOff` | ill |
    /// | `InvalidKey`, `ModelGone` | dead: opens at once |
    /// | `Blocked`, `Empty` | well: the model answered |
    /// | `Rejected`, `RateLimited`, `QuotaSpent`, `NotConfigured`, `CircuitOpen`, `QuotaReached` | none |
    ///
    /// ```
    /// use frontdesk_domain::breaker::Sign;
    /// use frontdesk_domain::fallback::Failure;
    /// assert_eq!(Sign::of(Failure::InvalidKey), Sign::Dead);
    /// ```
    pub const fn of(failure: Failure) -> Self {
        match failure {
            Failure::Overloaded { .. }
            | Failure::Timeout
            | Failure::Unreachable
            | Failure::Malformed
            | Failure::CutOff => Self::Ill,
            Failure::InvalidKey | Failure::ModelGone => Self::Dead,
            Failure::Blocked | Failure::Empty => Self::Well,
            Failure::NotConfigured
            | Failure::RateLimited { .. }
            | Failure::QuotaSpent
            | Failure::Rejected
            | Failure::CircuitOpen
            | Failure::QuotaReached => Self::None,
        }
    }
}
