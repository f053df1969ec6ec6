//! The key that a request carries: `Authorization: Bearer KEY`.

use super::{Principal, secret};
use crate::error::{AccessError, ApiError};
use crate::state::State;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use frontdesk_persistence::KeyState;

/// Who sends these headers. Keys that nobody has, that have expired and that were revoked get the same answer after
/// the same steps; which it is stands in the log alone.
pub(super) async fn authenticate(
    state: &State,
    headers: &HeaderMap,
    request_id: &str,
) -> Result<Principal, ApiError> {
    // Where no key was ever set, that is what the caller has to hear.
    let refusal = |error| if state.admin_key.is_set() { error } else { AccessError::NotSet };
    let header = headers.get(AUTHORIZATION).and_then(|header| bearer(header.as_bytes()));
    let sent = header.ok_or_else(|| refusal(AccessError::Missing))?;
    if state.admin_key.is(sent) {
        return Ok(Principal::BOOTSTRAP);
    }
    let Some((hash, prefix)) = secret::read(sent) else {
        return Err(refusal(AccessError::Wrong).into());
    };
    let now = state.now();
    let found = state.keys.find(hash).await?;
    let problem = match found.as_ref().map(|key| key.state(now)) {
        Some(KeyState::Valid) => None,
        Some(problem) => Some(problem.as_str()),
        None => Some("unknown"),
    };
    match (found, problem) {
        (Some(key), None) => {
            state.keys.used(&key, now);
            Ok(Principal { role: key.role, client: key.client, key: Some(key.id) })
        }
        (_, problem) => {
            let problem = problem.unwrap_or("unknown");
            tracing::info!(request_id, prefix, problem, "an API key was refused");
            Err(refusal(AccessError::Wrong).into())
        }
    }
}

/// The key in the header. The scheme's case does not matter.
pub(crate) fn bearer(header: &[u8]) -> Option<&[u8]> {
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
