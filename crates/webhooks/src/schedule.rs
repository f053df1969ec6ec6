//! When an event that did not arrive is sent again: soon at first, then ever later, up to a day.

use jiff::{SignedDuration, Timestamp};

/// Between the first attempt and the second, before it is varied.
pub const FIRST_DELAY: SignedDuration = SignedDuration::from_secs(15);
/// The longest time between two attempts, before it is varied.
pub const LONGEST_DELAY: SignedDuration = SignedDuration::from_hours(4);
/// Each delay is so many times the one before.
const FACTOR: i32 = 3;
/// A delay is made up to a fifth longer, so that what failed at one moment does not come back at one moment.
const VARIED_BY: i64 = 5;

/// When to make the attempt after the `attempt`th (from 1), which ended at `now`; `None` gives up. `wanted` is for how
/// long the receiver asked to be left alone. The last attempt is made at `until`.
///
/// ```
/// use frontdesk_webhooks::next_attempt;
/// use jiff::{SignedDuration, Timestamp};
/// let now: Timestamp = "2026-11-23T10:00:00Z".parse()?;
/// let until = now + SignedDuration::from_hours(24);
/// let second = next_attempt(1, None, now, until, 0);
/// assert_eq!(second, Some(now + SignedDuration::from_secs(15)));
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn next_attempt(
    attempt: i32,
    wanted: Option<SignedDuration>,
    now: Timestamp,
    until: Timestamp,
    random: u64,
) -> Option<Timestamp> {
    if now >= until {
        return None;
    }
    let exponent = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0);
    let factor = FACTOR.checked_pow(exponent).unwrap_or(i32::MAX);
    let delay = FIRST_DELAY.checked_mul(factor).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY);
    let varied = delay + SignedDuration::from_millis(part(delay.as_secs() * 1_000 / VARIED_BY, random));
    let delay = varied.max(wanted.unwrap_or_default());
    Some(now.checked_add(delay).map_or(until, |next| next.min(until)))
}

/// A random part of a number, from 0 to all of it.
fn part(number: i64, random: u64) -> i64 {
    let number = i128::from(number);
    i64::try_from(number * i128::from(random) / i128::from(u64::MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn monday() -> Timestamp {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    /// Seconds after the first attempt, where each fails at once.
    fn all(random: u64) -> Vec<i64> {
        let until = monday() + SignedDuration::from_hours(24);
        let mut now = monday();
        let mut attempts = vec![0];
        while let Some(next) = next_attempt(i32::try_from(attempts.len()).unwrap(), None, now, until, random)
        {
            attempts.push((next - monday()).as_secs());
            now = next;
        }
        attempts
    }

    #[test]
    fn attempts_come_ever_later_and_end_after_a_day() {
        assert_eq!(
            all(0),
            [0, 15, 60, 195, 600, 1_815, 5_460, 16_395, 30_795, 45_195, 59_595, 73_995, 86_400]
        );
        assert_eq!(
            all(u64::MAX),
            [0, 18, 72, 234, 720, 2_178, 6_552, 19_674, 36_954, 54_234, 71_514, 86_400]
        );
    }

    #[test]
    fn a_receiver_is_left_alone_for_as_long_as_it_asks_within_the_day() {
        let until = monday() + SignedDuration::from_hours(24);
        let next = |seconds| next_attempt(1, Some(SignedDuration::from_secs(seconds)), monday(), until, 0);
        assert_eq!(next(5), Some(monday() + FIRST_DELAY));
        assert_eq!(next(600), Some(monday() + SignedDuration::from_secs(600)));
        assert_eq!(next(i64::MAX), Some(until));
        assert_eq!(next_attempt(1, None, until, until, 0), None);
    }

    proptest! {
        #[test]
        fn the_next_attempt_is_later_and_not_after_the_end(
            attempt in -5..i32::MAX, ago in 0_i64..200_000, wanted in prop::option::of(-10_i64..1_000_000), random: u64,
        ) {
            let until = monday() + SignedDuration::from_hours(24);
            let now = monday() + SignedDuration::from_secs(ago);
            match next_attempt(attempt, wanted.map(SignedDuration::from_secs), now, until, random) {
                None => prop_assert!(now >= until),
                Some(next) => prop_assert!(now < next && next <= until),
            }
        }
    }
}
