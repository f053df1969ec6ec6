//! Thresholds: when so much of a limit is used that its client should hear of it.

use super::{CreditAccount, Limit};
use jiff::Timestamp;

/// A share of a limit that is worth telling.
///
/// ```
/// use frontdesk_domain::credits::Threshold;
/// assert_eq!(Threshold::ALL.map(Threshold::percent), [80, 100]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Threshold {
    /// 80 % are used.
    Nearly,
    /// All is used.
    Reached,
}

impl Threshold {
    /// Both, in the order in which an account passes them.
    ///
    /// ```
    /// use frontdesk_domain::credits::Threshold;
    /// assert_eq!(Threshold::ALL, [Threshold::Nearly, Threshold::Reached]);
    /// ```
    pub const ALL: [Self; 2] = [Self::Nearly, Self::Reached];

    /// The share in percent of the limit.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::credits::Threshold::Nearly.percent(), 80);
    /// ```
    pub const fn percent(self) -> u8 {
        match self {
            Self::Nearly => 80,
            Self::Reached => 100,
        }
    }
}

/// Which thresholds of which limits an account was last seen above: what has been told already.
///
/// ```
/// use frontdesk_domain::credits::{Limit, PassedThresholds, Threshold};
/// let none = PassedThresholds::default();
/// assert!(!none.contains(Limit::DailyTokens, Threshold::Nearly));
/// assert_eq!(PassedThresholds::from_bits(none.bits()), none);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassedThresholds(u8);

impl PassedThresholds {
    /// As it is stored, two bits for each of [`Limit::ALL`]; what a hand wrote beyond them is left out.
    ///
    /// ```
    /// use frontdesk_domain::credits::{Limit, PassedThresholds, Threshold};
    /// assert!(PassedThresholds::from_bits(0b10).contains(Limit::MonthlyRequests, Threshold::Reached));
    /// ```
    pub const fn from_bits(bits: i32) -> Self {
        // The lowest eight bits are all that there are.
        Self(bits.to_le_bytes()[0])
    }

    /// As it is stored.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::credits::PassedThresholds::default().bits(), 0);
    /// ```
    pub const fn bits(self) -> i32 {
        self.0 as i32
    }

    /// Whether the account was above this threshold.
    ///
    /// ```
    /// use frontdesk_domain::credits::{Limit, PassedThresholds, Threshold};
    /// let nearly = PassedThresholds::from_bits(1);
    /// assert!(nearly.contains(Limit::MonthlyRequests, Threshold::Nearly));
    /// assert!(!nearly.contains(Limit::MonthlyRequests, Threshold::Reached));
    /// ```
    pub fn contains(self, limit: Limit, threshold: Threshold) -> bool {
        self.0 & bit(limit, threshold) != 0
    }
}

fn bit(limit: Limit, threshold: Threshold) -> u8 {
    let limit = match limit {
        Limit::MonthlyRequests => 0,
        Limit::MonthlyTokens => 2,
        Limit::DailyRequests => 4,
        Limit::DailyTokens => 6,
    };
    let threshold = match threshold {
        Threshold::Nearly => 0,
        Threshold::Reached => 1,
    };
    1 << (limit + threshold)
}

/// An account that has passed a threshold.
///
/// ```
/// use frontdesk_domain::credits::{Amount, CreditAccount, Limit, Threshold};
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
/// account.settle(Amount::default(), Amount { tokens: 4_000, requests: 1 }, now);
/// let passed = account.note_thresholds().remove(0);
/// assert_eq!((passed.limit, passed.threshold), (Limit::DailyTokens, Threshold::Nearly));
/// assert_eq!((passed.used, passed.maximum), (4_000, 5_000));
/// assert_eq!(passed.resets_at.to_string(), "2026-11-24T00:00:00Z");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThresholdPassed {
    /// Of which limit.
    pub limit: Limit,
    /// Which share of it.
    pub threshold: Threshold,
    /// What is used, in tokens or requests.
    pub used: i64,
    /// The limit.
    pub maximum: i64,
    /// When the day or month of the limit ends.
    pub resets_at: Timestamp,
}

impl CreditAccount {
    /// Notes above which thresholds the account is, and returns those that it was not above before. Each is
    /// returned once in its day or month, whatever is done between two calls and whoever does it; again only
    /// where the use fell below it in between, because the limit was raised or the counters were reset by hand.
    /// Holds do not count, and an account that has used nothing is above nothing.
    ///
    /// Call it after [`roll`](Self::roll) and again after what is booked then: a day that ends between two
    /// calls would hide that the next one passed the same threshold.
    ///
    /// ```
    /// # use frontdesk_domain::credits::{Amount, CreditAccount, Threshold};
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
    /// account.settle(Amount::default(), Amount { tokens: 5_000, requests: 1 }, now);
    /// let passed: Vec<_> = account.note_thresholds().iter().map(|passed| passed.threshold).collect();
    /// assert_eq!(passed, [Threshold::Nearly, Threshold::Reached]);
    /// assert!(account.note_thresholds().is_empty());
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn note_thresholds(&mut self) -> Vec<ThresholdPassed> {
        let told = std::mem::take(&mut self.passed);
        let mut new = Vec::new();
        for limit in Limit::ALL {
            let (used, maximum) = (self.used(limit), self.limits.get(limit));
            for threshold in
                Threshold::ALL.into_iter().filter(|threshold| is_above(used, maximum, *threshold))
            {
                self.passed.0 |= bit(limit, threshold);
                if !told.contains(limit, threshold) {
                    let resets_at = self.resets_at(limit.period());
                    new.push(ThresholdPassed { limit, threshold, used, maximum, resets_at });
                }
            }
        }
        new
    }
}

fn is_above(used: i64, maximum: i64, threshold: Threshold) -> bool {
    used > 0 && i128::from(used) * 100 >= i128::from(maximum) * i128::from(threshold.percent())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::{Amount, Limits, MAX_LIMIT};
    use jiff::{SignedDuration, ToSpan};
    use proptest::prelude::*;

    fn monday() -> Timestamp {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    fn account() -> CreditAccount {
        CreditAccount::new(Limits::default(), Default::default(), monday())
    }

    fn book(account: &mut CreditAccount, tokens: i64, now: Timestamp) -> Vec<(Limit, u8)> {
        account.roll(now);
        let mut passed = account.note_thresholds();
        account.settle(Amount::default(), Amount { tokens, requests: 1 }, now);
        passed.extend(account.note_thresholds());
        passed.iter().map(|passed| (passed.limit, passed.threshold.percent())).collect()
    }

    #[test]
    fn a_threshold_is_passed_at_its_number_and_not_before() {
        for (used, percents) in
            [(3_999, vec![]), (4_000, vec![80]), (4_999, vec![80]), (5_000, vec![80, 100])]
        {
            let expected: Vec<_> =
                percents.into_iter().map(|percent| (Limit::DailyTokens, percent)).collect();
            assert_eq!(book(&mut account(), used, monday()), expected, "{used}");
        }
    }

    #[test]
    fn each_day_tells_its_own() {
        let mut account = account();
        let daily = (Limit::DailyTokens, 80);
        assert_eq!(book(&mut account, 4_500, monday()), [daily]);
        assert_eq!(book(&mut account, 10, monday()), []);
        // The whole day's use in the first message after midnight: the roll lies between.
        assert_eq!(book(&mut account, 4_500, monday() + 24.hours()), [daily]);
        assert_eq!(book(&mut account, 10, monday() + 25.hours()), []);
    }

    #[test]
    fn a_raised_limit_is_told_anew_and_a_lowered_one_at_once() {
        let mut account = account();
        book(&mut account, 5_000, monday());
        account.limits.daily.tokens = 10_000;
        assert_eq!(account.note_thresholds(), []);
        assert_eq!(book(&mut account, 3_000, monday()), [(Limit::DailyTokens, 80)]);
        account.limits.monthly.tokens = 8_000;
        let passed: Vec<_> =
            account.note_thresholds().iter().map(|p| (p.limit, p.threshold.percent())).collect();
        assert_eq!(passed, [(Limit::MonthlyTokens, 80), (Limit::MonthlyTokens, 100)]);
    }

    #[test]
    fn counters_reset_by_hand_are_told_anew() {
        let mut account = account();
        book(&mut account, 5_000, monday());
        account.used_today = Amount::default();
        assert_eq!(book(&mut account, 4_000, monday()), [(Limit::DailyTokens, 80)]);
    }

    #[test]
    fn nothing_used_is_above_nothing_and_large_numbers_do_not_wrap() {
        let mut account = account();
        for maximum in [0, -1, i64::MIN] {
            account.limits.daily.tokens = maximum;
            assert_eq!(account.note_thresholds(), []);
        }
        account.limits.daily.tokens = MAX_LIMIT;
        account.used_today.tokens = i64::MAX;
        assert_eq!(account.note_thresholds().len(), 2);
        account.limits.daily.tokens = i64::MIN;
        assert!(account.note_thresholds().is_empty());
    }

    #[test]
    fn every_pair_has_a_bit_of_its_own() {
        let pairs =
            Limit::ALL.into_iter().flat_map(|limit| Threshold::ALL.map(|threshold| bit(limit, threshold)));
        assert_eq!(pairs.fold(0_u8, |all, bit| all ^ bit), u8::MAX);
        assert_eq!(PassedThresholds::from_bits(-1), PassedThresholds(u8::MAX));
        assert_eq!(PassedThresholds::from_bits(0x1F00), PassedThresholds::default());
    }

    proptest! {
        /// Whatever is used when: each pair is told once in each of its periods, and exactly if it was passed then.
        #[test]
        fn each_is_told_once_in_its_period_if_it_was_passed(
            steps in prop::collection::vec((0_i64..40 * 3_600, 0_i64..3_000), 1..60),
        ) {
            let mut account = account();
            let mut now = monday();
            let mut told = std::collections::BTreeSet::new();
            let mut expected = std::collections::BTreeSet::new();
            for (seconds, tokens) in steps {
                now += SignedDuration::from_secs(seconds);
                for (limit, percent) in book(&mut account, tokens, now) {
                    let name = (limit.as_str(), percent, account.resets_at(limit.period()));
                    prop_assert!(told.insert(name), "told twice: {name:?}");
                }
                for limit in Limit::ALL {
                    for threshold in Threshold::ALL {
                        let share = account.limits.get(limit) * i64::from(threshold.percent()) / 100;
                        if account.used(limit) >= share {
                            let end = account.resets_at(limit.period());
                            expected.insert((limit.as_str(), threshold.percent(), end));
                        }
                    }
                }
            }
            prop_assert_eq!(told, expected);
        }
    }
}
