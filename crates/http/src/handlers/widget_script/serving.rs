//! A script as one browser takes it: in an encoding that it reads, or not at all if it has it already.

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING,
    CROSS_ORIGIN_RESOURCE_POLICY, ContentEncoding, ETAG, Encoding as Named, EntityTag, Header as _,
    IF_NONE_MATCH, IfNoneMatch, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use frontdesk_web::{Asset, Encoding};

/// How long browsers and caches keep a script without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// What is at the address changes with each release. A new one is on all sites after five minutes; while it is
    /// fetched, or the server is away, the last one does.
    Short,
    /// What is at the address never changes.
    Immutable,
}

impl Lifetime {
    const fn cache_control(self) -> &'static str {
        match self {
            Self::Short => "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400",
            Self::Immutable => "public, max-age=31536000, immutable",
        }
    }
}

/// Serves a script to pages on any site.
pub(super) fn serve(request: &HttpRequest, script: &Asset, lifetime: Lifetime) -> HttpResponse {
    let encoding = encoding(request, script);
    let tag = EntityTag::new_strong(script.tag(encoding));
    let is_there = is_there(request, &tag);
    let mut response = if is_there { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, tag.to_string()))
        .insert_header((CACHE_CONTROL, lifetime.cache_control()))
        .insert_header((VARY, "accept-encoding"))
        // The same for everybody, and without it a browser checks no checksum.
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        // For sites that load nothing from others that does not say so.
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"));
    if is_there {
        return response.finish();
    }
    match encoding {
        Encoding::Identity => {}
        Encoding::Gzip => drop(response.insert_header((CONTENT_ENCODING, ContentEncoding::Gzip))),
        Encoding::Brotli => drop(response.insert_header((CONTENT_ENCODING, ContentEncoding::Brotli))),
    }
    response.content_type("text/javascript; charset=utf-8").body(script.bytes(encoding))
}

/// The encoding that the browser likes best. One that refuses all gets the script as it is, which is of more use to it
/// than a refusal.
fn encoding(request: &HttpRequest, script: &Asset) -> Encoding {
    let Ok(accepted) = AcceptEncoding::parse(request) else { return Encoding::Identity };
    let all: Vec<_> = script.encodings().map(|encoding| (named(encoding), encoding)).collect();
    let best = accepted.negotiate(all.iter().map(|(name, _)| name));
    all.iter().find(|(name, _)| Some(name) == best.as_ref()).map_or(Encoding::Identity, |(_, found)| *found)
}

fn named(encoding: Encoding) -> Named {
    match encoding {
        Encoding::Identity => Named::identity(),
        Encoding::Gzip => Named::gzip(),
        Encoding::Brotli => Named::brotli(),
    }
}

/// Whether the browser has just these bytes.
fn is_there(request: &HttpRequest, tag: &EntityTag) -> bool {
    if !request.headers().contains_key(IF_NONE_MATCH) {
        return false;
    }
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|own| own.weak_eq(tag)),
        // It cannot be read, so that the browser may have anything.
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::ACCEPT_ENCODING;
    use actix_web::test::TestRequest;

    #[test]
    fn the_encoding_is_what_the_browser_likes_best() {
        let loader = frontdesk_web::current().loader();
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip, deflate", Encoding::Gzip),
            ("br;q=0.5, gzip", Encoding::Gzip),
            ("br;q=0, gzip;q=0.1", Encoding::Gzip),
            ("gzip;q=0, br;q=0", Encoding::Identity),
            ("identity, gzip;q=0.5", Encoding::Identity),
            ("zstd", Encoding::Identity),
            ("*", Encoding::Identity),
            ("", Encoding::Identity),
            ("identity;q=0", Encoding::Identity),
            ("GZIP", Encoding::Gzip),
            (";;;=", Encoding::Identity),
        ] {
            let request = TestRequest::default().insert_header((ACCEPT_ENCODING, accepted)).to_http_request();
            assert_eq!(encoding(&request, &loader), expected, "{accepted}");
        }
        assert_eq!(encoding(&TestRequest::default().to_http_request(), &loader), Encoding::Identity);
    }

    #[test]
    fn only_a_browser_that_has_these_bytes_gets_none() {
        let tag = EntityTag::new_strong("abc-br".to_owned());
        for (sent, expected) in [
            ("\"abc-br\"", true),
            ("W/\"abc-br\"", true),
            ("\"x\", \"abc-br\"", true),
            ("*", true),
            ("\"abc\"", false),
            ("abc-br", false),
            ("", false),
        ] {
            let request = TestRequest::default().insert_header((IF_NONE_MATCH, sent)).to_http_request();
            assert_eq!(is_there(&request, &tag), expected, "{sent}");
        }
        assert!(!is_there(&TestRequest::default().to_http_request(), &tag));
    }
}
