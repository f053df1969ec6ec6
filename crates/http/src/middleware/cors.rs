//! Which web sites may call the public routes from a browser.

use actix_cors::Cors;
use actix_web::http::header::RETRY_AFTER;

/// Seconds for which a browser need not ask again.
const MAX_AGE: usize = 7_200;

/// Any site: the scripts run on the clients' sites. The routes take no cookies, so a site gains nothing
/// that a visitor would not tell it anyway.
pub(crate) fn any_origin() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allowed_methods(["GET", "POST"])
        .allow_any_header()
        .expose_headers([RETRY_AFTER.as_str(), super::request::REQUEST_ID])
        .max_age(MAX_AGE)
}
