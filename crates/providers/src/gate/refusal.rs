//! Why no key may be used now.

use super::KeyName;
use crate::error::ProviderError;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::Refused;
use jiff::Timestamp;

/// Why one key may not be used.
pub(super) enum Refusal {
    /// Its circuit breaker is open until then.
    Open(Timestamp),
    /// Its quota has no room.
    Quota(Refused),
}

/// The refusals of all keys. The one that ends first is told; a quota rather than a breaker.
#[derive(Default)]
pub(super) struct Refusals {
    quota: Option<(Timestamp, String)>,
    open: Option<(Timestamp, String)>,
}

impl Refusals {
    pub(super) fn add(&mut self, name: &KeyName<'_>, refusal: &Refusal) {
        let (place, until, detail) = match refusal {
            Refusal::Open(until) => {
                (&mut self.open, *until, format!("{name} has failed too often, not asked until {until:.0}"))
            }
            Refusal::Quota(Refused { why, until: Some(until) }) => {
                (&mut self.quota, *until, format!("{name}: {why} until {until:.0}"))
            }
            Refusal::Quota(Refused { why, until: None }) => {
                (&mut self.quota, Timestamp::MAX, format!("{name}: {why}"))
            }
        };
        if place.as_ref().is_none_or(|(first, _)| until < *first) {
            *place = Some((until, detail));
        }
    }

    pub(super) fn into_error(self) -> ProviderError {
        match (self.quota, self.open) {
            (Some((_, detail)), _) => ProviderError::new(Failure::QuotaReached, &detail),
            (None, Some((_, detail))) => ProviderError::new(Failure::CircuitOpen, &detail),
            (None, None) => ProviderError::new(Failure::NotConfigured, "no key"),
        }
    }
}
