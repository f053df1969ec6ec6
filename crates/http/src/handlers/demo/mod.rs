//! The site of the demo client with its widget, at `/` while the server runs with `--demo`: what a visitor sees, the tag
//! that put it there, and what each answer came from. All that it loads is in the binary.

use crate::error::ApiError;
use crate::state::State;
use crate::widget::backend_url;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use frontdesk_web::{Embed, escaped};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("page.js");
const ICON: &str = include_str!("icon.svg");

/// As strict as a site's policy can be: the widget needs nothing more than its server, and the name under which it may
/// make addresses of scripts.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types frontdesk";

/// The site of the demo client; there is none unless the server runs with `--demo`.
#[utoipa::path(
    get,
    path = "/",
    responses((status = 200, description = "A page for browsers.", body = String, content_type = "text/html")),
    extensions(("x-error-codes" = json!(["route_not_found"]))),
)]
pub(crate) async fn get_demo_page(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let key = state.widget.demo_key.as_deref().ok_or(ApiError::RouteNotFound)?;
    let backend = backend_url(&state, &request)?;
    let shown = escaped(&Embed::new(&backend, key, None).script);
    let page = PAGE.replace("{{embed}}", &shown).replace("{{key}}", &escaped(key));
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(page))
}

/// What the site of the demo client loads.
#[utoipa::path(
    get,
    path = "/demo/{file}",
    responses((
        status = 200,
        description = "A script, a style sheet or a picture.",
        content((String = "text/javascript"), (String = "text/css"), (String = "image/svg+xml")),
    )),
    extensions(("x-error-codes" = json!(["route_not_found"]))),
)]
pub(crate) async fn get_demo_file(state: Data<State>, name: Path<String>) -> Result<HttpResponse, ApiError> {
    let (kind, body) = match name.as_str() {
        _ if state.widget.demo_key.is_none() => return Err(ApiError::RouteNotFound),
        "page.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "style.css" => ("text/css; charset=utf-8", STYLE),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return Err(ApiError::RouteNotFound),
    };
    Ok(HttpResponse::Ok().content_type(kind).body(body))
}
