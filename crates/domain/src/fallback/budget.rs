//! How many calls to a provider may be repetitions.

use crate::sliding::Sliding;
use jiff::Timestamp;
use std::time::Duration;

/// Repetitions for each hundred first calls.
const PERCENT: u64 = 20;
/// Repetitions in a minute that are always allowed: 20 % of a quiet site's calls is none.
const FLOOR: u64 = 3;

/// The retry budget of a provider: over the last minute at most 20 repetitions for each 100 first calls, and 3
/// where there were fewer than 15. A provider that fails for all does not get three times its load for it.
///
/// ```
/// use frontdesk_domain::fallback::RetryBudget;
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut budget = RetryBudget::default();
/// for _ in 0..3 {
///     assert!(budget.may_retry(now));
///     budget.count(true, now);
/// }
/// assert!(!budget.may_retry(now));
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RetryBudget {
    minute: Sliding<Calls>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    first: u64,
    repeated: u64,
}

impl Default for RetryBudget {
    /// Nothing called yet.
    ///
    /// ```
    /// use frontdesk_domain::fallback::RetryBudget;
    /// assert!(RetryBudget::default().may_retry(jiff::Timestamp::UNIX_EPOCH));
    /// ```
    fn default() -> Self {
        Self { minute: Sliding::over(Duration::from_mins(1)) }
    }
}

impl RetryBudget {
    /// Whether one more repetition is within the budget.
    ///
    /// ```
    /// use frontdesk_domain::fallback::RetryBudget;
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut budget = RetryBudget::default();
    /// (0..3).for_each(|_| budget.count(true, now));
    /// assert!(!budget.may_retry(now));
    /// (0..20).for_each(|_| budget.count(false, now));
    /// assert!(budget.may_retry(now), "4 of 20 are 20 %");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn may_retry(&self, now: Timestamp) -> bool {
        let (mut first, mut repeated) = (0, 0);
        for (_, calls) in self.minute.counting(now) {
            first += calls.first;
            repeated += calls.repeated;
        }
        repeated < FLOOR.max(first * PERCENT / 100)
    }

    /// Counts a call that is made.
    ///
    /// ```
    /// use frontdesk_domain::fallback::RetryBudget;
    /// let mut budget = RetryBudget::default();
    /// budget.count(false, "2026-11-23T10:00:00Z".parse()?);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn count(&mut self, is_retry: bool, now: Timestamp) {
        let calls = self.minute.current(now);
        if is_retry { calls.repeated += 1 } else { calls.first += 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_spent_budget_is_whole_again_after_a_minute() {
        let mut budget = RetryBudget::default();
        (0..3).for_each(|_| budget.count(true, at(0)));
        assert!(!budget.may_retry(at(60)));
        assert!(budget.may_retry(at(65)));
    }

    proptest! {
        #[test]
        fn no_minute_has_more_repetitions_than_a_fifth_of_its_first_calls_or_three(
            calls in prop::collection::vec((0i64..20, any::<bool>()), 1..300),
        ) {
            let mut budget = RetryBudget::default();
            let (mut now, mut made) = (0, Vec::new());
            for (pause, wants_retry) in calls {
                now += pause;
                if wants_retry && !budget.may_retry(at(now)) {
                    continue;
                }
                budget.count(wants_retry, at(now));
                made.push((now, wants_retry));
                // First calls of up to one slot before the minute count too, as do their repetitions.
                let count = |since: i64, retry| made.iter().filter(|(t, r)| *t > now - since && *r == retry).count();
                if wants_retry {
                    prop_assert!(count(60, true) <= 3.max(count(65, false) / 5), "{:?}", made);
                }
            }
        }
    }
}
