//! Rate limits: where calls are counted, and what callers are told of it.

use crate::client_address::ClientAddress;
use crate::error::{self, ApiError};
use crate::state::State;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest};
use frontdesk_chat::IncomingMessage;
use frontdesk_limits::{Exceeded, Key, Rate, Standing};
use frontdesk_persistence::Widget;
use std::sync::Arc;
use std::time::Duration;

/// How many calls are let through at once, how many are left, and after how many seconds all are again.
pub(crate) const HEADERS: [&str; 3] = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"];

/// The widget of a public call, for those who come after the one who found it.
#[derive(Clone)]
pub(crate) struct Called(pub(crate) Arc<Widget>);

/// Counts messages, before anything of them is read.
pub(crate) async fn count_message(
    state: Data<State>,
    address: ClientAddress,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let widget = request.extensions().get::<Called>().cloned();
    if let Some(Called(widget)) = widget {
        let answer = state.limits.message(address.0, widget.id.0).await;
        if let Err(error) = note(request.request(), answer) {
            return Ok(request.error_response(error));
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Counts a message of a conversation, before it costs anything. One that is sent again costs nothing, so that it
/// is let through to the answer that it has got.
pub(crate) async fn count_in_conversation(
    state: &State,
    request: &HttpRequest,
    message: &IncomingMessage,
) -> Result<(), ApiError> {
    let Some(conversation) = message.conversation else { return Ok(()) };
    let Some(Called(widget)) = request.extensions().get::<Called>().cloned() else { return Ok(()) };
    let set = &widget.restrictions;
    let rate = Rate::new(set.rate_limit_messages, Duration::from_secs(set.rate_limit_window.into()));
    let answer = state.limits.conversation(widget.id.0, conversation.get(), rate).await;
    if let (Err(exceeded), Some(key)) = (&answer, &message.client_message_id)
        && state.database.has_message(widget.id, conversation, key).await?
    {
        return note(request, Ok(Some(exceeded.standing)));
    }
    note(request, answer)
}

/// Counts a wrong key. The right one is let through whoever else has tried from the same address: keys are too long
/// to be guessed, but each try costs something.
pub(crate) async fn count_wrong_key(state: &State, request: &HttpRequest) -> Result<(), ApiError> {
    let ClientAddress(address) = ClientAddress::of(request, state.trusted_proxies);
    note(request, state.limits.failed_key(address).await)
}

/// Keeps what is to be told of the limit that is nearest.
pub(crate) fn note(
    request: &HttpRequest,
    answer: Result<Option<Standing>, Exceeded>,
) -> Result<(), ApiError> {
    let standing = match &answer {
        Ok(standing) => *standing,
        Err(exceeded) => Some(exceeded.standing),
    };
    if let Some(standing) = standing {
        let mut extensions = request.extensions_mut();
        let before = extensions.get::<Standing>().copied();
        extensions.insert(before.map_or(standing, |before| before.tighter(standing)));
    }
    if let Err(exceeded) = &answer {
        metrics::counter!("frontdesk_rate_limited_total", "limit" => kind(exceeded.key)).increment(1);
        tracing::debug!(limit = %exceeded.key, wait = ?exceeded.wait, "turned away by a rate limit");
    }
    Ok(answer.map(drop)?)
}

/// For the metrics, which know neither addresses nor conversations.
const fn kind(key: Key) -> &'static str {
    match key {
        Key::AddressMessages(_) => "address_messages",
        Key::AddressCalls(_) => "address_calls",
        Key::AddressFailedKeys(_) => "address_failed_keys",
        Key::ConversationMessages { .. } => "conversation_messages",
        Key::WidgetMessages(_) => "widget_messages",
    }
}

/// Tells the caller what is left of the nearest limit.
pub(crate) fn tell(standing: Standing, headers: &mut HeaderMap) {
    let seconds = error::whole_seconds(standing.reset);
    for (name, value) in HEADERS.into_iter().zip([standing.limit, standing.remaining, seconds]) {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}
