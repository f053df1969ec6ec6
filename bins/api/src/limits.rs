//! How much one caller may ask, as the settings have it.

use crate::Failure;
use frontdesk_chat::Now;
use frontdesk_limits::{Limits, Rate, Rates, SharedLimits};
use frontdesk_settings::Settings;
use secrecy::ExposeSecret;
use std::sync::Arc;

/// The limits, said in the log.
pub(crate) fn limits(settings: &Settings, now: &Now) -> Result<Limits, Failure> {
    let own = &settings.limits;
    if !own.enabled {
        tracing::warn!(
            "rate limits are off (RATE_LIMITS): whoever can reach this server may ask without end"
        );
        return Ok(Limits::new(Rates::default(), Arc::clone(now), None));
    }
    let shared = settings.providers.redis_url.as_ref().map(|url| SharedLimits::open(url.expose_secret()));
    let shared = shared.transpose().map_err(Failure::configuration)?;
    tracing::info!(
        messages_per_ip = own.messages_per_ip,
        messages_per_widget = own.messages_per_widget,
        calls_per_ip = own.calls_per_ip,
        trusted_proxies = own.trusted_proxies,
        counted = if shared.is_some() {
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
    Ok(Limits::new(rates, Arc::clone(now), shared))
}
