//! All providers of a process.

use crate::chat::ChatModel;
use crate::error::{ProviderError, base_url_variable, key_variable};
use crate::gate::{Call, Gate, Now, Permit, Prospects, Resilience};
use crate::http::{Http, HttpConfig, Link};
use crate::{claude, gemini, groq, openai};
use claude::Claude;
use frontdesk_domain::ProviderName;
use gemini::Gemini;
use groq::Groq;
use openai::OpenAi;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The four providers that have an adapter.
pub const BUILT_IN: [ProviderName; 4] =
    [ProviderName::GEMINI, ProviderName::GROQ, ProviderName::OPENAI, ProviderName::CLAUDE];

/// One provider's settings.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// One of [`BUILT_IN`].
    pub provider: ProviderName,
    /// `GEMINI_API_KEY`, `GROQ_API_KEY`, `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`. White space around it is
    /// removed; a blank one is none. Its prefix and length are not checked, for vendors change them.
    pub api_key: Option<SecretString>,
    /// `*_BASE_URL`. Default: the vendor's. An http or https address without user, query and fragment.
    pub base_url: Option<String>,
    /// The version of the API: Gemini's path segment (default `v1beta`), Claude's `anthropic-version` (default
    /// `2023-06-01`). The others have none.
    pub api_version: Option<String>,
    /// Quota and circuit breaker of each key.
    pub resilience: Resilience,
}

impl ProviderConfig {
    /// A provider at its vendor's address.
    pub fn new(provider: ProviderName, api_key: Option<SecretString>) -> Self {
        Self { provider, api_key, base_url: None, api_version: None, resilience: Resilience::default() }
    }
}

/// Why the providers cannot be built. The text names the environment variable and never its value.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no adapter for it.
    #[error("there is no provider `{0}`: use gemini, groq, openai or claude")]
    UnknownProvider(ProviderName),
    /// It is listed more than once.
    #[error("the provider `{0}` is configured twice")]
    Duplicate(ProviderName),
    /// The key holds characters that cannot stand in an HTTP header.
    #[error("{variable} holds characters that no API key has")]
    InvalidKey {
        /// The environment variable.
        variable: String,
    },
    /// The address is none.
    #[error("{variable} {reason}")]
    InvalidBaseUrl {
        /// The environment variable.
        variable: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The version of the API is not one, or the provider has none.
    #[error("the API version of `{0}` is not valid")]
    InvalidVersion(ProviderName),
    /// The HTTP client could not be built: the proxy is no address.
    #[error("cannot set up HTTP for the LLM providers")]
    Http(#[source] reqwest::Error),
}

/// The providers of a process by name. Cheap to clone.
#[derive(Clone)]
pub struct Providers {
    gates: HashMap<ProviderName, Gate>,
}

impl Providers {
    /// Builds all of [`BUILT_IN`] on one HTTP client; those that `configs` does not list have no key and answer
    /// `NotConfigured`.
    ///
    /// # Errors
    /// [`ConfigError`] at the first setting that cannot be used.
    pub fn new(configs: Vec<ProviderConfig>, http: &HttpConfig, now: &Now) -> Result<Self, ConfigError> {
        let http = Http::new(http).map_err(ConfigError::Http)?;
        let unlisted = |name: &ProviderName| configs.iter().all(|config| config.provider != *name);
        let keyless: Vec<_> = BUILT_IN.into_iter().filter(unlisted).collect();
        let keyless = keyless.into_iter().map(|name| ProviderConfig::new(name, None));
        let mut gates = HashMap::new();
        for config in configs.into_iter().chain(keyless) {
            let name = config.provider.clone();
            let vendor = config.base_url.is_none();
            let resilience =
                Resilience { free_tier: config.resilience.free_tier && vendor, ..config.resilience };
            let gate = Gate::new(vec![adapter(config, &http)?], resilience, Arc::clone(now));
            if gates.insert(name.clone(), gate).is_some() {
                return Err(ConfigError::Duplicate(name));
            }
        }
        Ok(Self { gates })
    }

    /// Any models, for example wrapped or scripted ones, with quotas and circuit breakers. Those of the same name
    /// are the keys of one provider.
    pub fn guarded(
        models: impl IntoIterator<Item = Arc<dyn ChatModel>>,
        resilience: Resilience,
        now: &Now,
    ) -> Self {
        let mut keys: HashMap<ProviderName, Vec<Arc<dyn ChatModel>>> = HashMap::new();
        for model in models {
            keys.entry(model.provider().clone()).or_default().push(model);
        }
        let gate = |(name, keys)| (name, Gate::new(keys, resilience, Arc::clone(now)));
        Self { gates: keys.into_iter().map(gate).collect() }
    }

    /// Whether a call may be made now.
    ///
    /// # Errors
    /// `CircuitOpen` or `QuotaReached`, where it may not with any of the provider's keys; `NotConfigured` for a
    /// provider that is unknown.
    pub async fn admit(&self, call: &Call<'_>) -> Result<Permit, ProviderError> {
        let gate = self.gates.get(call.provider);
        gate.ok_or_else(|| ProviderError::not_configured(call.provider))?.admit(call).await
    }

    /// What stands ready for another try at this model of this provider.
    pub fn prospects(&self, provider: &ProviderName, model: &str) -> Prospects {
        let none = Prospects { another_key: false, may_retry: false };
        self.gates.get(provider).map_or(none, |gate| gate.prospects(model))
    }

    /// The provider of that name with its first key, without quota and circuit breaker.
    pub fn get(&self, provider: &ProviderName) -> Option<&Arc<dyn ChatModel>> {
        self.gates.get(provider)?.first()
    }
}

impl FromIterator<Arc<dyn ChatModel>> for Providers {
    /// Any models under their own names, for example wrapped or scripted ones, without quotas and circuit
    /// breakers.
    fn from_iter<T: IntoIterator<Item = Arc<dyn ChatModel>>>(models: T) -> Self {
        let named = |model: Arc<dyn ChatModel>| (model.provider().clone(), Gate::unguarded(model));
        Self { gates: models.into_iter().map(named).collect() }
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.gates.keys()).finish()
    }
}

fn adapter(config: ProviderConfig, http: &Http) -> Result<Arc<dyn ChatModel>, ConfigError> {
    let base = |vendor| base_url(&config, vendor);
    let bearer = (AUTHORIZATION, "Bearer ");
    Ok(match config.provider.as_str() {
        "gemini" => {
            let version = version(&config, gemini::VERSION)?;
            let models = joined(&config, &base(gemini::BASE_URL)?, &format!("/{version}/models"))?;
            let header = HeaderName::from_static("x-goog-api-key");
            Arc::new(Gemini::new(link(&config, http, (header, ""))?, models))
        }
        "groq" => Arc::new(Groq {
            url: joined(&config, &base(groq::BASE_URL)?, groq::PATH)?,
            link: link(without_version(&config)?, http, bearer)?,
        }),
        "openai" => {
            let url = joined(&config, &base(openai::BASE_URL)?, openai::PATH)?;
            Arc::new(OpenAi::new(link(without_version(&config)?, http, bearer)?, url))
        }
        "claude" => {
            let invalid = |_| ConfigError::InvalidVersion(config.provider.clone());
            let version = HeaderValue::from_str(version(&config, claude::VERSION)?).map_err(invalid)?;
            let link = link(&config, http, (HeaderName::from_static("x-api-key"), ""))?;
            Arc::new(Claude {
                url: joined(&config, &base(claude::BASE_URL)?, claude::PATH)?,
                link: link.with_header(HeaderName::from_static("anthropic-version"), version),
            })
        }
        _ => return Err(ConfigError::UnknownProvider(config.provider)),
    })
}

fn link(config: &ProviderConfig, http: &Http, header: (HeaderName, &str)) -> Result<Link, ConfigError> {
    let key = config.api_key.as_ref().map(|key| key.expose_secret().trim());
    let key = key.filter(|key| !key.is_empty()).map(SecretString::from);
    Link::new(config.provider.clone(), http.clone(), key.as_ref(), header)
        .map_err(|_holds_the_key| ConfigError::InvalidKey { variable: key_variable(&config.provider) })
}

/// The version in use: letters, digits and dashes.
fn version<'a>(config: &'a ProviderConfig, default: &'a str) -> Result<&'a str, ConfigError> {
    let version = config.api_version.as_deref().unwrap_or(default);
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if version.is_empty() || !version.chars().all(valid) {
        return Err(ConfigError::InvalidVersion(config.provider.clone()));
    }
    Ok(version)
}

fn without_version(config: &ProviderConfig) -> Result<&ProviderConfig, ConfigError> {
    match config.api_version {
        None => Ok(config),
        Some(_) => Err(ConfigError::InvalidVersion(config.provider.clone())),
    }
}

/// The address without slashes at its end.
fn base_url(config: &ProviderConfig, vendor: &str) -> Result<String, ConfigError> {
    let base = config.base_url.as_deref().unwrap_or(vendor).trim().trim_end_matches('/');
    let invalid =
        |reason| ConfigError::InvalidBaseUrl { variable: base_url_variable(&config.provider), reason };
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
    Ok(base.to_owned())
}

fn joined(config: &ProviderConfig, base: &str, path: &str) -> Result<Url, ConfigError> {
    Url::parse(&format!("{base}{path}")).map_err(|_| ConfigError::InvalidBaseUrl {
        variable: base_url_variable(&config.provider),
        reason: "is not an address",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch() -> Now {
        Arc::new(|| jiff::Timestamp::UNIX_EPOCH)
    }

    fn openai_at(base_url: &str) -> Result<Providers, ConfigError> {
        let config = ProviderConfig {
            base_url: Some(base_url.to_owned()),
            ..ProviderConfig::new(ProviderName::OPENAI, None)
        };
        Providers::new(vec![config], &HttpConfig::default(), &epoch())
    }

    #[test]
    fn addresses_are_checked_and_never_quoted() {
        for good in ["http://localhost:11434/v1", " https://host/v1// ", "HTTPS://host"] {
            assert!(openai_at(good).is_ok(), "{good}");
        }
        let table = [
            ("", "OPENAI_BASE_URL is not an address"),
            ("localhost/v1", "OPENAI_BASE_URL is not an address"),
            ("https://", "OPENAI_BASE_URL is not an address"),
            ("ftp://host", "OPENAI_BASE_URL is not an http or https address"),
            ("https://u:sk-secret@host", "OPENAI_BASE_URL must not hold a user or a password"),
            ("https://host/?key=sk-secret", "OPENAI_BASE_URL must not hold a query or a fragment"),
            ("https://host/#a", "OPENAI_BASE_URL must not hold a query or a fragment"),
        ];
        for (bad, message) in table {
            assert_eq!(openai_at(bad).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn settings_that_cannot_be_used_are_typed_errors() {
        let build =
            |configs| Providers::new(configs, &HttpConfig::default(), &epoch()).unwrap_err().to_string();
        let key = |key: &str| Some(SecretString::from(key));
        let twice = ProviderConfig::new(ProviderName::GROQ, None);
        assert_eq!(build(vec![twice.clone(), twice]), "the provider `groq` is configured twice");
        let unknown = ProviderConfig::new("ollama".parse().unwrap(), None);
        assert_eq!(build(vec![unknown]), "there is no provider `ollama`: use gemini, groq, openai or claude");
        let broken = ProviderConfig::new(ProviderName::CLAUDE, key("sk-ant\nx"));
        assert_eq!(build(vec![broken]), "ANTHROPIC_API_KEY holds characters that no API key has");
        for (provider, version) in [
            (ProviderName::GROQ, "v1"),
            (ProviderName::OPENAI, "v1"),
            (ProviderName::GEMINI, "v1/../x"),
            (ProviderName::CLAUDE, ""),
        ] {
            let message = format!("the API version of `{provider}` is not valid");
            let config = ProviderConfig {
                api_version: Some(version.to_owned()),
                ..ProviderConfig::new(provider, None)
            };
            assert_eq!(build(vec![config]), message);
        }
    }

    #[test]
    fn all_built_in_providers_are_there_without_configuration() {
        let providers = Providers::new(Vec::new(), &HttpConfig::default(), &epoch()).unwrap();
        for name in BUILT_IN {
            assert_eq!(providers.get(&name).map(|model| model.provider()), Some(&name));
        }
        assert!(providers.get(&"ollama".parse().unwrap()).is_none());
        let same: Providers = BUILT_IN.iter().filter_map(|name| providers.get(name).cloned()).collect();
        assert_eq!(format!("{same:?}").matches("ProviderName").count(), 4);
    }
}
