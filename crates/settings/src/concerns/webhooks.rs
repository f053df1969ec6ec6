//! Where clients' webhooks may be.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{WEBHOOK_ALLOW_HTTP, WEBHOOK_PRIVATE_TARGETS};
use std::net::Ipv6Addr;

/// Where clients' webhooks may be: at public addresses over HTTPS, and what is set here.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// `WEBHOOK_ALLOW_HTTP` (`false`): also over `http://`, readable for everybody in between; for development.
    pub allow_http: bool,
    /// `WEBHOOK_PRIVATE_TARGETS` (none): hosts whose addresses may be private, a comma list of `HOST` (at any port) and
    /// `HOST:PORT`; an IPv6 address with a port in brackets.
    pub private_targets: Vec<PrivateTarget>,
}

/// A host whose address may be private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateTarget {
    /// A name, or an address without brackets.
    pub host: String,
    /// The only port, else all.
    pub port: Option<u16>,
}

impl WebhookSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let targets = values.list(&WEBHOOK_PRIVATE_TARGETS)?;
        Ok(Self {
            allow_http: allow_http(values)?,
            private_targets: targets.iter().map(|item| target(item)).collect::<Result<_, _>>()?,
        })
    }
}

fn allow_http(values: &Values) -> Result<bool, SettingsError> {
    let text = values.text(&WEBHOOK_ALLOW_HTTP)?;
    text.parse().map_err(|_| {
        SettingsError::invalid(&WEBHOOK_ALLOW_HTTP, format!("{text:?} is neither true nor false"))
    })
}

fn target(item: &str) -> Result<PrivateTarget, SettingsError> {
    read(item).ok_or_else(|| {
        let problem =
            format!("{item:?} is not a host (such as hooks.internal, 10.0.0.7:9000 or [fd00::7]:9000)");
        SettingsError::invalid(&WEBHOOK_PRIVATE_TARGETS, problem)
    })
}

fn read(item: &str) -> Option<PrivateTarget> {
    if item.parse::<Ipv6Addr>().is_ok() {
        return Some(PrivateTarget { host: item.to_owned(), port: None });
    }
    let (host, port) = match item.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, port)
        }
        None => item.split_at(item.find(':').unwrap_or(item.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => Some(port.parse::<u16>().ok().filter(|port| *port > 0)?),
        None if port.is_empty() => None,
        None => return None,
    };
    let of_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let fits = !host.is_empty() && host.chars().all(of_host);
    fits.then(|| PrivateTarget { host: host.to_ascii_lowercase(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_host_with_or_without_a_port() {
        for (item, host, port) in [
            ("hooks.internal", "hooks.internal", None),
            ("Hooks.Internal:9000", "hooks.internal", Some(9000)),
            ("127.0.0.1", "127.0.0.1", None),
            ("10.0.0.7:1", "10.0.0.7", Some(1)),
            ("::1", "::1", None),
            ("[fd00::7]", "fd00::7", None),
            ("[fd00::7]:9000", "fd00::7", Some(9000)),
        ] {
            assert_eq!(read(item), Some(PrivateTarget { host: host.into(), port }), "{item}");
        }
        for item in [
            "http://a",
            "a:b",
            "a:0",
            "a:65536",
            "a:",
            ":1",
            "[a]",
            "[::1",
            "[::1]9",
            "a/b",
            "10.0.0.0/8",
            "*",
        ] {
            assert_eq!(read(item), None, "{item}");
        }
    }
}
