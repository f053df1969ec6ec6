//! The credit ledger: who may spend, what is held, what was used, in batches of one transaction each.
//!
//! The rules are [`frontdesk_domain::credits`]; this module stores them. Accounts are spread over
//! writers by their widget; a writer is a thread with a connection of its own. A caller is answered
//! only after its transaction is committed.
//!
//! A visitor's text with a NUL is refused, on SQLite as on PostgreSQL; a provider's loses it.

mod applied;
mod batch;
mod draft;
mod figures;
mod load;
mod operation;
mod postgres;
mod reserve;
mod rows;
mod settle;
mod sqlite;
mod store;
mod text;
mod waiting;
mod writer;

pub use operation::{
    AccountKey, Attempt, Begin, Begun, ConversationRef, Finish, Finished, NewConversation, Outcome, Record,
    Recorded, Refusal, Reply, Reservation, Reserve, Retry, SourceEntry, Status, Suggestion, VisitorMessage,
};
pub(crate) use rows::{ABANDONED, AccountRow, PENDING, RollupDelta, StoredAccount, is_pending};
pub(crate) use store::{LedgerStore, Writes};
pub use waiting::HoldsWait;
pub(crate) use writer::{MAX_BATCH, Writer};

use crate::error::{DatabaseError, LedgerError};
use applied::Applied;
use frontdesk_domain::ids::{AccountId, ConversationId, RequestLogId, WidgetId};
use jiff::Timestamp;
use operation::{AccountRef, MessageRef, Operation, Settle};

/// The ledger of one database. Cheap to clone; all clones share the writers.
#[derive(Debug, Clone)]
pub struct Ledger {
    writers: Vec<Writer>,
}

impl Ledger {
    pub(crate) fn new(writers: Vec<Writer>) -> Self {
        Self { writers }
    }

    /// Opens a conversation.
    ///
    /// # Errors
    /// [`LedgerError::Database`]; nothing is stored then.
    pub async fn open_conversation(
        &self,
        account: AccountKey,
        conversation: ConversationRef,
        now: Timestamp,
    ) -> Result<ConversationId, LedgerError> {
        let operation =
            Operation { conversation: Some(conversation), ..Operation::roll(AccountRef::Key(account), now) };
        found(self.submit(account.widget, operation).await?.conversation)
    }

    /// Stores a visitor's message and holds credits for the first attempt at answering it, or logs why
    /// there are none.
    ///
    /// # Errors
    /// [`LedgerError::Database`]; nothing is stored or held then, and no provider may be called.
    pub async fn begin(&self, begin: Begin) -> Result<Begun, LedgerError> {
        let operation = Operation {
            conversation: Some(begin.conversation),
            message: Some(begin.message),
            reserve: Some((MessageRef::Own, begin.attempt)),
            ..Operation::roll(AccountRef::Key(begin.account), begin.now)
        };
        let applied = self.submit(begin.account.widget, operation).await?;
        if let Some(duplicate) = applied.duplicate_of {
            return Ok(Begun::Duplicate(duplicate));
        }
        Ok(Begun::Stored {
            conversation: found(applied.conversation)?,
            message: found(applied.message)?,
            reserved: reservation(applied)?,
        })
    }

    /// Tries once more to hold credits for a message that is stored, after a refusal with a wait.
    ///
    /// # Errors
    /// [`LedgerError::Database`]; nothing is held then, and no provider may be called.
    pub async fn reserve(&self, reserve: Reserve) -> Result<Result<Reservation, Refusal>, LedgerError> {
        let operation = Operation {
            conversation: Some(ConversationRef::Existing(reserve.conversation)),
            reserve: Some((MessageRef::Existing(reserve.message), reserve.attempt)),
            ..Operation::roll(AccountRef::Key(reserve.account), reserve.now)
        };
        reservation(self.submit(reserve.account.widget, operation).await?)
    }

    /// Settles a failed attempt and holds credits for the next one, in one transaction.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub async fn retry(
        &self,
        widget: WidgetId,
        retry: Retry,
    ) -> Result<Result<Reservation, Refusal>, LedgerError> {
        let operation = Operation {
            settle: Some(Settle::Outcome(retry.reservation.log, retry.outcome)),
            conversation: Some(ConversationRef::Existing(retry.conversation)),
            reserve: Some((MessageRef::Existing(retry.message), retry.attempt)),
            ..Operation::roll(AccountRef::Id(retry.reservation.account), retry.now)
        };
        reservation(self.submit(widget, operation).await?)
    }

    /// Settles what is held, if anything, and stores the reply, unless the message has one already. A hold
    /// that had expired is settled late: its use is booked all the same.
    ///
    /// # Errors
    /// [`LedgerError::UnknownReservation`], [`LedgerError::AlreadySettled`],
    /// [`LedgerError::UnknownAccount`] (its client or widget was deleted), [`LedgerError::Database`];
    /// nothing is changed then.
    pub async fn finish(&self, finish: Finish) -> Result<Finished, LedgerError> {
        let account = match &finish.settle {
            Some((reservation, _)) => AccountRef::Id(reservation.account),
            None => AccountRef::Key(finish.account),
        };
        let operation = Operation {
            settle: finish.settle.map(|(reservation, outcome)| Settle::Outcome(reservation.log, outcome)),
            conversation: Some(ConversationRef::Existing(finish.conversation)),
            reply: Some((MessageRef::Existing(finish.message), finish.reply)),
            ..Operation::roll(account, finish.now)
        };
        let applied = self.submit(finish.account.widget, operation).await?;
        let outcome = if applied.answered_before { Finished::Duplicate } else { Finished::Stored };
        Ok(outcome(found(applied.reply)?))
    }

    /// Stores a message for which no model is asked, with its reply, in one transaction.
    ///
    /// # Errors
    /// [`LedgerError::Database`]; nothing is stored then.
    pub async fn record(&self, record: Record) -> Result<Recorded, LedgerError> {
        let operation = Operation {
            conversation: Some(record.conversation),
            message: Some(record.message),
            reply: Some((MessageRef::Own, record.reply)),
            ..Operation::roll(AccountRef::Key(record.account), record.now)
        };
        let applied = self.submit(record.account.widget, operation).await?;
        if let Some(duplicate) = applied.duplicate_of {
            return Ok(Recorded::Duplicate(duplicate));
        }
        Ok(Recorded::Stored { conversation: found(applied.conversation)?, reply: found(applied.reply)? })
    }

    /// Releases a hold whose time is over; returns whether it did. One that was settled meanwhile, or
    /// still has time, stays as it is, so any process may call this at any time.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub async fn release_abandoned(
        &self,
        widget: WidgetId,
        account: AccountId,
        log: RequestLogId,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let operation = Operation {
            settle: Some(Settle::Abandoned(log)),
            ..Operation::roll(AccountRef::Id(account), now)
        };
        Ok(self.submit(widget, operation).await?.released)
    }

    /// Closes the account's day and month where they have ended; returns whether one was due.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAccount`], [`LedgerError::Database`].
    pub async fn roll(
        &self,
        widget: Option<WidgetId>,
        account: AccountId,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let operation = Operation::roll(AccountRef::Id(account), now);
        Ok(self.submit(widget.unwrap_or(WidgetId(0)), operation).await?.rolled)
    }

    async fn submit(&self, widget: WidgetId, operation: Operation) -> Result<Applied, LedgerError> {
        if operation.has_nul() {
            return Err(DatabaseError::Query("a text holds a NUL".into()).into());
        }
        // Ids are handed out in sequence, so this spreads them evenly.
        let shard = usize::try_from(widget.0.unsigned_abs()).unwrap_or_default() % self.writers.len();
        self.writers[shard].submit(operation).await
    }
}

fn reservation(applied: Applied) -> Result<Result<Reservation, Refusal>, LedgerError> {
    let wait = applied.wait;
    Ok(found(applied.reserved)?.map_err(|denial| Refusal { denial, wait }))
}

fn found<T>(part: Option<T>) -> Result<T, LedgerError> {
    part.ok_or_else(|| DatabaseError::Data("the ledger left out a part of its answer".into()).into())
}
