//! An interactive page of all calls. Everything that it loads is in the binary, so that it works without other sites
//! and under a strict content security policy.

use crate::error::ApiError;
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use actix_web::web::Path;

const PAGE: &str = include_str!("page.html");
const START: &str = include_str!("start.js");
/// Compressed, as browsers take it; see `build.rs`.
const SCRIPT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz"));
const STYLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz"));

/// The page talks to this server alone. It sets styles and draws icons by itself, hence `unsafe-inline` for styles,
/// which run nothing, and `data:` for images.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// This page: the calls, to be tried out.
#[utoipa::path(
    get,
    path = "/docs",
    responses((status = 200, description = "A page for browsers.", body = String, content_type = "text/html")),
)]
pub(crate) async fn get_docs_page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .body(PAGE)
}

/// What the page of calls loads.
#[utoipa::path(
    get,
    path = "/docs/{file}",
    responses((
        status = 200,
        description = "A script or a style sheet.",
        content((String = "text/javascript"), (String = "text/css")),
    )),
    extensions(("x-error-codes" = json!(["route_not_found"]))),
)]
pub(crate) async fn get_docs_file(name: Path<String>) -> Result<HttpResponse, ApiError> {
    let (kind, compressed) = match name.as_str() {
        "start.js" => {
            return Ok(HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(START));
        }
        "swagger-ui-bundle.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "swagger-ui.css" => ("text/css; charset=utf-8", STYLE),
        _ => return Err(ApiError::RouteNotFound),
    };
    Ok(HttpResponse::Ok().content_type(kind).insert_header((CONTENT_ENCODING, "gzip")).body(compressed))
}
