//! Which database `DATABASE_URL` names, and how to connect to it.

use crate::error::DatabaseError;

/// Seconds that a connection may take to be made.
const CONNECT_TIMEOUT_SECONDS: u32 = 5;

/// A database, by its scheme. Never guessed: a mistyped URL must not become a file of that name.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// A libpq URL.
    Postgres(String),
    /// A file's path.
    Sqlite(String),
}

impl Location {
    pub(crate) fn parse(url: &str) -> Result<Self, DatabaseError> {
        match url.split_once("://") {
            // libpq would quote what it cannot decode, and that may be a part of the password.
            Some(("postgres" | "postgresql", _)) if !is_percent_encoded(url) => Err(DatabaseError::Url(
                "a `%` is not followed by two hexadecimal digits: write it as %25".into(),
            )),
            Some(("postgres" | "postgresql", rest)) => match fault(rest) {
                Some(fault) => Err(DatabaseError::Url(fault.into())),
                None => Ok(Self::Postgres(with_defaults(url))),
            },
            // Each connection would have a memory of its own.
            Some(("sqlite", path)) if path.contains(":memory:") => {
                Err(DatabaseError::Url("SQLite needs a file: sqlite://path/to/file.db".into()))
            }
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.to_owned())),
            _ => Err(DatabaseError::Url(
                "use postgres://user:password@host/name, postgresql://.. or sqlite://path/to/file.db".into(),
            )),
        }
    }
}

fn is_percent_encoded(url: &str) -> bool {
    url.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit()))
}

const RESERVED: &str = "its parts cannot be told apart: in a user or password write `@` as %40, `/` as %2F, `?` as %3F, `#` as %23, `[` as %5B";

/// What is wrong with the part after the scheme. libpq would say so, too, and quote the password, or take a part of it
/// for a host, a port or a database and quote that.
fn fault(rest: &str) -> Option<&'static str> {
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let hosts = authority.split_once('@').map_or(authority, |(_, hosts)| hosts);
    let (hosts, query) = hosts.split_once('?').unwrap_or((hosts, ""));
    let (path, of_path) = path.split_once('?').unwrap_or((path, ""));
    if [hosts, path, query, of_path].iter().any(|part| part.contains(['@', '#'])) {
        return Some(RESERVED);
    }
    if !hosts.split(',').all(is_host) {
        return Some("what follows the user and password is no HOST, HOST:PORT or [IPv6]:PORT");
    }
    let parameters =
        [query, of_path].into_iter().flat_map(|query| query.split('&')).filter(|part| !part.is_empty());
    let is_pair = |part: &str| part.split('=').count() == 2 && !part.starts_with('=');
    if !parameters.into_iter().all(is_pair) {
        return Some("what follows the `?` has to be NAME=VALUE pairs with `&` between them");
    }
    None
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, port)) if !name.is_empty() => {
                (name, port.strip_prefix(':').or(port.is_empty().then_some("")))
            }
            _ => return false,
        },
        None => host.split_once(':').map_or((host, Some("")), |(name, port)| (name, Some(port))),
    };
    let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0);
    !name.contains(['[', ']']) && port.is_some_and(is_port)
}

/// Settings of a connection that an URL without them gets: a dead network is noticed within a minute, and within half
/// of one by who has sent something.
const KEEPALIVES: &str =
    "keepalives_idle=30&keepalives_interval=10&keepalives_count=3&tcp_user_timeout=30000";

/// TLS unless the operator said otherwise or the server is this machine, and a bounded wait.
fn with_defaults(url: &str) -> String {
    let mut url = url.to_owned();
    if !url.contains("sslmode=") && !is_local(&url) {
        add(&mut url, "sslmode=require");
    }
    if !url.contains("connect_timeout=") {
        add(&mut url, &format!("connect_timeout={CONNECT_TIMEOUT_SECONDS}"));
    }
    if !url.contains("keepalives") {
        add(&mut url, KEEPALIVES);
    }
    url
}

fn add(url: &mut String, parameter: &str) {
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(parameter);
}

fn is_local(url: &str) -> bool {
    let after_scheme = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.is_empty()
        || ["localhost", "127.0.0.1", "[::1]"].iter().any(|local| {
            host.strip_prefix(local).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_servers_are_asked_for_tls() {
        let table = [
            (
                "postgres://u:p@ec2-1.example.com:5432/d",
                "postgres://u:p@ec2-1.example.com:5432/d?sslmode=require&connect_timeout=5",
            ),
            ("postgres://u@h/d?x=1", "postgres://u@h/d?x=1&sslmode=require&connect_timeout=5"),
            ("postgresql://localhost/d", "postgresql://localhost/d?connect_timeout=5"),
            ("postgres://u@127.0.0.1:5433/d", "postgres://u@127.0.0.1:5433/d?connect_timeout=5"),
            ("postgres:///d?host=/run", "postgres:///d?host=/run&connect_timeout=5"),
            (
                "postgres://u@h/d?sslmode=verify-full&connect_timeout=9&keepalives=0",
                "postgres://u@h/d?sslmode=verify-full&connect_timeout=9&keepalives=0",
            ),
            (
                "postgres://localhost.example.com/d",
                "postgres://localhost.example.com/d?sslmode=require&connect_timeout=5",
            ),
        ];
        for (url, expected) in table {
            let kept = if url.contains("keepalives") { String::new() } else { format!("&{KEEPALIVES}") };
            assert!(
                Location::parse(url).unwrap() == Location::Postgres(format!("{expected}{kept}")),
                "{url}"
            );
        }
    }

    #[test]
    fn a_password_with_a_stray_percent_sign_is_refused_before_libpq_quotes_it() {
        for url in ["postgres://u:sec%zzret@h/d", "postgres://u:secret%@h/d", "postgres://u:p@h/d%2"] {
            let error = Location::parse(url).err().unwrap().to_string();
            assert!(error.contains("%25") && !error.contains("sec"), "{error}");
        }
        assert!(Location::parse("postgres://u:p%25@h/d").is_ok());
    }

    #[test]
    fn an_url_that_libpq_could_not_read_is_refused_before_libpq_quotes_it() {
        for url in [
            "postgres://u:secret@[::1/d",
            "postgres://u:secret@[]/d",
            "postgres://u:secret@[::1]x/d",
            "postgres://u:secret@h:x/d",
            "postgres://u:secret@h:0/d",
            "postgres://u:secret@h:99999/d",
            "postgres://u:se@cret@h/d",
            "postgres://u:se/cret@h/d",
            "postgres://u:1/cret?x@h/d",
            "postgres://u:secret@h/d?secret",
            "postgres://u:secret@h/d?a=b=secret",
            "postgres://u:secret@h?secret",
            "postgres://u:secret@h/d#secret",
        ] {
            let error = Location::parse(url).err().unwrap_or_else(|| panic!("{url}")).to_string();
            assert!(error.starts_with("DATABASE_URL: ") && !error.contains("cret"), "{error}");
        }
        for url in [
            "postgres://u:p%40%2F@[::1]:5432/d",
            "postgres://u:p?#[@h1:1,h2/d?a=b&c=d&",
            "postgres://u:p:q@h",
            "postgres:///d?host=/run/postgresql&user=u",
            "postgresql://?host=/run",
        ] {
            assert!(Location::parse(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_mistyped_url_is_no_file_name() {
        for url in ["postgress://h/d", "mysql://h/d", "frontdesk.db", "sqlite://", "sqlite://:memory:", ""] {
            assert!(matches!(Location::parse(url), Err(DatabaseError::Url(_))), "{url}");
        }
        assert!(Location::parse("sqlite://a/b.db").unwrap() == Location::Sqlite("a/b.db".into()));
        assert!(Location::parse("sqlite:///var/b.db").unwrap() == Location::Sqlite("/var/b.db".into()));
    }
}
