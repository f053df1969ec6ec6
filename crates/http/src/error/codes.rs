//! Every code that an error may have, with an error that has it: what the OpenAPI document tells of errors comes from
//! here, and the table in `docs/api.md` has the same codes (a test compares them).

use super::{AccessError, ApiError, BodyError, Seen};
use crate::fields::Faults;
use actix_web::http::StatusCode;
use frontdesk_chat::{ChatError, InvalidMessage};
use frontdesk_domain::ids::{ClientId, DeliveryId, WebhookId, WidgetId};
use frontdesk_limits::{Exceeded, Key, Standing};
use frontdesk_persistence::{
    ApiKeyError, ApiKeyId, ClientError, DatabaseError, UnansweredError, WebhookError, WidgetError,
};
use frontdesk_transfer::Unreadable;
use std::sync::LazyLock;
use std::time::Duration;

/// A code and what belongs to it.
pub(crate) struct Documented {
    /// An answer with the code.
    pub(crate) seen: Seen,
    /// When it comes, as the end of a sentence.
    pub(crate) when: &'static str,
    /// The headers that come with it, and what they say.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

static ALL: LazyLock<Vec<Documented>> = LazyLock::new(|| table().into_iter().map(documented).collect());

/// All codes.
pub(crate) fn all() -> &'static [Documented] {
    &ALL
}

/// What belongs to a code.
pub(crate) fn find(code: &str) -> Option<&'static Documented> {
    ALL.iter().find(|known| known.seen.code == code)
}

fn documented((error, when): (ApiError, &'static str)) -> Documented {
    let seen = error.seen();
    let mut headers = Vec::new();
    if seen.retry_after.is_some() {
        headers.push(("Retry-After", "Seconds after which the request may work."));
    }
    match error {
        ApiError::Access(_) if seen.status == StatusCode::UNAUTHORIZED => {
            headers.push(("WWW-Authenticate", "How to say who calls."));
        }
        ApiError::MethodNotAllowed(_) => headers.push(("Allow", "The methods of the address.")),
        _ => {}
    }
    Documented { seen, when, headers }
}

fn table() -> Vec<(ApiError, &'static str)> {
    [of_requests(), of_access(), of_what_is_missing(), of_conflicts(), of_files(), of_the_server()]
        .into_iter()
        .flatten()
        .collect()
}

fn of_requests() -> Vec<(ApiError, &'static str)> {
    let fault = "it is missing, send it".to_owned();
    let faults = Faults::from([("answer".to_owned(), fault)]);
    vec![
        (
            BodyError::Json("EOF while parsing an object at line 1 column 1".to_owned()).into(),
            "the body is no JSON object, names a field twice, or is nested more than 100 levels deep",
        ),
        (BodyError::Utf8.into(), "the body is not UTF-8"),
        (
            BodyError::Fields(faults).into(),
            "a field or parameter is missing, unknown where none is ignored, of the wrong type, too long or contains NUL",
        ),
        (
            ChatError::InvalidMessage(InvalidMessage::Blank).into(),
            "`message_text` is blank, too long or contains NUL; `client_message_id` is empty or too long",
        ),
        (BodyError::Broken.into(), "the connection broke before the body was whole"),
        (ApiError::BadRequest, "the request cannot be read otherwise"),
        (ApiError::HeadTooSlow, "the address and the headers took too long"),
        (
            ApiError::HeadTooLarge,
            "the address and the headers are over 128 kB, or there are more than 96 headers",
        ),
        (BodyError::TooSlow.into(), "the body took too long"),
        (BodyError::TooLarge { kilobytes: 64 }.into(), "the body is larger than the call takes"),
        (BodyError::MediaType.into(), "the body is labelled as something else than JSON"),
        (ApiError::MethodNotAllowed("GET, HEAD".to_owned()), "the address takes other methods"),
    ]
}

fn of_access() -> Vec<(ApiError, &'static str)> {
    vec![
        (AccessError::Missing.into(), "the call was made without a key"),
        (AccessError::Wrong.into(), "the call was made with another key"),
        (
            AccessError::NotSet.into(),
            "the call was made without a valid key, and the server has no `ADMIN_API_KEY`",
        ),
        (AccessError::MetricsToken.into(), "the metrics were asked for without `METRICS_TOKEN`"),
        (AccessError::Role.into(), "the key's role may not make the call"),
        (
            ApiError::OriginNotAllowed,
            "the widget may not be used on the page's site, or the call does not say where it comes from",
        ),
        (ApiError::AddressBlocked, "the widget does not let the client's address in"),
        (exceeded().into(), "a call, a message or a wrong admin key too many"),
    ]
}

fn of_what_is_missing() -> Vec<(ApiError, &'static str)> {
    vec![
        (ApiError::RouteNotFound, "there is nothing at the address"),
        (ApiError::ClientNotFound, "no client has the id"),
        (ApiError::WidgetNotFound, "no widget has the id; for widgets' calls: no active widget has the key"),
        (
            ChatError::ConversationNotFound.into(),
            "the widget has no such conversation; one of another widget counts as none",
        ),
        (
            ApiError::EntryNotFound,
            "the widget has no such knowledge entry; one of another widget counts as none",
        ),
        (ApiKeyError::Unknown(ApiKeyId(7)).into(), "there is no such API key"),
        (WebhookError::Unknown(WebhookId(7)).into(), "there is no such webhook"),
        (
            WebhookError::UnknownDelivery(DeliveryId(7)).into(),
            "there is no such delivery; it may have been pruned",
        ),
        (
            ApiError::MessageNotFound,
            "the widget's bot gave no such reply; one of another widget counts as none",
        ),
        (
            UnansweredError::Unknown(7).into(),
            "the widget has no such unanswered question; one of another widget counts as none",
        ),
    ]
}

fn of_conflicts() -> Vec<(ApiError, &'static str)> {
    vec![
        (
            ChatError::StillAnswering.into(),
            "a message with the same `client_message_id`, or one of the visitor who is to be erased, is still being answered",
        ),
        (ChatError::KeyReused.into(), "the idempotency key was used for another request"),
        (UnansweredError::AlreadyAnswered(7).into(), "the unanswered question has an answer"),
        (WebhookError::TooMany.into(), "the client has 20 webhooks"),
        (
            WebhookError::Inactive(WebhookId(7)).into(),
            "nothing can be sent again to a webhook that is switched off",
        ),
        (WidgetError::KeyTaken.into(), "another widget has the key"),
        (
            WidgetError::InUse(WidgetId(7)).into(),
            "rows of another service refer to the widget that is to be deleted",
        ),
        (ClientError::EmailTaken.into(), "another client has the e-mail address"),
        (
            ClientError::InUse(ClientId(7)).into(),
            "the client that is to be deleted has widgets or booked use",
        ),
    ]
}

fn of_files() -> Vec<(ApiError, &'static str)> {
    let first = "line 2: answer: it is empty, write something".to_owned();
    vec![
        (Unreadable::Encoding(17).into(), "the file cannot be read at all; the text says where and why"),
        (ApiError::FileFormat, "neither `format` nor the label of the file says what it is"),
        (
            ApiError::InvalidRows { invalid: 2, first },
            "rows of the file cannot be entries, and nothing was imported; the text names the first",
        ),
    ]
}

fn of_the_server() -> Vec<(ApiError, &'static str)> {
    vec![
        (
            DatabaseError::Data(String::new()).into(),
            "something failed here; the text is always the same, the cause stands in the log beside the request id",
        ),
        (DatabaseError::Unavailable(String::new()).into(), "the database is away or an account is locked"),
        (
            ApiError::Stopping,
            "too many messages are being answered, other files are being imported, or the server is stopping",
        ),
    ]
}

fn exceeded() -> Exceeded {
    let standing = Standing { limit: 10, remaining: 0, reset: Duration::from_secs(5) };
    let key = Key::ConversationMessages { widget: 1, conversation: 1 };
    Exceeded { key, standing, wait: Duration::from_secs(5) }
}
