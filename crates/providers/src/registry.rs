//! All providers of a process.

mod config;

pub use config::{ConfigError, ProviderConfig, RETRIES};

use crate::chat::ChatModel;
use crate::error::{ProviderError, key_variable};
use crate::gate::{Call, Gate, Now, Permit, Prospects, Resilience, SharedQuotas, fingerprint};
use crate::http::{Http, HttpConfig, Link};
use crate::models::ModelNames;
use crate::{claude, gemini, groq, openai, profile};
use claude::Claude;
use frontdesk_domain::ProviderName;
use gemini::Gemini;
use groq::Groq;
use openai::OpenAi;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The providers that are there without configuration.
pub const BUILT_IN: [ProviderName; 4] =
    [ProviderName::GEMINI, ProviderName::GROQ, ProviderName::OPENAI, ProviderName::CLAUDE];

/// The providers of a process by name. Cheap to clone.
#[derive(Clone, Default)]
pub struct Providers {
    gates: HashMap<ProviderName, Gate>,
    /// The models that may be asked for, where that is configured.
    models: HashMap<ProviderName, Vec<String>>,
    retries: HashMap<ProviderName, u32>,
}

impl Providers {
    /// Builds all of `configs` and [`BUILT_IN`] on one HTTP client; those that `configs` does not list have no key
    /// and answer `NotConfigured`.
    ///
    /// # Errors
    /// [`ConfigError`] at the first setting that cannot be used.
    pub fn new(configs: Vec<ProviderConfig>, http: &HttpConfig, now: &Now) -> Result<Self, ConfigError> {
        let http = Http::new(http).map_err(ConfigError::Http)?;
        let unlisted = |name: &ProviderName| configs.iter().all(|config| config.provider != *name);
        let keyless: Vec<_> = BUILT_IN.into_iter().filter(unlisted).collect();
        let keyless = keyless.into_iter().map(|name| ProviderConfig::new(name, None));
        let (mut gates, mut models, mut retries) = (HashMap::new(), HashMap::new(), HashMap::new());
        for config in configs.into_iter().chain(keyless) {
            let adapters = adapters(&config, &http)?;
            let fingerprints = config.keys().iter().map(|key| fingerprint(key.expose_secret())).collect();
            // Elsewhere than at the vendor's its limits are not known.
            let free_tier = config.resilience.free_tier && config.is_at_vendor();
            let resilience = Resilience { free_tier, ..config.resilience };
            let gate = Gate::with_fingerprints(adapters, fingerprints, resilience, Arc::clone(now));
            let name = config.provider;
            if gates.insert(name.clone(), gate).is_some() {
                return Err(ConfigError::Duplicate(name));
            }
            models.insert(name.clone(), config.models);
            retries.insert(name, config.retries);
        }
        Ok(Self { gates, models, retries })
    }

    /// The names of all providers, sorted and with commas between them: for a message that says what there is.
    pub fn names(&self) -> String {
        let mut names: Vec<_> = self.gates.keys().map(ProviderName::as_str).collect();
        names.sort_unstable();
        names.join(", ")
    }

    /// What the models of these providers are called.
    pub fn model_names(&self) -> ModelNames {
        ModelNames::new(self.models.clone())
    }

    /// How often this provider may be asked again for the same message.
    pub fn retries(&self, provider: &ProviderName) -> u32 {
        self.retries.get(provider).copied().unwrap_or(RETRIES)
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
        Self { gates: keys.into_iter().map(gate).collect(), ..Self::default() }
    }

    /// Counts quotas together with all processes that use these counters.
    pub fn share_quotas(&self, quotas: &SharedQuotas) {
        for gate in self.gates.values() {
            gate.share(quotas);
        }
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

    /// Whether a first call would be let through now, as far as this process counts. Nothing is taken from a quota
    /// or a breaker's probe.
    ///
    /// # Errors
    /// As [`admit`](Self::admit).
    pub fn would_admit(&self, call: &Call<'_>) -> Result<(), ProviderError> {
        let gate = self.gates.get(call.provider);
        gate.ok_or_else(|| ProviderError::not_configured(call.provider))?.would_admit(call)
    }

    /// What stands ready for another try at this model of this provider, after the key of the number `failed`
    /// failed ([`Permit::key_number`]).
    pub fn prospects(&self, provider: &ProviderName, model: &str, failed: Option<usize>) -> Prospects {
        let none = Prospects { another_key: false, may_retry: false, ready: false };
        self.gates.get(provider).map_or(none, |gate| gate.prospects(model, failed))
    }

    /// How many circuit breakers of each provider let nothing through now: one for each key and model.
    pub fn open_breakers(&self) -> Vec<(ProviderName, usize)> {
        self.gates.iter().map(|(name, gate)| (name.clone(), gate.open_breakers())).collect()
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
        Self { gates: models.into_iter().map(named).collect(), ..Self::default() }
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.gates.keys()).finish()
    }
}

/// A provider with an adapter of its own.
struct Adapter {
    name: &'static str,
    /// The vendor's address.
    base_url: &'static str,
    default_model: &'static str,
    build: Build,
}

/// Makes the adapter for one key.
type Build = fn(&ProviderConfig, &Http, Option<&SecretString>) -> Result<Arc<dyn ChatModel>, ConfigError>;

/// A new adapter is a row here, and the function that it names below.
const ADAPTERS: [Adapter; 4] = [
    Adapter {
        name: "gemini",
        base_url: gemini::BASE_URL,
        default_model: "gemini-3.5-flash-lite",
        build: gemini,
    },
    Adapter { name: "groq", base_url: groq::BASE_URL, default_model: "openai/gpt-oss-20b", build: groq },
    Adapter { name: "openai", base_url: openai::BASE_URL, default_model: "gpt-6-luna", build: openai },
    Adapter { name: "claude", base_url: claude::BASE_URL, default_model: "claude-haiku-5-5", build: claude },
];

fn adapter(provider: &ProviderName) -> Option<&'static Adapter> {
    ADAPTERS.iter().find(|adapter| adapter.name == provider.as_str())
}

/// The cheapest model that answers well. `None` for a provider without an adapter of its own.
pub(crate) fn default_model(provider: &ProviderName) -> Option<&'static str> {
    Some(adapter(provider)?.default_model)
}

impl ProviderConfig {
    /// Whether the provider is asked at its vendor's own address: elsewhere its free tier is not known.
    pub fn is_at_vendor(&self) -> bool {
        let vendor = adapter(&self.provider).map(|adapter| adapter.base_url);
        self.base_url.as_deref().is_none_or(|own| Some(own.trim().trim_end_matches('/')) == vendor)
    }
}

/// One adapter for each key; without keys one that says so, or needs none.
fn adapters(config: &ProviderConfig, http: &Http) -> Result<Vec<Arc<dyn ChatModel>>, ConfigError> {
    let build = adapter(&config.provider).map_or(compatible as Build, |adapter| adapter.build);
    let keys = config.keys();
    if keys.is_empty() {
        return Ok(vec![build(config, http, None)?]);
    }
    keys.iter().map(|key| build(config, http, Some(key))).collect()
}

const BEARER: (HeaderName, &str) = (AUTHORIZATION, "Bearer ");

fn gemini(
    config: &ProviderConfig,
    http: &Http,
    key: Option<&SecretString>,
) -> Result<Arc<dyn ChatModel>, ConfigError> {
    let path = format!("/{}/models", config.version(gemini::VERSION)?);
    let models = config.url(Some(gemini::BASE_URL), &path)?;
    let link = link(config, http, key, (HeaderName::from_static("x-goog-api-key"), ""))?;
    Ok(Arc::new(Gemini::new(link, models)))
}

fn groq(
    config: &ProviderConfig,
    http: &Http,
    key: Option<&SecretString>,
) -> Result<Arc<dyn ChatModel>, ConfigError> {
    config.without_version()?;
    let url = config.url(Some(groq::BASE_URL), groq::PATH)?;
    Ok(Arc::new(Groq { url, link: link(config, http, key, BEARER)? }))
}

fn openai(
    config: &ProviderConfig,
    http: &Http,
    key: Option<&SecretString>,
) -> Result<Arc<dyn ChatModel>, ConfigError> {
    config.without_version()?;
    let url = config.url(Some(openai::BASE_URL), openai::PATH)?;
    Ok(Arc::new(OpenAi::new(link(config, http, key, BEARER)?, url, profile::OPENAI)))
}

fn claude(
    config: &ProviderConfig,
    http: &Http,
    key: Option<&SecretString>,
) -> Result<Arc<dyn ChatModel>, ConfigError> {
    let invalid = |_| ConfigError::InvalidVersion(config.provider.clone());
    let version = HeaderValue::from_str(config.version(claude::VERSION)?).map_err(invalid)?;
    let link = link(config, http, key, (HeaderName::from_static("x-api-key"), ""))?;
    Ok(Arc::new(Claude {
        url: config.url(Some(claude::BASE_URL), claude::PATH)?,
        link: link.with_header(HeaderName::from_static("anthropic-version"), version),
    }))
}

/// Any server that speaks OpenAI's Chat Completions.
fn compatible(
    config: &ProviderConfig,
    http: &Http,
    key: Option<&SecretString>,
) -> Result<Arc<dyn ChatModel>, ConfigError> {
    config.without_version()?;
    let server = profile::server(&config.provider, &config.compatibility)?;
    let url = server.with_query(config.url(server.base_url, openai::PATH)?);
    let link = match (server.auth, key) {
        (Some(header), key) => link(config, http, key, header)?,
        (None, None) => link(config, http, None, BEARER)?,
        (None, Some(_)) => return Err(config.key_without_header()),
    };
    if server.needs_key && key.is_none() {
        tracing::warn!(
            "LLM provider {} answers nobody without a key: set {}",
            config.provider,
            key_variable(&config.provider)
        );
    }
    let link = if server.needs_key { link } else { link.open_to_all() };
    Ok(Arc::new(OpenAi::new(link, url, server.profile)))
}

fn link(
    config: &ProviderConfig,
    http: &Http,
    key: Option<&SecretString>,
    header: (HeaderName, &str),
) -> Result<Link, ConfigError> {
    let link = Link::new(config.provider.clone(), http.clone(), key, header);
    link.map_err(|_holds_the_key| config.invalid_key())
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
        let nowhere = ProviderConfig::new("vllm".parse().unwrap(), None);
        let missing = "PROVIDERS__VLLM__BASE_URL has to be set: the address before /chat/completions";
        assert_eq!(build(vec![nowhere]), missing);
        let mut mute = ProviderConfig::new("ollama".parse().unwrap(), key("sk-1"));
        mute.compatibility.auth_header = Some("none".to_owned());
        let contradiction = "PROVIDERS__OLLAMA__AUTH_HEADER: is none, but PROVIDERS__OLLAMA__KEY is set; leave one of them out";
        assert_eq!(build(vec![mute]), contradiction);
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
        assert_eq!(providers.names(), "claude, gemini, groq, openai");
        let same: Providers = BUILT_IN.iter().filter_map(|name| providers.get(name).cloned()).collect();
        assert_eq!(format!("{same:?}").matches("ProviderName").count(), 4);
    }
}
