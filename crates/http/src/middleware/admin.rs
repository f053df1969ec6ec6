//! Access for administrators: `Authorization: Bearer ADMIN_API_KEY`.

use super::record::Caller;
use crate::error::{AccessError, ApiError};
use crate::state::State;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};

/// Lets administrators through. Around a whole scope, so that no handler can be forgotten.
pub(crate) async fn require_admin(
    state: Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match check(&state, &request) {
        Ok(()) => {
            request.extensions_mut().insert(Caller { role: "admin", key: None });
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Err(error) => Ok(request.error_response(ApiError::from(error))),
    }
}

fn check(state: &State, request: &ServiceRequest) -> Result<(), AccessError> {
    if !state.admin_key.is_set() {
        return Err(AccessError::NotSet);
    }
    let header = request.headers().get(AUTHORIZATION).ok_or(AccessError::Missing)?;
    let key = bearer(header.as_bytes()).ok_or(AccessError::Missing)?;
    if state.admin_key.is(key) { Ok(()) } else { Err(AccessError::Wrong) }
}

/// The key in the header. The scheme's case does not matter.
fn bearer(header: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"bearer ";
    let (scheme, key) = header.split_at_checked(SCHEME.len())?;
    let key = key.trim_ascii();
    (scheme.eq_ignore_ascii_case(SCHEME) && !key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn a_bearer_key_is_found() {
        assert_eq!(bearer(b"Bearer abc"), Some(&b"abc"[..]));
        assert_eq!(bearer(b"bearer  abc "), Some(&b"abc"[..]));
        for none in [&b"Bearer"[..], b"Bearer ", b"Bearer   ", b"Basic abc", b"abc", b""] {
            assert_eq!(bearer(none), None);
        }
    }
}
