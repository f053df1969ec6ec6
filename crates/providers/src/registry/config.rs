//! What a provider is built from, and what is wrong with it.

use crate::error::{base_url_variable, field_variable, key_variable};
use crate::gate::Resilience;
use crate::profile::Compatibility;
use frontdesk_domain::ProviderName;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

/// How often a provider is asked again for the same message, unless configured otherwise.
pub const RETRIES: u32 = 2;

/// One provider's settings.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// One of [`super::BUILT_IN`], or any other name for a server that speaks OpenAI's Chat Completions.
    pub provider: ProviderName,
    /// `GEMINI_API_KEY`, `GROQ_API_KEY`, `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `PROVIDERS__<NAME>__KEY`. White
    /// space around a key is removed; a blank one is none. Prefix and length are not checked, for vendors change
    /// them.
    pub api_keys: Vec<SecretString>,
    /// `*_BASE_URL`, `PROVIDERS__<NAME>__BASE_URL`. Default: the vendor's. An http or https address without
    /// user, query and fragment.
    pub base_url: Option<String>,
    /// The version of the API: Gemini's path segment (default `v1beta`), Claude's `anthropic-version` (default
    /// `2023-06-01`). The others have none.
    pub api_version: Option<String>,
    /// The models that may be asked for, the first being the default; none for any model.
    pub models: Vec<String>,
    /// How a server of another name differs from a plain one.
    pub compatibility: Compatibility,
    /// Quota and circuit breaker of each key.
    pub resilience: Resilience,
    /// How often it may be asked again for the same message. Default: [`RETRIES`].
    pub retries: u32,
}

impl ProviderConfig {
    /// A provider at its vendor's address, with one key or none.
    pub fn new(provider: ProviderName, api_key: Option<SecretString>) -> Self {
        Self {
            provider,
            api_keys: api_key.into_iter().collect(),
            base_url: None,
            api_version: None,
            models: Vec::new(),
            compatibility: Compatibility::default(),
            resilience: Resilience::default(),
            retries: RETRIES,
        }
    }

    /// The keys that are not blank.
    pub(super) fn keys(&self) -> Vec<SecretString> {
        let keys = self.api_keys.iter().map(|key| key.expose_secret().trim());
        keys.filter(|key| !key.is_empty()).map(SecretString::from).collect()
    }

    /// The version in use: letters, digits and dashes.
    pub(super) fn version<'a>(&'a self, default: &'a str) -> Result<&'a str, ConfigError> {
        let version = self.api_version.as_deref().unwrap_or(default);
        let valid = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if version.is_empty() || !version.chars().all(valid) {
            return Err(ConfigError::InvalidVersion(self.provider.clone()));
        }
        Ok(version)
    }

    pub(super) fn without_version(&self) -> Result<(), ConfigError> {
        match self.api_version {
            None => Ok(()),
            Some(_) => Err(ConfigError::InvalidVersion(self.provider.clone())),
        }
    }

    /// The address that follows from the configured base, or the vendor's, and `path`.
    pub(super) fn url(&self, vendor: Option<&str>, path: &str) -> Result<Url, ConfigError> {
        let invalid =
            |reason| ConfigError::InvalidBaseUrl { variable: base_url_variable(&self.provider), reason };
        let Some(base) = self.base_url.as_deref().or(vendor) else {
            return Err(invalid("has to be set: the address before /chat/completions"));
        };
        let base = base.trim().trim_end_matches('/');
        let url = Url::parse(base).map_err(|_| invalid("is not an address"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("is not an http or https address"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("must not hold a user or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("must not hold a query or a fragment"));
        }
        Url::parse(&format!("{base}{path}")).map_err(|_| invalid("is not an address"))
    }

    pub(super) fn invalid_key(&self) -> ConfigError {
        ConfigError::InvalidKey { variable: key_variable(&self.provider) }
    }

    pub(super) fn key_without_header(&self) -> ConfigError {
        ConfigError::InvalidField {
            variable: field_variable(&self.provider, "AUTH_HEADER"),
            problem: format!("is none, but {} is set; leave one of them out", key_variable(&self.provider)),
        }
    }
}

/// Why the providers cannot be built. The text names the environment variable and never a secret value.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is listed more than once.
    #[error("the provider `{0}` is configured twice")]
    Duplicate(ProviderName),
    /// A key holds characters that cannot stand in an HTTP header.
    #[error("{variable} holds characters that no API key has")]
    InvalidKey {
        /// The environment variable.
        variable: String,
    },
    /// The address is none, or missing.
    #[error("{variable} {reason}")]
    InvalidBaseUrl {
        /// The environment variable.
        variable: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// What a server's differences are given as cannot be used.
    #[error("{variable}: {problem}")]
    InvalidField {
        /// The environment variable.
        variable: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// The version of the API is not one, or the provider has none.
    #[error("the API version of `{0}` is not valid")]
    InvalidVersion(ProviderName),
    /// The HTTP client could not be built: the proxy is no address.
    #[error("cannot set up HTTP for the LLM providers")]
    Http(#[source] reqwest::Error),
}
