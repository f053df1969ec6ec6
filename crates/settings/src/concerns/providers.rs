//! The language-model providers.

use super::secret;
use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{
    ANSWER_DEADLINE_MS, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, FALLBACK_PROVIDERS, GEMINI_API_KEY,
    GEMINI_BASE_URL, GROQ_API_KEY, GROQ_BASE_URL, OPENAI_API_KEY, OPENAI_BASE_URL,
    PROVIDER_CONNECT_TIMEOUT_MS, PROVIDER_TIMEOUT_MS, Variable,
};
use frontdesk_domain::ProviderName;
use secrecy::SecretString;
use std::time::Duration;

/// The language-model providers.
#[derive(Debug, Clone)]
pub struct ProvidersSettings {
    /// `GEMINI_API_KEY` (not set), `GEMINI_BASE_URL` (`https://generativelanguage.googleapis.com`).
    pub gemini: ProviderSettings,
    /// `GROQ_API_KEY` (not set), `GROQ_BASE_URL` (`https://api.groq.com/openai/v1`).
    pub groq: ProviderSettings,
    /// `OPENAI_API_KEY` (not set), `OPENAI_BASE_URL` (`https://api.openai.com/v1`).
    pub openai: ProviderSettings,
    /// `ANTHROPIC_API_KEY` (not set), `ANTHROPIC_BASE_URL` (`https://api.anthropic.com`).
    pub claude: ProviderSettings,
    /// `FALLBACK_PROVIDERS` (none): asked in this order when a widget's own provider fails; a comma list of
    /// `gemini`, `groq`, `openai` and `claude`.
    pub fallbacks: Vec<ProviderName>,
    /// `PROVIDER_CONNECT_TIMEOUT_MS` (3000): for opening a connection to a provider.
    pub connect_timeout: Duration,
    /// `PROVIDER_TIMEOUT_MS` (15000): for one call from its start to the last byte of its answer.
    pub timeout: Duration,
    /// `ANSWER_DEADLINE_MS` (20000): for all calls for one message, retries and fallbacks included.
    pub answer_deadline: Duration,
}

/// One provider. It is in use when it has a key.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// The provider's key; blank counts as not set.
    pub api_key: Option<SecretString>,
    /// The start of every URL, `http://` or `https://`, without a slash at its end.
    pub base_url: String,
}

impl ProvidersSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let provider = |key, base_url| ProviderSettings::from_values(values, key, base_url);
        let milliseconds = |variable| {
            let number = values.number(variable, "milliseconds", 1..=600_000)?;
            Ok(Duration::from_millis(number.into()))
        };
        Ok(Self {
            gemini: provider(&GEMINI_API_KEY, &GEMINI_BASE_URL)?,
            groq: provider(&GROQ_API_KEY, &GROQ_BASE_URL)?,
            openai: provider(&OPENAI_API_KEY, &OPENAI_BASE_URL)?,
            claude: provider(&ANTHROPIC_API_KEY, &ANTHROPIC_BASE_URL)?,
            fallbacks: fallbacks(values)?,
            connect_timeout: milliseconds(&PROVIDER_CONNECT_TIMEOUT_MS)?,
            timeout: milliseconds(&PROVIDER_TIMEOUT_MS)?,
            answer_deadline: milliseconds(&ANSWER_DEADLINE_MS)?,
        })
    }

    /// The four providers by the names that widgets and the request log use.
    pub fn by_name(&self) -> [(ProviderName, &ProviderSettings); 4] {
        [
            (ProviderName::GEMINI, &self.gemini),
            (ProviderName::GROQ, &self.groq),
            (ProviderName::OPENAI, &self.openai),
            (ProviderName::CLAUDE, &self.claude),
        ]
    }
}

impl ProviderSettings {
    fn from_values(values: &Values, key: &Variable, base_url: &Variable) -> Result<Self, SettingsError> {
        let text = values.text(base_url)?;
        let address = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_url = address.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
        if !is_url || text.contains(char::is_whitespace) {
            // not shown: a key that was pasted into the wrong variable would end up in the logs
            let problem = "has to be a URL that starts with https:// or http:// (the value is not shown)";
            return Err(SettingsError::invalid(base_url, problem));
        }
        let base_url = text.trim_end_matches('/').to_owned();
        Ok(Self { api_key: secret::key(values, key)?, base_url })
    }
}

fn fallbacks(values: &Values) -> Result<Vec<ProviderName>, SettingsError> {
    const KNOWN: [ProviderName; 4] =
        [ProviderName::GEMINI, ProviderName::GROQ, ProviderName::OPENAI, ProviderName::CLAUDE];
    let mut names: Vec<ProviderName> = Vec::new();
    for item in values.list(&FALLBACK_PROVIDERS)? {
        let name =
            item.parse::<ProviderName>().ok().filter(|name| KNOWN.contains(name)).ok_or_else(|| {
                let problem =
                    format!("{item:?} is not a provider (a comma list of gemini, groq, openai, claude)");
                SettingsError::invalid(&FALLBACK_PROVIDERS, problem)
            })?;
        if names.contains(&name) {
            return Err(SettingsError::invalid(&FALLBACK_PROVIDERS, format!("{item:?} is listed twice")));
        }
        names.push(name);
    }
    Ok(names)
}
