//! Where a widget may be called from: the shapes of `domain_whitelist` and `blocked_ips`.

use crate::fields::{Read, text};
use serde_json::Value;
use std::net::{IpAddr, Ipv6Addr};

/// The longest host name of the DNS.
const MAX_HOST: usize = 253;
const MAX_LABEL: usize = 63;

/// An address, or a network as `192.0.2.0/24`.
pub(super) fn addresses(value: Value) -> Read<String> {
    let entry = text(value)?.trim().to_owned();
    let (address, length) =
        entry.split_once('/').map_or((entry.as_str(), None), |(address, length)| (address, Some(length)));
    let bits = address.parse::<IpAddr>().ok().map(|address| if address.is_ipv4() { 32 } else { 128 });
    let fits = |most| {
        length
            .is_none_or(|length| is_number(length) && length.parse::<u8>().is_ok_and(|length| length <= most))
    };
    if !bits.is_some_and(fits) {
        return Err(
            "write an address such as 192.0.2.7 or 2001:db8::1, or a network such as 192.0.2.0/24".to_owned()
        );
    }
    Ok(entry)
}

/// A host with or without a scheme and a port, with `*.` for all hosts below it; the origin of an app; or `*` for every
/// site. In lower case.
pub(super) fn origin(value: Value) -> Read<String> {
    let entry = text(value)?.trim().to_ascii_lowercase();
    let entry = entry.strip_suffix('/').unwrap_or(&entry);
    if entry == "*" {
        return Ok(entry.to_owned());
    }
    let (scheme, rest) = entry.split_once("://").map_or((None, entry), |(scheme, rest)| (Some(scheme), rest));
    let (host, port) = port(rest);
    let web = scheme.is_none_or(|scheme| scheme == "http" || scheme == "https");
    let below = host.strip_prefix("*.").filter(|below| web && below.contains('.'));
    let host = below.unwrap_or(host);
    let port_fits = port.is_none_or(|port| is_number(port) && port.parse::<u16>().is_ok_and(|port| port > 0));
    if !is_host(host) || !port_fits || !scheme.is_none_or(is_scheme) {
        return Err(
            "write a host such as example.com, *.example.com, https://example.com or example.com:8080"
                .to_owned(),
        );
    }
    Ok(entry.to_owned())
}

/// The host and the port after it, if there is one. Colons within brackets belong to the host.
fn port(authority: &str) -> (&str, Option<&str>) {
    let after = authority.rfind(']').unwrap_or(0);
    match authority.get(after..).and_then(|end| end.find(':')) {
        Some(colon) => (&authority[..after + colon], authority.get(after + colon + 1..)),
        None => (authority, None),
    }
}

/// Digits alone: a sign would be read, too.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_scheme(scheme: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    scheme.starts_with(|first: char| first.is_ascii_lowercase()) && scheme.bytes().all(rest)
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= MAX_LABEL
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.len() <= MAX_HOST && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restrictions::{BlockedAddresses, Sites};

    fn taken(read: fn(Value) -> Read<String>, entry: &str) -> Option<String> {
        read(Value::String(entry.to_owned())).ok()
    }

    #[test]
    fn an_origin_is_a_host_that_may_have_a_scheme_a_port_and_a_wildcard() {
        for entry in [
            "example.com",
            "https://example.com",
            "http://example.com:8080",
            "example.com:8080",
            "*.example.com",
            "https://*.example.com",
            "localhost",
            "localhost:3000",
            "127.0.0.1",
            "[::1]:8080",
            "xn--mnchen-3ya.de",
            "capacitor://localhost",
            "*",
        ] {
            assert_eq!(taken(origin, entry).as_deref(), Some(entry));
            let entries = [entry.to_owned()];
            assert_eq!(Sites::read(&entries).unread, [""; 0], "{entry} is taken and counts for nothing");
        }
        assert_eq!(taken(origin, " HTTPS://Example.COM/ ").as_deref(), Some("https://example.com"));
        for entry in [
            "",
            "**",
            "capacitor://*.example.com",
            "c a://localhost",
            "://localhost",
            "*.com",
            "*.*.example.com",
            "a.*.com",
            "example.com/path",
            "https://",
            "example..com",
            "-a.com",
            "a b.com",
            "münchen.de",
            "example.com:0",
            "example.com:65536",
            "example.com:",
            "user@example.com",
            "[::1",
            "[x]",
        ] {
            assert_eq!(taken(origin, entry), None, "{entry}");
        }
    }

    #[test]
    fn an_address_may_be_a_network() {
        for entry in ["192.0.2.7", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::1", "2001:db8::/32", "::1/128"] {
            assert_eq!(taken(addresses, entry).as_deref(), Some(entry));
            let entries = [entry.to_owned()];
            assert_eq!(
                BlockedAddresses::read(&entries).unread,
                [""; 0],
                "{entry} is taken and counts for nothing"
            );
        }
        for entry in
            ["", "192.0.2", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "::1/129", "example.com", "1/2/3"]
        {
            assert_eq!(taken(addresses, entry), None, "{entry}");
        }
    }
}
