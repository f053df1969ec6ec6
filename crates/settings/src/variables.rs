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

pub(crate) const HOST: Variable = variable("HOST", "127.0.0.1");
pub(crate) const PORT: Variable = variable("PORT", "8080");
pub(crate) const MAX_IN_FLIGHT_MESSAGES: Variable = variable("MAX_IN_FLIGHT_MESSAGES", "512");
pub(crate) const SHUTDOWN_TIMEOUT_SECONDS: Variable = variable("SHUTDOWN_TIMEOUT_SECONDS", "25");

pub(crate) const GEMINI_API_KEY: Variable = optional("GEMINI_API_KEY");
pub(crate) const GROQ_API_KEY: Variable = optional("GROQ_API_KEY");
pub(crate) const OPENAI_API_KEY: Variable = optional("OPENAI_API_KEY");
pub(crate) const ANTHROPIC_API_KEY: Variable = optional("ANTHROPIC_API_KEY");
pub(crate) const GEMINI_BASE_URL: Variable =
    variable("GEMINI_BASE_URL", "https://generativelanguage.googleapis.com");
pub(crate) const GROQ_BASE_URL: Variable = variable("GROQ_BASE_URL", "https://api.groq.com/openai/v1");
pub(crate) const OPENAI_BASE_URL: Variable = variable("OPENAI_BASE_URL", "https://api.openai.com/v1");
pub(crate) const ANTHROPIC_BASE_URL: Variable = variable("ANTHROPIC_BASE_URL", "https://api.anthropic.com");
pub(crate) const FALLBACK_PROVIDERS: Variable = optional("FALLBACK_PROVIDERS");
pub(crate) const PROVIDER_CONNECT_TIMEOUT_MS: Variable = variable("PROVIDER_CONNECT_TIMEOUT_MS", "3000");
pub(crate) const PROVIDER_TIMEOUT_MS: Variable = variable("PROVIDER_TIMEOUT_MS", "15000");
pub(crate) const ANSWER_DEADLINE_MS: Variable = variable("ANSWER_DEADLINE_MS", "20000");

pub(crate) const ADMIN_API_KEY: Variable = optional("ADMIN_API_KEY");

pub(crate) const RESERVATION_TIMEOUT: Variable = variable("RESERVATION_TIMEOUT", "120");

pub(crate) const LOG_RETENTION_DAYS: Variable = variable("LOG_RETENTION_DAYS", "90");
pub(crate) const CONVERSATION_RETENTION_DAYS: Variable = variable("CONVERSATION_RETENTION_DAYS", "0");

pub(crate) const RUST_LOG: Variable = variable("RUST_LOG", "info");
pub(crate) const LOG_FORMAT: Variable = variable("LOG_FORMAT", "text");

/// Every variable that Frontdesk reads, in the order of `.env.example`. Other variables are ignored.
pub const VARIABLES: &[Variable] = &[
    DATABASE_URL,
    DATABASE_POOL_SIZE,
    HOST,
    PORT,
    MAX_IN_FLIGHT_MESSAGES,
    SHUTDOWN_TIMEOUT_SECONDS,
    GEMINI_API_KEY,
    GROQ_API_KEY,
    OPENAI_API_KEY,
    ANTHROPIC_API_KEY,
    GEMINI_BASE_URL,
    GROQ_BASE_URL,
    OPENAI_BASE_URL,
    ANTHROPIC_BASE_URL,
    FALLBACK_PROVIDERS,
    PROVIDER_CONNECT_TIMEOUT_MS,
    PROVIDER_TIMEOUT_MS,
    ANSWER_DEADLINE_MS,
    ADMIN_API_KEY,
    RESERVATION_TIMEOUT,
    LOG_RETENTION_DAYS,
    CONVERSATION_RETENTION_DAYS,
    RUST_LOG,
    LOG_FORMAT,
    FRONTDESK_CONFIG,
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
