//! Counting what is taken of a quota.

mod day;
mod left;
mod minute;
mod outcome;

use super::rules::Bound;
use super::{Measure, QuotaReport, QuotaRules, Window};
use crate::period::Period;
use day::Days;
use jiff::Timestamp;
use left::{Reading, Span};
use minute::Minute;
pub use outcome::{Refused, Spent, Taken, Why};

/// All that is counted, in the order in which it is asked.
const ALL: [(Measure, Window); 4] = [
    (Measure::Requests, Window::Minute),
    (Measure::Tokens, Window::Minute),
    (Measure::Requests, Window::Day),
    (Measure::Tokens, Window::Day),
];

/// Calls and tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    requests: u64,
    tokens: u64,
}

impl Counts {
    fn of(&self, measure: Measure) -> u64 {
        match measure {
            Measure::Requests => self.requests,
            Measure::Tokens => self.tokens,
        }
    }

    fn add(&mut self, requests: u64, tokens: u64) {
        self.requests = self.requests.saturating_add(requests);
        self.tokens = self.tokens.saturating_add(tokens);
    }

    fn subtract(&mut self, requests: u64, tokens: u64) {
        self.requests = self.requests.saturating_sub(requests);
        self.tokens = self.tokens.saturating_sub(tokens);
    }
}

/// The quota of one provider, model and key: what was taken this minute and this day, and what the provider says.
///
/// A minute is the last 60 s, cut in slots of 5 s; the slot in which it began counts whole. A day is the provider's
/// calendar day. Both count estimates until a call is settled. What the provider reports of its own count
/// replaces ours until its reset, in both directions. Clocks may go back: what lies more than a minute, or a day,
/// in the future is forgotten.
///
/// ```
/// use frontdesk_domain::ProviderName;
/// use frontdesk_domain::quota::{Quota, QuotaRules};
/// let rules = QuotaRules::new(&ProviderName::GEMINI, "gemini-3.8-flash", Default::default());
/// let mut quota = Quota::new(rules);
/// let granted = (1..=9).filter(|&widget| quota.take(900, widget, jiff::Timestamp::UNIX_EPOCH).is_ok());
/// assert_eq!(granted.count(), 5);
/// ```
#[derive(Debug, Clone)]
pub struct Quota {
    rules: QuotaRules,
    minute: Minute,
    days: Days,
    rest: Option<Span>,
    readings: [Reading; 4],
}

impl Quota {
    /// Nothing taken yet.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::{Quota, QuotaRules};
    /// let quota = Quota::new(QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", Default::default()));
    /// assert!(!quota.rests(jiff::Timestamp::UNIX_EPOCH));
    /// ```
    pub fn new(rules: QuotaRules) -> Self {
        Self {
            rules,
            minute: Minute::default(),
            days: Days::default(),
            rest: None,
            readings: [Reading::default(); 4],
        }
    }

    /// The rules that it goes by.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::{Quota, QuotaRules};
    /// let rules = QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", Default::default());
    /// assert_eq!(Quota::new(rules.clone()).rules(), &rules);
    /// ```
    pub fn rules(&self) -> &QuotaRules {
        &self.rules
    }

    /// Takes one call of at most `tokens` tokens, where all quotas have room for it.
    ///
    /// **Fair share**, within a minute and for calls and tokens alike: a tenant that has taken something this
    /// minute may take a call only while all that it has then is at most what was free before the call, times
    /// `share / (100 - share)`. With the default of 50 one busy tenant stops at about half, two at about a third
    /// each, and there is always room left for a newcomer's call of the size of theirs. A tenant that has taken
    /// nothing this minute only needs the call to fit.
    ///
    /// # Errors
    /// [`Refused`]; nothing is taken then.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::{Measure, Quota, QuotaRules, Why};
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let rules = QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", Default::default());
    /// let mut quota = Quota::new(rules);
    /// let busy = (1..30).map_while(|_| quota.take(1_000, 7, now).ok()).count();
    /// assert_eq!(busy, 4, "of 8,000 tokens a minute");
    /// assert_eq!(quota.take(1_000, 7, now).unwrap_err().why, Why::Share { measure: Measure::Tokens });
    /// assert!(quota.take(1_000, 8, now).is_ok(), "another tenant");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn take(&mut self, tokens: u32, tenant: i32, now: Timestamp) -> Result<Taken, Refused> {
        if let Some(until) = self.rest.and_then(|rest| rest.until_at(now)) {
            return Err(Refused { why: Why::Rests, until: Some(until) });
        }
        for (measure, window) in ALL {
            self.has_room(measure, window, amount(measure, tokens), tenant, now)?;
        }
        Ok(self.count(tokens, tenant, now))
    }

    /// Counts a call that is made without asking, for example because another counter has granted it.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::{Quota, QuotaRules};
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut quota = Quota::new(QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", Default::default()));
    /// quota.count(8_000, 7, now);
    /// assert!(quota.take(1, 8, now).is_err());
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn count(&mut self, tokens: u32, tenant: i32, now: Timestamp) -> Taken {
        let day = self.rules.day_zone.day(now);
        self.minute.take(tokens, tenant, now);
        self.days.of(day).add(1, u64::from(tokens));
        self.change_left(-1, -i64::from(tokens));
        Taken { at: now, tenant, tokens }
    }

    /// Says what a call came to: what was estimated too much is given back, what was too little is taken. Once for
    /// each [`Taken`].
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::{Quota, QuotaRules, Spent};
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut quota = Quota::new(QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", Default::default()));
    /// let taken = quota.take(8_000, 7, now).expect("the whole minute");
    /// quota.settle(&taken, Spent::Nothing);
    /// assert!(quota.take(8_000, 7, now).is_ok());
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn settle(&mut self, taken: &Taken, spent: Spent) {
        self.minute.settle(taken, spent);
        let estimate = u64::from(taken.tokens);
        let (requests, actual) = match spent {
            Spent::Unknown => return,
            Spent::Tokens(actual) => (0, actual),
            Spent::Nothing => (1, 0),
        };
        let day = self.days.of(self.rules.day_zone.day(taken.at));
        day.subtract(requests, estimate);
        day.add(0, actual);
        self.change_left(signed(requests), signed(estimate).saturating_sub(signed(actual)));
    }

    /// Takes what the provider says for the truth: its limit in place of the assumed one (never above one that an
    /// operator has set), and until its reset what it says is left, less the calls that are still under way. A
    /// reset of a minute is believed up to 2 minutes, one of a day up to 25 hours; without one it is a minute,
    /// or the end of the day. Settle the call that brought the report first.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::{Measure, Quota, QuotaReport, QuotaRules, Reported, Window};
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut quota = Quota::new(QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", Default::default()));
    /// let tokens = Reported { remaining: Some(500), ..Reported::new(Measure::Tokens, Window::Minute) };
    /// quota.report(&QuotaReport { entries: [tokens].into() }, now);
    /// assert!(quota.take(501, 7, now).is_err(), "somebody else uses this key too");
    /// assert!(quota.take(500, 7, now).is_ok());
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn report(&mut self, report: &QuotaReport, now: Timestamp) {
        for told in &report.entries {
            let index = index(told.measure, told.window);
            if let Some(limit) = told.limit.filter(|&limit| limit > 0) {
                self.readings[index].limit = Some(limit);
            }
            if let Some(remaining) = told.remaining {
                let under_way = self.minute.under_way(now).of(told.measure);
                let left = signed(remaining).saturating_sub(signed(under_way));
                let span = Span { since: now, until: self.rules.resets_at(told, now) };
                self.readings[index].left = Some((left, span));
            }
        }
    }

    /// Takes nothing until then: the provider has refused a call.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::{Quota, QuotaRules};
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut quota = Quota::new(QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", Default::default()));
    /// quota.rest_until("2026-11-23T10:00:10Z".parse()?, now);
    /// assert!(quota.rests(now) && quota.take(1, 7, now).is_err());
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn rest_until(&mut self, until: Timestamp, now: Timestamp) {
        let until = self.rest.and_then(|rest| rest.until_at(now)).map_or(until, |rest| rest.max(until));
        self.rest = Some(Span { since: now, until });
    }

    /// Whether it takes nothing at all, since the provider has refused a call.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::{Quota, QuotaRules};
    /// let rules = QuotaRules::new(&ProviderName::CLAUDE, "claude-haiku-5-5", Default::default());
    /// assert!(!Quota::new(rules).rests(jiff::Timestamp::UNIX_EPOCH));
    /// ```
    pub fn rests(&self, now: Timestamp) -> bool {
        self.rest.is_some_and(|rest| rest.until_at(now).is_some())
    }

    fn has_room(
        &self,
        measure: Measure,
        window: Window,
        amount: u64,
        tenant: i32,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let reading = &self.readings[index(measure, window)];
        let (limit, chosen) = match self.rules.bound(measure, window, reading.limit) {
            Bound::Off => return Ok(()),
            Bound::Unknown => (None, false),
            Bound::Known(limit) => (Some(limit), false),
            Bound::Chosen(limit) => (Some(limit), true),
        };
        if limit.is_some_and(|limit| amount > limit) {
            return Err(Refused { why: Why::TooLarge { measure, window }, until: None });
        }
        let told = reading.left_at(now);
        let own = limit.map(|limit| limit.saturating_sub(self.used(measure, window, now)));
        let (free, until) = match (told, own) {
            (None, None) => return Ok(()),
            (Some((left, until)), Some(own)) if !chosen || left <= own => (left, Some(until)),
            (Some((left, until)), None) => (left, Some(until)),
            (_, Some(own)) => (own, None),
        };
        if amount > free {
            let until = until.unwrap_or_else(|| self.free_again(measure, window, amount - free, now));
            return Err(Refused { why: Why::Reached { measure, window }, until: Some(until) });
        }
        if window == Window::Minute { self.is_fair(measure, amount, free, tenant, now) } else { Ok(()) }
    }

    fn is_fair(
        &self,
        measure: Measure,
        amount: u64,
        free: u64,
        tenant: i32,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let (taken, share) = (self.minute.taken_by(tenant, now), self.rules.share());
        if share == 100 || taken.requests == 0 {
            return Ok(());
        }
        if (taken.of(measure) + amount).saturating_mul(100 - share) <= free.saturating_mul(share) {
            return Ok(());
        }
        Err(Refused { why: Why::Share { measure }, until: self.minute.first_end(tenant, now) })
    }

    fn used(&self, measure: Measure, window: Window, now: Timestamp) -> u64 {
        match window {
            Window::Minute => self.minute.used(now).of(measure),
            Window::Day => self.days.used(self.rules.day_zone.day(now)).of(measure),
        }
    }

    /// When our own count has `missing` more free.
    fn free_again(&self, measure: Measure, window: Window, missing: u64, now: Timestamp) -> Timestamp {
        match window {
            Window::Minute => self.minute.freed(measure, missing, now),
            Window::Day => self.rules.next_day(now),
        }
    }

    fn change_left(&mut self, requests: i64, tokens: i64) {
        for (measure, window) in ALL {
            let change = match measure {
                Measure::Requests => requests,
                Measure::Tokens => tokens,
            };
            self.readings[index(measure, window)].change(change);
        }
    }
}

impl QuotaRules {
    /// When the provider's next day begins.
    ///
    /// ```
    /// use frontdesk_domain::ProviderName;
    /// use frontdesk_domain::quota::QuotaRules;
    /// let rules = QuotaRules::new(&ProviderName::GEMINI, "gemini-3.5-flash-lite", Default::default());
    /// assert_eq!(rules.next_day("2026-11-23T10:00:00Z".parse()?).to_string(), "2026-11-24T08:00:00Z");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn next_day(&self, now: Timestamp) -> Timestamp {
        self.day_zone.start_of(Period::Day.next_start(self.day_zone.day(now)))
    }
}

fn amount(measure: Measure, tokens: u32) -> u64 {
    match measure {
        Measure::Requests => 1,
        Measure::Tokens => u64::from(tokens),
    }
}

fn index(measure: Measure, window: Window) -> usize {
    match (measure, window) {
        (Measure::Requests, Window::Minute) => 0,
        (Measure::Tokens, Window::Minute) => 1,
        (Measure::Requests, Window::Day) => 2,
        (Measure::Tokens, Window::Day) => 3,
    }
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
