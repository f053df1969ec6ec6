//! The rules of credits in their plainest form: lists, added up anew for each question. Written from the manual and
//! not from the domain crate, whose faults it has to show; slow, and without a thought for storage.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

/// Tokens and requests.
pub(super) type Pair = (i64, i64);

/// Limits in the order in which they are named where several stand in the way, with the free ones.
pub(super) const LIMITS: [(&str, i64); 4] = [
    ("monthly_request_limit", 1_000),
    ("monthly_token_limit", 100_000),
    ("daily_request_limit", 100),
    ("daily_token_limit", 5_000),
];

/// The least reply that is worth asking for.
const LEAST_REPLY: i64 = 64;
/// How far from UTC's midnight a zone's may be, in seconds.
const DAY: i64 = 86_400;

/// Where midnight is.
#[derive(Debug, Clone)]
pub(super) struct Zone(TimeZone);

impl Zone {
    pub(super) fn new(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap())
    }

    /// What a calendar on the wall shows.
    pub(super) fn date(&self, now: Timestamp) -> Date {
        self.0.to_offset(now).to_datetime(now).date()
    }

    /// The first second whose date is `date` or later, found by halving.
    pub(super) fn begin(&self, date: Date) -> Timestamp {
        let noon = date.at(12, 0, 0, 0).to_zoned_datetime(TimeZone::UTC).unwrap().timestamp().as_second();
        let (mut before, mut after) = (noon - 2 * DAY, noon + 2 * DAY);
        while after - before > 1 {
            let middle = before.midpoint(after);
            if self.date(second(middle)) >= date { after = middle } else { before = middle }
        }
        second(after)
    }

    /// The next change of clocks.
    pub(super) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.following(now).next().map(|change| change.timestamp())
    }
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// What was used by one call, on the account's day of its settlement.
#[derive(Debug, Clone)]
struct Charge {
    day: Date,
    used: Pair,
    /// The operator began the day anew after it.
    forgiven: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Held,
    Swept,
    Settled,
}

#[derive(Debug, Clone)]
struct Hold {
    tokens: i64,
    until: Timestamp,
    state: State,
}

/// Who has set `credits_exhausted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    Down,
    Limit(&'static str),
    Hand,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Tokens held and the reply cap.
    Granted { tokens: i64, reply: i64 },
    /// What stands in the way, until when, and whether holds alone do.
    Denied { reason: String, until: Timestamp, only_held: bool },
}

#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) zone: Zone,
    /// In the order of [`LIMITS`]; `None` is the free one.
    pub(super) limits: [Option<i64>; 4],
    /// The account's day: the latest date that it has seen.
    day: Date,
    charges: Vec<Charge>,
    holds: Vec<Hold>,
    flag: Flag,
    /// Rows of the request log that are settled, by status.
    log: BTreeMap<&'static str, i64>,
}

impl Account {
    pub(super) fn new(zone: Zone, limits: [Option<i64>; 4], day: Date) -> Self {
        let (charges, holds, log) = (vec![], vec![], BTreeMap::new());
        Self { zone, limits, day, charges, holds, flag: Flag::Down, log }
    }

    /// What every operation does first.
    pub(super) fn touch(&mut self, now: Timestamp) {
        if self.is_due(now) {
            self.day = self.zone.date(now);
            if self.flag == Flag::Hand {
                self.flag = Flag::Down;
            }
        }
        self.mark();
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.zone.date(now) > self.day
    }

    fn mark(&mut self) {
        if self.flag != Flag::Hand {
            let reached = (0..4).find(|limit| self.used(*limit) >= self.limit(*limit));
            self.flag = reached.map_or(Flag::Down, |limit| Flag::Limit(LIMITS[limit].0));
        }
    }

    pub(super) fn reserve(
        &mut self,
        (prompt, reply): (i64, i64),
        now: Timestamp,
        until: Timestamp,
    ) -> Decision {
        self.touch(now);
        let mut decision = self.decide(prompt, reply);
        if let Decision::Denied { only_held: true, .. } = decision {
            self.sweep(now);
            decision = self.decide(prompt, reply);
        }
        if let Decision::Granted { tokens, .. } = decision {
            self.holds.push(Hold { tokens, until, state: State::Held });
        }
        decision
    }

    /// A denial that is written to the request log.
    pub(super) fn log_denial(&mut self) {
        *self.log.entry("credits_exhausted").or_default() += 1;
    }

    fn decide(&self, prompt: i64, reply: i64) -> Decision {
        let tomorrow = self.zone.begin(self.day.tomorrow().unwrap());
        let next_month = self.zone.begin(self.day.first_of_month().saturating_add(1.month()));
        if self.flag == Flag::Hand {
            return Decision::Denied { reason: "set by hand".into(), until: tomorrow, only_held: false };
        }
        let wanted = |limit: usize| if is_tokens(limit) { prompt + reply.min(LEAST_REPLY) } else { 1 };
        let free = |limit: usize| self.limit(limit) - self.used(limit);
        if let Some(limit) = (0..4).find(|limit| free(*limit) - self.held(*limit) < wanted(*limit)) {
            return Decision::Denied {
                reason: LIMITS[limit].0.into(),
                until: if is_daily(limit) { tomorrow } else { next_month },
                only_held: (0..4).all(|limit| free(limit) >= wanted(limit)),
            };
        }
        let most = (0..4).filter(|limit| is_tokens(*limit)).map(|limit| free(limit) - self.held(limit)).min();
        let reply = reply.min(most.unwrap() - prompt);
        Decision::Granted { tokens: prompt + reply, reply }
    }

    pub(super) fn state(&self, hold: usize) -> State {
        self.holds[hold].state
    }

    pub(super) fn is_overdue(&self, hold: usize, now: Timestamp) -> bool {
        self.holds[hold].state == State::Held && self.holds[hold].until <= now
    }

    /// Books what a call used. What was swept before is paid all the same.
    pub(super) fn settle(&mut self, hold: usize, status: &'static str, tokens: i64, now: Timestamp) {
        self.touch(now);
        if self.holds[hold].state == State::Swept {
            *self.log.entry("failed").or_default() -= 1;
        }
        self.holds[hold].state = State::Settled;
        let used = (tokens, i64::from(status == "success"));
        self.charges.push(Charge { day: self.day, used, forgiven: false });
        *self.log.entry(status).or_default() += 1;
        self.mark();
    }

    /// Gives back the holds whose time is over; returns how many.
    pub(super) fn sweep(&mut self, now: Timestamp) -> u64 {
        let overdue: Vec<usize> = (0..self.holds.len()).filter(|hold| self.is_overdue(*hold, now)).collect();
        for hold in &overdue {
            self.release(*hold, now);
        }
        overdue.len() as u64
    }

    pub(super) fn release(&mut self, hold: usize, now: Timestamp) {
        self.touch(now);
        self.holds[hold].state = State::Swept;
        *self.log.entry("failed").or_default() += 1;
    }

    /// `credits_exhausted = true` by hand, which changes nothing where it is true.
    pub(super) fn raise_flag(&mut self) {
        if self.flag == Flag::Down {
            self.flag = Flag::Hand;
        }
    }

    /// The guide's manual reset.
    pub(super) fn begin_day_anew(&mut self) {
        for charge in self.charges.iter_mut().filter(|charge| charge.day == self.day) {
            charge.forgiven = true;
        }
        self.flag = Flag::Down;
    }

    fn limit(&self, limit: usize) -> i64 {
        self.limits[limit].unwrap_or(LIMITS[limit].1)
    }

    fn used(&self, limit: usize) -> i64 {
        half(limit, if is_daily(limit) { self.used_today() } else { self.used_this_month() })
    }

    fn held(&self, limit: usize) -> i64 {
        half(limit, self.held_now())
    }

    pub(super) fn used_today(&self) -> Pair {
        self.sum(|charge| charge.day == self.day && !charge.forgiven)
    }

    pub(super) fn used_this_month(&self) -> Pair {
        self.sum(|charge| month(charge.day) == month(self.day))
    }

    pub(super) fn used_ever(&self) -> Pair {
        self.sum(|_| true)
    }

    pub(super) fn held_now(&self) -> Pair {
        let held = self.holds.iter().filter(|hold| hold.state == State::Held);
        held.fold((0, 0), |sum, hold| (sum.0 + hold.tokens, sum.1 + 1))
    }

    fn sum(&self, counts: impl Fn(&Charge) -> bool) -> Pair {
        let used = self.charges.iter().filter(|charge| counts(charge)).map(|charge| charge.used);
        used.fold((0, 0), |sum, used| (sum.0 + used.0, sum.1 + used.1))
    }

    /// The account as it is stored: today, month, ever, held, flag, its limit, day, month.
    pub(super) fn shown(&self) -> String {
        let pair = |(tokens, requests): Pair| format!("{tokens}/{requests}");
        let (flag, limit) = match self.flag {
            Flag::Down => ("open", "-"),
            Flag::Limit(limit) => ("exhausted", limit),
            Flag::Hand => ("exhausted", "-"),
        };
        [
            pair(self.used_today()),
            pair(self.used_this_month()),
            pair(self.used_ever()),
            pair(self.held_now()),
            flag.into(),
            limit.into(),
            self.day.to_string(),
            month(self.day).to_string(),
        ]
        .join("|")
    }

    /// The days and months that are over and in which something was used, as the history shows them.
    pub(super) fn history(&self) -> Vec<String> {
        let mut periods: BTreeMap<(&str, Date), Pair> = BTreeMap::new();
        let mut add = |period, start, used: Pair| {
            let sum = periods.entry((period, start)).or_default();
            *sum = (sum.0 + used.0, sum.1 + used.1);
        };
        for charge in &self.charges {
            if charge.day < self.day && !charge.forgiven {
                add("day", charge.day, charge.used);
            }
            if month(charge.day) < month(self.day) {
                add("month", month(charge.day), charge.used);
            }
        }
        let used = periods.into_iter().filter(|(_, used)| *used != (0, 0));
        used.map(|((period, start), used)| format!("{period}|{start}|{}|{}", used.0, used.1)).collect()
    }

    /// What was booked, by day.
    pub(super) fn booked(&self) -> Vec<String> {
        let mut days: BTreeMap<Date, Pair> = BTreeMap::new();
        for charge in &self.charges {
            let sum = days.entry(charge.day).or_default();
            *sum = (sum.0 + charge.used.0, sum.1 + charge.used.1);
        }
        let used = days.into_iter().filter(|(_, used)| *used != (0, 0));
        used.map(|(day, used)| format!("{day}|{}|{}", used.0, used.1)).collect()
    }

    /// How many rows the request log has of each status.
    pub(super) fn logged(&self) -> Vec<String> {
        let mut log = self.log.clone();
        log.insert("pending", self.held_now().1);
        log.into_iter().filter(|(_, n)| *n != 0).map(|(status, n)| format!("{status}|{n}")).collect()
    }
}

fn is_tokens(limit: usize) -> bool {
    limit % 2 == 1
}

fn is_daily(limit: usize) -> bool {
    limit >= 2
}

fn half(limit: usize, (tokens, requests): Pair) -> i64 {
    if is_tokens(limit) { tokens } else { requests }
}

fn month(day: Date) -> Date {
    day.first_of_month()
}
