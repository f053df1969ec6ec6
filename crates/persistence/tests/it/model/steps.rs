//! Random lives of an account. What shrinks to the simpler stands first.

use super::plain::{LIMITS, Zone};
use frontdesk_persistence::Status;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// With and without daylight saving, some of it at midnight; far east, far west, odd minutes.
const ZONES: [&str; 9] = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
];

/// An account's life from its opening on.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) zone: &'static str,
    pub(super) limits: [Option<i64>; 4],
    pub(super) steps: Vec<(Process, Step)>,
}

/// Two processes work on one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Process {
    One,
    Other,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A message that asks for credits.
    Begin { prompt: u32, reply: u32, may_wait: bool },
    /// The last message that was told to wait asks again.
    Again { prompt: u32, reply: u32 },
    /// An attempt ends. Some end twice, some after they were given up.
    Finish { which: Index, status: Status, tokens: u32 },
    /// An attempt fails and another one begins.
    Retry { which: Index, tokens: u32, prompt: u32, reply: u32 },
    /// Someone settles what was never held.
    FinishUnknown,
    /// A sweeper looks at one hold.
    Release { which: Index },
    /// The minute's sweep of all holds.
    ReleaseOverdue,
    /// The worker passes.
    Pass,
    /// An operator changes limits by SQL; `None` is NULL.
    Limits([Option<i64>; 4]),
    /// An administrator sets limits.
    SetLimits([i64; 4]),
    /// An operator moves the account by SQL.
    Zone(&'static str),
    /// An administrator moves the account.
    SetZone(&'static str),
    /// An operator sets `credits_exhausted`.
    RaiseFlag,
    /// The guide's manual reset.
    BeginDayAnew,
    /// Time goes on, or back.
    Clock(Clock),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Clock {
    Seconds(i64),
    Hours(i64),
    /// So many seconds after the next midnight.
    Midnight(i64),
    /// So many seconds after the next month's begin.
    Month(i64),
    /// So many seconds after the next change of clocks.
    DaylightSaving(i64),
    /// So many seconds after the begin of that day of February 2028; the 30th is 1 March.
    LeapYear(i8, i64),
}

impl Clock {
    pub(super) fn after(self, now: Timestamp, zone: &Zone) -> Timestamp {
        let today = zone.date(now);
        let (from, seconds) = match self {
            Self::Seconds(seconds) => (now, seconds),
            Self::Hours(hours) => (now, hours * 3_600),
            Self::Midnight(offset) => (zone.begin(today.tomorrow().unwrap()), offset),
            Self::Month(offset) => (zone.begin(today.last_of_month().tomorrow().unwrap()), offset),
            Self::DaylightSaving(offset) => (zone.next_change(now).unwrap_or(now), offset),
            Self::LeapYear(30, offset) => (zone.begin(date(2028, 3, 1)), offset),
            Self::LeapYear(day, offset) => (zone.begin(date(2028, 2, day)), offset),
        };
        from + SignedDuration::from_secs(seconds)
    }
}

pub(super) fn life() -> impl Strategy<Value = Life> {
    let steps = prop::collection::vec((process(), step()), 1..40);
    (select(&ZONES[..]), limits(), steps).prop_map(|(zone, limits, steps)| Life { zone, limits, steps })
}

fn process() -> impl Strategy<Value = Process> {
    select(vec![Process::One, Process::Other])
}

fn step() -> impl Strategy<Value = Step> {
    let status = select(vec![Status::Success, Status::Failed, Status::RateLimited, Status::Blocked]);
    let (prompt, reply) = (|| 0..700_u32, || 0..600_u32);
    prop_oneof![
        10 => (prompt(), reply(), any::<bool>())
            .prop_map(|(prompt, reply, may_wait)| Step::Begin { prompt, reply, may_wait }),
        8 => (any::<Index>(), status, 0..1_300_u32)
            .prop_map(|(which, status, tokens)| Step::Finish { which, status, tokens }),
        10 => clock().prop_map(Step::Clock),
        3 => (any::<Index>(), 0..400_u32, prompt(), reply())
            .prop_map(|(which, tokens, prompt, reply)| Step::Retry { which, tokens, prompt, reply }),
        1 => (prompt(), reply()).prop_map(|(prompt, reply)| Step::Again { prompt, reply }),
        1 => Just(Step::FinishUnknown),
        2 => any::<Index>().prop_map(|which| Step::Release { which }),
        2 => Just(Step::ReleaseOverdue),
        2 => Just(Step::Pass),
        2 => limits().prop_map(Step::Limits),
        1 => limits().prop_map(|limits| Step::SetLimits(limits.map(|limit| limit.unwrap_or(0).max(0)))),
        1 => select(&ZONES[..]).prop_map(Step::Zone),
        1 => select(&ZONES[..]).prop_map(Step::SetZone),
        1 => Just(Step::RaiseFlag),
        1 => Just(Step::BeginDayAnew),
    ]
}

fn clock() -> impl Strategy<Value = Clock> {
    let around = || prop_oneof![Just(0), Just(-1), Just(1), -7_200..7_200_i64];
    prop_oneof![
        6 => (0..150_i64).prop_map(Clock::Seconds),
        2 => (0..60_i64).prop_map(Clock::Hours),
        4 => around().prop_map(Clock::Midnight),
        2 => around().prop_map(Clock::Month),
        2 => around().prop_map(Clock::DaylightSaving),
        1 => (28..=30_i8, around()).prop_map(|(day, offset)| Clock::LeapYear(day, offset)),
        2 => (-150..0_i64).prop_map(Clock::Seconds),
        1 => (-800..0_i64).prop_map(Clock::Hours),
    ]
}

/// In the order of `plain::LIMITS`: so small that they are reached, or ample, or free, or absurd.
fn limits() -> impl Strategy<Value = [Option<i64>; 4]> {
    let limit = |small: i64| {
        prop_oneof![
            4 => (0..small).prop_map(Some),
            4 => Just(Some(1_000_000)),
            1 => Just(None),
            1 => Just(Some(-1)),
        ]
    };
    [limit(25), limit(12_000), limit(8), limit(4_000)]
}

impl std::fmt::Display for Life {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let limits: Vec<String> =
            LIMITS.iter().zip(self.limits).map(|((name, _), n)| format!("{name} {n:?}")).collect();
        writeln!(f, "{}, {}", self.zone, limits.join(", "))?;
        self.steps.iter().try_for_each(|(process, step)| writeln!(f, "  {process:?}: {step:?}"))
    }
}
