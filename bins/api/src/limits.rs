//! How much one caller may ask, as the settings have it.

use frontdesk_chat::Now;
use frontdesk_limits::{Limits, Rate, Rates, SharedLimits};
use frontdesk_redis::Redis;
use frontdesk_settings::LimitsSettings;
use std::sync::Arc;

/// The limits, said in the log.
pub(crate) fn limits(own: &LimitsSettings, redis: Option<&Redis>, now: &Now) -> Limits {
    if !own.enabled {
        tracing::warn!(
            "rate limits are off (RATE_LIMITS): whoever can reach this server may ask without end"
        );
        return Limits::new(Rates::default(), Arc::clone(now), None);
    }
    tracing::info!(
        messages_per_ip = own.messages_per_ip,
        messages_per_widget = own.messages_per_widget,
        calls_per_ip = own.calls_per_ip,
        trusted_proxies = own.trusted_proxies,
        counted = if redis.is_some() {
            "in Redis, together with all processes there"
        } else {
            "by this process alone"
        },
        "rate limits per minute"
    );
    let rates = Rates {
        address_messages: Rate::per_minute(own.messages_per_ip),
        address_calls: Rate::per_minute(own.calls_per_ip),
        address_failed_keys: Rate::per_minute(own.failed_keys_per_ip),
        widget_messages: Rate::per_minute(own.messages_per_widget),
        conversations: true,
    };
    Limits::new(rates, Arc::clone(now), redis.cloned().map(SharedLimits::on))
}
