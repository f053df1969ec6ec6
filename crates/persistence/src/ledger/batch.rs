//! Many operations in one transaction. The rules are the domain's; this is their bookkeeping.

use super::applied::Applied;
use super::draft::{Draft, resolve};
use super::load::{LockedAccounts, index, load, load_logs, load_replies, load_seen};
use super::operation::{
    AccountRef, ConversationRef, MessageRef, Operation, Reply, SourceEntry, Suggestion, VisitorMessage,
};
use super::rows::{ConversationInsert, ConversationTouch, HistoryInsert, LogRow, MessageInsert, RowRef};
use super::settle::saturate;
use super::store::{Evidence, LedgerStore, Writes, Written};
use super::text::without_nul;
use crate::error::LedgerError;
use crate::outbox::{self, Threshold};
use crate::types::{Day, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::ids::AccountId;
use jiff::Timestamp;
use serde_json::json;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The answers to a batch, in the order of its operations.
pub(crate) type Answers = Vec<Result<Applied, LedgerError>>;

/// What a batch has done when its commit begins: from here on a broken connection leaves open whether
/// the server kept it.
pub(crate) struct Committing {
    pub(crate) answers: Answers,
    pub(crate) evidence: Option<Evidence>,
}

/// Applies `operations` in one transaction, in their order. `committing` is filled when everything is
/// written and only the commit is left. `doubt` is what an earlier try of the same batch left there: if
/// its evidence is in the database the batch is not applied again. It is emptied as soon as that is
/// known, so a caller that still finds something in it knows no more than before.
pub(crate) fn apply<S: LedgerStore>(
    store: &mut S,
    operations: &[Operation],
    doubt: &mut Option<Committing>,
    committing: &mut Option<Committing>,
) -> QueryResult<()> {
    store.atomically(|store| {
        let mut batch = Batch::lock(store, operations)?;
        // Only now: the lock waits for a server that is still committing the earlier try.
        if let Some(earlier) = doubt
            && let Some(evidence) = earlier.evidence
            && store.holds(evidence)?
        {
            *committing = doubt.take();
            return Ok(());
        }
        *doubt = None;
        let mut drafts = Vec::with_capacity(operations.len());
        for operation in operations {
            drafts.push(batch.apply(store, operation)?);
        }
        let (writes, evidence_log) = batch.into_writes();
        let written = if writes.is_empty() { Written::default() } else { store.write(&writes)? };
        for threshold in &writes.thresholds {
            outbox::threshold_passed(store, threshold)?;
        }
        let evidence = evidence(&written, evidence_log);
        let answers = drafts.into_iter().map(|draft| draft.map(|draft| resolve(&draft, &written))).collect();
        *committing = Some(Committing { answers, evidence });
        Ok(())
    })
}

fn evidence(written: &Written, settled: Option<i32>) -> Option<Evidence> {
    let message = written.messages.first().copied().map(Evidence::Message);
    let log = || written.logs.first().copied().map(Evidence::Log);
    let conversation = || written.conversations.first().copied().map(Evidence::Conversation);
    message.or_else(log).or_else(conversation).or_else(|| settled.map(Evidence::Settled))
}

/// The state of a batch between its first read and its one write.
pub(super) struct Batch {
    /// Locked accounts, as they will be written, beside what they were.
    pub(super) accounts: LockedAccounts,
    by_key: HashMap<AccountRef, i32>,
    pub(super) logs: HashMap<i32, LogRow>,
    /// Messages with an idempotency key.
    seen: HashMap<(i32, String), RowRef>,
    /// Replies by the message that they answer.
    replies: HashMap<RowRef, RowRef>,
    /// Accounts that have been searched for overdue holds.
    pub(super) swept: HashSet<i32>,
    /// A pending row whose settlement proves the batch.
    pub(super) settled: Option<i32>,
    pub(super) writes: Writes,
}

impl Batch {
    fn lock<S: LedgerStore>(store: &mut S, operations: &[Operation]) -> QueryResult<Self> {
        let mut keys = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for operation in operations {
            match operation.account {
                AccountRef::Key(key) => drop(keys.insert(key)),
                AccountRef::Id(id) => drop(ids.insert(id.0)),
            }
        }
        let widgets: Vec<i32> = keys.iter().map(|key| key.widget.0).collect();
        let ids: Vec<i32> = ids.into_iter().collect();
        let mut accounts = load(store, &widgets, &ids)?;
        let mut by_key = index(&accounts);
        let missing: Vec<_> =
            keys.into_iter().filter(|key| !by_key.contains_key(&AccountRef::Key(*key))).collect();
        if let Some(first) = operations.first().filter(|_| !missing.is_empty()) {
            store.open_accounts(&missing, UtcTime(first.now))?;
            accounts = load(store, &widgets, &ids)?;
            by_key = index(&accounts);
        }
        let logs = load_logs(store, operations)?;
        let seen = load_seen(store, operations)?;
        // An operation on its own is the second try of one that failed in a batch, or no costly look.
        let replies = load_replies(store, operations, &logs, operations.len() == 1)?;
        Ok(Self {
            accounts,
            by_key,
            logs,
            seen,
            replies: replies.into_iter().map(|(message, reply)| (RowRef::Id(message), reply)).collect(),
            swept: HashSet::new(),
            settled: None,
            writes: Writes::default(),
        })
    }

    fn into_writes(mut self) -> (Writes, Option<i32>) {
        let changed = self.accounts.into_values().filter(|(now, before, _)| now.credits != before.credits);
        self.writes.accounts = changed.map(|(account, _, at)| (account, UtcTime(at))).collect();
        (self.writes, self.settled)
    }

    fn apply<S: LedgerStore>(
        &mut self,
        store: &mut S,
        operation: &Operation,
    ) -> QueryResult<Result<Draft, LedgerError>> {
        let Some(&account) = self.by_key.get(&operation.account) else {
            return Ok(Err(LedgerError::UnknownAccount(match operation.account {
                AccountRef::Id(id) => id,
                AccountRef::Key(_) => AccountId(0),
            })));
        };
        let draft = self.apply_to(account, store, operation)?;
        self.note_thresholds(account, operation.now);
        Ok(draft)
    }

    fn apply_to<S: LedgerStore>(
        &mut self,
        account: i32,
        store: &mut S,
        operation: &Operation,
    ) -> QueryResult<Result<Draft, LedgerError>> {
        let client = self.accounts.get(&account).and_then(|(stored, ..)| stored.client);
        let mut draft =
            Draft { account, client, rolled: self.roll(account, operation.now), ..Draft::default() };
        if let Some(duplicate) = self.duplicate(operation) {
            draft.duplicate_of = Some(duplicate);
            return Ok(Ok(draft));
        }
        if let Some(settle) = &operation.settle {
            match self.settle(account, settle, operation.now) {
                Ok(released) => draft.released = released,
                Err(error) => return Ok(Err(error)),
            }
        }
        if let Some(conversation) = &operation.conversation {
            draft.conversation = Some(self.conversation(account, conversation, operation.now));
        }
        if let (Some(message), Some(conversation)) = (&operation.message, draft.conversation) {
            draft.message = Some(self.visitor_message(conversation, message, operation.now));
        }
        if let (Some((message, attempt)), Some(conversation)) = (&operation.reserve, draft.conversation) {
            let about = (conversation, own_or(*message, draft.message));
            draft.reserved = Some(self.reserve(store, account, about, attempt, operation.now)?);
        }
        if let (Some((message, reply)), Some(conversation)) = (&operation.reply, draft.conversation) {
            let about = (conversation, own_or(*message, draft.message));
            draft.answered_before = self.replies.contains_key(&about.1);
            draft.reply = Some(self.reply(about, reply, operation.now));
        }
        Ok(Ok(draft))
    }

    /// Rolls the account and keeps what it closed for the history.
    fn roll(&mut self, account: i32, now: Timestamp) -> bool {
        let Some((stored, _, at)) = self.accounts.get_mut(&account) else {
            return false;
        };
        *at = now;
        let due = stored.credits.is_due(now);
        for closed in stored.credits.roll(now) {
            self.writes.history.push(HistoryInsert {
                account_id: account,
                period: closed.period.as_str(),
                start: Day(closed.start),
                tokens: closed.used.tokens,
                requests: closed.used.requests,
                closed_at: UtcTime(now),
            });
        }
        // What is booked next may pass again what the period that has just ended had passed.
        self.note_thresholds(account, now);
        due
    }

    fn note_thresholds(&mut self, account: i32, now: Timestamp) {
        let Some((stored, ..)) = self.accounts.get_mut(&account) else { return };
        for passed in stored.credits.note_thresholds() {
            if let (Some(client), Some(widget)) = (stored.client, stored.widget) {
                self.writes.thresholds.push(Threshold { client, widget, passed, at: now });
            }
        }
    }

    fn duplicate(&self, operation: &Operation) -> Option<RowRef> {
        let key = operation.message.as_ref()?.client_message_id.as_ref()?;
        match operation.conversation.as_ref()? {
            ConversationRef::Existing(id) => self.seen.get(&(id.0, key.clone())).copied(),
            ConversationRef::New(..) => None,
        }
    }

    fn conversation(&mut self, account: i32, conversation: &ConversationRef, now: Timestamp) -> RowRef {
        match conversation {
            ConversationRef::Existing(id) => RowRef::Id(id.0),
            ConversationRef::New(public_id, fields) => {
                let widget = self.accounts.get(&account).and_then(|(stored, _, _)| stored.widget);
                self.writes.conversations.push(ConversationInsert {
                    public_id: public_id.get(),
                    widget_id: widget.map_or(0, |widget| widget.0),
                    at: UtcTime(now),
                    fields: (**fields).clone(),
                });
                RowRef::New(self.writes.conversations.len() - 1)
            }
        }
    }

    fn visitor_message(&mut self, conversation: RowRef, message: &VisitorMessage, now: Timestamp) -> RowRef {
        let row = self.message(MessageInsert {
            conversation,
            kind: "user",
            text: message.text.clone(),
            entry: None,
            confidence: None,
            response_time_ms: None,
            client_message_id: message.client_message_id.clone(),
            reply_to: None,
            metadata: None,
            at: UtcTime(now),
        });
        if let (RowRef::Id(id), Some(key)) = (conversation, &message.client_message_id) {
            self.seen.insert((id, key.clone()), row);
        }
        row
    }

    /// A message is answered once: where it has a reply, that one stands.
    fn reply(&mut self, (conversation, message): (RowRef, RowRef), reply: &Reply, now: Timestamp) -> RowRef {
        if let Some(first) = self.replies.get(&message) {
            return *first;
        }
        if let Some(entry) = reply.entry {
            *self.writes.entries_used.entry(entry.0).or_default() += 1;
        }
        let row = self.message(MessageInsert {
            conversation,
            kind: "bot",
            text: without_nul(&reply.text),
            entry: reply.entry.map(|entry| entry.0),
            confidence: Some(reply.confidence),
            response_time_ms: Some(saturate(reply.response_time_ms)),
            client_message_id: None,
            reply_to: Some(message),
            metadata: Some(metadata(reply)),
            at: UtcTime(now),
        });
        self.replies.insert(message, row);
        row
    }

    fn message(&mut self, message: MessageInsert) -> RowRef {
        let touch = self.writes.touches.entry(message.conversation).or_insert_with(|| ConversationTouch {
            messages: 0,
            replies: 0,
            reopens: false,
            last_message: String::new(),
            at: message.at,
        });
        touch.messages += 1;
        touch.replies += i32::from(message.kind == "bot");
        touch.reopens |= message.kind == "user";
        touch.last_message.clone_from(&message.text);
        touch.at = touch.at.max(message.at);
        self.writes.messages.push(message);
        RowRef::New(self.writes.messages.len() - 1)
    }
}

fn own_or(message: MessageRef, own: Option<RowRef>) -> RowRef {
    match (message, own) {
        (MessageRef::Existing(id), _) => RowRef::Id(id.0),
        (MessageRef::Own, Some(own)) => own,
        (MessageRef::Own, None) => RowRef::Id(0),
    }
}

/// `widget_messages.metadata`: what a reply has beside its text.
fn metadata(reply: &Reply) -> String {
    let mut metadata = serde_json::Map::new();
    metadata.insert("source".into(), reply.source.into());
    if !reply.sources.is_empty() {
        let entry = |one: &SourceEntry| json!({"id": one.id, "question": without_nul(&one.question)});
        metadata.insert("sources".into(), reply.sources.iter().map(entry).collect());
    }
    if reply.truncated {
        metadata.insert("truncated".into(), true.into());
    }
    if !reply.suggestions.is_empty() {
        let suggestion = |one: &Suggestion| json!({"id": one.id, "question": without_nul(&one.question), "answer": without_nul(&one.answer)});
        metadata.insert("suggestions".into(), reply.suggestions.iter().map(suggestion).collect());
    }
    serde_json::Value::Object(metadata).to_string()
}
