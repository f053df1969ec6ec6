//! Around all calls of a widget's scripts: whoever may not call is turned away here, before anything is read, looked up
//! beyond the widget, or paid for.

use super::cors;
use super::limits::{self, Called};
use crate::client_address::{ClientAddress, X_FORWARDED_FOR};
use crate::error::ApiError;
use crate::handlers::widget_key;
use crate::restrictions;
use crate::state::State;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::ORIGIN;
use actix_web::middleware::Next;
use actix_web::web::{Data, Path};
use actix_web::{Error, HttpMessage as _};
use frontdesk_chat::ChatError;
use frontdesk_limits::Standing;
use serde::Deserialize;

/// Lets those through who may call, and tells browsers so.
pub(crate) async fn guard(
    state: Data<State>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let origin = request.headers().get(ORIGIN).cloned();
    let is_preflight = cors::is_preflight(request.request());
    let admitted = admit(&state, &mut request).await;
    let may_read = !matches!(admitted, Err(Refusal::Ours(ApiError::OriginNotAllowed)));
    let mut response = match admitted {
        Err(Refusal::Ours(error)) => request.error_response(error),
        Err(Refusal::Path(error)) => request.error_response(error),
        Ok(()) if is_preflight => {
            let answer = cors::preflight(request.request());
            request.into_response(answer)
        }
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
    };
    let standing = response.request().extensions().get::<Standing>().copied();
    let headers = response.headers_mut();
    cors::vary(headers, is_preflight);
    if let Some(origin) = origin.filter(|_| may_read) {
        cors::allow(headers, origin);
    }
    if let Some(standing) = standing {
        limits::tell(standing, headers);
    }
    Ok(response)
}

/// Why a call is not let through.
enum Refusal {
    Ours(ApiError),
    /// The path cannot be read.
    Path(Error),
}

impl<E: Into<ApiError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

/// What the path of every call of a widget begins with.
#[derive(Deserialize)]
struct Keyed {
    key: String,
}

async fn admit(state: &State, request: &mut ServiceRequest) -> Result<(), Refusal> {
    let ClientAddress(address) = ClientAddress::of(request.request(), state.trusted_proxies);
    tell_of_unknown_proxy(state, request);
    limits::note(request.request(), state.limits.call(address).await)?;
    // Parts of the path beside the key are the call's own.
    let Keyed { key } = request.extract::<Path<Keyed>>().await.map_err(Refusal::Path)?.into_inner();
    let found = match widget_key(&key) {
        Ok(key) => state.desk.widget(key).await.map_err(ApiError::from),
        Err(error) => Err(error),
    };
    let widget = match found {
        // The call itself will tell; a page could not read it from the answer to a preflight.
        Err(ApiError::Chat(ChatError::WidgetNotFound)) if cors::is_preflight(request.request()) => {
            return Ok(());
        }
        found => found?,
    };
    restrictions::check(state, &widget, address, request.request())?;
    request.extensions_mut().insert(Called(widget));
    Ok(())
}

/// Behind a proxy that nobody told us of, all visitors have one address, and its limits. Or somebody tries to forge one;
/// either way it is said once.
fn tell_of_unknown_proxy(state: &State, request: &ServiceRequest) {
    if state.trusted_proxies == 0 && request.headers().contains_key(X_FORWARDED_FOR) && state.is_first_proxy()
    {
        tracing::warn!(
            "a request has X-Forwarded-For, but TRUSTED_PROXIES is 0: if a proxy is in front of this server, set it, or all visitors count as one"
        );
    }
}
