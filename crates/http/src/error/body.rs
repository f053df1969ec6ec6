//! Bodies and parameters that cannot be used.

use crate::fields::{self, Faults};
use actix_web::http::StatusCode;

/// Why a body cannot be used. The texts are for the client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("Send the body as JSON with the header Content-Type: application/json.")]
    MediaType,
    #[error("The body is larger than {kilobytes} kB: shorten it.")]
    TooLarge { kilobytes: usize },
    #[error("The body did not arrive in time: send it again.")]
    TooSlow,
    #[error("The body did not arrive whole: send it again.")]
    Broken,
    #[error("The body is not UTF-8 text: encode it as UTF-8.")]
    Utf8,
    #[error("The body is not valid JSON: {0}.")]
    Json(String),
    #[error("Correct the field {field}: {problem}.")]
    Field { field: String, problem: String },
    #[error("Correct {} {}.", if .0.len() == 1 { "the field" } else { "the fields" }, fields::sentence(.0))]
    Fields(Faults),
}

impl BodyError {
    pub(super) const fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body_too_slow"),
            Self::Broken => (StatusCode::BAD_REQUEST, "body_incomplete"),
            Self::Utf8 => (StatusCode::BAD_REQUEST, "invalid_utf8"),
            Self::Json(_) => (StatusCode::BAD_REQUEST, "invalid_json"),
            Self::Field { .. } | Self::Fields(_) => (StatusCode::BAD_REQUEST, "invalid_field"),
        }
    }
}
