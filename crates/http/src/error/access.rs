//! Callers who may not make a call.

use actix_web::http::StatusCode;

/// Why a caller may not make a call. The texts are for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccessError {
    #[error(
        "No valid key came along, and the server has no ADMIN_API_KEY: set ADMIN_API_KEY on it and restart it, or make an API key there with api keys create."
    )]
    NotSet,
    #[error("Send the header Authorization: Bearer KEY with an API key or the value of ADMIN_API_KEY.")]
    Missing,
    #[error(
        "This key opens nothing: send an API key that is valid, or the value of ADMIN_API_KEY that the server was started with."
    )]
    Wrong,
    #[error("This key may not do that: use one with another role, which an administrator can make.")]
    Role,
    #[error(
        "Send the header Authorization: Bearer METRICS_TOKEN with the value that the server was started with."
    )]
    MetricsToken,
}

impl AccessError {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::NotSet | Self::Missing | Self::Wrong | Self::MetricsToken => StatusCode::UNAUTHORIZED,
            Self::Role => StatusCode::FORBIDDEN,
        }
    }

    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::NotSet => "admin_key_not_set",
            Self::Missing => "missing_admin_key",
            Self::Wrong => "wrong_admin_key",
            Self::Role => "forbidden",
            Self::MetricsToken => "wrong_metrics_token",
        }
    }
}
