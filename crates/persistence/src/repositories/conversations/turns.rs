//! What the answer flow reads of a conversation: its last turns, and replies that were given before.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::{SourceEntry, Suggestion};
use crate::repositories::conversations::nameable;
use crate::schema::{widget_conversations, widget_messages};
use crate::types::UtcTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Double, Nullable, Text};
use frontdesk_domain::ids::{ConversationId, EntryId, MessageId, PublicConversationId, WidgetId};
use jiff::Timestamp;
use serde_json::Value;

/// A conversation with its last turns.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Its id inside.
    pub id: ConversationId,
    /// Whether a person answers in the bot's place.
    pub agent_handoff: bool,
    /// Oldest first.
    pub turns: Vec<Turn>,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Whether the visitor wrote it; else the bot or a person of the business.
    pub by_visitor: bool,
    /// What was written.
    pub text: String,
}

/// A reply that was given before.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredReply {
    /// Its id.
    pub id: MessageId,
    /// What was answered.
    pub text: String,
    /// 0 to 1.
    pub confidence: f64,
    /// The entry that was the answer.
    pub entry: Option<EntryId>,
    /// What gave it; not known of replies that an older release stored.
    pub source: Option<String>,
    /// The entries whose text it is.
    pub sources: Vec<SourceEntry>,
    /// Whether the text stops before its end.
    pub truncated: bool,
    /// What was offered with it.
    pub suggestions: Vec<Suggestion>,
    /// When.
    pub at: Timestamp,
}

/// The row, whether a person answers, and turns with who spoke, the last first.
type Found = (i32, bool, Vec<(String, String)>);

impl Database {
    /// The widget's conversation with this public id, and its last `turns` messages. A conversation of
    /// another widget is not found; nor is one above [`PublicConversationId::MAX`], which nobody can name.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn conversation(
        &self,
        widget: WidgetId,
        public_id: PublicConversationId,
        turns: i64,
    ) -> Result<Option<Conversation>, DatabaseError> {
        use {widget_conversations as v, widget_messages as m};
        let found: Option<Found> = read!(self, |c| {
            // The widget is compared here, so that no index but that of the ids can be chosen.
            let found: Option<(i32, Option<i32>, Option<bool>)> = v::table
                .filter(v::public_id.eq(nameable(public_id)))
                .select((v::id, v::widget_id, v::agent_handoff))
                .first(c)
                .optional()?;
            let own = found.filter(|(_, of, _)| *of == Some(widget.0));
            let Some((id, _, handoff)) = own else { return Ok(None) };
            let turns = m::table
                .filter(m::conversation_id.eq(id))
                .filter(m::message_type.ne("system"))
                .order((m::created_at.desc(), m::id.desc()))
                .limit(turns)
                .select((m::message_type, m::message_text))
                .load(c)?;
            Ok(Some((id, handoff.unwrap_or(false), turns)))
        })?;
        Ok(found.map(|(id, agent_handoff, turns)| Conversation {
            id: ConversationId(id),
            agent_handoff,
            turns: turns
                .into_iter()
                .rev()
                .map(|(kind, text)| Turn { by_visitor: kind == "user", text })
                .collect(),
        }))
    }

    /// Whether the widget's conversation has a message with this idempotency key.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn has_message(
        &self,
        widget: WidgetId,
        public_id: PublicConversationId,
        client_message_id: &str,
    ) -> Result<bool, DatabaseError> {
        use {widget_conversations as v, widget_messages as m};
        // A NUL is in no key, and PostgreSQL refuses it.
        if client_message_id.contains('\0') {
            return Ok(false);
        }
        let key = client_message_id.to_owned();
        read!(self, |c| {
            let messages = m::table
                .inner_join(v::table.on(m::conversation_id.eq(v::id.nullable())))
                .filter(v::public_id.eq(nameable(public_id)))
                .filter(v::widget_id.eq(widget.0))
                .filter(m::client_message_id.eq(key));
            diesel::select(diesel::dsl::exists(messages)).get_result(c)
        })
    }

    /// The widget's newest active conversation of this session.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn active_conversation(
        &self,
        widget: WidgetId,
        session_id: &str,
    ) -> Result<Option<PublicConversationId>, DatabaseError> {
        use widget_conversations as v;
        let session_id = session_id.to_owned();
        let id: Option<Option<i64>> = read!(self, |c| {
            v::table
                .filter(v::session_id.eq(session_id))
                .filter(v::widget_id.eq(widget.0))
                .filter(v::status.eq("active"))
                .filter(v::public_id.between(0, PublicConversationId::MAX.get()))
                .order(v::id.desc())
                .select(v::public_id)
                .first(c)
                .optional()
        })?;
        Ok(id.flatten().map(PublicConversationId::new))
    }

    /// The reply to a visitor's message; `None` while it is still being answered.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn reply_to(&self, message: MessageId) -> Result<Option<StoredReply>, DatabaseError> {
        use widget_messages as m;
        type Row = (i32, String, Option<f64>, Option<i32>, Option<String>, Option<UtcTime>);
        let row: Option<Row> = read!(self, |c| {
            m::table
                .filter(m::reply_to.eq(message.0))
                .select((
                    m::id,
                    m::message_text,
                    // NUMERIC on PostgreSQL, REAL on SQLite.
                    sql::<Nullable<Double>>("CAST(confidence_score AS DOUBLE PRECISION)"),
                    m::knowledge_base_id,
                    // JSONB on PostgreSQL, TEXT on SQLite.
                    sql::<Nullable<Text>>("CAST(metadata AS TEXT)"),
                    m::created_at,
                ))
                .first(c)
                .optional()
        })?;
        Ok(row.map(|(id, text, confidence, entry, metadata, at)| {
            let Metadata { source, sources, truncated, suggestions } =
                metadata.as_deref().map(metadata_of).unwrap_or_default();
            StoredReply {
                id: MessageId(id),
                text,
                confidence: confidence.unwrap_or(0.0),
                entry: entry.map(EntryId),
                source,
                sources,
                truncated,
                suggestions,
                at: at.map_or(Timestamp::UNIX_EPOCH, |at| at.0),
            }
        }))
    }

    /// What a message says and when it was stored; `None` for one that is gone.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn message_text(
        &self,
        message: MessageId,
    ) -> Result<Option<(String, Option<Timestamp>)>, DatabaseError> {
        use widget_messages as m;
        let found: Option<(String, Option<UtcTime>)> = read!(self, |c| {
            m::table.find(message.0).select((m::message_text, m::created_at)).first(c).optional()
        })?;
        Ok(found.map(|(text, at)| (text, at.map(|at| at.0))))
    }
}

/// What a reply has beside its text.
#[derive(Default)]
struct Metadata {
    source: Option<String>,
    sources: Vec<SourceEntry>,
    truncated: bool,
    suggestions: Vec<Suggestion>,
}

/// What of a reply's metadata is ours. Others than we may have written there: what cannot be read counts as not
/// there.
fn metadata_of(text: &str) -> Metadata {
    let Ok(mut metadata) = serde_json::from_str::<Value>(text) else { return Metadata::default() };
    let [sources, suggestions] =
        ["sources", "suggestions"].map(|name| metadata.get_mut(name).map(Value::take));
    Metadata {
        source: metadata["source"].as_str().map(str::to_owned),
        sources: sources.and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default(),
        truncated: metadata["truncated"] == Value::Bool(true),
        suggestions: suggestions.and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default(),
    }
}
