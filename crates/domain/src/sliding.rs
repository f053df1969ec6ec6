//! Counting over the last while, in slots of equal width.

use jiff::Timestamp;
use std::time::Duration;

/// Slots that a span is cut into.
const SLOTS: i64 = 12;

/// What was counted in each slot of the last span.
///
/// A slot counts from its beginning until the whole span after its end is over, so nothing is forgotten early. It
/// counts in both directions of time: a clock that goes back by less than the span forgets nothing, and one that
/// goes back by more keeps nothing that could not end.
#[derive(Debug, Clone)]
pub(crate) struct Sliding<T> {
    width: i64,
    slots: Vec<(i64, T)>,
}

impl<T: Default> Sliding<T> {
    pub(crate) fn over(span: Duration) -> Self {
        let width = i64::try_from(span.as_millis()).unwrap_or(i64::MAX) / SLOTS;
        Self { width: width.max(1), slots: Vec::new() }
    }

    /// What counts at `now`, with the number of its slot.
    pub(crate) fn counting(&self, now: Timestamp) -> impl Iterator<Item = (i64, &T)> {
        let current = self.slot(now);
        let counts = move |slot: i64| (slot - current).abs() <= SLOTS;
        self.slots.iter().filter(move |(slot, _)| counts(*slot)).map(|(slot, counted)| (*slot, counted))
    }

    /// The slot of `now`; what no longer counts is dropped.
    pub(crate) fn current(&mut self, now: Timestamp) -> &mut T {
        let current = self.slot(now);
        self.slots.retain(|(slot, _)| (slot - current).abs() <= SLOTS);
        let position = self.slots.iter().position(|(slot, _)| *slot == current);
        let position = position.unwrap_or_else(|| {
            self.slots.push((current, T::default()));
            self.slots.len() - 1
        });
        &mut self.slots[position].1
    }

    /// The slot of a time for which something was counted, unless it is forgotten.
    pub(crate) fn of(&mut self, time: Timestamp) -> Option<&mut T> {
        let wanted = self.slot(time);
        self.slots.iter_mut().find(|(slot, _)| *slot == wanted).map(|(_, counted)| counted)
    }

    /// When a slot no longer counts.
    pub(crate) fn ends(&self, slot: i64) -> Timestamp {
        let ms = slot.saturating_add(SLOTS + 1).saturating_mul(self.width);
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn clear(&mut self) {
        self.slots.clear();
    }

    fn slot(&self, now: Timestamp) -> i64 {
        now.as_millisecond().div_euclid(self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn sum(counts: &Sliding<u32>, now: i64) -> u32 {
        counts.counting(at(now)).map(|(_, counted)| counted).sum()
    }

    #[test]
    fn what_was_counted_counts_for_the_whole_span_and_at_most_one_slot_longer() {
        let mut minute = Sliding::<u32>::over(Duration::from_mins(1));
        *minute.current(at(1_000)) += 3;
        *minute.current(at(1_004)) += 4;
        assert_eq!(sum(&minute, 1_060), 7);
        assert_eq!(sum(&minute, 1_064), 7);
        assert_eq!(sum(&minute, 1_065), 0);
        assert_eq!(minute.ends(200), at(1_065));
        *minute.current(at(1_065)) += 1;
        assert!(minute.of(at(1_000)).is_none(), "dropped");
    }

    #[test]
    fn a_clock_that_goes_back_forgets_nothing_recent_and_keeps_nothing_for_ever() {
        let mut minute = Sliding::<u32>::over(Duration::from_mins(1));
        *minute.current(at(100_000)) += 3;
        assert_eq!(sum(&minute, 99_945), 3);
        assert_eq!(sum(&minute, 90_000), 0);
    }
}
