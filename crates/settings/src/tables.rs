//! What is set for single providers: `PROVIDERS__<NAME>__<FIELD>` in the environment, `[providers.<name>]` in
//! the settings file. The environment wins over the file, field by field.

use crate::error::SettingsError;
use crate::values::number;
use crate::variables::{PROVIDER_FIELDS, PROVIDERS_PREFIX, Variable};
use config::Value;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The longest name: what `widget_configs.llm_provider` holds.
const MAX_NAME: usize = 50;

/// The tables by the providers' names, in lower case.
#[derive(Default)]
pub(crate) struct ProviderTables(BTreeMap<String, Table>);

/// One provider's settings, by the fields' names in upper case. No blank ones. It may hold keys, hence no `Debug`.
#[derive(Default)]
pub(crate) struct Table {
    name: String,
    fields: BTreeMap<&'static str, String>,
}

impl ProviderTables {
    /// The names of all providers for which something is set.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What is set for the provider; perhaps nothing.
    pub(crate) fn of(&self, name: &str) -> Table {
        let fields = self.0.get(name).map(|table| table.fields.clone());
        Table { name: name.to_owned(), fields: fields.unwrap_or_default() }
    }

    pub(crate) fn add_environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), SettingsError> {
        for (variable, text) in variables {
            let rest = variable.strip_prefix(PROVIDERS_PREFIX).unwrap_or(&variable);
            let Some((name, field)) = rest.split_once("__") else {
                let problem = "has to be a name and a field, such as PROVIDERS__OLLAMA__BASE_URL";
                return Err(SettingsError::named(variable, problem));
            };
            if name.bytes().any(|byte| byte.is_ascii_lowercase()) {
                let problem = "is not in upper case: write the name in A-Z, 0-9 and _";
                return Err(SettingsError::named(variable, problem));
            }
            self.set(&name.to_ascii_lowercase(), field, &variable, &text)?;
        }
        Ok(())
    }

    /// `value` is what stands under the key `providers`.
    pub(crate) fn add_file(&mut self, value: Value) -> Result<(), SettingsError> {
        let no_table = || SettingsError::named("PROVIDERS", "has to be tables, such as [providers.ollama]");
        for (name, table) in value.into_table().map_err(|_| no_table())? {
            for (key, value) in table.into_table().map_err(|_| no_table())? {
                let variable = variable(&name, &key.to_ascii_uppercase());
                let text = text_of(value).ok_or_else(|| {
                    SettingsError::named(
                        variable.as_str(),
                        "has to be a text, a number, true, false or a list of texts",
                    )
                })?;
                // the file has one spelling, that of its other keys
                if key != key.to_ascii_lowercase() {
                    let problem = format!("is spelt {key:?} in the file: keys there are in lower case");
                    return Err(SettingsError::named(variable, problem));
                }
                self.set(&name, &key.to_ascii_uppercase(), &variable, &text)?;
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, field: &str, variable: &str, text: &str) -> Result<(), SettingsError> {
        if !is_name(name) {
            let problem =
                format!("{name:?} is not a provider's name: use 1 to {MAX_NAME} of a-z, 0-9 and single _");
            return Err(SettingsError::named(variable, problem));
        }
        let Some(known) = PROVIDER_FIELDS.iter().find(|known| known.name == field) else {
            let fields: Vec<_> = PROVIDER_FIELDS.iter().map(|known| known.name).collect();
            let problem = format!("there is no such setting; a provider has {}", fields.join(", "));
            return Err(SettingsError::named(variable, problem));
        };
        let table = self.0.entry(name.to_owned()).or_default();
        if !text.trim().is_empty() {
            table.fields.insert(known.name, text.trim().to_owned());
        }
        Ok(())
    }
}

/// The variable of a provider's field.
pub(crate) fn variable(name: &str, field: &str) -> String {
    format!("{PROVIDERS_PREFIX}{}__{field}", name.to_ascii_uppercase())
}

/// `__` separates name and field.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let bounded = (1..=MAX_NAME).contains(&name.len()) && !name.starts_with('_') && !name.ends_with('_');
    bounded && name.bytes().all(allowed) && !name.contains("__")
}

/// A list counts as its items with commas between them.
fn text_of(value: Value) -> Option<String> {
    match value.clone().into_array() {
        Ok(items) => {
            let items: Result<Vec<_>, _> = items.into_iter().map(Value::into_string).collect();
            Some(items.ok()?.join(","))
        }
        Err(_) => value.into_string().ok(),
    }
}

impl Table {
    /// The environment variable of a field, for errors.
    pub(crate) fn variable(&self, field: &Variable) -> String {
        variable(&self.name, field.name)
    }

    pub(crate) fn is_set(&self, field: &Variable) -> bool {
        self.fields.contains_key(field.name)
    }

    pub(crate) fn optional(&self, field: &Variable) -> Option<String> {
        self.fields.get(field.name).cloned()
    }

    /// A comma-separated list without its blank items.
    pub(crate) fn list(&self, field: &Variable) -> Vec<String> {
        let text = self.fields.get(field.name).map_or("", String::as_str);
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// A whole number within `allowed`, or the field's default if it has one.
    pub(crate) fn number<T: FromStr + PartialOrd + Display>(
        &self,
        field: &Variable,
        unit: &str,
        allowed: RangeInclusive<T>,
    ) -> Result<Option<T>, SettingsError> {
        let text = self.fields.get(field.name).map(String::as_str).or(field.default);
        text.map(|text| number(&self.variable(field), text, unit, allowed)).transpose()
    }

    pub(crate) fn flag(&self, field: &Variable) -> Result<Option<bool>, SettingsError> {
        let parse = |text: &String| match text.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(SettingsError::named(
                self.variable(field),
                format!("{other:?} is neither true nor false"),
            )),
        };
        self.fields.get(field.name).map(parse).transpose()
    }
}
