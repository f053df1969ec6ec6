//! Circuit breakers: a provider that keeps failing is left alone for a while.
//!
//! ```
//! use frontdesk_domain::breaker::BreakerPolicy;
//! assert_eq!(BreakerPolicy::default().consecutive_failures, 5);
//! ```

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
