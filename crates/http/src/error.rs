//! Errors, as clients see them. The policy:
//!
//! * Handlers return [`ApiError`], or `?` an error of a crate below; no handler chooses a status.
//! * This module alone maps errors to statuses, codes and texts. Codes never change their meaning; a text is
//!   one sentence that says what to do.
//! * A client's mistake is a 4xx: what was sent is named, and nothing was stored.
//! * What may work later is a 503, or a 409 for a message that is still being answered, with `Retry-After`.
//! * All else is a 500 with a constant text. Its cause is for the log alone, beside the request's id.

mod access;
mod admin;
mod body;
pub(crate) mod codes;
mod limit;
#[cfg(test)]
mod tests;

pub(crate) use access::AccessError;
pub(crate) use body::BodyError;
pub(crate) use limit::whole_seconds;

use crate::fields::Faults;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use frontdesk_chat::ChatError;
use frontdesk_limits::Exceeded;
use frontdesk_persistence::{
    AccountError, ApiKeyError, ClientError, DatabaseError, EraseError, KnowledgeError, LedgerError,
    UnansweredError, WebhookError, WidgetError,
};
use frontdesk_transfer::Unreadable;
use serde::Serialize;
use std::borrow::Cow;

/// Why a request is refused or failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// No such address.
    #[error("there is nothing at this address")]
    RouteNotFound,
    /// The request cannot be read, whatever its address.
    #[error("the request cannot be read")]
    BadRequest,
    /// The head of a request, or one of its lines, is larger than is read.
    #[error("the head of the request is too large")]
    HeadTooLarge,
    /// The head of a request did not come in time.
    #[error("the head of the request did not arrive in time")]
    HeadTooSlow,
    /// The address takes other methods.
    #[error("the method is not allowed; allowed: {0}")]
    MethodNotAllowed(String),
    /// The client of the address does not exist.
    #[error("unknown client")]
    ClientNotFound,
    /// The widget of an administrator's address does not exist.
    #[error("unknown widget")]
    WidgetNotFound,
    /// The widget has no such knowledge entry.
    #[error("unknown knowledge entry")]
    EntryNotFound,
    /// The widget's bot gave no such reply.
    #[error("unknown message")]
    MessageNotFound,
    /// The page on which the widget is used is none of its sites.
    #[error("the widget may not be used on this site")]
    OriginNotAllowed,
    /// The widget does not let the client's address in.
    #[error("the client's address is blocked")]
    AddressBlocked,
    /// A call is one too many.
    #[error(transparent)]
    RateLimited(#[from] Exceeded),
    /// The body cannot be used.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The caller may not make the call.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The answer flow failed.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// A read failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A knowledge base was not changed.
    #[error(transparent)]
    Knowledge(#[from] KnowledgeError),
    /// A widget was not made, changed or deleted.
    #[error(transparent)]
    Widget(#[from] WidgetError),
    /// A client was not made, changed or deleted.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Limits were not set.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] Unreadable),
    /// A file's format is not told.
    #[error("the format of the file is not told")]
    FileFormat,
    /// Rows of a file cannot be imported, and nothing was.
    #[error("{invalid} rows cannot be imported")]
    InvalidRows {
        /// How many.
        invalid: usize,
        /// The line of the first, and what is wrong with it.
        first: String,
    },
    /// Work in the background failed.
    #[error("a task failed: {0}")]
    Task(#[from] actix_web::error::BlockingError),
    /// An unanswered question was not answered or dismissed.
    #[error(transparent)]
    Unanswered(#[from] UnansweredError),
    /// A webhook was not made, changed or used.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// An API key was not made or revoked.
    #[error(transparent)]
    ApiKey(#[from] ApiKeyError),
    /// A visitor's data was not erased.
    #[error(transparent)]
    Erase(#[from] EraseError),
    /// The process is stopping.
    #[error("the process is stopping")]
    Stopping,
    /// Other files are being imported.
    #[error("other files are being imported")]
    FileQueue,
    /// An answer could not be written.
    #[error("the answer cannot be written as JSON: {0}")]
    Reply(#[from] serde_json::Error),
}

/// What a client sees of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) text: Cow<'static, str>,
    /// Seconds after which the same request may work.
    pub(crate) retry_after: Option<u32>,
    /// What is wrong, by field, where all fields were looked at.
    pub(crate) fields: Option<Faults>,
}

impl Seen {
    fn new(status: StatusCode, code: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, text: text.into(), retry_after: None, fields: None }
    }

    fn later(status: StatusCode, code: &'static str, text: &'static str, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(status, code, text) }
    }

    fn not_found(code: &'static str, text: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, text)
    }

    fn bad_request(status: StatusCode) -> Self {
        Self::new(status, "bad_request", "The request cannot be read: check its path and headers.")
    }

    fn failed() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "Something went wrong on our side: try again, and report the request_id if it happens again.",
        )
    }

    fn unavailable() -> Self {
        Self::later(
            StatusCode::SERVICE_UNAVAILABLE,
            "database_unavailable",
            "The database is not available right now: try again in a few seconds.",
            5,
        )
    }
}

impl ApiError {
    pub(crate) fn seen(&self) -> Seen {
        match self {
            Self::RouteNotFound => {
                Seen::not_found("route_not_found", "There is nothing at this address: check the path.")
            }
            Self::BadRequest => Seen::bad_request(StatusCode::BAD_REQUEST),
            Self::HeadTooLarge => Seen::new(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "head_too_large",
                "The address and the headers are too large, or there are too many headers: send fewer.",
            ),
            Self::HeadTooSlow => Seen::new(
                StatusCode::REQUEST_TIMEOUT,
                "head_too_slow",
                "The request's first lines did not arrive in time: send it again.",
            ),
            Self::MethodNotAllowed(allowed) => Seen::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                format!("This address does not take the method: use {allowed}."),
            ),
            Self::ClientNotFound => Seen::not_found("client_not_found", "There is no client with this id."),
            Self::WidgetNotFound => Seen::not_found("widget_not_found", "There is no widget with this id."),
            Self::EntryNotFound => Seen::not_found(
                "entry_not_found",
                "The widget has no knowledge entry with this id: list its entries to see their ids.",
            ),
            Self::MessageNotFound => Seen::not_found(
                "message_not_found",
                "The widget's bot gave no reply with this message_id: send the one that came with the reply.",
            ),
            Self::OriginNotAllowed => Seen::new(
                StatusCode::FORBIDDEN,
                "origin_not_allowed",
                "This chat may not be used on this site: add the site to the widget's domain_whitelist.",
            ),
            Self::AddressBlocked => Seen::new(
                StatusCode::FORBIDDEN,
                "address_blocked",
                "This chat does not take messages from your address: contact the site's owner.",
            ),
            Self::RateLimited(exceeded) => limit::of_limit(exceeded),
            Self::Body(error) => {
                let (status, code) = error.status_and_code();
                let fields = if let BodyError::Fields(faults) = error { Some(faults.clone()) } else { None };
                Seen { fields, ..Seen::new(status, code, error.to_string()) }
            }
            Self::Access(error) => Seen::new(error.status(), error.code(), error.to_string()),
            Self::Chat(error) => of_chat(error),
            Self::Database(error) | Self::Erase(EraseError::Database(error)) => of_database(error),
            Self::Knowledge(error) => admin::of_knowledge(error),
            Self::Widget(error) => admin::of_widget(error),
            Self::Client(error) => admin::of_client(error),
            Self::Account(error) => admin::of_account(error),
            Self::File(error) => Seen::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_file",
                format!("The file cannot be imported: {error}."),
            ),
            Self::FileFormat => Seen::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unknown_file_format",
                "Say what the file is: format=csv, json, markdown or html in the address, or its Content-Type.",
            ),
            Self::InvalidRows { invalid, first } => Seen::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_rows",
                format!(
                    "Nothing was imported: {invalid} of the rows cannot be, the first in {first}. Correct them, or leave them out with skip_invalid=true; preview=true lists them."
                ),
            ),
            Self::Unanswered(error) => admin::of_unanswered(error),
            Self::Webhook(error) => admin::of_webhook(error),
            Self::ApiKey(error) => admin::of_api_key(error),
            Self::Erase(EraseError::StillAnswering) => still_answering(),
            Self::Stopping | Self::FileQueue => overloaded(),
            Self::Reply(_) | Self::Task(_) => Seen::failed(),
        }
    }
}

fn overloaded() -> Seen {
    Seen::later(
        StatusCode::SERVICE_UNAVAILABLE,
        "overloaded",
        "The server is busy right now: try again in a few seconds.",
        2,
    )
}

fn still_answering() -> Seen {
    Seen::later(
        StatusCode::CONFLICT,
        "still_answering",
        "A message is still being answered: send this again in a few seconds.",
        2,
    )
}

fn of_chat(error: &ChatError) -> Seen {
    match error {
        ChatError::WidgetNotFound => Seen::not_found(
            "widget_not_found",
            "There is no active widget with this key: check the widget key.",
        ),
        ChatError::ConversationNotFound => Seen::not_found(
            "conversation_not_found",
            "The widget has no such conversation: leave conversation_id out to begin a new one.",
        ),
        ChatError::InvalidMessage(error) => {
            Seen::new(StatusCode::BAD_REQUEST, "invalid_message", format!("{error}."))
        }
        ChatError::StillAnswering => still_answering(),
        ChatError::KeyReused => Seen::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "This idempotency key was used for another request: choose a new one for each request.",
        ),
        ChatError::Overloaded => overloaded(),
        ChatError::Database(error) | ChatError::Ledger(LedgerError::Database(error)) => of_database(error),
        ChatError::Ledger(_) | ChatError::Task(_) => Seen::failed(),
    }
}

fn of_database(error: &DatabaseError) -> Seen {
    match error {
        DatabaseError::Unavailable(_) | DatabaseError::Busy(_) => Seen::unavailable(),
        DatabaseError::Saturated(_) => overloaded(),
        _ => Seen::failed(),
    }
}

/// An error that the web framework found by itself, such as a path that is not UTF-8.
fn of_framework(error: &actix_web::Error) -> Seen {
    let status = error.as_response_error().status_code();
    if status.is_client_error() {
        return Seen::bad_request(status);
    }
    Seen::failed()
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    code: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<&'a Faults>,
}

/// What the client sees of the error in a response, which is logged here.
pub(crate) fn see(error: &actix_web::Error, request_id: &str) -> Seen {
    let seen = error.as_error().map_or_else(|| of_framework(error), ApiError::seen);
    debug_assert!(
        codes::find(seen.code).is_some(),
        "{}: add an error with this code to error/codes.rs, and the code to docs/api.md",
        seen.code
    );
    if seen.status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(request_id, %error, "request failed");
    } else if seen.status.is_server_error() {
        tracing::warn!(request_id, %error, "request turned away");
    }
    seen
}

/// The body of an error's response.
pub(crate) fn body(seen: &Seen, request_id: &str) -> String {
    let body = Body { error: &seen.text, code: seen.code, request_id, fields: seen.fields.as_ref() };
    // Texts are always JSON; should that change, the status still tells.
    serde_json::to_string(&body).unwrap_or_default()
}

/// The headers that belong to the error.
pub(crate) fn headers(seen: &Seen, error: &actix_web::Error) -> Vec<(header::HeaderName, HeaderValue)> {
    let mut headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    if let Some(seconds) = seen.retry_after {
        headers.push((header::RETRY_AFTER, HeaderValue::from(seconds)));
    }
    match error.as_error() {
        Some(ApiError::Access(_)) if seen.status == StatusCode::UNAUTHORIZED => {
            headers.push((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        Some(ApiError::MethodNotAllowed(allowed)) => {
            // Names of methods consist of characters that a header takes.
            if let Ok(allowed) = HeaderValue::from_str(allowed) {
                headers.push((header::ALLOW, allowed));
            }
        }
        _ => {}
    }
    headers
}

/// For the web framework. The text and the headers are put in by the middleware, which knows the request's id.
impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.seen().status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}
