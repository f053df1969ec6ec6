//! The key with which a script may repeat a call: `client_message_id` in the body, or the header `Idempotency-Key`.

use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use actix_web::HttpRequest;
use frontdesk_chat::MAX_CLIENT_MESSAGE_ID_CHARS;
use frontdesk_persistence::IdempotencyKey;
use sha2::{Digest, Sha256};

const HEADER: &str = "Idempotency-Key";
const FIELD: &str = "client_message_id";

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
            FIELD,
            "it differs from the header Idempotency-Key, send one of them or the same in both",
        )),
        _ => Ok(Some(of_header)),
    }
}

/// The key that came with a request, and a hash of all else in its body: sent again with another body, a key is refused. A
/// key is `whose`: scripts that count their calls all begin with the same key, and what one visitor has got is no answer
/// to another.
///
/// # Errors
/// [`BodyError::Field`]: header and body name different ones, or it is empty or too long.
pub(crate) fn once(
    request: &HttpRequest,
    of_body: Option<String>,
    whose: &[String],
    body: &JsonBody,
) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(key) = key(request, of_body)? else { return Ok(None) };
    if key.is_empty() || key.contains('\0') || key.chars().count() > MAX_CLIENT_MESSAGE_ID_CHARS {
        let problem = format!("write 1 to {MAX_CLIENT_MESSAGE_ID_CHARS} characters, none of them NUL");
        return Err(fault(FIELD, &problem).into());
    }
    Ok(Some(owned(&key, whose, body)?))
}

/// As [`once`], with a key that is checked elsewhere.
pub(crate) fn owned(key: &str, whose: &[String], body: &JsonBody) -> Result<IdempotencyKey, BodyError> {
    let owned: Vec<&str> = whose.iter().map(String::as_str).chain([key]).collect();
    Ok(IdempotencyKey { key: hash(&owned), request_hash: hash(&[&body.without(FIELD)?]) })
}

/// A hash of texts, of which none can run into the next.
fn hash(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
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

    fn once_of(key: &str, whose: &str, body: &str) -> Result<IdempotencyKey, String> {
        let request = TestRequest::default().to_http_request();
        let once = once(&request, Some(key.to_owned()), &[whose.to_owned()], &JsonBody::of(body));
        once.map(Option::unwrap).map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_is_short_and_not_empty() {
        assert!(once_of("a", "", "{}").is_ok());
        for wrong in ["", "a\0", &"x".repeat(101)] {
            assert!(once_of(wrong, "", "{}").unwrap_err().contains("write 1 to 100 characters"));
        }
    }

    #[test]
    fn a_key_is_one_visitors_and_belongs_to_one_body() {
        let one = once_of("k", "ada", r#"{"a":1,"b":[2],"client_message_id":"k"}"#).unwrap();
        assert_eq!(once_of("k", "ada", r#" {"b":[2], "a":1}"#).unwrap(), one);
        let other_body = once_of("k", "ada", r#"{"a":1,"b":[3]}"#).unwrap();
        assert!(other_body.key == one.key && other_body.request_hash != one.request_hash);
        for (key, whose) in [("k", "bob"), ("ak", "ad"), ("l", "ada")] {
            assert_ne!(once_of(key, whose, "{}").unwrap().key, one.key);
        }
        // The column has 100 characters.
        assert_eq!((one.key.len(), one.request_hash.len()), (64, 64));
    }
}
