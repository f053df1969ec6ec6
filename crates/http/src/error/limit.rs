//! What a caller sees of a rate limit.

use super::Seen;
use actix_web::http::StatusCode;
use frontdesk_limits::{Exceeded, Key};
use std::time::Duration;

/// Seconds, rounded up: whoever waits for so long has waited long enough.
pub(crate) fn whole_seconds(duration: Duration) -> u32 {
    let whole = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
    u32::try_from(whole).unwrap_or(u32::MAX)
}

pub(super) fn of_limit(exceeded: &Exceeded) -> Seen {
    let problem = match exceeded.key {
        Key::AddressMessages(_) | Key::ConversationMessages { .. } => "You are sending messages too fast",
        Key::WidgetMessages(_) => "Too many messages are being sent to this chat",
        Key::AddressCalls(_) => "Too many calls come from your address",
        Key::AddressFailedKeys(_) => "Too many wrong keys came from your address",
    };
    let seconds = whole_seconds(exceeded.wait).max(1);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let text = format!("{problem}: try again in {seconds} {unit}.");
    Seen { retry_after: Some(seconds), ..Seen::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_for_as_long_as_they_are_told_has_waited_long_enough() {
        let seconds = |millis| whole_seconds(Duration::from_millis(millis));
        assert_eq!([0, 1, 999, 1_000, 1_001].map(seconds), [0, 1, 1, 1, 2]);
        assert_eq!(whole_seconds(Duration::MAX), u32::MAX);
    }
}
