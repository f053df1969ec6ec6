//! Where a request comes from.
//!
//! Each proxy that a request passes adds the address that it heard from at the right end of `X-Forwarded-For`. So with
//! `TRUSTED_PROXIES` proxies of ours in front, the client's address is that many entries from the right; what is left
//! of it, the client may have written itself. Where no such entry is, or it is no address, nobody of ours wrote it,
//! and the address is that of the connection.

use crate::state::State;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub(crate) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client, never an IPv4 address in IPv6's writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl ClientAddress {
    pub(crate) fn of(request: &HttpRequest, trusted_proxies: usize) -> Self {
        let forwarded = trusted_proxies.checked_sub(1).and_then(|nth| forwarded(request.headers(), nth));
        let peer = || request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
        Self(forwarded.unwrap_or_else(peer).to_canonical())
    }
}

/// The `nth` address from the right, counted from 0.
fn forwarded(headers: &HeaderMap, nth: usize) -> Option<IpAddr> {
    let lines: Vec<_> = headers.get_all(X_FORWARDED_FOR).collect();
    let mut entries = lines.into_iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    address(str::from_utf8(entries.nth(nth)?).ok()?.trim())
}

/// An address as proxies write it: also with a port, in brackets or in quotes.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse().or_else(|_| with_port()).ok()
}

impl FromRequest for ClientAddress {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let trusted = request.app_data::<Data<State>>().map_or(0, |state| state.trusted_proxies);
        ready(Ok(Self::of(request, trusted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn seen(trusted: usize, lines: &[&str]) -> String {
        let peer: SocketAddr = "[::ffff:10.0.0.1]:4711".parse().unwrap();
        let mut request = TestRequest::default().peer_addr(peer);
        for line in lines {
            request = request.append_header((X_FORWARDED_FOR, *line));
        }
        ClientAddress::of(&request.to_http_request(), trusted).0.to_string()
    }

    #[test]
    fn without_proxies_the_header_is_not_looked_at() {
        assert_eq!(seen(0, &[]), "10.0.0.1");
        assert_eq!(seen(0, &["192.0.2.1"]), "10.0.0.1");
    }

    #[test]
    fn only_what_our_proxies_wrote_is_believed() {
        assert_eq!(seen(1, &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(seen(1, &["203.0.113.9, 192.0.2.1"]), "192.0.2.1");
        assert_eq!(seen(1, &["203.0.113.9", "198.51.100.1,192.0.2.1"]), "192.0.2.1");
        assert_eq!(seen(1, &["198.51.100.1,192.0.2.1", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen(2, &["203.0.113.9, 192.0.2.1 , 10.0.0.7"]), "192.0.2.1");
        assert_eq!(seen(2, &["203.0.113.9,192.0.2.1", "10.0.0.7"]), "192.0.2.1");
    }

    #[test]
    fn what_is_no_address_or_not_there_gives_the_connections() {
        for lines in [
            &[][..],
            &[""],
            &["unknown"],
            &["192.0.2.1, "],
            &["192.0.2.1, 999.1.1.1"],
            &["192.0.2.1, _hidden"],
            &["192.0.2.1:port"],
        ] {
            assert_eq!(seen(1, lines), "10.0.0.1", "{lines:?}");
        }
        assert_eq!(seen(3, &["192.0.2.1, 192.0.2.2"]), "10.0.0.1");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_read() {
        for (written, address) in [
            ("192.0.2.1:4711", "192.0.2.1"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("\"[2001:db8::7]:443\"", "2001:db8::7"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ] {
            assert_eq!(seen(1, &[written]), address);
        }
    }

    #[test]
    fn bytes_that_are_no_text_spoil_no_other_entry() {
        let header = actix_web::http::header::HeaderValue::from_bytes(b"\xff\xfe, 192.0.2.1").unwrap();
        let request = TestRequest::default().append_header((X_FORWARDED_FOR, header)).to_http_request();
        assert_eq!(ClientAddress::of(&request, 1).0.to_string(), "192.0.2.1");
        assert_eq!(ClientAddress::of(&request, 2).0.to_string(), "0.0.0.0");
    }
}
