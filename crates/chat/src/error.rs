//! Why a visitor gets no answer.

use crate::message::InvalidMessage;
use frontdesk_persistence::{DatabaseError, LedgerError};

/// Why a message was not answered. The HTTP layer alone decides what a client sees of it; nothing was
/// stored or charged unless said otherwise.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// There is no active widget with this key.
    #[error("no active widget has this key")]
    WidgetNotFound,
    /// The widget has no such conversation; one of another widget counts as none.
    #[error("the widget has no such conversation")]
    ConversationNotFound,
    /// The message cannot be taken.
    #[error(transparent)]
    InvalidMessage(#[from] InvalidMessage),
    /// The same message (by its idempotency key) is still being answered.
    #[error("the same message is still being answered")]
    StillAnswering,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Too many messages are being answered and too many wait, or one has waited too long, or the process is stopping.
    #[error("too many messages are being answered")]
    Overloaded,
    /// The database failed. When it failed after the model had answered, the hold expires by itself.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The ledger refused a step of the flow.
    #[error(transparent)]
    Ledger(LedgerError),
    /// The answer's task died: a bug.
    #[error("the answer's task failed: {0}")]
    Task(String),
}

impl From<LedgerError> for ChatError {
    fn from(error: LedgerError) -> Self {
        match error {
            // It was erased after its message had begun to be answered.
            LedgerError::UnknownConversation(_) => Self::ConversationNotFound,
            error => Self::Ledger(error),
        }
    }
}
