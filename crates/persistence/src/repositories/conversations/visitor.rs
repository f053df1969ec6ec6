//! All that is stored of a visitor.

use super::ConversationStore;
use super::messages::{self, StoredMessage};
use super::stored::{self, StoredConversation};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::schema::{llm_request_logs as l, widget_conversations as v, widget_messages as m};
use crate::types::UtcTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};
use frontdesk_domain::ids::{PublicConversationId, WidgetId};
use jiff::Timestamp;
use std::collections::HashMap;

/// Who a visitor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// An e-mail address, in any case; SQLite knows the cases of ASCII letters only.
    Email(String),
    /// A session of one conversation, or of all of a visitor's.
    Session(String),
}

/// A call to a provider for one of the visitor's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorRequest {
    /// The provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// What was asked.
    pub prompt_text: Option<String>,
    /// What was answered.
    pub response_text: Option<String>,
    /// How it ended.
    pub status: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// A conversation with all that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorConversation {
    /// The conversation.
    pub conversation: StoredConversation,
    /// All of its messages, the oldest first.
    pub messages: Vec<StoredMessage>,
    /// All calls to providers for them, the oldest first.
    pub requests: Vec<VisitorRequest>,
}

/// Some of what is stored of a visitor.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorData {
    /// The newest first.
    pub conversations: Vec<VisitorConversation>,
    /// How many there are on all pages.
    pub total: i64,
}

type RequestRow =
    (Option<i32>, String, String, Option<String>, Option<String>, Option<String>, Option<UtcTime>);

/// What two databases say differently.
pub(super) trait VisitorStore: ConversationStore {
    fn conversations_of(&mut self, widget: i32, visitor: &Visitor, rows: (i64, i64))
    -> QueryResult<Vec<i32>>;
    fn count_of(&mut self, widget: i32, visitor: &Visitor) -> QueryResult<i64>;
    fn rows(&mut self, ids: &[i32]) -> QueryResult<Vec<stored::Row>>;
    fn messages_in(&mut self, ids: &[i32]) -> QueryResult<Vec<messages::Row>>;
    fn requests_in(&mut self, ids: &[i32]) -> QueryResult<Vec<RequestRow>>;
}

/// Rows of a visitor. A macro, for the type of such an expression cannot be written down.
macro_rules! is_of {
    ($visitor:expr) => {{
        let (email, session) = match $visitor {
            Visitor::Email(email) => (Some(email.clone()), None),
            Visitor::Session(session) => (None, Some(session.clone())),
        };
        sql::<Bool>("(lower(visitor_email) = lower(")
            .bind::<Nullable<Text>, _>(email)
            .sql(") OR session_id = ")
            .bind::<Nullable<Text>, _>(session.clone())
            .sql(" OR visitor_session_id = ")
            .bind::<Nullable<Text>, _>(session)
            .sql(")")
    }};
}

macro_rules! visitor_store {
    ($connection:ty, $address:literal) => {
        impl VisitorStore for $connection {
            fn conversations_of(
                &mut self,
                widget: i32,
                visitor: &Visitor,
                (limit, offset): (i64, i64),
            ) -> QueryResult<Vec<i32>> {
                let own = v::table.filter(v::widget_id.eq(widget)).filter(is_of!(visitor));
                own.order(v::id.desc()).limit(limit).offset(offset).select(v::id).load(self)
            }

            fn count_of(&mut self, widget: i32, visitor: &Visitor) -> QueryResult<i64> {
                let own = v::table.filter(v::widget_id.eq(widget)).filter(is_of!(visitor));
                own.count().get_result(self)
            }

            fn rows(&mut self, ids: &[i32]) -> QueryResult<Vec<stored::Row>> {
                let rows = v::table.filter(v::id.eq_any(ids)).order(v::id.desc());
                rows.select(stored::columns!($address)).load(self)
            }

            fn messages_in(&mut self, ids: &[i32]) -> QueryResult<Vec<messages::Row>> {
                let rows = m::table.filter(m::conversation_id.eq_any(ids)).order(m::id);
                rows.select(messages::columns!()).load(self)
            }

            fn requests_in(&mut self, ids: &[i32]) -> QueryResult<Vec<RequestRow>> {
                l::table
                    .filter(l::conversation_id.eq_any(ids))
                    .order(l::id)
                    .select((
                        l::conversation_id,
                        l::llm_provider,
                        l::llm_model,
                        l::prompt_text,
                        l::response_text,
                        l::status,
                        l::created_at,
                    ))
                    .load(self)
            }
        }
    };
}

visitor_store!(PgConnection, "host(widget_conversations.ip_address)");
visitor_store!(SqliteConnection, "widget_conversations.ip_address");

impl Database {
    /// All that is stored of a visitor of this widget: up to `limit` conversations with all that belongs to them, after
    /// the first `offset` of them. `new_id` makes the public ids of those that have none.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn visitor_data(
        &self,
        widget: WidgetId,
        visitor: Visitor,
        (limit, offset): (u32, u32),
        mut new_id: impl FnMut() -> PublicConversationId + Send + 'static,
    ) -> Result<VisitorData, DatabaseError> {
        read!(self, |c| {
            let total = c.count_of(widget.0, &visitor)?;
            let ids = c.conversations_of(widget.0, &visitor, (limit.into(), offset.into()))?;
            Ok(VisitorData { conversations: whole(c, &ids, &mut new_id)?, total })
        })
    }
}

fn whole<C: VisitorStore>(
    c: &mut C,
    ids: &[i32],
    new_id: &mut impl FnMut() -> PublicConversationId,
) -> QueryResult<Vec<VisitorConversation>> {
    let mut said: HashMap<i32, Vec<StoredMessage>> = HashMap::new();
    for row in c.messages_in(ids)? {
        said.entry(row.0.conversation_id.unwrap_or_default()).or_default().push(messages::message(row));
    }
    let mut asked: HashMap<i32, Vec<VisitorRequest>> = HashMap::new();
    for (conversation, provider, model, prompt_text, response_text, status, at) in c.requests_in(ids)? {
        let created_at = at.map(|at| at.0);
        let request = VisitorRequest { provider, model, prompt_text, response_text, status, created_at };
        asked.entry(conversation.unwrap_or_default()).or_default().push(request);
    }
    let mut all = Vec::with_capacity(ids.len());
    for row in c.rows(ids)? {
        let id = row.0.id;
        let messages = said.remove(&id).unwrap_or_default();
        let requests = asked.remove(&id).unwrap_or_default();
        let conversation = stored::conversation(c, row, new_id)?;
        all.extend(conversation.map(|conversation| VisitorConversation { conversation, messages, requests }));
    }
    Ok(all)
}
