//! What a provider says is left.

use crate::quota::{QuotaRules, Reported, Reset, Window};
use jiff::Timestamp;
use std::time::Duration;

/// What clocks of threads and processes may differ by.
const SLACK: Duration = Duration::from_secs(5);

/// From when until when something holds. A clock that goes back before its beginning ends it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
}

impl Span {
    /// Its end, while it lasts.
    pub(super) fn until_at(&self, now: Timestamp) -> Option<Timestamp> {
        (now < self.until && later(now, SLACK) >= self.since).then_some(self.until)
    }
}

/// What a provider has last said of one quota.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading {
    pub(super) limit: Option<u64>,
    /// What is left, less what was taken since.
    pub(super) left: Option<(i64, Span)>,
}

impl Reading {
    /// What is left, and until when that is known.
    pub(super) fn left_at(&self, now: Timestamp) -> Option<(u64, Timestamp)> {
        let (left, span) = self.left?;
        Some((u64::try_from(left).unwrap_or(0), span.until_at(now)?))
    }

    pub(super) fn change(&mut self, by: i64) {
        if let Some((left, _)) = &mut self.left {
            *left = left.saturating_add(by);
        }
    }
}

impl QuotaRules {
    /// When what a provider says is left no longer holds: its reset, within reason.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::{Measure, QuotaRules, Reported, Reset, Window};
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let rules = QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", Default::default());
    /// let reset = Some(Reset::In(std::time::Duration::from_secs(7)));
    /// let tokens = Reported { reset, ..Reported::new(Measure::Tokens, Window::Minute) };
    /// assert_eq!(rules.resets_at(&tokens, now).to_string(), "2026-11-23T10:00:07Z");
    /// let requests = Reported::new(Measure::Requests, Window::Day);
    /// assert_eq!(rules.resets_at(&requests, now).to_string(), "2026-11-24T00:00:00Z");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn resets_at(&self, told: &Reported, now: Timestamp) -> Timestamp {
        let longest = match told.window {
            Window::Minute => Duration::from_mins(2),
            Window::Day => Duration::from_hours(25),
        };
        let until = match (told.reset, told.window) {
            (Some(Reset::In(wait)), _) => later(now, wait),
            (Some(Reset::At(time)), _) => time,
            (None, Window::Minute) => later(now, Duration::from_mins(1)),
            (None, Window::Day) => self.next_day(now),
        };
        until.min(later(now, longest))
    }
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
