//! Which log lines are written, and how.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{LOG_FORMAT, RUST_LOG};
use tracing_subscriber::EnvFilter;

/// Which log lines are written, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetrySettings {
    /// `RUST_LOG` (`info`): which lines, as [`EnvFilter`] reads it, such as `info,frontdesk_chat=debug`.
    pub filter: String,
    /// `LOG_FORMAT` (`text`): `text` or `json`.
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One line of text, the message before its fields: for people and `grep`.
    Text,
    /// One JSON object a line: for log stores.
    Json,
}

impl TelemetrySettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let filter = values.text(&RUST_LOG)?;
        if EnvFilter::try_new(&filter).is_err() {
            let problem =
                format!("{filter:?} is not a log filter (such as warn, info or info,frontdesk_chat=debug)");
            return Err(SettingsError::invalid(&RUST_LOG, problem));
        }
        let format = match values.text(&LOG_FORMAT)?.as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            other => {
                let problem = format!("{other:?} is not a format (text or json)");
                return Err(SettingsError::invalid(&LOG_FORMAT, problem));
            }
        };
        Ok(Self { filter, format })
    }
}
