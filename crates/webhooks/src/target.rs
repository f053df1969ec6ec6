//! Where an event may be sent: what of it can be seen in the URL. The addresses that a name stands for are looked at
//! when it is connected to.

use crate::address::is_public;
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest URL that is taken, in characters.
pub const MAX_URL_CHARS: usize = 2_000;
/// Ports for `https://`.
pub const HTTPS_PORTS: [u16; 4] = [443, 8443, 9443, 10443];
/// Ports for `http://`, where that is allowed.
pub const HTTP_PORTS: [u16; 2] = [80, 8080];

/// Domains that no public name server knows. Others with private addresses are found out when they are looked up.
const PRIVATE_DOMAINS: [&str; 4] = ["localhost", "local", "internal", "home.arpa"];

/// What operators allow beyond public addresses over HTTPS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether events may be sent over `http://`, readable for everybody in between.
    pub allow_http: bool,
    /// Where private addresses, and all ports, may be connected to.
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

/// Why nothing is sent to a URL. The texts are ends of sentences about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It cannot be read as one.
    #[error("it is no URL, write one such as https://example.com/hook")]
    NoUrl,
    /// It is longer than [`MAX_URL_CHARS`].
    #[error("it has {0} characters, shorten it to at most {MAX_URL_CHARS}")]
    TooLong(usize),
    /// It is not HTTPS.
    #[error("it begins with {0}://, use https://")]
    Scheme(String),
    /// It holds a user's name or password.
    #[error("it names a user or a password, leave them out: the signature says who sends")]
    Credentials,
    /// Services other than web servers listen at other ports.
    #[error("its port {0} is not allowed, use {1}")]
    Port(u16, String),
    /// Its address is not public.
    #[error("its host is not public, use one that can be reached from everywhere")]
    Private,
}

/// Where an event may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) url: Url,
    /// Whether the operator named this host and port: then its addresses may be private.
    pub(crate) is_named: bool,
}

impl Policy {
    /// The URL, if an event may be sent there.
    pub(crate) fn target(&self, text: &str) -> Result<Target, TargetError> {
        let chars = text.chars().count();
        if chars > MAX_URL_CHARS {
            return Err(TargetError::TooLong(chars));
        }
        let url = Url::parse(text).map_err(|_| TargetError::NoUrl)?;
        let ports: &[u16] = match url.scheme() {
            "https" => &HTTPS_PORTS,
            "http" if self.allow_http => &HTTP_PORTS,
            other => return Err(TargetError::Scheme(other.to_owned())),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        // Of these schemes every URL has both.
        let host = url.host_str().ok_or(TargetError::NoUrl)?;
        let port = url.port_or_known_default().ok_or(TargetError::NoUrl)?;
        if self.names(host, port) {
            return Ok(Target { url, is_named: true });
        }
        if !ports.contains(&port) {
            let allowed: Vec<_> = ports.iter().map(u16::to_string).collect();
            return Err(TargetError::Port(port, allowed.join(", ")));
        }
        if is_public_host(host) { Ok(Target { url, is_named: false }) } else { Err(TargetError::Private) }
    }

    fn names(&self, host: &str, port: u16) -> bool {
        let host = bare(host);
        self.private_targets.iter().any(|target| {
            bare(&target.host).eq_ignore_ascii_case(host) && target.port.is_none_or(|own| own == port)
        })
    }
}

/// Without the brackets of an IPv6 address and the full stop that ends a name.
fn bare(host: &str) -> &str {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host)
}

/// URLs are read as browsers read them, so an address in any notation (`0x7f.1`, `2130706433`, `１２７.1`) is here in
/// its usual one.
fn is_public_host(host: &str) -> bool {
    let host = bare(host);
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return is_public(IpAddr::V4(address));
    }
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        return is_public(IpAddr::V6(address));
    }
    let within = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    host.contains('.') && !PRIVATE_DOMAINS.iter().any(|domain| within(domain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(url: &str) -> Option<TargetError> {
        Policy::default().target(url).err()
    }

    #[test]
    fn public_names_and_addresses_are_taken() {
        for url in [
            "https://example.com",
            "https://example.com/hook?key=1#part",
            "HTTPS://EXAMPLE.COM:443/",
            "https://example.com:8443/hook",
            "https://bücher.example/",
            "https://example.com./",
            "https://93.184.216.34/",
            "https://[2606:4700:4700::1111]:8443/",
            "https://my-internal.example/",
            "https://localhost.example.com/",
        ] {
            assert_eq!(refusal(url), None, "{url}");
        }
    }

    #[test]
    fn a_private_host_is_refused_in_every_notation() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "printer.local",
            "db.internal",
            "metadata.google.internal",
            "router.home.arpa",
            "intranet",
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "127.000.000.001",
            "%31%32%37.0.0.1",
            "１２７.0.0.1",
            "127。0。0。1",
            "①②⑦.⓪.⓪.①",
            "0",
            "0.0.0.0",
            "10.0.0.1",
            "0xa000001",
            "167772161",
            "169.254.169.254",
            "0xa9fea9fe",
            "2852039166",
            "0251.0376.0251.0376",
            "192.168.1.1",
            "172.16.0.1",
            "100.64.0.1",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::169.254.169.254]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "[2001:db8::1]",
        ] {
            let url = format!("https://{host}/latest/meta-data");
            assert_eq!(refusal(&url), Some(TargetError::Private), "{url}");
        }
    }

    #[test]
    fn what_is_no_plain_https_is_refused() {
        for (url, expected) in [
            ("", TargetError::NoUrl),
            ("example.com/hook", TargetError::NoUrl),
            ("https://", TargetError::NoUrl),
            ("https://exa mple.com/", TargetError::NoUrl),
            ("https://[::1/", TargetError::NoUrl),
            ("https://[fe80::1%25eth0]/", TargetError::NoUrl),
            ("https://256.1.1.1/", TargetError::NoUrl),
            ("https://example.com:99999/", TargetError::NoUrl),
            ("http://example.com/", TargetError::Scheme("http".into())),
            ("ftp://example.com/", TargetError::Scheme("ftp".into())),
            ("file:///etc/passwd", TargetError::Scheme("file".into())),
            ("gopher://example.com:443/", TargetError::Scheme("gopher".into())),
            ("javascript:alert(1)", TargetError::Scheme("javascript".into())),
            ("https://user@example.com/", TargetError::Credentials),
            ("https://user:word@example.com/", TargetError::Credentials),
            ("https://:word@example.com/", TargetError::Credentials),
            ("https://example.com@127.0.0.1/", TargetError::Credentials),
        ] {
            assert_eq!(refusal(url), Some(expected), "{url}");
        }
        for port in [1, 22, 25, 80, 5432, 6379, 8080, 9200] {
            let refused = refusal(&format!("https://example.com:{port}/"));
            assert_eq!(refused, Some(TargetError::Port(port, "443, 8443, 9443, 10443".into())));
        }
        let long = format!("https://example.com/{}", "a".repeat(MAX_URL_CHARS));
        assert_eq!(refusal(&long), Some(TargetError::TooLong(MAX_URL_CHARS + 20)));
    }

    #[test]
    fn tricks_with_separators_do_not_hide_the_host() {
        // Readers of URLs disagree on these; what counts is that the reader that checks is the one that connects.
        for url in [
            "https://127.0.0.1\\@example.com/",
            "https:\\\\127.0.0.1/",
            "https:///127.0.0.1/",
            "https:127.0.0.1/",
            "https://127.0.0.1#@example.com/",
            "https://127.0.0.1?@example.com/",
            "https://127.0.\n0.1/",
            "\thttps://127.0.0.1/",
        ] {
            assert_eq!(refusal(url), Some(TargetError::Private), "{url:?}");
        }
    }

    #[test]
    fn http_is_taken_where_it_is_allowed_and_private_hosts_are_still_not() {
        let policy = Policy { allow_http: true, ..Policy::default() };
        assert!(policy.target("http://example.com/").is_ok());
        assert!(policy.target("http://example.com:8080/").is_ok());
        assert!(matches!(policy.target("http://example.com:8443/"), Err(TargetError::Port(8443, _))));
        assert_eq!(policy.target("http://127.0.0.1/"), Err(TargetError::Private));
    }

    #[test]
    fn a_named_private_target_is_taken_at_its_port_and_nothing_beside_it() {
        let named = |host: &str, port| PrivateTarget { host: host.into(), port };
        let policy = Policy {
            allow_http: false,
            private_targets: vec![
                named("127.0.0.1", None),
                named("hooks.internal", Some(9000)),
                named("::1", None),
            ],
        };
        for url in [
            "https://127.0.0.1:4711/",
            "https://0x7f.1/",
            "https://HOOKS.internal:9000/",
            "https://hooks.internal.:9000/",
            "https://[::1]:9000/",
            "https://[0:0::1]/",
        ] {
            assert!(policy.target(url).is_ok(), "{url}");
        }
        for url in [
            "https://127.0.0.2/",
            "https://hooks.internal/",
            "https://a.hooks.internal:443/",
            "https://[::2]/",
        ] {
            assert_eq!(policy.target(url), Err(TargetError::Private), "{url}");
        }
        assert!(matches!(policy.target("https://hooks.internal:9001/"), Err(TargetError::Port(9001, _))));
        assert!(matches!(policy.target("http://127.0.0.1/"), Err(TargetError::Scheme(_))));
    }

    proptest! {
        /// A number is the same host in every notation: an address is never public in one and private in another.
        #[test]
        fn an_address_is_judged_the_same_in_all_notations(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            let [a, b, c, d] = address.octets();
            let expected = is_public(IpAddr::V4(address));
            for host in [
                format!("{address}"), format!("{bits}"), format!("{bits:#x}"), format!("0{bits:o}"),
                format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"), format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
                format!("{a}.{}", bits & 0xff_ffff), format!("{a}.{b}.{}", bits & 0xffff), format!("[::ffff:{address}]"),
            ] {
                let taken = refusal(&format!("https://{host}/")).is_none();
                prop_assert_eq!(taken, expected, "{}", host);
            }
        }

        /// Whatever is written: what is taken is HTTPS, to an allowed port, and to no private address.
        #[test]
        fn what_is_taken_is_public(text in "https?://[a-z0-9.:@\\[\\]%x/#?-]{0,30}") {
            if let Ok(Target { url, is_named }) = Policy::default().target(&text) {
                prop_assert!(!is_named);
                prop_assert_eq!(url.scheme(), "https");
                prop_assert!(HTTPS_PORTS.contains(&url.port_or_known_default().unwrap()));
                prop_assert!(is_public_host(url.host_str().unwrap()));
            }
        }
    }
}
