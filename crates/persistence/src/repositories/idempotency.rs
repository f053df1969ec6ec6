//! Calls that visitors' scripts and front ends may repeat. The first one writes a row with its answer in the
//! transaction that makes the answer true; every repetition, in whichever process, waits for that transaction and reads the row.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::schema::idempotency_keys as k;
use crate::types::{JsonDoc, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::ids::{PublicConversationId, WidgetId};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What a script sends with a call that it may repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Chosen by the script; 1 to 100 characters.
    pub key: String,
    /// A hash of the request: the same key with another request is a fault of the script.
    pub request_hash: String,
}

/// Calls have keys of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A conversation is opened.
    OpenConversation,
    /// A message opens its conversation. One in a known conversation has its key in `widget_messages`.
    FirstMessage,
    /// A visitor leaves contact details.
    CaptureLead,
    /// A person of the business writes.
    HumanReply,
}

impl Operation {
    const fn as_str(self) -> &'static str {
        match self {
            Self::OpenConversation => "conversation",
            Self::FirstMessage => "message",
            Self::CaptureLead => "lead",
            Self::HumanReply => "reply",
        }
    }
}

/// What became of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed<T> {
    /// This call is the first with the key.
    Own,
    /// It repeats an earlier call, whose answer this is.
    Earlier(T),
    /// The key was used for another request.
    KeyReused,
}

/// The conversation that a call is to open or has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Its id.
    pub conversation: PublicConversationId,
    /// Whether the session had it before.
    pub existing: bool,
}

/// An answer as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyedAnswer {
    pub(crate) conversation: PublicConversationId,
    pub(crate) answer: Value,
}

/// What two databases share, but diesel cannot say once for both.
pub(crate) trait IdempotencyStore: LedgerStore {
    /// Writes the row of a call's first, or reads it. Where another transaction is about to write it, waits for that.
    fn claim(
        &mut self,
        widget: i32,
        operation: Operation,
        key: &IdempotencyKey,
        answer: &KeyedAnswer,
        at: UtcTime,
    ) -> QueryResult<Claimed<KeyedAnswer>>;

    /// Writes the answer of a call that has claimed its key before the answer was known.
    fn answer(
        &mut self,
        widget: i32,
        operation: Operation,
        key: &IdempotencyKey,
        answer: Value,
    ) -> QueryResult<()>;
}

macro_rules! idempotency_store {
    ($connection:ty) => {
        impl IdempotencyStore for $connection {
            fn claim(
                &mut self,
                widget: i32,
                operation: Operation,
                key: &IdempotencyKey,
                answer: &KeyedAnswer,
                at: UtcTime,
            ) -> QueryResult<Claimed<KeyedAnswer>> {
                let written = diesel::insert_into(k::table)
                    .values((
                        k::widget_id.eq(widget),
                        k::operation.eq(operation.as_str()),
                        k::idempotency_key.eq(&key.key),
                        k::request_hash.eq(&key.request_hash),
                        k::conversation.eq(answer.conversation.get()),
                        k::answer.eq(JsonDoc(answer.answer.clone())),
                        k::created_at.eq(at),
                    ))
                    .on_conflict_do_nothing()
                    .execute(self)?;
                if written > 0 {
                    return Ok(Claimed::Own);
                }
                let (hash, conversation, answer): (String, i64, JsonDoc) = k::table
                    .filter(k::widget_id.eq(widget))
                    .filter(k::operation.eq(operation.as_str()))
                    .filter(k::idempotency_key.eq(&key.key))
                    .select((k::request_hash, k::conversation, k::answer))
                    .first(self)?;
                if hash != key.request_hash {
                    return Ok(Claimed::KeyReused);
                }
                let conversation = PublicConversationId::new(conversation);
                Ok(Claimed::Earlier(KeyedAnswer { conversation, answer: answer.0 }))
            }

            fn answer(
                &mut self,
                widget: i32,
                operation: Operation,
                key: &IdempotencyKey,
                answer: Value,
            ) -> QueryResult<()> {
                let own = k::table
                    .filter(k::widget_id.eq(widget))
                    .filter(k::operation.eq(operation.as_str()))
                    .filter(k::idempotency_key.eq(&key.key));
                diesel::update(own).set(k::answer.eq(JsonDoc(answer))).execute(self)?;
                Ok(())
            }
        }
    };
}

idempotency_store!(PgConnection);
idempotency_store!(SqliteConnection);

impl Database {
    /// Says which conversation a call with this key opens: `opening`, if it is the first; else what the first said. The
    /// conversation itself may not be there yet.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn claim_conversation(
        &self,
        widget: WidgetId,
        operation: Operation,
        key: IdempotencyKey,
        opening: Opening,
        now: Timestamp,
    ) -> Result<Claimed<Opening>, DatabaseError> {
        let answer =
            KeyedAnswer { conversation: opening.conversation, answer: json!({"existing": opening.existing}) };
        let claimed =
            read!(self, |c| c.atomically(|c| c.claim(widget.0, operation, &key, &answer, UtcTime(now))))?;
        Ok(match claimed {
            Claimed::Own => Claimed::Own,
            Claimed::KeyReused => Claimed::KeyReused,
            Claimed::Earlier(earlier) => Claimed::Earlier(Opening {
                conversation: earlier.conversation,
                existing: earlier.answer["existing"] == Value::Bool(true),
            }),
        })
    }

    /// Deletes up to `most` keys that were used before `before`; returns how many. A call that is repeated after that is
    /// a new one.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn prune_idempotency_keys(&self, before: Timestamp, most: i64) -> Result<usize, DatabaseError> {
        read!(self, |c| c.atomically(|c| {
            let old = k::table.filter(k::created_at.lt(UtcTime(before))).order(k::created_at).limit(most);
            let old: Vec<i64> = old.select(k::id).load(c)?;
            diesel::delete(k::table.filter(k::id.eq_any(old))).execute(c)
        }))
    }

    /// How many keys [`prune_idempotency_keys`](Self::prune_idempotency_keys) would delete in all.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub(crate) async fn count_old_idempotency_keys(&self, before: Timestamp) -> Result<u64, DatabaseError> {
        let old = k::created_at.lt(UtcTime(before));
        let count: i64 = read!(self, |c| k::table.filter(old).count().get_result(c))?;
        Ok(count.unsigned_abs())
    }
}
