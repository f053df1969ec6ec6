//! The key that a request carries: `Authorization: Bearer KEY`.

use crate::access::Principal;
use crate::error::{AccessError, ApiError};
use crate::state::State;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};

/// Who sends these headers.
pub(super) fn authenticate(state: &State, headers: &HeaderMap) -> Result<Principal, ApiError> {
    let refusal = if state.admin_key.is_set() { None } else { Some(AccessError::NotSet) };
    let header = headers.get(AUTHORIZATION).and_then(|header| bearer(header.as_bytes()));
    let key = header.ok_or(refusal.unwrap_or(AccessError::Missing))?;
    if state.admin_key.is(key) {
        return Ok(Principal::BOOTSTRAP);
    }
    Err(refusal.unwrap_or(AccessError::Wrong).into())
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
