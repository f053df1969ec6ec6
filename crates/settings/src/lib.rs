//! Configuration, log set-up and the clock: what a process takes from the machine it runs on.
//!
//! * [`Settings`]: every setting, from defaults < an optional file < the environment;
//! * [`telemetry`]: where log lines go and in which format;
//! * [`clock`]: the one place that reads the time.
//!
//! Nothing else in the workspace reads an environment variable. A bad value stops the start with one line
//! that names the variable ([`SettingsError`]); secrets are in no error and in no `Debug` output.
//!
//! ```
//! use frontdesk_settings::Settings;
//!
//! let environment = [("PORT".to_owned(), "9090".to_owned())];
//! let settings = Settings::from_sources(environment, None)?;
//! assert_eq!(settings.server.port, 9090);
//! assert_eq!(settings.database.url.to_string(), "sqlite://frontdesk.db");
//! # Ok::<(), frontdesk_settings::SettingsError>(())
//! ```

pub mod clock;
pub mod telemetry;

mod concerns;
mod error;
mod settings;
mod tables;
mod values;
mod variables;

pub use concerns::admin::AdminSettings;
pub use concerns::database::{DatabaseKind, DatabaseSettings, DatabaseUrl};
pub use concerns::knowledge::KnowledgeSettings;
pub use concerns::ledger::LedgerSettings;
pub use concerns::limits::LimitsSettings;
pub use concerns::metrics::MetricsSettings;
pub use concerns::providers::{CompatibilitySettings, ProviderSettings, ProvidersSettings};
pub use concerns::retention::RetentionSettings;
pub use concerns::server::ServerSettings;
pub use concerns::telemetry::{LogFormat, TelemetrySettings};
pub use concerns::traces::TracesSettings;
pub use concerns::webhooks::{PrivateTarget, WebhookSettings};
pub use concerns::widget::{LegacyScript, WidgetSettings};
pub use error::SettingsError;
pub use settings::{Settings, SettingsFile};
pub use variables::{PROVIDER_FIELDS, PROVIDERS_PREFIX, VARIABLES, Variable};
