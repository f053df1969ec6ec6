//! The invariants of an account, checked against the request log that explains it.
//!
//! A counter is right when it is the sum of what the log booked and of what is known to be missing
//! there: an [`Adjustment`]. Where [`Books::differences`] finds nothing, these hold:
//!
//! * used today, this month and in every closed day and month = the sum over the rows booked on them;
//! * used ever = the sum over all rows, so history + current = total;
//! * held = the sum over the pending rows.
//!
//! What the limits allow is another matter: see [`Books::excesses`].
//!
//! ```
//! use frontdesk_domain::credits::audit::Books;
//! use frontdesk_domain::credits::{Amount, CreditAccount};
//! let now = "2026-11-23T10:00:00Z".parse()?;
//! let mut account = CreditAccount::new(Default::default(), Default::default(), now);
//! account.held = Amount { tokens: 900, requests: 1 };
//! let books = Books { account, booked: vec![], adjustments: vec![], history: vec![], pending: Amount::default() };
//! let found: Vec<_> = books.differences().iter().map(|found| found.figure.to_string()).collect();
//! assert_eq!(found, ["held"]); // by nobody: no row of the log is pending
//! # Ok::<(), jiff::Error>(())
//! ```

use super::{Amount, ClosedPeriod, CreditAccount, Limit};
use crate::period::Period;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt;

/// Everything that is stored of one account, as it is: not rolled.
///
/// ```
/// use frontdesk_domain::credits::audit::Books;
/// use frontdesk_domain::credits::{Amount, CreditAccount};
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
/// account.held = Amount { tokens: 900, requests: 1 };
/// let pending = account.held;
/// let books = Books { account, booked: vec![], adjustments: vec![], history: vec![], pending };
/// assert!(books.differences().is_empty());
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Books {
    /// The account.
    pub account: CreditAccount,
    /// What the settled rows of the log booked, one entry a local day.
    pub booked: Vec<Booked>,
    /// What the log does not show.
    pub adjustments: Vec<Adjustment>,
    /// The closed days and months.
    pub history: Vec<ClosedPeriod>,
    /// What the pending rows of the log hold.
    pub pending: Amount,
}

/// What the settled rows of the log booked on one day.
///
/// ```
/// use frontdesk_domain::credits::{Amount, audit::Booked};
/// // a reply that used 50 tokens more than its hold of 900
/// let booked = Booked {
///     day: jiff::civil::date(2026, 11, 23),
///     used: Amount { tokens: 950, requests: 1 },
///     unheld: Amount { tokens: 50, requests: 0 },
/// };
/// assert!(booked.unheld.tokens <= booked.used.tokens);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booked {
    /// The account's local day.
    pub day: Date,
    /// Tokens, and requests that a model answered.
    pub used: Amount,
    /// The part of it that no hold covered: what providers reported beyond the hold, and what was
    /// settled after the hold had expired.
    pub unheld: Amount,
}

/// A change of the counters that no row of the log stands for: what an account had used when it was
/// taken over, a manual reset, or rows that are no longer kept.
///
/// ```
/// use frontdesk_domain::credits::audit::{Adjustment, Books};
/// use frontdesk_domain::credits::{Amount, CreditAccount};
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
/// let total = Amount { tokens: 1_000_000, requests: 5_000 };
/// account.used_total = total; // in the years before the log
/// let adjustments = vec![Adjustment { total, ..Default::default() }];
/// let books = Books { account, booked: vec![], adjustments, history: vec![], pending: Amount::default() };
/// assert!(books.differences().is_empty());
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Adjustment {
    /// The day that `today` belongs to; `None` where the account did not know its day.
    pub day: Option<Date>,
    /// The first day of the month that `this_month` belongs to; `None` where it was not known.
    pub month: Option<Date>,
    /// Added to what was used on `day`.
    pub today: Amount,
    /// Added to what was used in `month`.
    pub this_month: Amount,
    /// Added to what was used ever.
    pub total: Amount,
}

/// Which figure of an account was checked.
///
/// ```
/// use frontdesk_domain::credits::audit::Figure;
/// use frontdesk_domain::period::Period;
/// let november = Figure::Closed(Period::Month, jiff::civil::date(2026, 11, 1));
/// assert!(Figure::Today < november);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// What was used since the last daily reset.
    Today,
    /// What was used since the last monthly reset.
    ThisMonth,
    /// What was used ever.
    Total,
    /// What is held.
    Held,
    /// A closed period of the history, by its first local date.
    Closed(Period, Date),
}

impl fmt::Display for Figure {
    /// In words.
    ///
    /// ```
    /// use frontdesk_domain::credits::audit::Figure;
    /// use frontdesk_domain::period::Period;
    /// assert_eq!(Figure::ThisMonth.to_string(), "used this month");
    /// let november = Figure::Closed(Period::Month, jiff::civil::date(2026, 11, 1));
    /// assert_eq!(november.to_string(), "month 2026-11-01");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Today => f.write_str("used today"),
            Self::ThisMonth => f.write_str("used this month"),
            Self::Total => f.write_str("used in all"),
            Self::Held => f.write_str("held"),
            Self::Closed(period, start) => write!(f, "{} {start}", period.as_str()),
        }
    }
}

/// A figure that the log does not explain.
///
/// ```
/// use frontdesk_domain::credits::Amount;
/// use frontdesk_domain::credits::audit::{Difference, Figure};
/// let lost = Difference {
///     figure: Figure::Total,
///     stored: Amount { tokens: 900, requests: 2 },
///     expected: Amount { tokens: 1_350, requests: 3 },
/// };
/// assert_eq!(lost.expected.tokens - lost.stored.tokens, 450);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Which one.
    pub figure: Figure,
    /// As it is stored.
    pub stored: Amount,
    /// As the log has it.
    pub expected: Amount,
}

/// A limit that is passed. No grant does that: the limit was lowered later, a provider reported more
/// than was held, or the account was taken over so.
///
/// ```
/// use frontdesk_domain::credits::{Limit, audit::Excess};
/// let excess = Excess { limit: Limit::DailyTokens, allowed: 5_000, taken: 5_050, unheld: 50 };
/// let explained = excess.taken - excess.allowed <= excess.unheld;
/// assert!(explained); // the provider reported more than was held
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// Which limit.
    pub limit: Limit,
    /// Its value.
    pub allowed: i64,
    /// Used and held, in the limit's unit.
    pub taken: i64,
    /// How much of what was used in the limit's period no hold covered, in the limit's unit.
    pub unheld: i64,
}

/// The sums by period that the history should hold.
type Periods = BTreeMap<(Period, Date), Amount>;

impl Books {
    /// Every figure that is not what the log says.
    ///
    /// ```
    /// use frontdesk_domain::credits::audit::{Booked, Books, Figure};
    /// use frontdesk_domain::credits::{Amount, CreditAccount};
    ///
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
    /// let used = Amount { tokens: 120, requests: 1 };
    /// account.settle(Amount::default(), used, now);
    /// let booked = vec![Booked { day: jiff::civil::date(2026, 11, 23), used, unheld: Amount::default() }];
    /// let mut books =
    ///     Books { account, booked, adjustments: vec![], history: vec![], pending: Amount::default() };
    /// assert!(books.differences().is_empty());
    /// books.account.used_today.tokens += 7;
    /// assert_eq!(books.differences()[0].figure, Figure::Today);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn differences(&self) -> Vec<Difference> {
        let account = &self.account;
        let expected = self.expected();
        let current = [
            (Figure::Today, account.used_today, expected.account.used_today),
            (Figure::ThisMonth, account.used_this_month, expected.account.used_this_month),
            (Figure::Total, account.used_total, expected.account.used_total),
            (Figure::Held, account.held, expected.account.held),
        ];
        let stored = self.stored_periods();
        let mut periods: Vec<_> = stored.keys().chain(expected.periods.keys()).copied().collect();
        periods.sort_unstable();
        periods.dedup();
        let of = |map: &Periods, key| map.get(&key).copied().unwrap_or_default();
        let closed = periods.into_iter().map(|(period, start)| {
            let key = (period, start);
            (Figure::Closed(period, start), of(&stored, key), of(&expected.periods, key))
        });
        current
            .into_iter()
            .chain(closed)
            .filter(|(_, stored, expected)| stored != expected)
            .map(|(figure, stored, expected)| Difference { figure, stored, expected })
            .collect()
    }

    /// The limits that are passed, and how much of it was used without a hold.
    ///
    /// ```
    /// use frontdesk_domain::credits::audit::Books;
    /// use frontdesk_domain::credits::{Amount, CreditAccount, Limit};
    ///
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
    /// account.settle(Amount::default(), Amount { tokens: 4_000, requests: 1 }, now);
    /// account.limits.daily.tokens = 1_000; // lowered by the operator
    /// let books = Books { account, booked: vec![], adjustments: vec![], history: vec![], pending: Amount::default() };
    /// let excess = books.excesses()[0];
    /// assert_eq!((excess.limit, excess.taken, excess.allowed), (Limit::DailyTokens, 4_000, 1_000));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn excesses(&self) -> Vec<Excess> {
        let passed = |limit: Limit| {
            let room = self.account.room(limit);
            let allowed = self.account.limits.get(limit);
            // A limit below zero is one that nothing may pass, but nothing did.
            let taken = allowed.saturating_sub(room);
            (room < 0 && taken > 0).then(|| Excess { limit, allowed, taken, unheld: self.unheld(limit) })
        };
        Limit::ALL.into_iter().filter_map(passed).collect()
    }

    /// The account and the history as the log has them. The account's limits, dates and zone stay, but
    /// dates that are missing are those of `now`; its flag follows from the counters. A closed period in which nothing was used is left out.
    ///
    /// ```
    /// use frontdesk_domain::credits::audit::Books;
    /// use frontdesk_domain::credits::{Amount, CreditAccount};
    ///
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut account = CreditAccount::new(Default::default(), Default::default(), now);
    /// account.used_today = Amount { tokens: 7, requests: 0 };
    /// let books = Books { account, booked: vec![], adjustments: vec![], history: vec![], pending: Amount::default() };
    /// let (repaired, history) = books.repaired(now);
    /// assert!(repaired.used_today.is_zero() && history.is_empty());
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn repaired(&self, now: jiff::Timestamp) -> (CreditAccount, Vec<ClosedPeriod>) {
        let mut books = self.clone();
        // An account that does not know its day begins it now: its rows of today are then today's.
        let today = self.account.zone.day(now);
        books.account.last_daily_reset.get_or_insert(today);
        books.account.last_monthly_reset.get_or_insert(Period::Month.start(today));
        let expected = books.expected();
        let mut account = expected.account;
        account.mark(now);
        let history = expected
            .periods
            .into_iter()
            .filter(|(_, used)| !used.is_zero())
            .map(|((period, start), used)| ClosedPeriod { period, start, used })
            .collect();
        (account, history)
    }

    fn expected(&self) -> Expected {
        let mut account = self.account.clone();
        let mut periods = Periods::new();
        account.used_today = self.take(Period::Day, account.last_daily_reset, &mut periods);
        account.used_this_month = self.take(Period::Month, account.last_monthly_reset, &mut periods);
        let booked = self.booked.iter().map(|booked| booked.used);
        let adjusted = self.adjustments.iter().map(|adjustment| adjustment.total);
        account.used_total = booked.chain(adjusted).fold(Amount::default(), Amount::plus);
        account.held = self.pending;
        Expected { account, periods }
    }

    /// Sums by day or month: what belongs to the current one is returned, the rest goes to `periods`.
    fn take(&self, period: Period, current: Option<Date>, periods: &mut Periods) -> Amount {
        let mut now = Amount::default();
        let mut unknown = Amount::default();
        // By hand any day of the month may have been written.
        let current = current.map(|day| period.start(day));
        let booked = self.booked.iter().map(|booked| (Some(period.start(booked.day)), booked.used));
        let adjusted = self.adjustments.iter().map(|adjustment| match period {
            Period::Day => (adjustment.day, adjustment.today),
            Period::Month => (adjustment.month.map(|day| period.start(day)), adjustment.this_month),
        });
        for (start, used) in booked.chain(adjusted) {
            match start {
                // Charged to the running period, whatever a clock said: rows are never booked ahead of it.
                Some(start) if current.is_some_and(|current| start >= current) => now = now.plus(used),
                None if current.is_none() => now = now.plus(used),
                None => unknown = unknown.plus(used),
                Some(start) => {
                    let sum = periods.entry((period, start)).or_default();
                    *sum = sum.plus(used);
                }
            }
        }
        if !unknown.is_zero() {
            let first = self.first_closed(period).or(current.map(|day| period.previous_start(day)));
            if let Some(first) = first {
                let sum = periods.entry((period, first)).or_default();
                *sum = sum.plus(unknown);
            }
        }
        now
    }

    /// An account that did not know its day was rolled into the first period of its history.
    fn first_closed(&self, period: Period) -> Option<Date> {
        self.history.iter().filter(|closed| closed.period == period).map(|closed| closed.start).min()
    }

    fn stored_periods(&self) -> Periods {
        let mut periods = Periods::new();
        for closed in &self.history {
            let sum = periods.entry((closed.period, closed.start)).or_default();
            *sum = sum.plus(closed.used);
        }
        periods
    }

    fn unheld(&self, limit: Limit) -> i64 {
        let current = match limit.period() {
            Period::Day => self.account.last_daily_reset,
            Period::Month => self.account.last_monthly_reset.map(|day| Period::Month.start(day)),
        };
        let running = self.booked.iter().filter(|booked| current.is_some_and(|start| booked.day >= start));
        limit.part(running.fold(Amount::default(), |sum, booked| sum.plus(booked.unheld)))
    }
}

struct Expected {
    account: CreditAccount,
    periods: Periods,
}
