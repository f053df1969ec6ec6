//! The names of all settings and their defaults, on one screen.

/// A setting's name in the environment, and its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// The name of the environment variable. The key in the settings file is the same in lower case.
    pub name: &'static str,
    /// What holds when it is not set or blank.
    pub default: Option<&'static str>,
}

const fn variable(name: &'static str, default: &'static str) -> Variable {
    Variable { name, default: Some(default) }
}

const fn optional(name: &'static str) -> Variable {
    Variable { name, default: None }
}

pub(crate) const FRONTDESK_CONFIG: Variable = optional("FRONTDESK_CONFIG");

pub(crate) const DATABASE_URL: Variable = variable("DATABASE_URL", "sqlite://frontdesk.db");
pub(crate) const DATABASE_POOL_SIZE: Variable = variable("DATABASE_POOL_SIZE", "8");
pub(crate) const DATABASE_WAIT_MS: Variable = variable("DATABASE_WAIT_MS", "2000");

pub(crate) const HOST: Variable = variable("HOST", "127.0.0.1");
pub(crate) const PORT: Variable = variable("PORT", "8080");
pub(crate) const MAX_CONNECTIONS: Variable = variable("MAX_CONNECTIONS", "8192");
pub(crate) const HEADER_TIMEOUT_SECONDS: Variable = variable("HEADER_TIMEOUT_SECONDS", "5");
pub(crate) const BODY_TIMEOUT_SECONDS: Variable = variable("BODY_TIMEOUT_SECONDS", "10");
pub(crate) const REQUEST_TIMEOUT_SECONDS: Variable = variable("REQUEST_TIMEOUT_SECONDS", "180");
pub(crate) const KEEP_ALIVE_SECONDS: Variable = variable("KEEP_ALIVE_SECONDS", "75");
pub(crate) const MAX_IN_FLIGHT_MESSAGES: Variable = variable("MAX_IN_FLIGHT_MESSAGES", "512");
pub(crate) const MAX_WAITING_MESSAGES: Variable = variable("MAX_WAITING_MESSAGES", "1024");
pub(crate) const MESSAGE_WAIT_MS: Variable = variable("MESSAGE_WAIT_MS", "2000");
pub(crate) const SHUTDOWN_TIMEOUT_SECONDS: Variable = variable("SHUTDOWN_TIMEOUT_SECONDS", "25");

pub(crate) const TRUSTED_PROXIES: Variable = variable("TRUSTED_PROXIES", "0");
pub(crate) const RATE_LIMITS: Variable = variable("RATE_LIMITS", "on");
pub(crate) const RATE_LIMIT_PER_IP: Variable = variable("RATE_LIMIT_PER_IP", "30");
pub(crate) const RATE_LIMIT_PER_WIDGET: Variable = variable("RATE_LIMIT_PER_WIDGET", "600");
pub(crate) const RATE_LIMIT_CALLS_PER_IP: Variable = variable("RATE_LIMIT_CALLS_PER_IP", "600");
pub(crate) const RATE_LIMIT_FAILED_KEYS_PER_IP: Variable = variable("RATE_LIMIT_FAILED_KEYS_PER_IP", "10");

pub(crate) const GEMINI_API_KEY: Variable = optional("GEMINI_API_KEY");
pub(crate) const GROQ_API_KEY: Variable = optional("GROQ_API_KEY");
pub(crate) const OPENAI_API_KEY: Variable = optional("OPENAI_API_KEY");
pub(crate) const ANTHROPIC_API_KEY: Variable = optional("ANTHROPIC_API_KEY");
pub(crate) const GEMINI_API_KEY_FILE: Variable = optional("GEMINI_API_KEY_FILE");
pub(crate) const GROQ_API_KEY_FILE: Variable = optional("GROQ_API_KEY_FILE");
pub(crate) const OPENAI_API_KEY_FILE: Variable = optional("OPENAI_API_KEY_FILE");
pub(crate) const ANTHROPIC_API_KEY_FILE: Variable = optional("ANTHROPIC_API_KEY_FILE");
pub(crate) const GEMINI_BASE_URL: Variable =
    variable("GEMINI_BASE_URL", "https://generativelanguage.googleapis.com");
pub(crate) const GROQ_BASE_URL: Variable = variable("GROQ_BASE_URL", "https://api.groq.com/openai/v1");
pub(crate) const OPENAI_BASE_URL: Variable = variable("OPENAI_BASE_URL", "https://api.openai.com/v1");
pub(crate) const ANTHROPIC_BASE_URL: Variable = variable("ANTHROPIC_BASE_URL", "https://api.anthropic.com");
pub(crate) const FALLBACK_PROVIDERS: Variable = optional("FALLBACK_PROVIDERS");
pub(crate) const PROVIDER_CONNECT_TIMEOUT_MS: Variable = variable("PROVIDER_CONNECT_TIMEOUT_MS", "3000");
pub(crate) const PROVIDER_TIMEOUT_MS: Variable = variable("PROVIDER_TIMEOUT_MS", "15000");
pub(crate) const PROVIDER_IDLE_TIMEOUT_MS: Variable = variable("PROVIDER_IDLE_TIMEOUT_MS", "10000");
pub(crate) const ANSWER_DEADLINE_MS: Variable = variable("ANSWER_DEADLINE_MS", "20000");

pub(crate) const PROVIDER_WIDGET_SHARE_PERCENT: Variable = variable("PROVIDER_WIDGET_SHARE_PERCENT", "50");
pub(crate) const REDIS_URL: Variable = optional("REDIS_URL");
pub(crate) const REDIS_TLS_VERIFY: Variable = variable("REDIS_TLS_VERIFY", "true");

pub(crate) const ADMIN_API_KEY: Variable = optional("ADMIN_API_KEY");

pub(crate) const RESERVATION_TIMEOUT: Variable = variable("RESERVATION_TIMEOUT", "120");

pub(crate) const KNOWLEDGE_CACHE_MB: Variable = variable("KNOWLEDGE_CACHE_MB", "64");

pub(crate) const PUBLIC_URL: Variable = optional("PUBLIC_URL");
pub(crate) const LEGACY_WIDGET_PATHS: Variable = optional("LEGACY_WIDGET_PATHS");

pub(crate) const WEBHOOK_ALLOW_HTTP: Variable = variable("WEBHOOK_ALLOW_HTTP", "false");
pub(crate) const WEBHOOK_PRIVATE_TARGETS: Variable = optional("WEBHOOK_PRIVATE_TARGETS");

pub(crate) const LOG_RETENTION_DAYS: Variable = variable("LOG_RETENTION_DAYS", "90");
pub(crate) const CONVERSATION_RETENTION_DAYS: Variable = variable("CONVERSATION_RETENTION_DAYS", "0");
pub(crate) const UNANSWERED_RETENTION_DAYS: Variable = variable("UNANSWERED_RETENTION_DAYS", "90");
pub(crate) const WEBHOOK_RETENTION_DAYS: Variable = variable("WEBHOOK_RETENTION_DAYS", "30");

pub(crate) const RUST_LOG: Variable = variable("RUST_LOG", "info");
pub(crate) const LOG_FORMAT: Variable = variable("LOG_FORMAT", "text");
pub(crate) const METRICS_PORT: Variable = optional("METRICS_PORT");
pub(crate) const METRICS_TOKEN: Variable = optional("METRICS_TOKEN");
pub(crate) const OTEL_EXPORTER_OTLP_ENDPOINT: Variable = optional("OTEL_EXPORTER_OTLP_ENDPOINT");
pub(crate) const OTEL_EXPORTER_OTLP_HEADERS: Variable = optional("OTEL_EXPORTER_OTLP_HEADERS");
pub(crate) const OTEL_SERVICE_NAME: Variable = variable("OTEL_SERVICE_NAME", "frontdesk");

/// Every variable with a fixed name that Frontdesk reads, in the order of `.env.example`. Of the others, those
/// that begin with [`PROVIDERS_PREFIX`] have to be made of a name and one of [`PROVIDER_FIELDS`]; the rest is
/// ignored.
pub const VARIABLES: &[Variable] = &[
    DATABASE_URL,
    DATABASE_POOL_SIZE,
    DATABASE_WAIT_MS,
    HOST,
    PORT,
    MAX_CONNECTIONS,
    HEADER_TIMEOUT_SECONDS,
    BODY_TIMEOUT_SECONDS,
    REQUEST_TIMEOUT_SECONDS,
    KEEP_ALIVE_SECONDS,
    MAX_IN_FLIGHT_MESSAGES,
    MAX_WAITING_MESSAGES,
    MESSAGE_WAIT_MS,
    SHUTDOWN_TIMEOUT_SECONDS,
    TRUSTED_PROXIES,
    RATE_LIMITS,
    RATE_LIMIT_PER_IP,
    RATE_LIMIT_PER_WIDGET,
    RATE_LIMIT_CALLS_PER_IP,
    RATE_LIMIT_FAILED_KEYS_PER_IP,
    GEMINI_API_KEY,
    GROQ_API_KEY,
    OPENAI_API_KEY,
    ANTHROPIC_API_KEY,
    GEMINI_API_KEY_FILE,
    GROQ_API_KEY_FILE,
    OPENAI_API_KEY_FILE,
    ANTHROPIC_API_KEY_FILE,
    GEMINI_BASE_URL,
    GROQ_BASE_URL,
    OPENAI_BASE_URL,
    ANTHROPIC_BASE_URL,
    FALLBACK_PROVIDERS,
    PROVIDER_CONNECT_TIMEOUT_MS,
    PROVIDER_TIMEOUT_MS,
    PROVIDER_IDLE_TIMEOUT_MS,
    ANSWER_DEADLINE_MS,
    PROVIDER_WIDGET_SHARE_PERCENT,
    REDIS_URL,
    REDIS_TLS_VERIFY,
    ADMIN_API_KEY,
    RESERVATION_TIMEOUT,
    KNOWLEDGE_CACHE_MB,
    PUBLIC_URL,
    LEGACY_WIDGET_PATHS,
    WEBHOOK_ALLOW_HTTP,
    WEBHOOK_PRIVATE_TARGETS,
    LOG_RETENTION_DAYS,
    CONVERSATION_RETENTION_DAYS,
    UNANSWERED_RETENTION_DAYS,
    WEBHOOK_RETENTION_DAYS,
    RUST_LOG,
    LOG_FORMAT,
    METRICS_PORT,
    METRICS_TOKEN,
    OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_HEADERS,
    OTEL_SERVICE_NAME,
    FRONTDESK_CONFIG,
];

/// What the variables of single providers begin with: `PROVIDERS__OLLAMA__BASE_URL`, or `base_url` under
/// `[providers.ollama]` in the settings file.
pub const PROVIDERS_PREFIX: &str = "PROVIDERS__";

pub(crate) const PRESET: Variable = optional("PRESET");
pub(crate) const BASE_URL: Variable = optional("BASE_URL");
pub(crate) const KEY: Variable = optional("KEY");
pub(crate) const KEY_FILE: Variable = optional("KEY_FILE");
pub(crate) const MODELS: Variable = optional("MODELS");
pub(crate) const CAP_FIELD: Variable = optional("CAP_FIELD");
pub(crate) const SYSTEM_ROLE: Variable = optional("SYSTEM_ROLE");
pub(crate) const SEND_TEMPERATURE: Variable = optional("SEND_TEMPERATURE");
pub(crate) const STREAM_OPTIONS: Variable = optional("STREAM_OPTIONS");
pub(crate) const AUTH_HEADER: Variable = optional("AUTH_HEADER");
pub(crate) const EXTRA_QUERY: Variable = optional("EXTRA_QUERY");
pub(crate) const API_VERSION: Variable = optional("API_VERSION");
pub(crate) const REQUESTS_PER_MINUTE: Variable = optional("REQUESTS_PER_MINUTE");
pub(crate) const TOKENS_PER_MINUTE: Variable = optional("TOKENS_PER_MINUTE");
pub(crate) const REQUESTS_PER_DAY: Variable = optional("REQUESTS_PER_DAY");
pub(crate) const TOKENS_PER_DAY: Variable = optional("TOKENS_PER_DAY");
pub(crate) const BREAKER_FAILURES: Variable = variable("BREAKER_FAILURES", "5");
pub(crate) const BREAKER_FAILURE_RATE: Variable = variable("BREAKER_FAILURE_RATE", "50");
pub(crate) const BREAKER_OPEN_SECONDS: Variable = variable("BREAKER_OPEN_SECONDS", "30");
pub(crate) const RETRIES: Variable = variable("RETRIES", "2");

/// What can be set for a single provider, in the order of `.env.example`. One without a default here takes it
/// from the server's preset or the model's free tier.
pub const PROVIDER_FIELDS: &[Variable] = &[
    PRESET,
    BASE_URL,
    KEY,
    KEY_FILE,
    MODELS,
    CAP_FIELD,
    SYSTEM_ROLE,
    SEND_TEMPERATURE,
    STREAM_OPTIONS,
    AUTH_HEADER,
    EXTRA_QUERY,
    API_VERSION,
    REQUESTS_PER_MINUTE,
    TOKENS_PER_MINUTE,
    REQUESTS_PER_DAY,
    TOKENS_PER_DAY,
    BREAKER_FAILURES,
    BREAKER_FAILURE_RATE,
    BREAKER_OPEN_SECONDS,
    RETRIES,
];

impl Variable {
    /// Its name in the settings file.
    ///
    /// ```
    /// assert!(frontdesk_settings::VARIABLES.iter().any(|variable| variable.key() == "port"));
    /// ```
    pub fn key(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}
