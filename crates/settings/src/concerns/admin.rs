//! Access for administrators.

use super::secret;
use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::ADMIN_API_KEY;
use secrecy::{ExposeSecret, SecretString};

/// Fewer characters than this can be guessed.
const LEAST_CHARACTERS: usize = 16;

/// Access for administrators.
#[derive(Debug, Clone)]
pub struct AdminSettings {
    /// `ADMIN_API_KEY` (not set): a key that may do everything, at least 16 characters. Without it only API keys
    /// of the database open the administration.
    pub api_key: Option<SecretString>,
}

impl AdminSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let api_key = secret::key(values, &ADMIN_API_KEY)?;
        if api_key.as_ref().is_some_and(|key| key.expose_secret().len() < LEAST_CHARACTERS) {
            let problem =
                format!("is too short (the value is not shown); use at least {LEAST_CHARACTERS} characters");
            return Err(SettingsError::invalid(&ADMIN_API_KEY, problem));
        }
        Ok(Self { api_key })
    }
}
