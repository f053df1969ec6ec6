//! One provider: its keys and address, what it takes, and how its failures are met.

use crate::concerns::secret::{Setting, keys};
use crate::error::SettingsError;
use crate::tables::Table;
use crate::values::Values;
use crate::variables::{
    ANTHROPIC_API_KEY, ANTHROPIC_API_KEY_FILE, ANTHROPIC_BASE_URL, API_VERSION, AUTH_HEADER, BASE_URL,
    BREAKER_FAILURE_RATE, BREAKER_FAILURES, BREAKER_OPEN_SECONDS, CAP_FIELD, EXTRA_QUERY, GEMINI_API_KEY,
    GEMINI_API_KEY_FILE, GEMINI_BASE_URL, GROQ_API_KEY, GROQ_API_KEY_FILE, GROQ_BASE_URL, KEY, KEY_FILE,
    MODELS, OPENAI_API_KEY, OPENAI_API_KEY_FILE, OPENAI_BASE_URL, PRESET, PROVIDER_WIDGET_SHARE_PERCENT,
    REQUESTS_PER_DAY, REQUESTS_PER_MINUTE, RETRIES, SEND_TEMPERATURE, STREAM_OPTIONS, SYSTEM_ROLE,
    TOKENS_PER_DAY, TOKENS_PER_MINUTE, Variable,
};
use frontdesk_domain::ProviderName;
use frontdesk_domain::breaker::BreakerPolicy;
use frontdesk_domain::quota::QuotaSettings;
use secrecy::SecretString;
use std::time::Duration;

/// The longest name of a model: what `widget_configs.llm_model` and the request log hold.
const MAX_MODEL: usize = 100;
/// The highest quota: far above any plan, and far below what 64 bits hold.
const MAX_QUOTA: u64 = 1_000_000_000_000;

/// One provider.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// What `widget_configs.llm_provider` calls it.
    pub name: ProviderName,
    /// `GEMINI_API_KEY` or `GEMINI_API_KEY_FILE` and so on, `PROVIDERS__<NAME>__KEY` or `..__KEY_FILE` (not set):
    /// its keys, no two of them alike.
    pub api_keys: Vec<SecretString>,
    /// `GEMINI_BASE_URL` and so on (the vendor's), `PROVIDERS__<NAME>__BASE_URL` (the preset's): the start of
    /// every URL, `http://` or `https://`, without a slash at its end.
    pub base_url: Option<String>,
    /// `PROVIDERS__<NAME>__API_VERSION` (the adapter's): the version of Gemini's or Claude's API.
    pub api_version: Option<String>,
    /// `PROVIDERS__<NAME>__MODELS` (any): the models that may be asked for; the first is the default.
    pub models: Vec<String>,
    /// How an OpenAI-compatible server differs from its preset.
    pub compatibility: CompatibilitySettings,
    /// `PROVIDERS__<NAME>__REQUESTS_PER_MINUTE`, `..__TOKENS_PER_MINUTE`, `..__REQUESTS_PER_DAY` and
    /// `..__TOKENS_PER_DAY` (the model's free tier where one is known): what each key takes for each model; 0 is no
    /// limit.
    pub quota: QuotaSettings,
    /// `PROVIDERS__<NAME>__BREAKER_FAILURES` (5), `..__BREAKER_FAILURE_RATE` (50) and `..__BREAKER_OPEN_SECONDS`
    /// (30): when a key's model is left alone, and for how long.
    pub breaker: BreakerPolicy,
    /// `PROVIDERS__<NAME>__RETRIES` (2): how often it is asked again for the same message after a failure that
    /// may pass; 0 to 2.
    pub retries: u32,
}

/// How an OpenAI-compatible server differs from its preset; `None` is as the preset has it. The texts are read by
/// the provider layer, which knows what they may be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompatibilitySettings {
    /// `PROVIDERS__<NAME>__PRESET` (the name, if it is one).
    pub preset: Option<String>,
    /// `PROVIDERS__<NAME>__CAP_FIELD`.
    pub cap_field: Option<String>,
    /// `PROVIDERS__<NAME>__SYSTEM_ROLE`.
    pub system_role: Option<String>,
    /// `PROVIDERS__<NAME>__SEND_TEMPERATURE`.
    pub send_temperature: Option<bool>,
    /// `PROVIDERS__<NAME>__STREAM_OPTIONS`.
    pub stream_options: Option<bool>,
    /// `PROVIDERS__<NAME>__AUTH_HEADER`.
    pub auth_header: Option<String>,
    /// `PROVIDERS__<NAME>__EXTRA_QUERY`.
    pub extra_query: Option<String>,
}

/// A provider with variables of its own for its keys and address.
pub(crate) struct BuiltIn {
    pub(crate) name: ProviderName,
    key: Variable,
    key_file: Variable,
    base_url: Variable,
    /// Whether its API has a version.
    versioned: bool,
}

pub(crate) const BUILT_IN: [BuiltIn; 4] = [
    BuiltIn {
        name: ProviderName::GEMINI,
        key: GEMINI_API_KEY,
        key_file: GEMINI_API_KEY_FILE,
        base_url: GEMINI_BASE_URL,
        versioned: true,
    },
    BuiltIn {
        name: ProviderName::GROQ,
        key: GROQ_API_KEY,
        key_file: GROQ_API_KEY_FILE,
        base_url: GROQ_BASE_URL,
        versioned: false,
    },
    BuiltIn {
        name: ProviderName::OPENAI,
        key: OPENAI_API_KEY,
        key_file: OPENAI_API_KEY_FILE,
        base_url: OPENAI_BASE_URL,
        versioned: false,
    },
    BuiltIn {
        name: ProviderName::CLAUDE,
        key: ANTHROPIC_API_KEY,
        key_file: ANTHROPIC_API_KEY_FILE,
        base_url: ANTHROPIC_BASE_URL,
        versioned: true,
    },
];

impl ProviderSettings {
    pub(crate) fn built_in(values: &Values, built_in: &BuiltIn) -> Result<Self, SettingsError> {
        let table = values.providers.of(built_in.name.as_str());
        check_fields(built_in, &table)?;
        let direct = Setting { variable: built_in.key.name, value: values.list(&built_in.key)? };
        let file = Setting { variable: built_in.key_file.name, value: values.optional(&built_in.key_file)? };
        let api_keys = keys(&direct, &file)?;
        let base_url = base_url(built_in.base_url.name, &values.text(&built_in.base_url)?)?;
        Self::new(values, built_in.name.clone(), api_keys, Some(base_url), &table)
    }

    pub(crate) fn compatible(values: &Values, name: &str) -> Result<Self, SettingsError> {
        let table = values.providers.of(name);
        let refused =
            |field: &Variable, problem: &str| Err(SettingsError::named(table.variable(field), problem));
        if name == "anthropic" {
            let problem = "Anthropic's provider is called claude; its key is ANTHROPIC_API_KEY";
            return Err(SettingsError::named("PROVIDERS__ANTHROPIC", problem));
        }
        if table.is_set(&API_VERSION) {
            return refused(
                &API_VERSION,
                "only gemini and claude have one; a parameter of the URL is an EXTRA_QUERY",
            );
        }
        let (key, key_file) = (table.variable(&KEY), table.variable(&KEY_FILE));
        let direct = Setting { variable: &key, value: table.list(&KEY) };
        let api_keys = keys(&direct, &Setting { variable: &key_file, value: table.optional(&KEY_FILE) })?;
        let url = table.optional(&BASE_URL);
        let url = url.map(|text| base_url(&table.variable(&BASE_URL), &text)).transpose()?;
        let name = name.parse().map_err(|error| SettingsError::named("PROVIDERS", format!("{error}")))?;
        Self::new(values, name, api_keys, url, &table)
    }

    fn new(
        values: &Values,
        name: ProviderName,
        api_keys: Vec<SecretString>,
        base_url: Option<String>,
        table: &Table,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            name,
            api_keys,
            base_url,
            api_version: table.optional(&API_VERSION),
            models: models(table)?,
            compatibility: CompatibilitySettings {
                preset: table.optional(&PRESET),
                cap_field: table.optional(&CAP_FIELD),
                system_role: table.optional(&SYSTEM_ROLE),
                send_temperature: table.flag(&SEND_TEMPERATURE)?,
                stream_options: table.flag(&STREAM_OPTIONS)?,
                auth_header: table.optional(&AUTH_HEADER),
                extra_query: table.optional(&EXTRA_QUERY),
            },
            quota: QuotaSettings {
                requests_per_minute: table.number(&REQUESTS_PER_MINUTE, "requests", 0..=MAX_QUOTA)?,
                tokens_per_minute: table.number(&TOKENS_PER_MINUTE, "tokens", 0..=MAX_QUOTA)?,
                requests_per_day: table.number(&REQUESTS_PER_DAY, "requests", 0..=MAX_QUOTA)?,
                tokens_per_day: table.number(&TOKENS_PER_DAY, "tokens", 0..=MAX_QUOTA)?,
                tenant_share_percent: widget_share(values)?,
            },
            breaker: BreakerPolicy {
                consecutive_failures: required(table, &BREAKER_FAILURES, "failures", 1, 1_000)?,
                failure_rate_percent: required(table, &BREAKER_FAILURE_RATE, "percent", 1, 100)?,
                open_for: Duration::from_secs(
                    required(table, &BREAKER_OPEN_SECONDS, "seconds", 1, 3_600)?.into(),
                ),
                ..BreakerPolicy::default()
            },
            retries: required(table, &RETRIES, "retries", 0, 2)?,
        })
    }
}

/// How much of a provider's minute a single widget may use.
fn widget_share(values: &Values) -> Result<u32, SettingsError> {
    values.number(&PROVIDER_WIDGET_SHARE_PERCENT, "percent", 1..=100)
}

/// A number of a field with a default.
fn required(
    table: &Table,
    field: &Variable,
    unit: &str,
    least: u32,
    most: u32,
) -> Result<u32, SettingsError> {
    let number = table.number(field, unit, least..=most)?;
    number.ok_or_else(|| SettingsError::named(table.variable(field), "is not set"))
}

/// A provider with an adapter of its own has one way to set each thing: its classic variables for keys and
/// address, and no profile of a compatible server.
fn check_fields(built_in: &BuiltIn, table: &Table) -> Result<(), SettingsError> {
    let refused =
        |field: &Variable, problem: String| Err(SettingsError::named(table.variable(field), problem));
    for (field, classic) in
        [(KEY, built_in.key), (KEY_FILE, built_in.key_file), (BASE_URL, built_in.base_url)]
    {
        if table.is_set(&field) {
            return refused(
                &field,
                format!("for {} this is {}; set that instead", built_in.name, classic.name),
            );
        }
    }
    let profile =
        [PRESET, CAP_FIELD, SYSTEM_ROLE, SEND_TEMPERATURE, STREAM_OPTIONS, AUTH_HEADER, EXTRA_QUERY];
    if let Some(field) = profile.iter().find(|field| table.is_set(field)) {
        let problem = format!(
            "{} is not an OpenAI-compatible server of your own; give that a name of its own",
            built_in.name
        );
        return refused(field, problem);
    }
    if table.is_set(&API_VERSION) && !built_in.versioned {
        return refused(&API_VERSION, format!("the API of {} has no version", built_in.name));
    }
    Ok(())
}

/// The address, which is never shown: a key that was pasted into the wrong variable would end up in the logs.
fn base_url(variable: &str, text: &str) -> Result<String, SettingsError> {
    let address = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_url = address.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    if !is_url || text.contains(char::is_whitespace) {
        let problem = "has to be a URL that starts with https:// or http:// (the value is not shown)";
        return Err(SettingsError::named(variable, problem));
    }
    let text = text.trim_end_matches('/');
    if text.ends_with("/chat/completions") {
        let problem = "is the part before /chat/completions; leave that out";
        return Err(SettingsError::named(variable, problem));
    }
    Ok(text.to_owned())
}

fn models(table: &Table) -> Result<Vec<String>, SettingsError> {
    let refused = |problem| Err(SettingsError::named(table.variable(&MODELS), problem));
    let mut models: Vec<String> = Vec::new();
    for model in table.list(&MODELS) {
        if model.chars().count() > MAX_MODEL || model.chars().any(char::is_control) {
            return refused(format!("{model:?} is not a model's name (at most {MAX_MODEL} characters)"));
        }
        if models.contains(&model) {
            return refused(format!("{model:?} is listed twice"));
        }
        models.push(model);
    }
    if models.is_empty() && table.is_set(&MODELS) {
        return refused("names no model: leave it out for any".to_owned());
    }
    Ok(models)
}
