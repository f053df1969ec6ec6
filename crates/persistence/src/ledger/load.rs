//! What a batch reads before it begins.

use super::operation::{AccountRef, ConversationRef, MessageRef, Operation, Settle};
use super::rows::{LogRow, PENDING, RowRef, StoredAccount};
use super::store::LedgerStore;
use diesel::prelude::*;
use frontdesk_domain::ids::{AccountId, RequestLogId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Locked accounts by id: as they will be written, as they were read, and the time of the last operation.
pub(super) type LockedAccounts = BTreeMap<i32, (StoredAccount, StoredAccount, Timestamp)>;

pub(super) fn load<S: LedgerStore>(
    store: &mut S,
    widgets: &[i32],
    ids: &[i32],
) -> QueryResult<LockedAccounts> {
    let rows = store.lock(widgets, ids)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let account = row.into_account();
            (account.id.0, (account.clone(), account, Timestamp::UNIX_EPOCH))
        })
        .collect())
}

pub(super) fn index(accounts: &LockedAccounts) -> HashMap<AccountRef, i32> {
    let mut by_key = HashMap::new();
    for (id, (account, _, _)) in accounts {
        by_key.insert(AccountRef::Id(AccountId(*id)), *id);
        if let Some(widget) = account.widget {
            let key = super::operation::AccountKey { widget, client: account.client };
            by_key.insert(AccountRef::Key(key), *id);
        }
    }
    by_key
}

pub(super) fn load_logs<S: LedgerStore>(
    store: &mut S,
    operations: &[Operation],
) -> QueryResult<HashMap<i32, LogRow>> {
    let ids: BTreeSet<i32> = operations
        .iter()
        .filter_map(|operation| match operation.settle {
            Some(Settle::Outcome(RequestLogId(id), _) | Settle::Abandoned(RequestLogId(id))) => Some(id),
            None => None,
        })
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<i32> = ids.into_iter().collect();
    Ok(store.logs(&ids)?.into_iter().map(|row| (row.id, row)).collect())
}

/// The replies that messages have already. A message is answered once: its second answer can come from a
/// repetition that gave the first one up, or from the first one when it comes late after all. While its hold
/// is alive neither can be, and nobody has to look.
pub(super) fn load_replies<S: LedgerStore>(
    store: &mut S,
    operations: &[Operation],
    logs: &HashMap<i32, LogRow>,
    all: bool,
) -> QueryResult<HashMap<i32, RowRef>> {
    let alive = |operation: &Operation| match &operation.settle {
        Some(Settle::Outcome(RequestLogId(id), _)) => logs.get(id).is_some_and(|row| {
            let pending = row.status.as_deref() == Some(PENDING);
            pending && row.reserved_until.is_some_and(|until| until.0 > operation.now)
        }),
        _ => false,
    };
    let messages: BTreeSet<i32> = operations
        .iter()
        .filter(|operation| all || !alive(operation))
        .filter_map(|operation| match operation.reply {
            Some((MessageRef::Existing(message), _)) => Some(message.0),
            _ => None,
        })
        .collect();
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let messages: Vec<i32> = messages.into_iter().collect();
    let replies = store.replies(&messages)?;
    Ok(replies.into_iter().map(|(message, reply)| (message, RowRef::Id(reply))).collect())
}

pub(super) fn load_seen<S: LedgerStore>(
    store: &mut S,
    operations: &[Operation],
) -> QueryResult<HashMap<(i32, String), RowRef>> {
    let keys: BTreeSet<(i32, String)> = operations
        .iter()
        .filter_map(|operation| {
            let key = operation.message.as_ref()?.client_message_id.clone()?;
            match operation.conversation {
                Some(ConversationRef::Existing(id)) => Some((id.0, key)),
                _ => None,
            }
        })
        .collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<_> = keys.into_iter().collect();
    let seen = store.seen(&keys)?;
    Ok(seen.into_iter().map(|(conversation, key, id)| ((conversation, key), RowRef::Id(id))).collect())
}
