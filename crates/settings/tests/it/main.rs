//! The settings as a program sees them: layers, messages, secrets, and the documents that list them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod documents;
mod layers;
mod messages;
mod process;
mod providers;
mod secrets;

use frontdesk_settings::{ProviderSettings, Settings, SettingsError, SettingsFile};
use secrecy::ExposeSecret;

fn load(environment: &[(&str, &str)], file: Option<&str>) -> Result<Settings, SettingsError> {
    let owned = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let file = file.map(|text| SettingsFile { name: "frontdesk.toml".to_owned(), text: text.to_owned() });
    Settings::from_sources(owned, file.as_ref())
}

fn message(environment: &[(&str, &str)], file: Option<&str>) -> String {
    let Err(error) = load(environment, file) else { panic!("{environment:?} and {file:?} are accepted") };
    let message = error.to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

fn provider<'a>(settings: &'a Settings, name: &str) -> &'a ProviderSettings {
    settings.providers.get(&name.parse().unwrap()).unwrap_or_else(|| panic!("there is no provider {name}"))
}

fn keys(provider: &ProviderSettings) -> Vec<&str> {
    provider.api_keys.iter().map(ExposeSecret::expose_secret).collect()
}
