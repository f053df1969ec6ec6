//! What browsers are told about calls from other sites: the site that asks, by name, once its widget allows it. The
//! routes take no cookies, so a site gains nothing that a visitor would not tell it anyway.

use super::{limits, request};
use actix_web::http::Method;
use actix_web::http::header::{
    self, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN,
    RETRY_AFTER,
};
use actix_web::{HttpRequest, HttpResponse};

/// Seconds for which a browser need not ask again.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, DELETE");

/// Whether a browser asks beforehand if it may call.
pub(crate) fn is_preflight(request: &HttpRequest) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(ORIGIN)
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer that lets a browser call, with whatever headers it asks for.
pub(crate) fn preflight(request: &HttpRequest) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS));
    answer.insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE));
    if let Some(asked) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone()));
    }
    answer.finish()
}

/// Names the site that may read the answer, and what it may read of the headers.
pub(crate) fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let [limit, remaining, reset] = limits::HEADERS;
    let names = [RETRY_AFTER.as_str(), request::REQUEST_ID, limit, remaining, reset].join(", ");
    // Names of headers are what a header takes.
    if let Ok(names) = HeaderValue::from_str(&names) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names);
    }
}

/// Tells caches that the answer depends on who asks, also where it allows nobody.
pub(crate) fn vary(headers: &mut HeaderMap, preflight: bool) {
    let names = if preflight {
        "origin, access-control-request-method, access-control-request-headers"
    } else {
        "origin"
    };
    headers.append(header::VARY, HeaderValue::from_static(names));
}
