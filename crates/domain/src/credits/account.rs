//! One credit account: a row of `client_llm_usage` without its database.

use super::{
    Amount, Denial, DenialReason, Grant, Limit, Limits, MIN_REPLY_TOKENS, PassedThresholds, ReserveRequest,
};
use crate::period::{Period, ResetZone};
use jiff::Timestamp;
use jiff::civil::Date;

/// The credits of one client's widget. Every operation first rolls the account to `now`, so limits are
/// right whether or not a reset job ever ran.
///
/// The fields are open: a service reads them from wherever it keeps them, applies an operation, and writes
/// them back, all under one lock.
///
/// ```
/// use frontdesk_domain::credits::{Amount, CreditAccount, ReserveRequest};
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut account = CreditAccount::new(Default::default(), "Europe/Berlin".parse()?, now);
/// account.used_today = Amount { tokens: 4_000, requests: 12 }; // as it was stored
/// let grant = account.reserve(ReserveRequest { prompt_tokens: 300, reply_tokens: 500 }, now)?;
/// assert_eq!(account.held, grant.hold); // to be stored
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CreditAccount {
    /// The most that may be used.
    pub limits: Limits,
    /// Used since `last_daily_reset`.
    pub used_today: Amount,
    /// Used since `last_monthly_reset`.
    pub used_this_month: Amount,
    /// Used ever. Never falls.
    pub used_total: Amount,
    /// Held by messages that are being answered.
    pub held: Amount,
    /// The local date of the current day; `None` is due.
    pub last_daily_reset: Option<Date>,
    /// The first local date of the current month; `None` is due.
    pub last_monthly_reset: Option<Date>,
    /// `credits_exhausted` and what it is known to mean.
    pub exhaustion: Exhaustion,
    /// The thresholds that have been told: see [`note_thresholds`](Self::note_thresholds).
    pub passed: PassedThresholds,
    /// Where midnight is.
    pub zone: ResetZone,
}

/// The state behind the flag `credits_exhausted`.
///
/// ```
/// use frontdesk_domain::credits::{Amount, CreditAccount, Exhaustion, Limit};
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
/// account.settle(Amount::default(), Amount { tokens: 5_000, requests: 1 }, now);
/// assert_eq!(account.exhaustion, Exhaustion::Reached { limit: Limit::DailyTokens, since: now });
/// account.roll("2026-11-24T00:00:00Z".parse()?);
/// assert_eq!(account.exhaustion, Exhaustion::No);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhaustion {
    /// No limit is reached.
    No,
    /// A limit is reached: the flag was set by these rules.
    Reached {
        /// Of several limits the one that resets last.
        limit: Limit,
        /// Since when.
        since: Timestamp,
    },
    /// The flag was set by someone else. It holds until the next day begins.
    SetByHand {
        /// Since when, where it is known.
        since: Option<Timestamp>,
    },
}

/// A day or month that ended, for the history.
///
/// ```
/// use frontdesk_domain::{credits::{Amount, ClosedPeriod, CreditAccount}, period::Period};
/// let mut account = CreditAccount::new(Default::default(), Default::default(), "2026-11-23T10:00:00Z".parse()?);
/// let used = Amount { tokens: 450, requests: 1 };
/// account.used_today = used;
/// let closed = account.roll("2026-11-24T00:00:00Z".parse()?);
/// assert_eq!(closed, [ClosedPeriod { period: Period::Day, start: jiff::civil::date(2026, 11, 23), used }]);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedPeriod {
    /// Day or month.
    pub period: Period,
    /// Its first local date. Where the account did not know it, the period before the current one.
    pub start: Date,
    /// What was used in it.
    pub used: Amount,
}

/// What a settlement found that the books did not expect.
///
/// ```
/// use frontdesk_domain::credits::{Amount, CreditAccount, Settled};
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
/// let hold = Amount { tokens: 900, requests: 1 };
/// account.held = hold;
/// let as_expected = account.settle(hold, Amount { tokens: 700, requests: 1 }, now);
/// assert_eq!(as_expected, Settled::default());
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Tokens used beyond the hold. They are booked all the same.
    pub overrun: i64,
    /// What the account held less than the hold that was given back; not zero only when someone
    /// changed the held columns by hand.
    pub missing: Amount,
}

impl CreditAccount {
    /// A fresh account whose day and month have just begun.
    ///
    /// ```
    /// use frontdesk_domain::credits::CreditAccount;
    /// let account = CreditAccount::new(Default::default(), Default::default(), "2026-11-23T10:00:00Z".parse()?);
    /// assert_eq!(account.last_monthly_reset, Some(jiff::civil::date(2026, 11, 1)));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn new(limits: Limits, zone: ResetZone, now: Timestamp) -> Self {
        let today = zone.day(now);
        Self {
            limits,
            used_today: Amount::default(),
            used_this_month: Amount::default(),
            used_total: Amount::default(),
            held: Amount::default(),
            last_daily_reset: Some(today),
            last_monthly_reset: Some(Period::Month.start(today)),
            exhaustion: Exhaustion::No,
            passed: PassedThresholds::default(),
            zone,
        }
    }

    /// Whether a day or a month is due to be closed at `now`.
    ///
    /// ```
    /// # use frontdesk_domain::credits::CreditAccount;
    /// let account = CreditAccount::new(Default::default(), Default::default(), "2026-11-23T10:00:00Z".parse()?);
    /// assert!(!account.is_due("2026-11-23T23:59:59Z".parse()?));
    /// assert!(account.is_due("2026-11-24T00:00:00Z".parse()?));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn is_due(&self, now: Timestamp) -> bool {
        let today = self.zone.day(now);
        self.last_daily_reset.is_none_or(|day| day < today)
            || self.last_monthly_reset.is_none_or(|month| month < Period::Month.start(today))
    }

    /// Closes the day and the month where they have ended and returns what was closed. A clock that
    /// goes back changes nothing; a period is closed once, whoever does it. Periods in which nothing
    /// was used are not returned.
    ///
    /// ```
    /// # use frontdesk_domain::credits::{Amount, CreditAccount};
    /// let mut account = CreditAccount::new(Default::default(), Default::default(), "2026-11-30T10:00:00Z".parse()?);
    /// account.used_today = Amount { tokens: 10, requests: 1 };
    /// account.used_this_month = account.used_today;
    /// let closed = account.roll("2026-12-01T00:00:00Z".parse()?);
    /// assert_eq!(closed.len(), 2);
    /// assert!(account.used_today.is_zero() && account.used_this_month.is_zero());
    /// assert!(account.roll("2026-11-30T00:00:00Z".parse()?).is_empty());
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn roll(&mut self, now: Timestamp) -> Vec<ClosedPeriod> {
        let today = self.zone.day(now);
        let day = close(Period::Day, today, &mut self.last_daily_reset, &mut self.used_today);
        let month = close(Period::Month, today, &mut self.last_monthly_reset, &mut self.used_this_month);
        if day.is_due && matches!(self.exhaustion, Exhaustion::SetByHand { .. }) {
            self.exhaustion = Exhaustion::No;
        }
        self.mark(now);
        day.closed.into_iter().chain(month.closed).collect()
    }

    /// Holds the prompt, the reply cap and one request, or says which limit is in the way. Rolls the
    /// account first; call [`roll`](Self::roll) yourself where the closed periods are wanted.
    ///
    /// # Errors
    /// [`Denial`] when a limit would be passed even with a reply of [`MIN_REPLY_TOKENS`], or when the
    /// flag was set by hand. The account is then only rolled.
    ///
    /// ```
    /// # use frontdesk_domain::credits::{CreditAccount, DenialReason, Limit, ReserveRequest};
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
    /// let grant = account.reserve(ReserveRequest { prompt_tokens: 4_800, reply_tokens: 500 }, now)?;
    /// assert_eq!(grant.reply_tokens, 200); // 5,000 a day
    /// let denial = account.reserve(ReserveRequest { prompt_tokens: 1, reply_tokens: 500 }, now).unwrap_err();
    /// assert_eq!(denial.reason, DenialReason::Limit(Limit::DailyTokens));
    /// assert!(denial.only_held);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reserve(&mut self, request: ReserveRequest, now: Timestamp) -> Result<Grant, Denial> {
        self.roll(now);
        if let Exhaustion::SetByHand { .. } = self.exhaustion {
            let resets_at = self.resets_at(Period::Day);
            return Err(Denial { reason: DenialReason::SetByHand, resets_at, only_held: false });
        }
        let least_reply = request.reply_tokens.min(MIN_REPLY_TOKENS);
        let least = Amount { tokens: i64::from(request.prompt_tokens) + i64::from(least_reply), requests: 1 };
        if let Some(denial) = self.denial(least) {
            return Err(denial);
        }
        let room = self.room(Limit::DailyTokens).min(self.room(Limit::MonthlyTokens));
        let reply = (room - i64::from(request.prompt_tokens)).min(i64::from(request.reply_tokens));
        let hold = Amount { tokens: i64::from(request.prompt_tokens) + reply, requests: 1 };
        self.held = self.held.plus(hold);
        // At most the wanted cap, so it fits.
        let reply_tokens = u32::try_from(reply).unwrap_or(request.reply_tokens);
        Ok(Grant { hold, reply_tokens })
    }

    /// Gives back `hold` and books `used`, whatever it is: a provider that reports more than was held
    /// is believed, the excess is returned. A hold of zero books late use whose hold had expired.
    ///
    /// ```
    /// # use frontdesk_domain::credits::{Amount, CreditAccount, ReserveRequest};
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
    /// let grant = account.reserve(ReserveRequest { prompt_tokens: 400, reply_tokens: 500 }, now)?;
    /// let settled = account.settle(grant.hold, Amount { tokens: 950, requests: 1 }, now);
    /// assert_eq!(settled.overrun, 50);
    /// assert_eq!(account.used_today, Amount { tokens: 950, requests: 1 });
    /// assert!(account.held.is_zero());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settle(&mut self, hold: Amount, used: Amount, now: Timestamp) -> Settled {
        self.roll(now);
        let missing = Amount {
            tokens: hold.tokens.saturating_sub(self.held.tokens).max(0),
            requests: hold.requests.saturating_sub(self.held.requests).max(0),
        };
        self.held.tokens = self.held.tokens.saturating_sub(hold.tokens).max(0);
        self.held.requests = self.held.requests.saturating_sub(hold.requests).max(0);
        self.used_today = self.used_today.plus(used);
        self.used_this_month = self.used_this_month.plus(used);
        self.used_total = self.used_total.plus(used);
        self.mark(now);
        Settled { overrun: used.tokens.saturating_sub(hold.tokens).max(0), missing }
    }

    /// Gives back `hold` and books nothing.
    ///
    /// ```
    /// # use frontdesk_domain::credits::{CreditAccount, ReserveRequest};
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
    /// let grant = account.reserve(ReserveRequest { prompt_tokens: 400, reply_tokens: 500 }, now)?;
    /// account.release(grant.hold, now);
    /// assert!(account.held.is_zero() && account.used_total.is_zero());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn release(&mut self, hold: Amount, now: Timestamp) -> Settled {
        let settled = self.settle(hold, Amount::default(), now);
        Settled { overrun: 0, ..settled }
    }

    /// The first limit that is reached by what was used (holds do not count).
    ///
    /// ```
    /// # use frontdesk_domain::credits::{Amount, CreditAccount, Limit};
    /// let mut account = CreditAccount::new(Default::default(), Default::default(), "2026-11-23T10:00:00Z".parse()?);
    /// account.used_today = Amount { tokens: 0, requests: 100 };
    /// assert_eq!(account.reached(), Some(Limit::DailyRequests));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn reached(&self) -> Option<Limit> {
        Limit::ALL.into_iter().find(|limit| self.used(*limit) >= self.limits.get(*limit))
    }

    /// What `limit` still leaves after use and holds; negative when it is passed.
    ///
    /// ```
    /// # use frontdesk_domain::credits::{CreditAccount, Limit};
    /// let account = CreditAccount::new(Default::default(), Default::default(), "2026-11-23T10:00:00Z".parse()?);
    /// assert_eq!(account.room(Limit::MonthlyTokens), 100_000);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn room(&self, limit: Limit) -> i64 {
        let held = limit.part(self.held);
        self.limits.get(limit).saturating_sub(self.used(limit)).saturating_sub(held)
    }

    /// When the current day or month of the account ends.
    ///
    /// ```
    /// # use frontdesk_domain::{credits::CreditAccount, period::Period};
    /// let account = CreditAccount::new(Default::default(), Default::default(), "2026-11-23T10:00:00Z".parse()?);
    /// assert_eq!(account.resets_at(Period::Month).to_string(), "2026-12-01T00:00:00Z");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn resets_at(&self, period: Period) -> Timestamp {
        let current = match period {
            Period::Day => self.last_daily_reset,
            Period::Month => self.last_monthly_reset,
        };
        current.map_or(Timestamp::MIN, |day| self.zone.start_of(period.next_start(day)))
    }

    fn denial(&self, wanted: Amount) -> Option<Denial> {
        let limit = Limit::ALL.into_iter().find(|limit| self.room(*limit) < limit.part(wanted))?;
        let fits_without_holds =
            |limit: Limit| self.limits.get(limit).saturating_sub(self.used(limit)) >= limit.part(wanted);
        Some(Denial {
            reason: DenialReason::Limit(limit),
            resets_at: self.resets_at(limit.period()),
            only_held: Limit::ALL.into_iter().all(fits_without_holds),
        })
    }

    /// Keeps the flag true exactly while a limit is reached. A flag set by hand stays as it is.
    pub(super) fn mark(&mut self, now: Timestamp) {
        self.exhaustion = match (self.exhaustion, self.reached()) {
            (Exhaustion::SetByHand { since }, _) => Exhaustion::SetByHand { since },
            (_, None) => Exhaustion::No,
            (Exhaustion::Reached { since, .. }, Some(limit)) => Exhaustion::Reached { limit, since },
            (Exhaustion::No, Some(limit)) => Exhaustion::Reached { limit, since: now },
        };
    }

    pub(super) fn used(&self, limit: Limit) -> i64 {
        let used = match limit.period() {
            Period::Day => self.used_today,
            Period::Month => self.used_this_month,
        };
        limit.part(used)
    }
}

struct Closing {
    is_due: bool,
    closed: Option<ClosedPeriod>,
}

fn close(period: Period, today: Date, current: &mut Option<Date>, used: &mut Amount) -> Closing {
    let now = period.start(today);
    if current.is_some_and(|start| start >= now) {
        return Closing { is_due: false, closed: None };
    }
    let start = current.map_or_else(|| period.previous_start(today), |day| period.start(day));
    let used = std::mem::take(used);
    *current = Some(now);
    let closed = (!used.is_zero()).then_some(ClosedPeriod { period, start, used });
    Closing { is_due: true, closed }
}
