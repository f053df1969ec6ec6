//! Where traces go. The names are OpenTelemetry's own.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME};
use secrecy::SecretString;

/// Where traces go. Without an endpoint there are none.
#[derive(Debug, Clone)]
pub struct TracesSettings {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` (not set): the base URL of a collector that takes OTLP over HTTP.
    pub endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_HEADERS` (none): headers for it, a comma list of `NAME=VALUE`; values percent-encoded.
    pub headers: Vec<(String, SecretString)>,
    /// `OTEL_SERVICE_NAME` (`frontdesk`): what the collector calls this service.
    pub service_name: String,
}

impl TracesSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let endpoint = values.optional(&OTEL_EXPORTER_OTLP_ENDPOINT)?;
        if endpoint.as_deref().is_some_and(|text| !is_url(text)) {
            let problem = "has to be a URL that starts with https:// or http:// (the value is not shown)";
            return Err(SettingsError::invalid(&OTEL_EXPORTER_OTLP_ENDPOINT, problem));
        }
        let headers = values.list(&OTEL_EXPORTER_OTLP_HEADERS)?;
        Ok(Self {
            endpoint,
            headers: headers.iter().map(|item| header(item)).collect::<Result<_, _>>()?,
            service_name: values.text(&OTEL_SERVICE_NAME)?,
        })
    }
}

fn is_url(text: &str) -> bool {
    let address = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    address.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && !text.contains(char::is_whitespace)
}

fn header(item: &str) -> Result<(String, SecretString), SettingsError> {
    let read = item.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    let is_token = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let is_visible = |value: &str| value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    match read {
        Some((name, value)) if is_token(name) && is_visible(value) => {
            Ok((name.to_ascii_lowercase(), value.to_owned().into()))
        }
        _ => {
            let problem =
                "has to be a comma list of NAME=VALUE, values percent-encoded (the value is not shown)";
            Err(SettingsError::invalid(&OTEL_EXPORTER_OTLP_HEADERS, problem))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_header_is_a_name_and_a_value() {
        let read =
            |item: &str| header(item).ok().map(|(name, value)| (name, value.expose_secret().to_owned()));
        let some = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(read("Api-Key = abc"), some("api-key", "abc"));
        assert_eq!(read("authorization=Basic%20YTpi=="), some("authorization", "Basic%20YTpi=="));
        for item in ["api-key", "=abc", "a b=c", "a=\u{e9}", "a:b=c"] {
            assert_eq!(read(item), None, "{item}");
        }
    }
}
