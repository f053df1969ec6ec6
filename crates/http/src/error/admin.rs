//! What callers see of errors of the administration: widgets, clients and their accounts, knowledge bases, unanswered
//! questions, webhooks and API keys.

use super::{ApiError, BodyError, Seen, of_database};
use crate::fields::Faults;
use actix_web::http::StatusCode;
use frontdesk_persistence::{
    AccountError, ApiKeyError, ClientError, KnowledgeError, MAX_WEBHOOKS, UnansweredError, WebhookError,
    WidgetError,
};

pub(super) fn of_widget(error: &WidgetError) -> Seen {
    match error {
        WidgetError::Database(error) => of_database(error),
        WidgetError::UnknownWidget(_) => ApiError::WidgetNotFound.seen(),
        WidgetError::KeyTaken => conflict(
            "widget_key_taken",
            "Another widget has this widget_key: send another one, or leave it out to get one that nobody has.",
        ),
        WidgetError::UnknownClient => field("client_id", "there is no client with this id"),
        WidgetError::InUse(_) => conflict(
            "widget_in_use",
            "Rows of another service refer to this widget: delete those first, or set is_active to false.",
        ),
    }
}

pub(super) fn of_client(error: &ClientError) -> Seen {
    match error {
        ClientError::Database(error) => of_database(error),
        ClientError::UnknownClient(_) => ApiError::ClientNotFound.seen(),
        ClientError::EmailTaken => {
            conflict("email_taken", "Another client has this email: send another one, or change that client.")
        }
        ClientError::InUse(_) => conflict(
            "client_in_use",
            "This client has widgets or use, or rows of another service refer to it: set is_active to false, or add force=true to delete its widgets, conversations and logs with it.",
        ),
    }
}

pub(super) fn of_account(error: &AccountError) -> Seen {
    match error {
        AccountError::Database(error) => of_database(error),
        AccountError::UnknownAccount(_) => Seen::not_found(
            "widget_not_found",
            "The client has no widget with this id: list its widgets to see their ids.",
        ),
        AccountError::InvalidLimit(error) => field(error.limit().as_str(), &error.to_string()),
        AccountError::UnknownZone(error) => field("reset_timezone", &error.to_string()),
    }
}

fn conflict(code: &'static str, text: &'static str) -> Seen {
    Seen::new(StatusCode::CONFLICT, code, text)
}

fn field(name: &str, fault: &str) -> Seen {
    let faults: Faults = [(name.to_owned(), fault.to_owned())].into();
    ApiError::from(BodyError::from(faults)).seen()
}

pub(super) fn of_knowledge(error: &KnowledgeError) -> Seen {
    match error {
        KnowledgeError::Database(error) => of_database(error),
        KnowledgeError::UnknownWidget(_) => ApiError::WidgetNotFound.seen(),
        KnowledgeError::UnknownEntry(_) => ApiError::EntryNotFound.seen(),
    }
}

pub(super) fn of_unanswered(error: &UnansweredError) -> Seen {
    match error {
        UnansweredError::Database(error) => of_database(error),
        UnansweredError::Unknown(_) => Seen::not_found(
            "unanswered_not_found",
            "The widget has no unanswered question with this id: list them, it may have been pruned.",
        ),
        UnansweredError::AlreadyAnswered(_) => Seen::new(
            StatusCode::CONFLICT,
            "already_answered",
            "This question has an answer already: change the entry answered_by.",
        ),
    }
}

pub(super) fn of_webhook(error: &WebhookError) -> Seen {
    match error {
        WebhookError::Database(error) => of_database(error),
        WebhookError::UnknownClient(_) => ApiError::ClientNotFound.seen(),
        WebhookError::Unknown(_) => {
            Seen::not_found("webhook_not_found", "There is no webhook with this id: list the client's.")
        }
        WebhookError::UnknownDelivery(_) => Seen::not_found(
            "delivery_not_found",
            "There is no delivery with this id: list the webhook's, it may have been pruned.",
        ),
        WebhookError::TooMany => Seen::new(
            StatusCode::CONFLICT,
            "too_many_webhooks",
            format!("A client can have {MAX_WEBHOOKS} webhooks: delete one, or change it."),
        ),
        WebhookError::Inactive(_) => Seen::new(
            StatusCode::CONFLICT,
            "webhook_inactive",
            "The webhook is switched off: set its is_active to true first.",
        ),
    }
}

pub(super) fn of_api_key(error: &ApiKeyError) -> Seen {
    match error {
        ApiKeyError::Database(error) => of_database(error),
        ApiKeyError::UnknownClient(_) => ApiError::ClientNotFound.seen(),
        ApiKeyError::Unknown(_) => Seen::not_found(
            "api_key_not_found",
            "There is no API key with this id: list them to see their ids.",
        ),
        ApiKeyError::Holder(_) => Seen::new(StatusCode::BAD_REQUEST, "invalid_field", format!("{error}.")),
    }
}
