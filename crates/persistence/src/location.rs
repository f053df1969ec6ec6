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
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(with_defaults(url))),
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
    fn a_mistyped_url_is_no_file_name() {
        for url in ["postgress://h/d", "mysql://h/d", "frontdesk.db", "sqlite://", "sqlite://:memory:", ""] {
            assert!(matches!(Location::parse(url), Err(DatabaseError::Url(_))), "{url}");
        }
        assert!(Location::parse("sqlite://a/b.db").unwrap() == Location::Sqlite("a/b.db".into()));
        assert!(Location::parse("sqlite:///var/b.db").unwrap() == Location::Sqlite("/var/b.db".into()));
    }
}
