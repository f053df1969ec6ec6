//! The credit ledger.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{ANSWER_DEADLINE_MS, RESERVATION_TIMEOUT};
use std::time::Duration;

/// The credit ledger.
#[derive(Debug, Clone)]
pub struct LedgerSettings {
    /// `RESERVATION_TIMEOUT` (120 seconds): how long tokens stay held for a call whose outcome nobody booked.
    /// Above the answer deadline, or a hold could be released while its call still runs.
    pub reservation_timeout: Duration,
}

impl LedgerSettings {
    pub(crate) fn from_values(values: &Values, answer_deadline: Duration) -> Result<Self, SettingsError> {
        let seconds = values.number(&RESERVATION_TIMEOUT, "seconds", 1..=86_400)?;
        let reservation_timeout = Duration::from_secs(seconds.into());
        if reservation_timeout <= answer_deadline {
            let deadline = answer_deadline.as_millis();
            let problem = format!("{seconds} s has to be above {} ({deadline} ms)", ANSWER_DEADLINE_MS.name);
            return Err(SettingsError::invalid(&RESERVATION_TIMEOUT, problem));
        }
        Ok(Self { reservation_timeout })
    }
}
