//! What deliveries tell the metrics.

use frontdesk_persistence::Then;
use metrics::counter;

/// An attempt has been made.
pub(crate) fn attempted(then: Then) {
    let outcome = match then {
        Then::Delivered => "delivered",
        Then::Retry { .. } => "retried",
        Then::Failed => "given_up",
        Then::Gone => "gone",
    };
    counter!("frontdesk_webhook_attempts_total", "outcome" => outcome).increment(1);
}

/// Deliveries will not be made: that of the attempt after which this was so, and those that waited with it.
pub(crate) fn dropped(then: Then, deliveries: usize) {
    let reason = if then == Then::Gone { "gone" } else { "given_up" };
    if deliveries > 0 {
        counter!("frontdesk_webhook_dropped_total", "reason" => reason).increment(deliveries as u64);
    }
}
