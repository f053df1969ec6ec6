//! What clients see of errors about widgets, clients and their accounts.

use super::{ApiError, BodyError, Seen, of_database};
use crate::fields::Faults;
use actix_web::http::StatusCode;
use frontdesk_persistence::{AccountError, ClientError, WidgetError};

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
