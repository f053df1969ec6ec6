//! The rules in `deny.toml` that can be checked without `cargo deny`.

use serde::Deserialize;

const DENY: &str = include_str!("../../../../deny.toml");

#[derive(Deserialize)]
struct File {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

/// A crate that only some may import; nobody, where there are no wrappers.
#[derive(Deserialize)]
pub(super) struct Ban {
    #[serde(rename = "crate")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) wrappers: Vec<String>,
}

pub(super) struct Rules {
    pub(super) licences: Vec<String>,
    pub(super) bans: Vec<Ban>,
}

impl Rules {
    pub(super) fn load() -> Self {
        let file: File = toml::from_str(DENY).unwrap_or_else(|error| panic!("deny.toml: {error}"));
        Self { licences: file.licenses.allow, bans: file.bans.deny }
    }
}
