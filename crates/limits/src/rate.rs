//! How often, and how much of that is left.

use std::num::NonZeroU32;
use std::time::Duration;

/// The longest window. Longer ones, which only hand-made SQL can set, count as this.
const LONGEST: Duration = Duration::from_hours(31 * 24);

/// So many at once, and as many again in each window of time, evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    most: NonZeroU32,
    /// In which one more is free: the window divided by `most`, in whole microseconds, rounded up.
    interval: Duration,
}

impl Rate {
    /// `most` in `window`; `None` where either is 0, which means that there is no limit. A window is at most 31 days.
    ///
    /// ```
    /// use frontdesk_limits::Rate;
    /// use std::time::Duration;
    /// let ten_a_minute = Rate::new(10, Duration::from_secs(60)).unwrap();
    /// assert_eq!(ten_a_minute.interval(), Duration::from_secs(6));
    /// assert_eq!(Rate::new(0, Duration::from_secs(60)), None);
    /// ```
    pub fn new(most: u32, window: Duration) -> Option<Self> {
        let most = NonZeroU32::new(most)?;
        let micros = u64::try_from(window.min(LONGEST).as_micros()).ok().filter(|micros| *micros > 0)?;
        Some(Self { most, interval: Duration::from_micros(micros.div_ceil(u64::from(most.get()))) })
    }

    /// `most` in a minute; `None` where it is 0, which means that there is no limit.
    ///
    /// ```
    /// # use frontdesk_limits::Rate;
    /// assert_eq!(Rate::per_minute(30).unwrap().most(), 30);
    /// ```
    pub fn per_minute(most: u32) -> Option<Self> {
        Self::new(most, Duration::from_mins(1))
    }

    /// How many are let through at once.
    pub fn most(self) -> u32 {
        self.most.get()
    }

    /// After which time one more is.
    pub fn interval(self) -> Duration {
        self.interval
    }

    pub(crate) fn quota(self) -> Option<governor::Quota> {
        governor::Quota::with_period(self.interval).map(|quota| quota.allow_burst(self.most))
    }

    pub(crate) fn standing(self, remaining: u32) -> Standing {
        let used = self.most().saturating_sub(remaining);
        Standing { limit: self.most(), remaining, reset: self.interval.saturating_mul(used) }
    }
}

/// What is left of a limit after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How many are let through at once.
    pub limit: u32,
    /// How many would be let through now.
    pub remaining: u32,
    /// After which time nothing of the limit is used any more, at the latest.
    pub reset: Duration,
}

impl Standing {
    /// The one of two of which less is left.
    #[must_use]
    pub fn tighter(self, other: Self) -> Self {
        if other.remaining < self.remaining { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_shared_out_in_whole_microseconds() {
        let rate = |most, window| Rate::new(most, window).map(Rate::interval);
        assert_eq!(rate(3, Duration::from_secs(1)), Some(Duration::from_micros(333_334)));
        assert_eq!(rate(u32::MAX, Duration::from_secs(1)), Some(Duration::from_micros(1)));
        assert_eq!(rate(1, Duration::from_secs(u64::MAX)), Some(LONGEST));
        assert_eq!(rate(1, Duration::ZERO), None);
        assert_eq!(rate(1, Duration::from_nanos(1)), None);
    }

    #[test]
    fn the_tighter_of_two_is_the_one_with_less_left() {
        let [minute, second] =
            [(60, 30), (5, 4)].map(|(most, left)| Rate::per_minute(most).unwrap().standing(left));
        assert_eq!(minute.tighter(second), second);
        assert_eq!(second.tighter(minute), second);
        assert_eq!(second, Standing { limit: 5, remaining: 4, reset: Duration::from_secs(12) });
    }
}
