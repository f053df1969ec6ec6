//! Who may call what. The rules, in the order in which a request meets them:
//!
//! 1. An address that is not in the table of `routes` does not exist: 404, for everyone.
//! 2. Without a key that is valid now, an address for keys is a 401, whatever else is wrong with the request.
//! 3. What the key's role may not do is a 403, whatever ids the path names.
//! 4. What belongs to another client is a 404, as if it did not exist: the names of the path's parameters
//!    say what is looked up, see `ids`.
//!
//! Only then the handler runs. One that lists things of several clients asks its [`Principal`] whose.

mod bearer;
mod configured;
mod guard;
pub(crate) mod ids;
mod keys;
mod rule;
mod secret;

pub(crate) use bearer::bearer;
pub(crate) use configured::ConfiguredSecret;
pub(crate) use guard::require_key;
pub(crate) use keys::Keys;
pub use rule::Access;
pub use secret::ApiKeySecret;

use crate::error::{AccessError, ApiError};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev};
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::{ApiKeyId, Role};
use std::future::{Ready, ready};

/// Who makes a request, for handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Principal {
    pub(crate) role: Role,
    /// Whose things the key opens; `None` are those of all clients, and those of none.
    pub(crate) client: Option<ClientId>,
    /// The key; `ADMIN_API_KEY` has no id.
    pub(crate) key: Option<ApiKeyId>,
}

impl Principal {
    /// Who sends `ADMIN_API_KEY`.
    const BOOTSTRAP: Self = Self { role: Role::Admin, client: None, key: None };
}

impl FromRequest for Principal {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().copied().ok_or_else(|| AccessError::Missing.into()))
    }
}
