//! Keys that go into an HTTP header.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::Variable;
use secrecy::SecretString;

/// A key is refused at the start when it could not be sent: copied with a line break or a typographic quote.
pub(crate) fn key(values: &Values, variable: &Variable) -> Result<Option<SecretString>, SettingsError> {
    let Some(text) = values.optional(variable)? else {
        return Ok(None);
    };
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let problem = "holds a space or a character that no key has (the value is not shown); copy it again";
        return Err(SettingsError::invalid(variable, problem));
    }
    Ok(Some(text.into()))
}
