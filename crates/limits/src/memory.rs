//! Counts in memory, of this process alone.

use crate::key::Key;
use crate::limits::Exceeded;
use crate::rate::{Rate, Standing};
use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use jiff::Timestamp;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The clock. A function, so that tests choose the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Keys that are remembered, some tens of bytes each.
const MOST_KEYS: usize = 100_000;
/// Different rates that are remembered; they are set per widget.
const MOST_RATES: usize = 1_000;
/// Calls between two looks whether there are too many keys.
const LOOK_EVERY: u32 = 1_024;

type Limiter = governor::RateLimiter<Key, DashMapStateStore<Key>, Elapsed, StateInformationMiddleware>;

/// The time that has passed, by a clock that may be set back: then it stands still for a moment, instead of
/// keeping those out who had used their limit when the clock was ahead.
#[derive(Clone)]
pub(crate) struct Elapsed {
    now: Now,
    seen: Arc<Mutex<(Timestamp, Duration)>>,
}

impl Elapsed {
    fn new(now: Now) -> Self {
        let start = now();
        Self { now, seen: Arc::new(Mutex::new((start, Duration::ZERO))) }
    }
}

impl Clock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let mut seen = locked(&self.seen);
        let (before, elapsed) = *seen;
        let now = (self.now)();
        // A step back is no time, and an overflow takes centuries.
        let passed = Duration::try_from(now.duration_since(before)).unwrap_or_default();
        *seen = (now, elapsed.saturating_add(passed));
        seen.1
    }
}

/// One limiter for each rate.
pub(crate) struct Memory {
    clock: Elapsed,
    limiters: Mutex<HashMap<Rate, Arc<Limiter>>>,
    calls: AtomicU32,
    most_keys: usize,
    has_forgotten: AtomicBool,
}

impl Memory {
    pub(crate) fn new(now: Now) -> Self {
        Self::holding(now, MOST_KEYS)
    }

    fn holding(now: Now, most_keys: usize) -> Self {
        Self {
            clock: Elapsed::new(now),
            limiters: Mutex::default(),
            calls: AtomicU32::new(0),
            most_keys,
            has_forgotten: AtomicBool::new(false),
        }
    }

    /// Counts a call under each key, in their order, up to the first that is refused; returns the tightest.
    pub(crate) fn admit(&self, checks: &[(Key, Rate)]) -> Result<Option<Standing>, Exceeded> {
        if self.calls.fetch_add(1, Ordering::Relaxed) % LOOK_EVERY == LOOK_EVERY - 1 {
            self.forget_what_is_over();
        }
        let mut tightest: Option<Standing> = None;
        for (key, rate) in checks {
            let Some(limiter) = self.limiter(*rate) else { continue };
            let standing = match limiter.check_key(key) {
                Ok(snapshot) => rate.standing(snapshot.remaining_burst_capacity()),
                Err(refused) => {
                    let wait = refused.wait_time_from(self.clock.now());
                    return Err(Exceeded { key: *key, standing: rate.standing(0), wait });
                }
            };
            tightest = Some(tightest.map_or(standing, |tightest| tightest.tighter(standing)));
        }
        Ok(tightest)
    }

    fn limiter(&self, rate: Rate) -> Option<Arc<Limiter>> {
        let mut limiters = locked(&self.limiters);
        if let Some(limiter) = limiters.get(&rate) {
            return Some(Arc::clone(limiter));
        }
        let new = Limiter::new(rate.quota()?, DashMapStateStore::default(), self.clock.clone());
        let new = Arc::new(new);
        limiters.insert(rate, Arc::clone(&new));
        Some(new)
    }

    /// Keeps the memory bounded: first goes who has used nothing lately; were that not enough, the rate with the most
    /// keys begins anew. Whoever has so many addresses is not held by a limit per address anyway.
    fn forget_what_is_over(&self) {
        let mut limiters = locked(&self.limiters);
        let are_too_many = |limiters: &HashMap<Rate, Arc<Limiter>>| {
            limiters.len() > MOST_RATES || keys_of(limiters) > self.most_keys
        };
        if !are_too_many(&limiters) {
            return;
        }
        for limiter in limiters.values() {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        limiters.retain(|_, limiter| !limiter.is_empty());
        while are_too_many(&limiters) {
            if limiters.len() > MOST_RATES {
                limiters.clear();
            }
            let largest = limiters.iter().max_by_key(|(_, limiter)| limiter.len()).map(|(rate, _)| *rate);
            if let Some(largest) = largest {
                limiters.remove(&largest);
            }
            if !self.has_forgotten.swap(true, Ordering::Relaxed) {
                let most = self.most_keys;
                tracing::warn!(most, "more callers than rate limits remember: the counts of some begin anew");
            }
        }
    }

    #[cfg(test)]
    fn keys(&self) -> usize {
        keys_of(&locked(&self.limiters))
    }
}

fn keys_of(limiters: &HashMap<Rate, Arc<Limiter>>) -> usize {
    limiters.values().map(|limiter| limiter.len()).sum()
}

/// What is behind the locks is whole after each step; a panic elsewhere is no reason to refuse everybody.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("rates", &locked(&self.limiters).len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Network;
    use jiff::SignedDuration;
    use std::net::Ipv4Addr;

    fn hand() -> (Now, impl Fn(SignedDuration)) {
        let hand = Arc::new(Mutex::new("2026-11-25T12:00:00Z".parse::<Timestamp>().unwrap()));
        let read = Arc::clone(&hand);
        let turn = move |by| {
            let mut hand = hand.lock().unwrap();
            *hand += by;
        };
        (Arc::new(move || *read.lock().unwrap()), turn)
    }

    fn visitor(number: u32) -> Key {
        Key::AddressMessages(Network::of(Ipv4Addr::from_bits(number).into()))
    }

    #[test]
    fn a_clock_that_goes_back_keeps_nobody_out() {
        let (now, turn) = hand();
        let memory = Memory::new(now);
        let check = [(visitor(1), Rate::per_minute(2).unwrap())];
        turn(SignedDuration::from_hours(24));
        assert!(memory.admit(&check).is_ok());
        assert!(memory.admit(&check).is_ok());
        turn(SignedDuration::from_hours(-24));
        assert_eq!(memory.admit(&check).unwrap_err().wait, Duration::from_secs(30));
        turn(SignedDuration::from_secs(30));
        assert!(memory.admit(&check).is_ok());
    }

    #[test]
    fn who_has_used_nothing_lately_takes_no_memory() {
        let (now, turn) = hand();
        let memory = Memory::holding(now, 500);
        let rate = Rate::per_minute(10).unwrap();
        for number in 0..1_000 {
            assert!(memory.admit(&[(visitor(number), rate)]).is_ok());
        }
        turn(SignedDuration::from_mins(5));
        for _ in 0..10 {
            assert!(memory.admit(&[(visitor(9_999), rate)]).is_ok());
        }
        assert!(memory.admit(&[(visitor(9_999), rate)]).is_err());
        // The 1,024th call looks; of the many before nothing is left.
        for _ in 1_011..1_024 {
            assert!(memory.admit(&[(visitor(9_999), rate)]).is_err());
        }
        assert_eq!(memory.keys(), 1);
    }

    #[test]
    fn a_million_addresses_at_once_take_bounded_memory() {
        let (now, _) = hand();
        let memory = Memory::holding(now, 5_000);
        let rate = Rate::per_minute(1).unwrap();
        for number in 0..1_000_000 {
            assert!(memory.admit(&[(visitor(number), rate)]).is_ok());
            if number % 997 == 0 {
                let keys = memory.keys();
                assert!(keys <= 5_000 + LOOK_EVERY as usize, "{keys}");
            }
        }
    }

    #[test]
    fn rates_without_end_take_bounded_memory() {
        let (now, _) = hand();
        let memory = Memory::new(now);
        for most in 1..10_000 {
            assert!(memory.admit(&[(visitor(1), Rate::per_minute(most).unwrap())]).is_ok());
        }
        let rates = locked(&memory.limiters).len();
        assert!(rates <= MOST_RATES + LOOK_EVERY as usize, "{rates}");
    }
}
