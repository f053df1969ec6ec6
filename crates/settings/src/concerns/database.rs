//! Where the data is stored.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{DATABASE_POOL_SIZE, DATABASE_URL, DATABASE_WAIT_MS};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::time::Duration;

/// Where the data is stored.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// `DATABASE_URL` (`sqlite://frontdesk.db`): `postgres://`, `postgresql://` or `sqlite://PATH`.
    pub url: DatabaseUrl,
    /// `DATABASE_POOL_SIZE` (8): connections for reading; the ledger's writers have their own.
    pub pool_size: u32,
    /// `DATABASE_WAIT_MS` (2000): how long a request waits for one of them. Administrators' requests use half of them
    /// at the most.
    pub wait: Duration,
}

impl DatabaseSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let url = DatabaseUrl::parse(&values.text(&DATABASE_URL)?)
            .map_err(|problem| SettingsError::invalid(&DATABASE_URL, problem))?;
        let pool_size = values.number(&DATABASE_POOL_SIZE, "connections", 1..=200)?;
        let wait = values.number(&DATABASE_WAIT_MS, "milliseconds", 1..=60_000)?;
        Ok(Self { url, pool_size, wait: Duration::from_millis(wait.into()) })
    }
}

/// Which database a URL leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// `postgres://` or `postgresql://`.
    Postgres,
    /// `sqlite://PATH`.
    Sqlite,
}

/// A database's URL, which may hold a password: `Debug` and `Display` leave it out.
#[derive(Clone)]
pub struct DatabaseUrl {
    kind: DatabaseKind,
    url: SecretString,
}

impl DatabaseUrl {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let kind = match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => DatabaseKind::Postgres,
            Some(("sqlite", "")) => {
                return Err("names no file; write sqlite://PATH, such as sqlite://frontdesk.db");
            }
            // each connection of the pool would see a database of its own
            Some(("sqlite", ":memory:")) => {
                return Err("a database in memory cannot be shared; write sqlite://PATH");
            }
            Some(("sqlite", _)) => DatabaseKind::Sqlite,
            _ => {
                return Err(
                    "has to start with postgres://, postgresql:// or sqlite:// (the value is not shown)",
                );
            }
        };
        Ok(Self { kind, url: text.into() })
    }

    /// Which database it leads to.
    pub fn kind(&self) -> DatabaseKind {
        self.kind
    }

    /// The whole URL with its password: for connecting, never for a log line.
    pub fn expose(&self) -> &str {
        self.url.expose_secret()
    }

    /// The file of an SQLite URL.
    pub fn sqlite_path(&self) -> Option<&str> {
        self.expose().strip_prefix("sqlite://")
    }
}

/// The URL without anything that could be a password, even where it is not well formed: of what stands before
/// the last `@` only the user's name is shown, and of the query no parameter whose name says password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = self.sqlite_path() {
            return write!(f, "sqlite://{path}");
        }
        let (scheme, rest) = self.expose().split_once("://").unwrap_or_default();
        write!(f, "{scheme}://")?;
        let mut shown = rest;
        if let Some((login, address)) = rest.rsplit_once('@') {
            let user = login.split([':', '/', '?']).next().unwrap_or_default();
            write!(f, "{user}@")?;
            shown = address;
        }
        let (address, query) = shown.split_once('?').unwrap_or((shown, ""));
        write!(f, "{address}")?;
        let harmless =
            query.split('&').filter(|part| !part.is_empty() && !part.to_lowercase().contains("password"));
        for (place, parameter) in harmless.enumerate() {
            write!(f, "{}{parameter}", if place == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_has_no_password() {
        for (url, shown) in [
            (
                "postgres://ann:hush@db.example:5432/desk?sslmode=require",
                "postgres://ann@db.example:5432/desk?sslmode=require",
            ),
            ("postgresql://ann:hu@sh@db/desk", "postgresql://ann@db/desk"),
            ("postgres://ann:hu/sh@db/desk", "postgres://ann@db/desk"),
            ("postgres://:hush@db/desk", "postgres://@db/desk"),
            ("postgres:///desk?host=/tmp/a&password=hush&user=ann", "postgres:///desk?host=/tmp/a&user=ann"),
            ("postgres:///desk?PASSWORD=hush", "postgres:///desk"),
            ("postgres:///desk?password=hush&user=a@b", "postgres://@b"),
            ("sqlite:///var/lib/desk@home.db", "sqlite:///var/lib/desk@home.db"),
        ] {
            let parsed = DatabaseUrl::parse(url).unwrap();
            assert_eq!(parsed.to_string(), shown);
            assert_eq!(format!("{parsed:?}"), format!("\"{shown}\""));
            assert_eq!(parsed.expose(), url);
        }
    }

    #[test]
    fn the_kind_follows_the_scheme() {
        assert_eq!(DatabaseUrl::parse("postgresql:///desk").unwrap().kind(), DatabaseKind::Postgres);
        let sqlite = DatabaseUrl::parse("sqlite://desk.db").unwrap();
        assert_eq!((sqlite.kind(), sqlite.sqlite_path()), (DatabaseKind::Sqlite, Some("desk.db")));
    }
}
