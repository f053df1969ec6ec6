//! What can go wrong with the database, as its callers need to tell it apart.

use crate::ledger::AccountKey;
use diesel::result::{DatabaseErrorKind, Error};
use frontdesk_domain::credits::InvalidLimit;
use frontdesk_domain::ids::{AccountId, ClientId, ConversationId, EntryId, RequestLogId, WidgetId};
use frontdesk_domain::period::UnknownZone;

/// Why a read or a write failed. The texts are for the log, never for a visitor.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DatabaseError {
    /// No connection can be had, or it was lost: the same call may work later.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// More callers than there is room for: the same call may work later.
    #[error("database saturated: {0}")]
    Saturated(String),
    /// Someone else holds a lock for longer than the writers wait: the same call may work later.
    #[error("database busy: {0}")]
    Busy(String),
    /// The database refused the statement.
    #[error("database error: {0}")]
    Query(String),
    /// The row that a new one belongs to is gone, for example a conversation that was erased meanwhile.
    #[error("a row that others belong to is missing: {0}")]
    Missing(String),
    /// A value in the database is not what the code can work with.
    #[error("unexpected data in the database: {0}")]
    Data(String),
    /// `DATABASE_URL` names no database that this program can open.
    #[error("DATABASE_URL: {0}")]
    Url(String),
    /// The migrations failed.
    #[error("migration failed: {0}")]
    Migration(String),
}

/// Why the ledger refused an operation. Nothing was changed, with one exception that no database can
/// rule out: where the connection was lost during COMMIT and cannot be made again, the operation may stand
/// behind [`DatabaseError::Unavailable`]. A hold that nobody knows of then ends with its time.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no such reservation.
    #[error("unknown reservation {0}")]
    UnknownReservation(RequestLogId),
    /// The reservation was settled before.
    #[error("reservation {0} is already settled")]
    AlreadySettled(RequestLogId),
    /// The account is gone, with its client or widget.
    #[error("unknown account {0}")]
    UnknownAccount(AccountId),
    /// The conversation is gone: it was erased after its visitor had begun to write.
    #[error("unknown conversation {0}")]
    UnknownConversation(ConversationId),
}

/// Why what an administrator set was not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AccountError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no such widget, or it belongs to another client and never had an account of this one.
    #[error("there is no widget {} {}", .0.widget, owner(.0))]
    UnknownAccount(AccountKey),
    /// A limit below 0 or too large.
    #[error(transparent)]
    InvalidLimit(#[from] InvalidLimit),
    /// The database does not know the time zone.
    #[error(transparent)]
    UnknownZone(#[from] UnknownZone),
}

/// Why a change of a knowledge base was not made: nothing of it is stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KnowledgeError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no such widget.
    #[error("unknown widget {0}")]
    UnknownWidget(WidgetId),
    /// The widget has no such entry.
    #[error("unknown knowledge entry {0}")]
    UnknownEntry(EntryId),
}

/// Why a widget was not made, changed or deleted: nothing of it is stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WidgetError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no such widget.
    #[error("unknown widget {0}")]
    UnknownWidget(WidgetId),
    /// Another widget has the key.
    #[error("another widget has this key")]
    KeyTaken,
    /// The client that it shall belong to does not exist.
    #[error("there is no client for the widget to belong to")]
    UnknownClient,
    /// Rows of another service refer to it.
    #[error("widget {0} is referred to by rows that are not of this service")]
    InUse(WidgetId),
}

/// Why a client was not made, changed or deleted: nothing of it is stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClientError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no such client.
    #[error("unknown client {0}")]
    UnknownClient(ClientId),
    /// Another client has the e-mail address.
    #[error("another client has this e-mail address")]
    EmailTaken,
    /// It has widgets or booked use, or rows of another service refer to it.
    #[error("client {0} has widgets or use, which would go with it")]
    InUse(ClientId),
}

fn owner(key: &AccountKey) -> String {
    key.client.map_or_else(|| "without a client".to_owned(), |client| format!("of client {client}"))
}

/// Words for a lock that was not had: within `lock_timeout`, because two waited for each other, or within SQLite's
/// `busy_timeout`.
const NO_LOCK: [&str; 3] = ["lock timeout", "deadlock detected", "database is locked"];

impl From<Error> for DatabaseError {
    fn from(error: Error) -> Self {
        match &error {
            Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
            | Error::BrokenTransactionManager => Self::Unavailable(error.to_string()),
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
                Self::Missing(error.to_string())
            }
            Error::DatabaseError(_, info) if NO_LOCK.iter().any(|words| info.message().contains(words)) => {
                Self::Busy(error.to_string())
            }
            Error::DeserializationError(_) => Self::Data(error.to_string()),
            _ => Self::Query(error.to_string()),
        }
    }
}

impl From<diesel::r2d2::PoolError> for DatabaseError {
    fn from(error: diesel::r2d2::PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_was_not_had_is_busy() {
        let of = |message: &str| {
            DatabaseError::from(Error::DatabaseError(
                DatabaseErrorKind::Unknown,
                Box::new(message.to_owned()),
            ))
        };
        for message in ["canceling statement due to lock timeout", "deadlock detected", "database is locked"]
        {
            assert!(matches!(of(message), DatabaseError::Busy(_)), "{message}");
        }
        assert!(matches!(of("syntax error"), DatabaseError::Query(_)));
    }
}
