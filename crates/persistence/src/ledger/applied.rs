//! What came of an operation.

use super::{HoldsWait, Reservation};
use frontdesk_domain::credits::Denial;
use frontdesk_domain::ids::{ClientId, ConversationId, MessageId};

/// The answer to an [`Operation`](super::operation::Operation), each part there when it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub(crate) account: i32,
    /// Whose account it is.
    pub(crate) client: Option<ClientId>,
    pub(crate) wait: Option<HoldsWait>,
    /// The reply was there before.
    pub(crate) answered_before: bool,
    pub(crate) duplicate_of: Option<MessageId>,
    pub(crate) rolled: bool,
    pub(crate) released: bool,
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) message: Option<MessageId>,
    pub(crate) reserved: Option<Result<Reservation, Denial>>,
    pub(crate) reply: Option<MessageId>,
}
