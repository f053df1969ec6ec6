//! The two databases, each as an operator has it: a URL, and a shell for SQL.

use frontdesk_tests::{Api, ScratchDir, TempPg, psql};
use serde_json::{Value, json};
use std::io;
use std::process::Command;

pub(crate) struct Place {
    pub(crate) url: String,
    _folder: Option<ScratchDir>,
}

/// Runs each test on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name(&$crate::place::Place::sqlite());
            })*
        }
        mod postgres {
            $(#[test]
            fn $name() {
                super::$name(&$crate::place::Place::postgres());
            })*
        }
    };
}
pub(crate) use on_both;

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = ScratchDir::new();
        Self { url: folder.sqlite_url(), _folder: Some(folder) }
    }

    pub(crate) fn postgres() -> Self {
        Self::postgres_of(TempPg::shared())
    }

    /// On a server of the test's own, which it may stop.
    pub(crate) fn postgres_of(server: &TempPg) -> Self {
        Self { url: server.create_database(), _folder: None }
    }

    /// Runs SQL by hand; rows as lines, columns with `|` between them.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.try_sql(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// As [`Place::sql`], for a database that may be away.
    pub(crate) fn try_sql(&self, sql: &str) -> io::Result<String> {
        let Some(path) = self.url.strip_prefix("sqlite://") else { return psql(&self.url, sql) };
        let output = Command::new("sqlite3").args(["-bail", "-cmd", ".timeout 10000", path, sql]).output();
        let output = output.expect("install sqlite3");
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// An api with the demo client on this database.
    pub(crate) fn demo(&self, environment: &[(&str, &str)]) -> Api {
        let mut all = vec![("DATABASE_URL", self.url.as_str()), ("ADMIN_API_KEY", ADMIN_KEY)];
        all.extend_from_slice(environment);
        Api::start_with(&["serve", "--demo"], &all)
    }
}

pub(crate) const ADMIN_KEY: &str = "an-admin-key-for-tests";
pub(crate) const MESSAGE: &str = "/api/chat-widget/public/widget/demo/message";
pub(crate) const HOURS: &str = "What are your business hours?";

/// The answer to a message of the demo widget.
pub(crate) fn say(api: &Api, text: &str) -> Value {
    let response = api.post(MESSAGE, &json!({ "message_text": text }));
    assert_eq!(response.status, 200, "{:?}", response.json);
    response.json
}

/// What an admin route answers.
pub(crate) fn admin(api: &Api, path: &str) -> Value {
    let bearer = format!("Bearer {ADMIN_KEY}");
    let response = api.send("GET", path, &[("Authorization", &bearer)], None);
    assert_eq!(response.status, 200, "{:?}", response.json);
    response.json
}

pub(crate) fn usage(api: &Api) -> Value {
    admin(api, "/api/chat-widget/clients/1/llm-usage")[0].clone()
}

pub(crate) fn analytics(api: &Api) -> Value {
    admin(api, "/api/chat-widget/widgets/1/llm-analytics")["analytics"].clone()
}
