//! The OpenAPI document of all calls.

use crate::error::ApiError;
use crate::openapi::openapi;
use actix_web::HttpResponse;
use actix_web::web::Bytes;
use std::sync::OnceLock;

/// Made once, when it is first asked for.
static DOCUMENT: OnceLock<Bytes> = OnceLock::new();

/// This document.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object, content_type = "application/json")),
)]
pub(crate) async fn get_openapi() -> Result<HttpResponse, ApiError> {
    let document = if let Some(document) = DOCUMENT.get() {
        document.clone()
    } else {
        let document = Bytes::from(openapi()?);
        DOCUMENT.get_or_init(|| document).clone()
    };
    Ok(HttpResponse::Ok().content_type("application/json").body(document))
}
