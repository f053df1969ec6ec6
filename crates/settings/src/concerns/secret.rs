//! Keys that go into an HTTP header.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::Variable;
use secrecy::{ExposeSecret, SecretString};

/// A key is refused at the start when it could not be sent: copied with a line break or a typographic quote.
pub(crate) fn key(values: &Values, variable: &Variable) -> Result<Option<SecretString>, SettingsError> {
    let Some(text) = values.optional(variable)? else {
        return Ok(None);
    };
    checked(variable.name, &text).map(Some)
}

/// A variable and what it is set to.
pub(crate) struct Setting<'a, T> {
    pub(crate) variable: &'a str,
    pub(crate) value: T,
}

/// A provider's keys, from their variable or the file that another one names; no keys where neither is set.
pub(crate) fn keys(
    direct: &Setting<'_, Vec<String>>,
    file: &Setting<'_, Option<String>>,
) -> Result<Vec<SecretString>, SettingsError> {
    match &file.value {
        Some(_) if !direct.value.is_empty() => {
            let problem = format!("is set, and so is {}; set one of the two", file.variable);
            Err(SettingsError::named(direct.variable, problem))
        }
        Some(path) => from_file(file.variable, path),
        None => distinct(direct.variable, direct.value.iter().map(String::as_str)),
    }
}

fn from_file(variable: &str, path: &str) -> Result<Vec<SecretString>, SettingsError> {
    // a key that was pasted in the place of a path would end up in the logs
    let shown = if path.contains('/') {
        format!("{path:?}")
    } else {
        "the file in the working directory (its name is not shown, for it could be a key)".to_owned()
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| SettingsError::named(variable, format!("{shown} cannot be read: {error}")))?;
    let keys = distinct(variable, text.split(',').map(str::trim).filter(|key| !key.is_empty()))?;
    if keys.is_empty() {
        return Err(SettingsError::named(variable, format!("{shown} holds no key")));
    }
    Ok(keys)
}

fn distinct<'a>(
    variable: &str,
    texts: impl Iterator<Item = &'a str>,
) -> Result<Vec<SecretString>, SettingsError> {
    let mut keys: Vec<SecretString> = Vec::new();
    for text in texts {
        if keys.iter().any(|key| key.expose_secret() == text.trim()) {
            let problem = "holds the same key twice (the value is not shown); each counts its own quota";
            return Err(SettingsError::named(variable, problem));
        }
        keys.push(checked(variable, text.trim())?);
    }
    Ok(keys)
}

fn checked(variable: &str, text: &str) -> Result<SecretString, SettingsError> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let problem = "holds a space or a character that no key has (the value is not shown); copy it again";
        return Err(SettingsError::named(variable, problem));
    }
    Ok(text.into())
}
