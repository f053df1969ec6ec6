//! Who may read the metrics, and where.

use super::secret;
use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{METRICS_PORT, METRICS_TOKEN};
use secrecy::{ExposeSecret, SecretString};

/// Fewer characters than this can be guessed.
const LEAST_CHARACTERS: usize = 16;

/// Who may read the metrics, and where. Without either setting there are none.
#[derive(Debug, Clone)]
pub struct MetricsSettings {
    /// `METRICS_PORT` (not set): a port of their own, at `HOST`; 0 takes a free one.
    pub port: Option<u16>,
    /// `METRICS_TOKEN` (not set): what a reader presents, at least 16 characters. With it they are also at `PORT`.
    pub token: Option<SecretString>,
}

impl MetricsSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let port = values.optional(&METRICS_PORT)?.map(|text| {
            text.parse().map_err(|_| {
                let problem = format!("{text:?} is not a port number (1 to 65535, or 0 for any free one)");
                SettingsError::invalid(&METRICS_PORT, problem)
            })
        });
        let token = secret::key(values, &METRICS_TOKEN)?;
        if token.as_ref().is_some_and(|token| token.expose_secret().len() < LEAST_CHARACTERS) {
            let problem =
                format!("is too short (the value is not shown); use at least {LEAST_CHARACTERS} characters");
            return Err(SettingsError::invalid(&METRICS_TOKEN, problem));
        }
        Ok(Self { port: port.transpose()?, token })
    }
}
