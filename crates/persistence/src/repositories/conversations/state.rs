//! How a conversation stands, for the script that shows it.

use super::{ConversationKey, ConversationStore, public_id};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::repositories::retention::last_activity;
use crate::schema::widget_conversations as v;
use crate::types::{JsonDoc, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::ids::{PublicConversationId, WidgetId};
use jiff::Timestamp;
use serde_json::Value;

/// How a conversation stands.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationState {
    /// `active`, `completed`, `closed`, `ended`, `inactive`, `abandoned`, or what an operator wrote.
    pub status: String,
    /// When it was ended or closed.
    pub closed_at: Option<Timestamp>,
    /// Why.
    pub close_reason: Option<String>,
    /// Whether the visitor has answered the introduction's questions.
    pub intro_completed: bool,
    /// The answers, as the script sent them.
    pub intro_data: Option<Value>,
    /// When something last happened in it.
    pub last_activity_at: Option<Timestamp>,
    /// Whether a person answers in the bot's place.
    pub agent_handoff: bool,
}

/// A conversation without a status counts as one.
pub(super) const ACTIVE: &str = "active";

type Row = (
    Option<String>,
    Option<UtcTime>,
    Option<String>,
    Option<bool>,
    Option<JsonDoc>,
    Option<UtcTime>,
    Option<bool>,
);

impl From<Row> for ConversationState {
    fn from((status, closed_at, close_reason, intro_completed, intro_data, last, handoff): Row) -> Self {
        Self {
            status: status.unwrap_or_else(|| ACTIVE.to_owned()),
            closed_at: closed_at.map(|at| at.0),
            close_reason,
            intro_completed: intro_completed.unwrap_or(false),
            intro_data: intro_data.map(|data| data.0),
            last_activity_at: last.map(|at| at.0),
            agent_handoff: handoff.unwrap_or(false),
        }
    }
}

macro_rules! state {
    () => {
        (
            v::status,
            v::closed_at,
            v::close_reason,
            v::intro_completed,
            v::intro_data,
            last_activity(),
            v::agent_handoff,
        )
    };
}

impl Database {
    /// How a conversation stands; `None`: there is no such conversation.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn conversation_state(
        &self,
        key: ConversationKey,
    ) -> Result<Option<ConversationState>, DatabaseError> {
        let row: Option<Row> = read!(self, |c| {
            let Some((id, _)) = c.find(key)? else { return Ok(None) };
            v::table.find(id).select(state!()).first(c).optional()
        })?;
        Ok(row.map(ConversationState::from))
    }

    /// The newest conversation that the widget has had with this visitor's session, whatever became of it. `new_id`
    /// makes the public id of one that has none.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn visitor_conversation(
        &self,
        widget: WidgetId,
        visitor_session_id: String,
        mut new_id: impl FnMut() -> PublicConversationId + Send + 'static,
    ) -> Result<Option<(PublicConversationId, ConversationState)>, DatabaseError> {
        let found: Option<(PublicConversationId, Row)> = read!(self, |c| {
            let newest: Option<(i32, Option<i64>, Row)> = v::table
                .filter(v::visitor_session_id.eq(visitor_session_id))
                .filter(v::widget_id.eq(widget.0))
                .order(v::id.desc())
                .select((v::id, v::public_id, state!()))
                .first(c)
                .optional()?;
            let Some((id, public, row)) = newest else { return Ok(None) };
            Ok(public_id(c, id, public, &mut new_id)?.map(|public| (public, row)))
        })?;
        Ok(found.map(|(id, row)| (id, row.into())))
    }

    /// The widget that a conversation belongs to; `None`: there is no such conversation.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn conversation_widget(
        &self,
        id: PublicConversationId,
    ) -> Result<Option<WidgetId>, DatabaseError> {
        let found = read!(self, |c| c.find(ConversationKey { id, widget: None }))?;
        Ok(found.and_then(|(_, widget)| widget).map(WidgetId))
    }
}
