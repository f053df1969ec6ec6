//! How long a conversation has been silent, and what that means to the script that shows it.

use frontdesk_persistence::ConversationState;
use jiff::Timestamp;

/// After so many minutes without anything said the visitor is asked whether they are still there.
pub const WARNING_MINUTES: i64 = 25;
/// After so many minutes without anything said the conversation counts as over. It is not changed by that: its next
/// message is answered as any other.
pub const EXPIRY_MINUTES: i64 = 30;

/// How long a conversation has been silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Whole minutes since something last happened; 0 where nobody knows.
    pub minutes: i64,
    /// Whether an active conversation is about to expire.
    pub is_warning: bool,
    /// Whether it has been silent for [`EXPIRY_MINUTES`], whatever its status.
    pub is_expired: bool,
}

impl Silence {
    /// As it is at `now`.
    pub fn of(state: &ConversationState, now: Timestamp) -> Self {
        let minutes = state.last_activity_at.map_or(0, |last| now.duration_since(last).as_mins().max(0));
        let is_expired = minutes >= EXPIRY_MINUTES;
        let is_warning = state.status == "active" && minutes >= WARNING_MINUTES && !is_expired;
        Self { minutes, is_warning, is_expired }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    fn silent(status: &str, seconds: i64) -> (i64, bool, bool) {
        let last: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let state = ConversationState {
            status: status.into(),
            closed_at: None,
            close_reason: None,
            intro_completed: false,
            intro_data: None,
            last_activity_at: Some(last),
            agent_handoff: false,
        };
        let Silence { minutes, is_warning, is_expired } = Silence::of(&state, last + seconds.seconds());
        (minutes, is_warning, is_expired)
    }

    #[test]
    fn a_warning_comes_before_the_end_and_only_while_there_is_one_to_come() {
        assert_eq!(silent("active", 0), (0, false, false));
        assert_eq!(silent("active", 25 * 60 - 1), (24, false, false));
        assert_eq!(silent("active", 25 * 60), (25, true, false));
        assert_eq!(silent("ended", 25 * 60), (25, false, false));
        assert_eq!(silent("active", 30 * 60 - 1), (29, true, false));
        assert_eq!(silent("active", 30 * 60), (30, false, true));
        assert_eq!(silent("closed", 90 * 60), (90, false, true));
    }

    #[test]
    fn a_clock_that_goes_back_makes_no_negative_silence() {
        assert_eq!(silent("active", -90), (0, false, false));
    }
}
