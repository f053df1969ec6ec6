//! Who calls, and how much one caller may ask.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{
    RATE_LIMIT_CALLS_PER_IP, RATE_LIMIT_FAILED_KEYS_PER_IP, RATE_LIMIT_PER_IP, RATE_LIMIT_PER_WIDGET,
    RATE_LIMITS, TRUSTED_PROXIES,
};

/// Who calls, and how much one caller may ask. Of the numbers per minute, 0 is no limit.
#[derive(Debug, Clone)]
pub struct LimitsSettings {
    /// `TRUSTED_PROXIES` (0; 1 on Heroku): how many proxies every request passes, each of which adds the address that
    /// it heard from to `X-Forwarded-For`. What stands there before is not believed.
    pub trusted_proxies: usize,
    /// `RATE_LIMITS` (`on`): `off` lets everybody ask as much as they like, whatever the other settings and the widgets
    /// say; for load tests.
    pub enabled: bool,
    /// `RATE_LIMIT_PER_IP` (30): messages a minute from one address.
    pub messages_per_ip: u32,
    /// `RATE_LIMIT_PER_WIDGET` (600): messages a minute to one widget.
    pub messages_per_widget: u32,
    /// `RATE_LIMIT_CALLS_PER_IP` (600): public calls of all kinds a minute from one address.
    pub calls_per_ip: u32,
    /// `RATE_LIMIT_FAILED_KEYS_PER_IP` (10): wrong keys for admin calls a minute from one address.
    pub failed_keys_per_ip: u32,
}

impl LimitsSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let calls = |variable, unit| values.number(variable, unit, 0..=1_000_000);
        let trusted_proxies = values.number(&TRUSTED_PROXIES, "proxies", 0..=16)?;
        Ok(Self {
            trusted_proxies: usize::try_from(trusted_proxies).unwrap_or(usize::MAX),
            enabled: enabled(values)?,
            messages_per_ip: calls(&RATE_LIMIT_PER_IP, "messages a minute")?,
            messages_per_widget: calls(&RATE_LIMIT_PER_WIDGET, "messages a minute")?,
            calls_per_ip: calls(&RATE_LIMIT_CALLS_PER_IP, "calls a minute")?,
            failed_keys_per_ip: calls(&RATE_LIMIT_FAILED_KEYS_PER_IP, "calls a minute")?,
        })
    }
}

fn enabled(values: &Values) -> Result<bool, SettingsError> {
    match values.text(&RATE_LIMITS)?.as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(SettingsError::invalid(&RATE_LIMITS, format!("{other:?} is neither on nor off"))),
    }
}
