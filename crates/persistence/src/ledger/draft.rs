//! Answers whose new rows have no ids yet.

use super::applied::Applied;
use super::operation::Reservation;
use super::rows::RowRef;
use super::store::Written;
use frontdesk_domain::credits::{Denial, Grant};
use frontdesk_domain::ids::{AccountId, ClientId, ConversationId, MessageId, RequestLogId};

/// An [`Applied`] before the write.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) account: i32,
    pub(super) client: Option<ClientId>,
    pub(super) duplicate_of: Option<RowRef>,
    pub(super) rolled: bool,
    pub(super) released: bool,
    pub(super) conversation: Option<RowRef>,
    pub(super) message: Option<RowRef>,
    /// The position of the hold among the new log rows.
    pub(super) reserved: Option<Result<(usize, Grant), Denial>>,
    pub(super) reply: Option<RowRef>,
    pub(super) answered_before: bool,
}

/// Fills in the ids that the database gave.
pub(super) fn resolve(draft: &Draft, written: &Written) -> Applied {
    let message = |row: RowRef| MessageId(id(row, &written.messages));
    let account = AccountId(draft.account);
    Applied {
        account: draft.account,
        client: draft.client,
        wait: None,
        answered_before: draft.answered_before,
        duplicate_of: draft.duplicate_of.map(message),
        rolled: draft.rolled,
        released: draft.released,
        conversation: draft.conversation.map(|row| ConversationId(id(row, &written.conversations))),
        message: draft.message.map(message),
        reserved: draft.reserved.map(|decision| {
            decision.map(|(position, grant)| Reservation {
                log: RequestLogId(id(RowRef::New(position), &written.logs)),
                account,
                hold: grant.hold,
                reply_tokens: grant.reply_tokens,
            })
        }),
        reply: draft.reply.map(message),
    }
}

fn id(row: RowRef, new: &[i32]) -> i32 {
    match row {
        RowRef::Id(id) => id,
        // A store returns an id for every row that it was given.
        RowRef::New(position) => new.get(position).copied().unwrap_or_default(),
    }
}
