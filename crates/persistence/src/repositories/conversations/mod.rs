//! Conversations, and what visitors and the people of a business do with them beside asking and answering, which
//! is the ledger's.

pub(crate) mod changes;
pub(crate) mod erase;
pub(crate) mod inbox;
pub(crate) mod lead;
pub(crate) mod messages;
pub(crate) mod state;
pub(crate) mod stored;
pub(crate) mod turns;
pub(crate) mod visitor;

use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::schema::{widget_conversations as v, widget_messages as m};
use crate::types::{JsonDoc, UtcTime};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable};
use frontdesk_domain::ids::{PublicConversationId, WidgetId};
use serde_json::Value;

/// Names a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationKey {
    /// The id that leaves the API.
    pub id: PublicConversationId,
    /// Whose it has to be: a conversation of another widget is not found. `None` for those who may see all widgets'.
    pub widget: Option<WidgetId>,
}

/// A message that no model and no knowledge entry wrote.
pub(super) struct Said<'a> {
    pub(super) conversation: i32,
    /// `widget_messages.message_type`.
    pub(super) kind: &'a str,
    pub(super) text: &'a str,
    pub(super) agent_name: Option<&'a str>,
    pub(super) metadata: Option<Value>,
    pub(super) at: UtcTime,
}

/// What two databases share, but diesel cannot say once for both.
pub(super) trait ConversationStore: LedgerStore {
    /// The conversation's own id and its widget; nobody can name one above [`PublicConversationId::MAX`].
    fn find(&mut self, key: ConversationKey) -> QueryResult<Option<(i32, Option<i32>)>>;

    /// Gives a conversation a public id, unless it has one that can be named; the id that it has then.
    fn name(&mut self, id: i32, new: PublicConversationId) -> QueryResult<Option<i64>>;

    /// Stores a message; its id.
    fn say(&mut self, said: &Said<'_>) -> QueryResult<i32>;
}

/// The id as a condition that no row meets where it is one that nobody can name. A second condition on the column would
/// have SQLite prepare the statement again for each id.
pub(in crate::repositories) fn nameable(id: PublicConversationId) -> Option<i64> {
    (0..=PublicConversationId::MAX.get()).contains(&id.get()).then(|| id.get())
}

macro_rules! conversation_store {
    ($connection:ty) => {
        impl ConversationStore for $connection {
            fn find(&mut self, key: ConversationKey) -> QueryResult<Option<(i32, Option<i32>)>> {
                let found: Option<(i32, Option<i32>)> = v::table
                    .filter(v::public_id.eq(nameable(key.id)))
                    .select((v::id, v::widget_id))
                    .first(self)
                    .optional()?;
                Ok(found.filter(|(_, widget)| key.widget.is_none_or(|own| *widget == Some(own.0))))
            }

            fn name(&mut self, id: i32, new: PublicConversationId) -> QueryResult<Option<i64>> {
                let unnamed = v::public_id
                    .is_null()
                    .or(v::public_id.lt(0))
                    .or(v::public_id.gt(PublicConversationId::MAX.get()));
                diesel::update(v::table.find(id).filter(unnamed))
                    .set(v::public_id.eq(new.get()))
                    .execute(self)?;
                let named: Option<Option<i64>> =
                    v::table.find(id).select(v::public_id).first(self).optional()?;
                Ok(named.flatten())
            }

            fn say(&mut self, said: &Said<'_>) -> QueryResult<i32> {
                let id = diesel::insert_into(m::table)
                    .values((
                        m::conversation_id.eq(said.conversation),
                        m::message_type.eq(said.kind),
                        m::message_text.eq(said.text),
                        m::agent_name.eq(said.agent_name),
                        m::metadata.eq(said.metadata.clone().map(JsonDoc)),
                        m::created_at.eq(said.at),
                    ))
                    .returning(m::id)
                    .get_result(self)?;
                diesel::update(v::table.find(said.conversation))
                    .set((
                        v::message_count.eq(one_more("message_count")),
                        v::last_activity_at.eq(said.at),
                        v::updated_at.eq(said.at),
                    ))
                    .execute(self)?;
                Ok(id)
            }
        }
    };
}

conversation_store!(PgConnection);
conversation_store!(SqliteConnection);

/// Nothing, where the conversation was erased after it had been found.
pub(super) fn unless_erased<T>(result: Result<Option<T>, DatabaseError>) -> Result<Option<T>, DatabaseError> {
    match result {
        Err(DatabaseError::Missing(_)) => Ok(None),
        result => result,
    }
}

/// A counter that may be NULL, plus one.
pub(super) fn one_more(column: &str) -> diesel::expression::SqlLiteral<Nullable<Integer>> {
    sql(&format!("COALESCE({column}, 0) + 1"))
}

/// The id under which a conversation leaves the API; not to be called within a transaction. Those of the older service get one when they are first asked for;
/// `None`: it was deleted meanwhile.
pub(super) fn public_id<C: ConversationStore>(
    c: &mut C,
    id: i32,
    stored: Option<i64>,
    new: &mut impl FnMut() -> PublicConversationId,
) -> QueryResult<Option<PublicConversationId>> {
    let nameable = |id: &i64| (0..=PublicConversationId::MAX.get()).contains(id);
    let named = match stored.filter(nameable) {
        Some(stored) => Some(stored),
        None => c.atomically(|c| {
            c.wait_briefly()?;
            c.name(id, new())
        })?,
    };
    Ok(named.map(PublicConversationId::new))
}
