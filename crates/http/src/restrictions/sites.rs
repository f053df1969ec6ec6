//! Sites on which a widget may be used.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{ORIGIN, REFERER};
use std::borrow::Cow;
use url::Url;

/// The site that a call comes from, as the browser says it: `Origin`; where a browser sends none, which is on reading
/// calls to the page's own server, the origin of `Referer`. A page can forge neither. What cannot be read is no site
/// of anybody's, but is not the same as nothing.
pub(crate) fn site_of(request: &HttpRequest) -> Option<Cow<'_, str>> {
    if let Some(origin) = request.headers().get(ORIGIN) {
        return Some(origin.to_str().unwrap_or_default().into());
    }
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    let referer = request.headers().get(REFERER).filter(|_| reads)?.to_str().ok()?;
    Some(Url::parse(referer).ok()?.origin().ascii_serialization().into())
}

/// `domain_whitelist`. Without an entry every site is allowed.
pub(crate) struct Sites<'a> {
    is_set: bool,
    allowed: Vec<Allowed<'a>>,
    /// Entries that name no site.
    pub(crate) unread: Vec<&'a str>,
}

enum Allowed<'a> {
    Any,
    /// One origin, written out, such as of an app.
    Exactly(&'a str),
    Host {
        scheme: Option<&'a str>,
        wildcard: bool,
        host: String,
        port: Option<u16>,
    },
}

impl<'a> Sites<'a> {
    pub(crate) fn read(entries: &'a [String]) -> Self {
        let mut sites = Self { is_set: false, allowed: Vec::new(), unread: Vec::new() };
        for entry in entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty()) {
            sites.is_set = true;
            match Allowed::read(entry) {
                Some(allowed) => sites.allowed.push(allowed),
                None => sites.unread.push(entry),
            }
        }
        sites
    }

    /// Whether a call from this site is let through. A list that is set lets nobody through who does not say where
    /// they come from.
    pub(crate) fn allow(&self, site: Option<&str>) -> bool {
        if !self.is_set {
            return true;
        }
        let Some(site) = site else { return false };
        let url = Url::parse(site).ok();
        self.allowed.iter().any(|allowed| allowed.is(site, url.as_ref()))
    }
}

impl<'a> Allowed<'a> {
    fn read(entry: &'a str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::Any);
        }
        let (scheme, rest) = match entry.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, entry),
        };
        if scheme.is_some_and(|scheme| !["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)))
        {
            return Some(Self::Exactly(entry.trim_end_matches('/')));
        }
        let (wildcard, rest) = match rest.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        // So that names in other scripts and addresses are written as browsers write them.
        let url = Url::parse(&format!("{}://{rest}", scheme.unwrap_or("https"))).ok()?;
        let host = host(&url)?.to_owned();
        let is_one = url.username().is_empty() && !host.contains('*');
        is_one.then(|| Self::Host { scheme, wildcard, host, port: url.port() })
    }

    fn is(&self, site: &str, url: Option<&Url>) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(origin) => site.eq_ignore_ascii_case(origin),
            Self::Host { scheme, wildcard, host: own, port } => url.is_some_and(|url| {
                let is_web = ["http", "https"].contains(&url.scheme());
                let same_scheme = scheme.is_none_or(|scheme| scheme.eq_ignore_ascii_case(url.scheme()));
                let same_host = host(url).is_some_and(|host| {
                    let below = host.strip_suffix(own.as_str()).and_then(|rest| rest.strip_suffix('.'));
                    if *wildcard { below.is_some_and(|name| !name.is_empty()) } else { host == own }
                });
                is_web && same_scheme && same_host && url.port() == *port
            }),
        }
    }
}

/// Without the dot with which a full name may end.
fn host(url: &Url) -> Option<&str> {
    url.host_str().map(|host| host.strip_suffix('.').unwrap_or(host)).filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn allowed(entry: &str, site: &str) -> bool {
        Sites::read(&[entry.to_owned()]).allow(Some(site))
    }

    #[test]
    fn an_entry_is_a_host_an_origin_or_all_names_below_a_host() {
        for (entry, site) in [
            ("example.com", "https://example.com"),
            ("example.com", "http://example.com"),
            ("EXAMPLE.com.", "https://example.com"),
            (" example.com/path ", "https://example.com"),
            ("https://example.com", "https://example.com"),
            ("HTTPS://Example.com/", "https://example.com"),
            ("https://example.com:443", "https://example.com"),
            ("example.com:8080", "http://example.com:8080"),
            ("example.com:8080", "https://example.com:8080"),
            ("http://example.com:8080", "http://example.com:8080"),
            ("*.example.com", "https://www.example.com"),
            ("*.example.com", "https://a.b.example.com"),
            ("https://*.example.com:8443", "https://www.example.com:8443"),
            ("bücher.example", "https://xn--bcher-kva.example"),
            ("localhost:3000", "http://localhost:3000"),
            ("127.0.0.1", "http://127.0.0.1"),
            ("[::1]:3000", "http://[::1]:3000"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("*", "https://anything.example"),
            ("*", "null"),
        ] {
            assert!(allowed(entry, site), "{entry} {site}");
        }
        for (entry, site) in [
            ("example.com", "https://www.example.com"),
            ("example.com", "https://notexample.com"),
            ("example.com", "https://example.com.evil.example"),
            ("example.com", "https://example.com:8080"),
            ("example.com", "ftp://example.com"),
            ("example.com", "null"),
            ("example.com", ""),
            ("example.com", "example.com"),
            ("https://example.com", "http://example.com"),
            ("example.com:8080", "https://example.com"),
            ("http://example.com:8080", "https://example.com:8080"),
            ("*.example.com", "https://example.com"),
            ("*.example.com", "https://evilexample.com"),
            ("*.example.com", "https://.example.com"),
            ("*.example.com", "https://example.com.evil.example"),
            ("capacitor://localhost", "https://localhost"),
        ] {
            assert!(!allowed(entry, site), "{entry} {site}");
        }
    }

    #[test]
    fn without_entries_all_are_allowed_and_with_unreadable_ones_nobody() {
        let none = [String::new(), "  ".to_owned()];
        assert!(Sites::read(&none).allow(None) && Sites::read(&[]).allow(Some("null")));
        let wrong = ["exa mple".to_owned(), "a.*.example".to_owned(), "https://user@example.com".to_owned()];
        let sites = Sites::read(&wrong);
        assert_eq!(sites.unread, wrong);
        assert!(!sites.allow(None) && !sites.allow(Some("https://example.com")));
    }

    #[test]
    fn who_does_not_say_where_they_come_from_is_not_let_in_by_a_list() {
        let list = ["example.com".to_owned()];
        assert!(!Sites::read(&list).allow(None));
        assert!(Sites::read(&list).allow(Some("https://example.com")));
    }

    #[test]
    fn the_referer_counts_where_browsers_send_no_origin() {
        let site = |method: Method, headers: &[(&'static str, &'static str)]| {
            let mut request = TestRequest::default().method(method);
            for (name, value) in headers {
                request = request.append_header((*name, *value));
            }
            site_of(&request.to_http_request()).map(Cow::into_owned)
        };
        let referer = ("referer", "https://example.com:8443/page?q=1#x");
        assert_eq!(site(Method::GET, &[referer]).as_deref(), Some("https://example.com:8443"));
        assert_eq!(site(Method::HEAD, &[referer]).as_deref(), Some("https://example.com:8443"));
        assert_eq!(site(Method::POST, &[referer]), None);
        assert_eq!(site(Method::GET, &[("referer", "nonsense")]), None);
        let both = [("origin", "https://other.example"), referer];
        assert_eq!(site(Method::GET, &both).as_deref(), Some("https://other.example"));
        assert_eq!(site(Method::GET, &[]), None);
    }
}
