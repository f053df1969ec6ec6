//! Keys of those who call the administration. A key itself is stored nowhere: it is found by its hash, so that how
//! long a search takes tells nothing of the keys that there are.

mod hash;
pub(crate) mod role;
mod store;

pub use hash::KeyHash;

use crate::error::DatabaseError;
use frontdesk_domain::ids::ClientId;
use jiff::Timestamp;
use role::Role;
use std::fmt;

/// `api_keys.id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyId(pub i32);

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A key, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What its maker calls it; may be empty.
    pub name: String,
    /// What its bearer may do.
    pub role: Role,
    /// Whose things it opens; `None` are those of all clients.
    pub client: Option<ClientId>,
    /// What it begins with, to recognise it by.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is not valid.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Whether a key opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It does.
    Valid,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl KeyState {
    /// `valid`, `expired`, `revoked`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl ApiKey {
    /// Whether the key opens anything at `now`. A key that was revoked is never valid again, whatever `revoked_at`
    /// says, for whoever sets it by hand may do so in another time zone.
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            KeyState::Expired
        } else {
            KeyState::Valid
        }
    }
}

/// A key that is to be stored.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// At most [`MAX_NAME_CHARS`](NewApiKey::MAX_NAME_CHARS) characters, without NUL.
    pub name: String,
    /// What its bearer may do.
    pub role: Role,
    /// Whose things it opens: wanted for [`Role::Client`], refused for [`Role::Admin`].
    pub client: Option<ClientId>,
    /// What it begins with, at most 20 characters.
    pub prefix: String,
    /// By what it is found.
    pub hash: KeyHash,
    /// From when on it is not valid.
    pub expires_at: Option<Timestamp>,
}

impl NewApiKey {
    /// The width of `api_keys.name`.
    pub const MAX_NAME_CHARS: usize = 100;
}

/// Why a key was not made or revoked; nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ApiKeyError {
    /// The role and the client do not go together.
    #[error("a key with the role {} {}", .0, if *.0 == Role::Client { "belongs to a client: name it" } else { "is for all clients: name none" })]
    Holder(Role),
    /// There is no such client.
    #[error("there is no client {0}")]
    UnknownClient(ClientId),
    /// There is no such key.
    #[error("there is no API key {0}")]
    Unknown(ApiKeyId),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Whether a key with this role may be bound to this client, or to none.
fn fits(role: Role, client: Option<ClientId>) -> bool {
    match role {
        Role::Admin => client.is_none(),
        Role::Client => client.is_some(),
        Role::Viewer => true,
    }
}
