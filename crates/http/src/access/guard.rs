//! The gate in front of every handler that wants a key.

use super::bearer::authenticate;
use super::{Access, Principal, ids};
use crate::error::{AccessError, ApiError};
use crate::middleware::limits::count_wrong_key;
use crate::middleware::request::RequestId;
use crate::state::State;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};
use std::rc::Rc;

/// Lets a request through to one address if its key may. `rules` has the address's methods.
pub(crate) async fn require_key(
    rules: Rc<[(Method, Access)]>,
    state: Data<State>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match admit(&rules, &state, &request).await {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            next.call(request).await
        }
        Err(error) => Ok(request.error_response(error)),
    }
}

async fn admit(
    rules: &[(Method, Access)],
    state: &State,
    request: &ServiceRequest,
) -> Result<Principal, ApiError> {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let sent = authenticate(state, request.headers(), &id.unwrap_or_default()).await;
    if matches!(sent, Err(ApiError::Access(AccessError::Wrong))) {
        count_wrong_key(state, request.request()).await?;
    }
    let principal = sent?;
    // A method that the address does not take reaches no handler.
    if let Some(access) = rule(rules, request.method()) {
        if !access.allows(principal.role) {
            return Err(AccessError::Role.into());
        }
        ids::check(state, principal, request.match_info()).await?;
    }
    Ok(principal)
}

fn rule(rules: &[(Method, Access)], method: &Method) -> Option<Access> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    rules.iter().find(|(own, _)| own == method).map(|(_, access)| *access)
}
