//! The messages of a conversation, and those that people of the business write.

use super::{ConversationKey, ConversationStore, Said, one_more, unless_erased};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::repositories::idempotency::{Claimed, IdempotencyKey, IdempotencyStore, KeyedAnswer, Operation};
use crate::schema::{widget_conversations as v, widget_messages as m};
use crate::types::{JsonDoc, UtcTime};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use frontdesk_domain::ids::{EntryId, MessageId};
use jiff::Timestamp;
use serde_json::Value;

/// A message as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMessage {
    /// Its id.
    pub id: MessageId,
    /// `user`, `bot`, `system`, `human`, `agent`.
    pub kind: String,
    /// What was written.
    pub text: String,
    /// Who of the business wrote it.
    pub agent_name: Option<String>,
    /// The knowledge entry that was the answer.
    pub entry: Option<EntryId>,
    /// 0 to 1, of a bot's reply.
    pub confidence: Option<f64>,
    /// From the visitor's message to this reply, in milliseconds.
    pub response_time_ms: Option<i32>,
    /// The visitor's vote.
    pub was_helpful: Option<bool>,
    /// The visitor's words about it.
    pub feedback_text: Option<String>,
    /// What it has beside its text.
    pub metadata: Option<Value>,
    /// When it was stored.
    pub created_at: Option<Timestamp>,
}

/// Which messages of a conversation are wanted: the newest, or those right after one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRange {
    /// At most so many.
    pub limit: u32,
    /// Only earlier ones.
    pub before: Option<MessageId>,
    /// Only later ones, of which the first come first.
    pub after: Option<MessageId>,
}

/// A message of a person of the business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanReply {
    /// What the visitor gets to read.
    pub text: String,
    /// Who writes.
    pub agent_name: Option<String>,
    /// Whether from now on a person answers in the bot's place; `None` leaves it as it is.
    pub agent_handoff: Option<bool>,
}

/// What became of a [`HumanReply`].
#[derive(Debug, Clone, PartialEq)]
pub enum Replied {
    /// It is stored, by this call or by the one that this call repeats.
    Stored(Box<StoredMessage>),
    /// There is no such conversation; nothing was stored.
    UnknownConversation,
    /// The idempotency key was used for another request; nothing was stored.
    KeyReused,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = m)]
pub(super) struct MessageRow {
    id: i32,
    pub(super) conversation_id: Option<i32>,
    message_type: String,
    message_text: String,
    agent_name: Option<String>,
    knowledge_base_id: Option<i32>,
    response_time_ms: Option<i32>,
    was_helpful: Option<bool>,
    feedback_text: Option<String>,
    metadata: Option<JsonDoc>,
    created_at: Option<UtcTime>,
}

/// A message with its confidence: NUMERIC on PostgreSQL, REAL on SQLite.
pub(super) type Row = (MessageRow, Option<f64>);

macro_rules! columns {
    () => {
        (
            $crate::repositories::conversations::messages::MessageRow::as_select(),
            diesel::dsl::sql::<diesel::sql_types::Nullable<diesel::sql_types::Double>>(
                "CAST(widget_messages.confidence_score AS DOUBLE PRECISION)",
            ),
        )
    };
}
pub(super) use columns;

pub(super) fn message((row, confidence): Row) -> StoredMessage {
    StoredMessage {
        id: MessageId(row.id),
        kind: row.message_type,
        text: row.message_text,
        agent_name: row.agent_name,
        entry: row.knowledge_base_id.map(EntryId),
        confidence,
        response_time_ms: row.response_time_ms,
        was_helpful: row.was_helpful,
        feedback_text: row.feedback_text,
        metadata: row.metadata.map(|metadata| metadata.0),
        created_at: row.created_at.map(|at| at.0),
    }
}

impl Database {
    /// Messages of a conversation, the oldest first: the newest of it, or those after the one that the range names.
    /// `None`: there is no such conversation.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn messages(
        &self,
        key: ConversationKey,
        range: MessageRange,
    ) -> Result<Option<Vec<StoredMessage>>, DatabaseError> {
        // Not the bare id: for that a planner may read all messages that there are, from the newest on.
        let place = || sql::<Integer>("widget_messages.id + 0");
        let rows: Option<Vec<Row>> = read!(self, |c| {
            let Some((id, _)) = c.find(key)? else { return Ok(None) };
            let wanted = m::table
                .filter(m::conversation_id.eq(id))
                .filter(m::id.lt(range.before.map_or(i32::MAX, |id| id.0)))
                .filter(m::id.gt(range.after.map_or(i32::MIN, |id| id.0)))
                .limit(range.limit.into())
                .select(columns!());
            if range.after.is_some() {
                return wanted.order(place().asc()).load(c).map(Some);
            }
            let mut newest: Vec<Row> = wanted.order(place().desc()).load(c)?;
            newest.reverse();
            Ok(Some(newest))
        })?;
        Ok(rows.map(|rows| rows.into_iter().map(message).collect()))
    }

    /// Stores a message of a person of the business, in one transaction with its idempotency key: a call that is repeated,
    /// also while the first is still running, stores nothing and gets the first one's message. A conversation that
    /// belongs to no widget has no keys.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing was stored.
    pub async fn reply_as_human(
        &self,
        key: ConversationKey,
        reply: HumanReply,
        once: Option<IdempotencyKey>,
        now: Timestamp,
    ) -> Result<Replied, DatabaseError> {
        let at = UtcTime(now);
        let replied: Result<Option<Replied>, DatabaseError> = read!(self, |c| c.atomically(|c| {
            c.wait_briefly()?;
            let Some((conversation, widget)) = c.find(key)? else { return Ok(None) };
            let keyed = widget.zip(once);
            if let Some((widget, once)) = &keyed {
                let answer = KeyedAnswer { conversation: key.id, answer: Value::Null };
                match c.claim(*widget, Operation::HumanReply, once, &answer, at)? {
                    Claimed::Own => {}
                    Claimed::KeyReused => return Ok(Some(Replied::KeyReused)),
                    Claimed::Earlier(earlier) => {
                        let id = earlier.answer.as_i64().and_then(|id| i32::try_from(id).ok());
                        let row = m::table.find(id.unwrap_or_default()).select(columns!()).first(c);
                        return Ok(row.optional()?.map(Replied::of));
                    }
                }
            }
            let id = c.say(&Said {
                conversation,
                kind: "human",
                text: &reply.text,
                agent_name: reply.agent_name.as_deref(),
                metadata: None,
                at,
            })?;
            diesel::update(v::table.find(conversation))
                .set((
                    v::human_response_count.eq(one_more("human_response_count")),
                    v::last_message.eq(&reply.text),
                    v::last_message_at.eq(at),
                    reply.agent_handoff.map(|handoff| v::agent_handoff.eq(handoff)),
                ))
                .execute(c)?;
            if let Some((widget, once)) = &keyed {
                c.answer(*widget, Operation::HumanReply, once, id.into())?;
            }
            Ok(m::table.find(id).select(columns!()).first(c).optional()?.map(Replied::of))
        }));
        Ok(unless_erased(replied)?.unwrap_or(Replied::UnknownConversation))
    }
}

impl Replied {
    fn of(row: Row) -> Self {
        Self::Stored(Box::new(message(row)))
    }
}
