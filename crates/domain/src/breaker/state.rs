//! The circuit breaker itself.

use super::{BreakerPolicy, Sign};
use crate::fallback::Failure;
use crate::sliding::Sliding;
use jiff::Timestamp;
use std::time::Duration;

/// How often the time that it stays open may double, in all: up to ten times `open_for`.
const LONGEST: u32 = 10;
/// What clocks of threads may differ by: a time before an opening by more is a clock that was set back.
const SLACK: Duration = Duration::from_secs(5);

/// The circuit breaker of one provider, key and model.
///
/// ```text
/// closed ── failures in a row, failure rate, a dead key ──▶ open ── open_for is over ──▶ half open
///    ▲                                                       ▲                               │
///    │                                                       └── the probe failed: twice ─────┤
///    │                                                           as long, at most ten times   │
///    └────────────────────────────── the probe succeeded ─────────────────────────────────────┘
/// ```
/// Half open it lets one call at a time through, the probe. A probe whose outcome says nothing, or whose caller
/// vanished ([`Breaker::give_back`]), leaves the place to the next call. A clock that goes back over the opening
/// makes it half open: nothing stays shut because of a clock.
///
/// ```
/// use frontdesk_domain::breaker::Breaker;
/// let mut breaker = Breaker::new(Default::default());
/// assert!(breaker.pass("2026-11-23T10:00:00Z".parse()?).is_ok());
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Breaker {
    policy: BreakerPolicy,
    state: State,
    /// Failures of calls that began after the last success. One that began before it says less than that does:
    /// of the calls at the same time those that hang end last, and so end in a row.
    in_a_row: u32,
    successes: u64,
    calls: Sliding<Calls>,
    probes: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    all: u32,
    failed: u32,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed,
    Open {
        since: Timestamp,
        lasting: Duration,
    },
    /// `lasting` is how long it was open.
    HalfOpen {
        lasting: Duration,
        probe: Option<Probe>,
    },
}

#[derive(Debug, Clone, Copy)]
struct Probe {
    number: u64,
    since: Timestamp,
}

/// Leave to make one call. Give it back with the outcome, or without one.
///
/// ```
/// use frontdesk_domain::breaker::{Breaker, Pass};
/// let mut breaker = Breaker::new(Default::default());
/// assert_eq!(breaker.pass("2026-11-23T10:00:00Z".parse()?), Ok(Pass::Regular(0)));
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Pass {
    /// The breaker is closed; so many calls had succeeded before this one.
    Regular(u64),
    /// The breaker is half open; this call, of that number, decides.
    Probe(u64),
}

/// What an operator wants to know of.
///
/// ```
/// use frontdesk_domain::breaker::{Breaker, BreakerPolicy, Change};
/// use frontdesk_domain::fallback::Failure;
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let mut breaker = Breaker::new(BreakerPolicy::default());
/// let pass = breaker.pass(now).expect("closed");
/// let opened = breaker.record(pass, Some(Failure::InvalidKey), now);
/// assert_eq!(opened, Some(Change::Opened { until: "2026-11-23T10:00:30Z".parse()? }));
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Calls are refused.
    Opened {
        /// When a probe is let through.
        until: Timestamp,
    },
    /// Calls are made as before.
    Closed,
}

impl Breaker {
    /// A closed one.
    ///
    /// ```
    /// use frontdesk_domain::breaker::Breaker;
    /// assert!(Breaker::new(Default::default()).is_ready(jiff::Timestamp::UNIX_EPOCH));
    /// ```
    pub fn new(policy: BreakerPolicy) -> Self {
        Self {
            policy,
            state: State::Closed,
            in_a_row: 0,
            successes: 0,
            calls: Sliding::over(policy.window),
            probes: 0,
        }
    }

    /// Asks for leave to make a call.
    ///
    /// # Errors
    /// Until when there is none. Where a probe is on its way nobody knows; `now` then.
    ///
    /// ```
    /// use frontdesk_domain::breaker::{Breaker, BreakerPolicy, Pass};
    /// use frontdesk_domain::fallback::Failure;
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut breaker = Breaker::new(BreakerPolicy::default());
    /// breaker.record(Pass::Regular(0), Some(Failure::ModelGone), now);
    /// assert_eq!(breaker.pass(now), Err("2026-11-23T10:00:30Z".parse()?));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn pass(&mut self, now: Timestamp) -> Result<Pass, Timestamp> {
        match self.state {
            State::Closed => Ok(Pass::Regular(self.successes)),
            State::Open { since, lasting } if is_within(since, lasting, now) => Err(later(since, lasting)),
            State::HalfOpen { probe: Some(probe), .. } if is_within(probe.since, self.probe_limit(), now) => {
                Err(now)
            }
            State::Open { lasting, .. } | State::HalfOpen { lasting, .. } => {
                self.probes += 1;
                let probe = Some(Probe { number: self.probes, since: now });
                self.state = State::HalfOpen { lasting, probe };
                Ok(Pass::Probe(self.probes))
            }
        }
    }

    /// Whether [`Breaker::pass`] would let a call through.
    ///
    /// ```
    /// use frontdesk_domain::breaker::{Breaker, Pass};
    /// use frontdesk_domain::fallback::Failure;
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut breaker = Breaker::new(Default::default());
    /// breaker.record(Pass::Regular(0), Some(Failure::InvalidKey), now);
    /// assert!(!breaker.is_ready(now));
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn is_ready(&self, now: Timestamp) -> bool {
        match self.state {
            State::Closed => true,
            State::Open { since, lasting } => !is_within(since, lasting, now),
            State::HalfOpen { probe, .. } => {
                probe.is_none_or(|probe| !is_within(probe.since, self.probe_limit(), now))
            }
        }
    }

    /// Takes the outcome of a call: the failure, or `None` for a success. What comes back of calls from before an
    /// opening decides nothing any more.
    ///
    /// ```
    /// use frontdesk_domain::breaker::{Breaker, Pass};
    /// use frontdesk_domain::fallback::Failure;
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut breaker = Breaker::new(Default::default());
    /// for _ in 0..100 {
    ///     assert_eq!(breaker.record(Pass::Regular(0), Some(Failure::Rejected), now), None);
    /// }
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn record(&mut self, pass: Pass, failure: Option<Failure>, now: Timestamp) -> Option<Change> {
        let sign = failure.map_or(Sign::Well, Sign::of);
        match (self.state, pass) {
            (State::Closed, pass) => self.record_closed(pass, sign, now),
            (State::HalfOpen { lasting, probe: Some(probe) }, Pass::Probe(number))
                if probe.number == number =>
            {
                match sign {
                    Sign::Well => Some(self.close()),
                    Sign::Ill | Sign::Dead => {
                        let longest = self.policy.open_for.saturating_mul(LONGEST);
                        Some(self.open(lasting.saturating_mul(2).min(longest), now))
                    }
                    Sign::None => {
                        self.state = State::HalfOpen { lasting, probe: None };
                        None
                    }
                }
            }
            _ => None,
        }
    }

    /// A call was not made, or its caller vanished before the outcome.
    ///
    /// ```
    /// use frontdesk_domain::breaker::{Breaker, Pass};
    /// use frontdesk_domain::fallback::Failure;
    /// let now = "2026-11-23T10:00:00Z".parse()?;
    /// let mut breaker = Breaker::new(Default::default());
    /// breaker.record(Pass::Regular(0), Some(Failure::InvalidKey), now);
    /// let until = breaker.pass(now).expect_err("open");
    /// let probe = breaker.pass(until).expect("half open");
    /// assert!(breaker.pass(until).is_err(), "one probe at a time");
    /// breaker.give_back(probe);
    /// assert!(breaker.pass(until).is_ok());
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn give_back(&mut self, pass: Pass) {
        if let (State::HalfOpen { lasting, probe: Some(probe) }, Pass::Probe(number)) = (self.state, pass)
            && probe.number == number
        {
            self.state = State::HalfOpen { lasting, probe: None };
        }
    }

    fn record_closed(&mut self, pass: Pass, sign: Sign, now: Timestamp) -> Option<Change> {
        let failed = match sign {
            Sign::None => return None,
            Sign::Well => false,
            Sign::Ill | Sign::Dead => true,
        };
        if !failed {
            self.succeed();
        } else if pass == Pass::Regular(self.successes) {
            self.in_a_row = self.in_a_row.saturating_add(1);
        }
        let calls = self.calls.current(now);
        calls.all += 1;
        calls.failed += u32::from(failed);
        let opens = sign == Sign::Dead || failed && (self.are_many_in_a_row() || self.is_rate_high(now));
        opens.then(|| self.open(self.policy.open_for, now))
    }

    fn succeed(&mut self) {
        self.in_a_row = 0;
        self.successes = self.successes.wrapping_add(1);
    }

    fn are_many_in_a_row(&self) -> bool {
        self.in_a_row >= self.policy.consecutive_failures.max(1)
    }

    fn is_rate_high(&self, now: Timestamp) -> bool {
        let (mut all, mut failed) = (0u64, 0u64);
        for (_, calls) in self.calls.counting(now) {
            all += u64::from(calls.all);
            failed += u64::from(calls.failed);
        }
        all >= u64::from(self.policy.least_calls)
            && failed * 100 >= u64::from(self.policy.failure_rate_percent) * all
    }

    fn open(&mut self, lasting: Duration, now: Timestamp) -> Change {
        self.state = State::Open { since: now, lasting };
        Change::Opened { until: later(now, lasting) }
    }

    fn close(&mut self) -> Change {
        self.state = State::Closed;
        self.succeed();
        self.calls.clear();
        Change::Closed
    }

    /// A probe that has not come back after so long is taken for lost.
    fn probe_limit(&self) -> Duration {
        self.policy.open_for.max(Duration::from_mins(2))
    }
}

fn is_within(since: Timestamp, lasting: Duration, now: Timestamp) -> bool {
    now < later(since, lasting) && later(now, SLACK) >= since
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
