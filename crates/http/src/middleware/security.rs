//! Headers of every answer that tell browsers what not to do with it. A handler whose answer is no data but a page,
//! such as that of `/docs`, sets its own instead.

use crate::state::State;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;

/// What holds for every answer.
pub(crate) const ALWAYS: [(HeaderName, &str); 1] = [(header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
/// What holds where the handler says nothing else.
pub(crate) const DEFAULTS: [(HeaderName, &str); 4] = [
    // Answers are data: one that a browser is led to opens no frame, runs nothing and loads nothing.
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    // For browsers that do not know `frame-ancestors`.
    (header::X_FRAME_OPTIONS, "DENY"),
    // Addresses hold ids.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

/// A year, for this host alone: others of its domain may not be ours.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Adds the headers.
pub(crate) async fn secure<B: MessageBody>(
    state: Data<State>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_tls = state.trusted_proxies > 0 && is_tls(request.headers());
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in DEFAULTS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if is_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    }
    Ok(response)
}

/// Whether the proxy in front says that the browser came by TLS; of several proxies the first to be passed. Whoever
/// writes the header without cause only has their own browser come by TLS.
pub(crate) fn is_tls(headers: &HeaderMap) -> bool {
    let first = headers.get(X_FORWARDED_PROTO).and_then(|value| value.to_str().ok()?.split(',').next());
    first.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_proxy_says_how_the_browser_came() {
        let came = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(value));
            is_tls(&headers)
        };
        assert!(came("https") && came("HTTPS") && came("https, http"));
        assert!(!came("http") && !came("http, https") && !came("") && !is_tls(&HeaderMap::new()));
    }
}
