//! The visitor's widget, as browsers load it.

pub(crate) mod installed;
mod serving;

use crate::error::ApiError;
use crate::state::State;
use actix_web::http::Method;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use installed::Tag;
use serving::{Lifetime, serve};

/// What tags load of a version; all else is loaded by it.
const LOADER: &str = "loader.js";

/// The current loader: what a tag on a site loads.
#[utoipa::path(
    get,
    path = "/widget.js",
    responses((status = 200, description = "A script.", body = String, content_type = "text/javascript")),
)]
pub(crate) async fn get_loader(request: HttpRequest) -> HttpResponse {
    installed::count(Tag::Current);
    serve(&request, &frontdesk_web::current().loader(), Lifetime::Short)
}

/// A file of one version of the widget, `loader.js` or `panel.js`. It never changes.
#[utoipa::path(
    get,
    path = "/widget/{version}/{file}",
    responses((status = 200, description = "A script.", body = String, content_type = "text/javascript")),
    extensions(("x-error-codes" = json!(["route_not_found"]))),
)]
pub(crate) async fn get_versioned_file(
    state: Data<State>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (version, file) = path.into_inner();
    if file == LOADER {
        installed::note(&state, &request, &version);
    }
    let file = frontdesk_web::find(&version).and_then(|build| build.file(&file));
    Ok(serve(&request, &file.ok_or(ApiError::RouteNotFound)?, Lifetime::Immutable))
}

/// What is at an address that no row of the table has: the widget in the place of an older script, or nothing. It is
/// no row, for operators choose the addresses.
pub(crate) async fn get_legacy_script(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let script = state.widget.legacy_scripts.find(request.path()).ok_or(ApiError::RouteNotFound)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ApiError::MethodNotAllowed("GET, HEAD".to_owned()));
    }
    installed::count(Tag::Legacy);
    Ok(serve(&request, script, Lifetime::Short))
}
