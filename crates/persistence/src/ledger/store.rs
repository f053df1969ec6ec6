//! What a database has to supply so that batches can run on it.

use super::operation::AccountKey;
use super::rows::{
    AccountRow, ConversationInsert, ConversationTouch, HistoryInsert, LogInsert, LogRow, LogUpdate,
    MessageInsert, RollupDelta, RollupKey, RowRef, StoredAccount,
};
use crate::outbox::{OutboxStore, Threshold};
use crate::types::UtcTime;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// Set-wise verbs of the ledger. An implementation adds no rule: it locks, reads and writes what it is
/// told, each verb in as few round trips as the database allows.
pub(crate) trait LedgerStore: OutboxStore {
    /// Runs `work` in one transaction that may write.
    fn atomically<T>(&mut self, work: impl FnOnce(&mut Self) -> QueryResult<T>) -> QueryResult<T>;

    /// Has statements of this transaction wait no longer for a locked row than the ledger's writers do; their own
    /// sessions say so from the beginning.
    fn wait_briefly(&mut self) -> QueryResult<()>;

    /// The accounts of these widgets and those with these ids, in the order of their ids, locked until
    /// the transaction ends. No caller may lock accounts twice in one transaction in another order.
    fn lock(&mut self, widgets: &[i32], ids: &[i32]) -> QueryResult<Vec<AccountRow>>;

    /// Opens accounts with the free limits; one that another process opened meanwhile stays as it is.
    fn open_accounts(&mut self, keys: &[AccountKey], at: UtcTime) -> QueryResult<()>;

    /// Rows of the request log by id. Their accounts must be locked.
    fn logs(&mut self, ids: &[i32]) -> QueryResult<Vec<LogRow>>;

    /// Pending rows of the account whose time is over at `now`. The account must be locked.
    fn overdue(&mut self, account: i32, now: UtcTime) -> QueryResult<Vec<LogRow>>;

    /// Of these pairs of conversation and idempotency key those that are stored, with the message's id.
    fn seen(&mut self, keys: &[(i32, String)]) -> QueryResult<Vec<(i32, String, i32)>>;

    /// Of these messages those that have a reply, with the reply's id.
    fn replies(&mut self, messages: &[i32]) -> QueryResult<Vec<(i32, i32)>>;

    /// Whether there is such a conversation.
    fn has_conversation(&mut self, id: i32) -> QueryResult<bool>;

    /// Writes everything.
    fn write(&mut self, writes: &Writes) -> QueryResult<Written>;

    /// Whether the evidence of an earlier batch is in the database.
    fn holds(&mut self, evidence: Evidence) -> QueryResult<bool>;
}

/// What a batch changes.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    pub(crate) accounts: Vec<(StoredAccount, UtcTime)>,
    pub(crate) history: Vec<HistoryInsert>,
    pub(crate) conversations: Vec<ConversationInsert>,
    pub(crate) messages: Vec<MessageInsert>,
    pub(crate) new_logs: Vec<LogInsert>,
    pub(crate) settled_logs: BTreeMap<i32, LogUpdate>,
    pub(crate) rollup: BTreeMap<RollupKey, RollupDelta>,
    pub(crate) touches: BTreeMap<RowRef, ConversationTouch>,
    pub(crate) entries_used: BTreeMap<i32, i32>,
    /// To be told once everything else is written.
    pub(crate) thresholds: Vec<Threshold>,
}

impl Writes {
    /// True when there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        // Everything else follows from one of these.
        self.accounts.is_empty()
            && self.conversations.is_empty()
            && self.messages.is_empty()
            && self.new_logs.is_empty()
            && self.settled_logs.is_empty()
    }
}

/// The ids of new rows, in the order of their lists.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) conversations: Vec<i32>,
    pub(crate) messages: Vec<i32>,
    pub(crate) logs: Vec<i32>,
}

/// A row that is in the database exactly if the batch that made it was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evidence {
    Conversation(i32),
    Message(i32),
    Log(i32),
    /// The settlement of this row, which was pending before.
    Settled(i32),
}
