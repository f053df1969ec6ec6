//! The provider's calendar day.

use super::Counts;
use jiff::civil::Date;

/// What was taken on the days that may still be asked for: the newest, and its neighbours, for calls that are
/// settled after midnight and clocks that go back.
#[derive(Debug, Clone, Default)]
pub(super) struct Days {
    days: Vec<(Date, Counts)>,
}

impl Days {
    pub(super) fn of(&mut self, day: Date) -> &mut Counts {
        if let Some(position) = self.days.iter().position(|(known, _)| *known == day) {
            return &mut self.days[position].1;
        }
        let is_near = |known: Date| {
            known.tomorrow().is_ok_and(|next| next >= day) && known.yesterday().is_ok_and(|last| last <= day)
        };
        self.days.retain(|(known, _)| is_near(*known));
        self.days.push((day, Counts::default()));
        let last = self.days.len() - 1;
        &mut self.days[last].1
    }

    pub(super) fn used(&self, day: Date) -> Counts {
        self.days.iter().find(|(known, _)| *known == day).map_or_else(Counts::default, |(_, counts)| *counts)
    }
}
