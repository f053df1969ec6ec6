//! All settings together, and where they come from.

use crate::concerns::admin::AdminSettings;
use crate::concerns::database::DatabaseSettings;
use crate::concerns::knowledge::KnowledgeSettings;
use crate::concerns::ledger::LedgerSettings;
use crate::concerns::limits::LimitsSettings;
use crate::concerns::metrics::MetricsSettings;
use crate::concerns::providers::ProvidersSettings;
use crate::concerns::retention::RetentionSettings;
use crate::concerns::server::ServerSettings;
use crate::concerns::telemetry::TelemetrySettings;
use crate::concerns::traces::TracesSettings;
use crate::concerns::webhooks::WebhookSettings;
use crate::concerns::widget::WidgetSettings;
use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{FRONTDESK_CONFIG, PROVIDERS_PREFIX, VARIABLES};
use config::Map;
use std::ffi::OsString;
use std::io;

/// The file that is read from the working directory when there is one and `FRONTDESK_CONFIG` names no other.
const DEFAULT_FILE: &str = "frontdesk.toml";

/// Every setting of the binaries. Each of them uses a part; all of them check the whole, so that a bad value
/// is found by whichever starts first.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the data is stored.
    pub database: DatabaseSettings,
    /// The HTTP server.
    pub server: ServerSettings,
    /// Who calls, and how much one caller may ask.
    pub limits: LimitsSettings,
    /// The language-model providers.
    pub providers: ProvidersSettings,
    /// Access for administrators.
    pub admin: AdminSettings,
    /// The credit ledger.
    pub ledger: LedgerSettings,
    /// Knowledge bases.
    pub knowledge: KnowledgeSettings,
    /// Where browsers get the widget.
    pub widget: WidgetSettings,
    /// Where clients' webhooks may be.
    pub webhooks: WebhookSettings,
    /// How long data is kept.
    pub retention: RetentionSettings,
    /// Log lines.
    pub telemetry: TelemetrySettings,
    /// Who may read the metrics, and where.
    pub metrics: MetricsSettings,
    /// Where traces go.
    pub traces: TracesSettings,
}

/// A settings file: TOML with the names of the variables in lower case as its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFile {
    /// What errors call it, usually its path.
    pub name: String,
    /// Its content.
    pub text: String,
}

impl Settings {
    /// Reads the process's environment and the settings file: `FRONTDESK_CONFIG`, else `frontdesk.toml` in the
    /// working directory when there is one.
    ///
    /// # Errors
    /// As [`Settings::from_sources`]; also for a file that cannot be read.
    pub fn load() -> Result<Self, SettingsError> {
        let environment = process_environment()?;
        let named = environment.iter().find(|(name, _)| *name == FRONTDESK_CONFIG.name);
        let named = named.map(|(_, path)| path.trim()).filter(|path| !path.is_empty());
        let file = read_file(named)?;
        Self::from_sources(environment, file.as_ref())
    }

    /// Settings from the given environment and file, and from the key files that they name: nothing else of the
    /// process is read. Variables that are not in [`VARIABLES`] and do not begin with [`PROVIDERS_PREFIX`] are
    /// ignored, blank ones count as not set.
    ///
    /// # Errors
    /// The first bad value, unknown key of the file, fault in the file's syntax, or key file that cannot be read.
    pub fn from_sources(
        environment: impl IntoIterator<Item = (String, String)>,
        file: Option<&SettingsFile>,
    ) -> Result<Self, SettingsError> {
        let set = environment.into_iter().filter(|(_, value)| !value.trim().is_empty());
        let (providers, others): (Vec<_>, Vec<_>) =
            set.partition(|(name, _)| name.starts_with(PROVIDERS_PREFIX));
        let ours = |name: &str| VARIABLES.iter().any(|variable| variable.name == name);
        let fixed = others.into_iter().filter(|(name, _)| ours(name)).collect::<Map<_, _>>();
        Self::from_values(&Values::merge(fixed, providers, file)?)
    }

    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let providers = ProvidersSettings::from_values(values)?;
        Ok(Self {
            database: DatabaseSettings::from_values(values)?,
            server: ServerSettings::from_values(values)?,
            limits: LimitsSettings::from_values(values)?,
            admin: AdminSettings::from_values(values)?,
            ledger: LedgerSettings::from_values(values, providers.answer_deadline)?,
            knowledge: KnowledgeSettings::from_values(values)?,
            widget: WidgetSettings::from_values(values)?,
            webhooks: WebhookSettings::from_values(values)?,
            retention: RetentionSettings::from_values(values)?,
            telemetry: TelemetrySettings::from_values(values)?,
            metrics: MetricsSettings::from_values(values)?,
            traces: TracesSettings::from_values(values)?,
            providers,
        })
    }
}

/// `std::env::vars` panics when any variable, ours or not, is not UTF-8; here it matters only for ours, whose
/// names are.
fn process_environment() -> Result<Vec<(String, String)>, SettingsError> {
    let ours = |name: &String| {
        name.starts_with(PROVIDERS_PREFIX) || VARIABLES.iter().any(|variable| variable.name == name)
    };
    let named = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let text = |(name, value): (String, OsString)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(SettingsError::named(name, "is not UTF-8 text")),
    };
    named.filter(|(name, _)| ours(name)).map(text).collect()
}

fn read_file(named: Option<&str>) -> Result<Option<SettingsFile>, SettingsError> {
    let name = named.unwrap_or(DEFAULT_FILE).to_owned();
    match std::fs::read_to_string(&name) {
        Ok(text) => Ok(Some(SettingsFile { name, text })),
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if named.is_some() => {
            Err(SettingsError::invalid(&FRONTDESK_CONFIG, format!("{name:?} cannot be read: {error}")))
        }
        Err(error) => Err(SettingsError::File { file: name, problem: format!("cannot be read: {error}") }),
    }
}
