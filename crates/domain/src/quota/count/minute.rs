//! The last minute.

use super::{Counts, Measure, Spent, Taken};
use crate::sliding::Sliding;
use jiff::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

/// What was taken in the last minute, by all and by each tenant.
#[derive(Debug, Clone)]
pub(super) struct Minute {
    slots: Sliding<Slot>,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    all: Counts,
    /// Calls that are not settled yet.
    under_way: Counts,
    tenants: HashMap<i32, Counts>,
}

impl Default for Minute {
    fn default() -> Self {
        Self { slots: Sliding::over(Duration::from_mins(1)) }
    }
}

impl Minute {
    pub(super) fn take(&mut self, tokens: u32, tenant: i32, now: Timestamp) {
        let slot = self.slots.current(now);
        let tenant = slot.tenants.entry(tenant).or_default();
        for counts in [&mut slot.all, &mut slot.under_way, tenant] {
            counts.add(1, u64::from(tokens));
        }
    }

    pub(super) fn settle(&mut self, taken: &Taken, spent: Spent) {
        // A call that took longer than a minute is not counted any more.
        let Some(slot) = self.slots.of(taken.at) else { return };
        let estimate = u64::from(taken.tokens);
        slot.under_way.subtract(1, estimate);
        let (requests, actual) = match spent {
            Spent::Unknown => return,
            Spent::Tokens(actual) => (0, actual),
            Spent::Nothing => (1, 0),
        };
        let tenant = slot.tenants.entry(taken.tenant).or_default();
        for counts in [&mut slot.all, &mut *tenant] {
            counts.subtract(requests, estimate);
            counts.add(0, actual);
        }
        if tenant.requests == 0 {
            slot.tenants.remove(&taken.tenant);
        }
    }

    pub(super) fn used(&self, now: Timestamp) -> Counts {
        self.sum(now, |slot| slot.all)
    }

    pub(super) fn under_way(&self, now: Timestamp) -> Counts {
        self.sum(now, |slot| slot.under_way)
    }

    pub(super) fn taken_by(&self, tenant: i32, now: Timestamp) -> Counts {
        self.sum(now, |slot| slot.tenants.get(&tenant).copied().unwrap_or_default())
    }

    /// When the oldest of the tenant's calls no longer counts.
    pub(super) fn first_end(&self, tenant: i32, now: Timestamp) -> Option<Timestamp> {
        let own = self.slots.counting(now).filter(|(_, slot)| slot.tenants.contains_key(&tenant));
        own.map(|(number, _)| number).min().map(|number| self.slots.ends(number))
    }

    /// When `missing` of what counts now no longer does.
    pub(super) fn freed(&self, measure: Measure, missing: u64, now: Timestamp) -> Timestamp {
        let mut slots: Vec<_> =
            self.slots.counting(now).map(|(number, slot)| (number, slot.all.of(measure))).collect();
        slots.sort_unstable();
        let mut freed = 0;
        for (number, amount) in slots {
            freed += amount;
            if freed >= missing {
                return self.slots.ends(number);
            }
        }
        now
    }

    fn sum(&self, now: Timestamp, of: impl Fn(&Slot) -> Counts) -> Counts {
        let mut sum = Counts::default();
        for (_, slot) in self.slots.counting(now) {
            let counts = of(slot);
            sum.add(counts.requests, counts.tokens);
        }
        sum
    }
}
