//! The layers (defaults < file < environment) merged by the `config` crate, and typed reads from them.

use crate::error::SettingsError;
use crate::settings::SettingsFile;
use crate::tables::ProviderTables;
use crate::variables::{FRONTDESK_CONFIG, VARIABLES, Variable};
use config::{Config, ConfigError, Environment, File, FileFormat, Map, Value};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The key of the file under which the tables of single providers stand.
const PROVIDERS: &str = "providers";

pub(crate) struct Values {
    merged: Config,
    /// What is set for single providers.
    pub(crate) providers: ProviderTables,
    /// What has been read, so that a test can tell whether [`VARIABLES`] lists just what is read.
    #[cfg(test)]
    read: std::cell::RefCell<std::collections::BTreeSet<&'static str>>,
}

impl Values {
    /// `environment` holds what [`VARIABLES`] lists, `providers` what begins with the prefix of single providers.
    pub(crate) fn merge(
        environment: Map<String, String>,
        providers: impl IntoIterator<Item = (String, String)>,
        file: Option<&SettingsFile>,
    ) -> Result<Self, SettingsError> {
        let mut tables = ProviderTables::default();
        let mut layers = Config::builder();
        for variable in VARIABLES {
            if let Some(default) = variable.default {
                layers = layers.set_default(variable.key(), default).map_err(|error| {
                    SettingsError::invalid(variable, format!("its default cannot be used: {error}"))
                })?;
            }
        }
        if let Some(file) = file {
            if let Some(value) = checked(file)?.remove(PROVIDERS) {
                tables.add_file(value)?;
            }
            layers = layers.add_source(File::from_str(&file.text, FileFormat::Toml));
        }
        let merged = layers.add_source(Environment::default().source(Some(environment))).build();
        // the file was parsed once above and the other layers are plain texts: this does not happen
        let merged = merged.map_err(|error| SettingsError::File {
            file: file.map_or("environment", |file| &file.name).to_owned(),
            problem: error.to_string(),
        })?;
        tables.add_environment(providers)?;
        Ok(Self {
            merged,
            providers: tables,
            #[cfg(test)]
            read: Default::default(),
        })
    }

    /// The value without surrounding white space; a blank one counts as not set.
    pub(crate) fn optional(&self, variable: &Variable) -> Result<Option<String>, SettingsError> {
        #[cfg(test)]
        self.read.borrow_mut().insert(variable.name);
        let Ok(value) = self.merged.get::<Value>(&variable.key()) else {
            return Ok(None);
        };
        let text = value
            .into_string()
            .map_err(|_| SettingsError::invalid(variable, "has to be a single text or number"))?;
        let text = text.trim();
        if text.is_empty() {
            return Ok(variable.default.map(str::to_owned));
        }
        Ok(Some(text.to_owned()))
    }

    /// The value or its default.
    pub(crate) fn text(&self, variable: &Variable) -> Result<String, SettingsError> {
        self.optional(variable)?.ok_or_else(|| SettingsError::invalid(variable, "is not set"))
    }

    /// A comma-separated list without its blank items; in the file it may be an array too.
    pub(crate) fn list(&self, variable: &Variable) -> Result<Vec<String>, SettingsError> {
        if let Ok(items) = self.merged.get::<Vec<String>>(&variable.key()) {
            return Ok(items);
        }
        let text = self.optional(variable)?.unwrap_or_default();
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        Ok(items.map(str::to_owned).collect())
    }

    /// A whole number within `allowed`; `unit` is its plural for the error's text.
    pub(crate) fn number(
        &self,
        variable: &Variable,
        unit: &str,
        allowed: RangeInclusive<u32>,
    ) -> Result<u32, SettingsError> {
        number(variable.name, &self.text(variable)?, unit, allowed)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, variable: &Variable) -> Result<bool, SettingsError> {
        let text = self.text(variable)?;
        let problem = |_| SettingsError::invalid(variable, format!("{text:?} is neither true nor false"));
        text.parse().map_err(problem)
    }
}

/// `text` as a whole number within `allowed`; `unit` is its plural for the error's text.
pub(crate) fn number<T: FromStr + PartialOrd + Display>(
    variable: &str,
    text: &str,
    unit: &str,
    allowed: RangeInclusive<T>,
) -> Result<T, SettingsError> {
    text.parse().ok().filter(|number| allowed.contains(number)).ok_or_else(|| {
        let (least, most) = (allowed.start(), allowed.end());
        SettingsError::named(variable, format!("{text:?} is not a number of {unit} ({least} to {most})"))
    })
}

/// Parses the file on its own, so that its keys can be told from the other layers', and checks them.
fn checked(file: &SettingsFile) -> Result<Map<String, Value>, SettingsError> {
    let alone = Config::builder().add_source(File::from_str(&file.text, FileFormat::Toml)).build();
    let table = alone.and_then(Config::try_deserialize::<Map<String, Value>>);
    let table = table.map_err(|error| not_toml(file, &error))?;
    let fixed =
        |key: &str| VARIABLES.iter().any(|variable| *variable != FRONTDESK_CONFIG && variable.key() == key);
    let known = |key: &str| key == PROVIDERS || fixed(key);
    match table.keys().filter(|key| !known(key)).min() {
        Some(key) => Err(SettingsError::UnknownKey { file: file.name.clone(), key: key.clone() }),
        None => Ok(table),
    }
}

/// The parser's message goes on with the line that it fails at, which may hold a key: only its head, which
/// says where that is, is passed on.
fn not_toml(file: &SettingsFile, error: &ConfigError) -> SettingsError {
    let message = error.to_string();
    let place = message.lines().next().unwrap_or_default();
    let problem = format!("{place}; lines look like `port = 8080` or `host = \"0.0.0.0\"`");
    SettingsError::File { file: file.name.clone(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn every_listed_variable_is_read_and_every_read_one_is_listed() {
        let values = Values::merge(Map::default(), [], None).unwrap();
        Settings::from_values(&values).unwrap();
        let mut read: Vec<&str> = values.read.borrow().iter().copied().collect();
        read.push(FRONTDESK_CONFIG.name); // read before the layers exist: it names one of them
        read.sort_unstable();
        let mut listed: Vec<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
        listed.sort_unstable();
        assert_eq!(read, listed);
    }
}
