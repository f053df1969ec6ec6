//! What the bearer of a key may do.

use std::fmt;
use std::str::FromStr;

/// What the bearer of an API key may do, as `api_keys.role` holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// `admin`: everything, for all clients.
    Admin,
    /// `client`: reads and writes what belongs to one client, but for its limits.
    Client,
    /// `viewer`: reads, what belongs to one client or to all.
    Viewer,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Client, Self::Viewer];

    /// As it is stored: `admin`, `client`, `viewer`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Client => "client",
            Self::Viewer => "viewer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no [`Role`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no role {0:?}: write admin, client or viewer")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let named = Self::ALL.into_iter().find(|role| role.as_str() == text);
        named.ok_or_else(|| UnknownRole(text.to_owned()))
    }
}
