//! The settings as a program sees them: layers, messages, secrets, and the documents that list them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod documents;
mod layers;
mod messages;
mod process;
mod secrets;

use frontdesk_settings::{Settings, SettingsError, SettingsFile};

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
