//! The language-model providers.

mod provider;

pub use provider::{CompatibilitySettings, ProviderSettings};

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{
    ANSWER_DEADLINE_MS, FALLBACK_PROVIDERS, MODELS, PROVIDER_CONNECT_TIMEOUT_MS, PROVIDER_IDLE_TIMEOUT_MS,
    PROVIDER_TIMEOUT_MS, REDIS_TLS_VERIFY, REDIS_URL,
};
use frontdesk_domain::ProviderName;
use provider::BUILT_IN;
use secrecy::SecretString;
use std::time::Duration;

/// The language-model providers.
#[derive(Debug, Clone)]
pub struct ProvidersSettings {
    /// Gemini, Groq, OpenAI and Claude, then those that `PROVIDERS__<NAME>__..` adds, by name. Each with
    /// `PROVIDER_WIDGET_SHARE_PERCENT` (50) in its quota: how much of its minute a single widget may use.
    pub list: Vec<ProviderSettings>,
    /// `FALLBACK_PROVIDERS` (none): asked in this order when a widget's own provider fails; a comma list of
    /// names from [`ProvidersSettings::list`].
    pub fallbacks: Vec<ProviderName>,
    /// `PROVIDER_CONNECT_TIMEOUT_MS` (3000): for opening a connection to a provider.
    pub connect_timeout: Duration,
    /// `PROVIDER_TIMEOUT_MS` (15000): for one call from its start to the last byte of its answer.
    pub timeout: Duration,
    /// `PROVIDER_IDLE_TIMEOUT_MS` (10000): between two pieces of a streamed answer.
    pub idle_timeout: Duration,
    /// `ANSWER_DEADLINE_MS` (20000): for all calls for one message, retries and fallbacks included.
    pub answer_deadline: Duration,
    /// `REDIS_URL` (not set): where all processes count the use of the providers' quotas together. Without it
    /// each counts its own. With `REDIS_TLS_VERIFY` (true) set to false, a `rediss://` server's certificate is
    /// not checked: the URL then ends in `#insecure`, as the client of Redis has it.
    pub redis_url: Option<SecretString>,
}

impl ProvidersSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let milliseconds = |variable| {
            let number = values.number(variable, "milliseconds", 1..=600_000)?;
            Ok(Duration::from_millis(number.into()))
        };
        let mut list = Vec::new();
        for built_in in &BUILT_IN {
            list.push(ProviderSettings::built_in(values, built_in)?);
        }
        let is_built_in = |name: &&str| BUILT_IN.iter().any(|built_in| built_in.name.as_str() == *name);
        for name in values.providers.names().filter(|name| !is_built_in(name)) {
            list.push(ProviderSettings::compatible(values, name)?);
        }
        Ok(Self {
            fallbacks: fallbacks(values, &list)?,
            list,
            connect_timeout: milliseconds(&PROVIDER_CONNECT_TIMEOUT_MS)?,
            timeout: milliseconds(&PROVIDER_TIMEOUT_MS)?,
            idle_timeout: milliseconds(&PROVIDER_IDLE_TIMEOUT_MS)?,
            answer_deadline: milliseconds(&ANSWER_DEADLINE_MS)?,
            redis_url: redis_url(values)?,
        })
    }

    /// The provider of that name, if it is one of [`ProvidersSettings::list`].
    pub fn get(&self, name: &ProviderName) -> Option<&ProviderSettings> {
        self.list.iter().find(|provider| provider.name == *name)
    }
}

fn fallbacks(values: &Values, list: &[ProviderSettings]) -> Result<Vec<ProviderName>, SettingsError> {
    let refused = |problem| Err(SettingsError::invalid(&FALLBACK_PROVIDERS, problem));
    let mut names: Vec<ProviderName> = Vec::new();
    for item in values.list(&FALLBACK_PROVIDERS)? {
        let Some(provider) = list.iter().find(|provider| provider.name.as_str() == item) else {
            let known: Vec<_> = list.iter().map(|provider| provider.name.as_str()).collect();
            return refused(format!("{item:?} is not a provider (a comma list of {})", known.join(", ")));
        };
        if names.contains(&provider.name) {
            return refused(format!("{item:?} is listed twice"));
        }
        // in the place of another provider it is asked for its default
        if provider.models.is_empty() && !BUILT_IN.iter().any(|built_in| built_in.name == provider.name) {
            let variable = values.providers.of(&item).variable(&MODELS);
            return refused(format!("{item:?} has no model to be asked for; set {variable}"));
        }
        names.push(provider.name.clone());
    }
    Ok(names)
}

fn redis_url(values: &Values) -> Result<Option<SecretString>, SettingsError> {
    let verify = values.flag(&REDIS_TLS_VERIFY)?;
    let Some(mut text) = values.optional(&REDIS_URL)? else {
        return Ok(None);
    };
    let address = text.strip_prefix("redis://").or_else(|| text.strip_prefix("rediss://"));
    if address.is_none_or(str::is_empty) || text.contains(char::is_whitespace) {
        let problem = "has to be a URL that starts with redis:// or rediss:// (the value is not shown)";
        return Err(SettingsError::invalid(&REDIS_URL, problem));
    }
    if !verify && text.starts_with("rediss://") && !text.contains('#') {
        text.push_str("#insecure");
    }
    Ok(Some(text.into()))
}
