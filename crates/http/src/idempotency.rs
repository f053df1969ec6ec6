//! The key with which a script may repeat a call: `client_message_id` in the body, or the header `Idempotency-Key`.

use crate::error::{ApiError, BodyError};
use actix_web::HttpRequest;
use frontdesk_chat::MAX_CLIENT_MESSAGE_ID_CHARS;
use frontdesk_persistence::IdempotencyKey;
use sha2::{Digest, Sha256};

const HEADER: &str = "Idempotency-Key";

/// The key that came with a request, unchecked; the header's may stand in quotation marks.
///
/// # Errors
/// [`BodyError::Field`]: header and body name different ones.
pub(crate) fn key(request: &HttpRequest, of_body: Option<String>) -> Result<Option<String>, BodyError> {
    let Some(header) = request.headers().get(HEADER) else { return Ok(of_body) };
    let text = header.to_str().map_err(|_| fault(HEADER, "it is not ASCII text, choose another"))?.trim();
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let of_header = quoted.unwrap_or(text).to_owned();
    match of_body {
        Some(of_body) if of_body != of_header => Err(fault(
            "client_message_id",
            "it differs from the header Idempotency-Key, send one of them or the same in both",
        )),
        _ => Ok(Some(of_header)),
    }
}

/// The key that came with a request, and a hash of `what` the request is about: sent again with other things, a key is
/// refused.
///
/// # Errors
/// [`BodyError::Field`]: header and body name different ones, or it is empty or too long.
pub(crate) fn once(
    request: &HttpRequest,
    of_body: Option<String>,
    what: &[&str],
) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(key) = key(request, of_body)? else { return Ok(None) };
    if key.is_empty() || key.contains('\0') || key.chars().count() > MAX_CLIENT_MESSAGE_ID_CHARS {
        let problem = format!("write 1 to {MAX_CLIENT_MESSAGE_ID_CHARS} characters, none of them NUL");
        return Err(fault("client_message_id", &problem).into());
    }
    Ok(Some(IdempotencyKey { key, request_hash: hash(what) }))
}

/// A hash of texts, of which none can run into the next.
pub(crate) fn hash(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fault(field: &str, problem: &str) -> BodyError {
    BodyError::Field { field: field.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn read(header: Option<&str>, of_body: Option<&str>) -> Result<Option<String>, String> {
        let request = TestRequest::default();
        let request = header.map_or(TestRequest::default(), |header| request.insert_header((HEADER, header)));
        key(&request.to_http_request(), of_body.map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_may_stand_in_the_header_or_in_the_body() {
        assert_eq!(read(None, None), Ok(None));
        assert_eq!(read(None, Some("a")), Ok(Some("a".into())));
        assert_eq!(read(Some("a"), None), Ok(Some("a".into())));
        assert_eq!(read(Some("\"a\""), Some("a")), Ok(Some("a".into())));
        assert!(read(Some("a"), Some("b")).unwrap_err().contains("differs from the header"));
    }

    #[test]
    fn a_key_is_short_and_not_empty() {
        let request = TestRequest::default().to_http_request();
        let of = |key: &str| once(&request, Some(key.to_owned()), &["x"]).map(|once| once.unwrap().key);
        assert_eq!(of("a").unwrap(), "a");
        for wrong in ["", "a\0", &"x".repeat(101)] {
            assert!(of(wrong).unwrap_err().to_string().contains("write 1 to 100 characters"));
        }
    }

    #[test]
    fn texts_do_not_run_into_each_other() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_eq!(hash(&[]).len(), 64);
    }
}
