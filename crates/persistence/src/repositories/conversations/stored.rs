//! A conversation with all that is stored of it.

use super::{ConversationStore, public_id};
use crate::schema::widget_conversations as v;
use crate::types::{JsonDoc, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::ids::PublicConversationId;
use jiff::Timestamp;
use serde_json::Value;

/// A conversation as it is stored.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are the columns of widget_conversations")]
pub struct StoredConversation {
    /// The id that leaves the API.
    pub id: PublicConversationId,
    pub session_id: String,
    pub visitor_session_id: Option<String>,
    pub visitor_name: Option<String>,
    pub visitor_email: Option<String>,
    pub visitor_phone: Option<String>,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub referrer_url: Option<String>,
    pub page_url: Option<String>,
    pub lead_captured: bool,
    pub lead_id: Option<i32>,
    pub handoff_type: Option<String>,
    pub handoff_details: Option<Value>,
    pub status: String,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub close_reason: Option<String>,
    pub message_count: i32,
    pub bot_response_count: i32,
    pub human_response_count: i32,
    pub satisfaction_rating: Option<i32>,
    pub intro_completed: bool,
    pub intro_data: Option<Value>,
    pub last_message: Option<String>,
    pub last_message_at: Option<Timestamp>,
    pub last_activity_at: Option<Timestamp>,
    pub agent_handoff: bool,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = v)]
pub(super) struct ConversationRow {
    pub(super) id: i32,
    public_id: Option<i64>,
    session_id: String,
    visitor_session_id: Option<String>,
    visitor_name: Option<String>,
    visitor_email: Option<String>,
    visitor_phone: Option<String>,
    user_agent: Option<String>,
    referrer_url: Option<String>,
    page_url: Option<String>,
    lead_captured: Option<bool>,
    lead_id: Option<i32>,
    handoff_type: Option<String>,
    handoff_details: Option<JsonDoc>,
    status: Option<String>,
    started_at: Option<UtcTime>,
    ended_at: Option<UtcTime>,
    closed_at: Option<UtcTime>,
    close_reason: Option<String>,
    message_count: Option<i32>,
    bot_response_count: Option<i32>,
    human_response_count: Option<i32>,
    intro_completed: Option<bool>,
    intro_data: Option<JsonDoc>,
    last_message: Option<String>,
    last_message_at: Option<UtcTime>,
    last_activity_at: Option<UtcTime>,
    agent_handoff: Option<bool>,
    created_at: Option<UtcTime>,
    updated_at: Option<UtcTime>,
}

/// With the address, which is INET on PostgreSQL, and the rating.
pub(super) type Row = (ConversationRow, Option<String>, Option<i32>);

/// The columns of a [`Row`]; an address is a text on SQLite.
macro_rules! columns {
    ($address:literal) => {
        (
            $crate::repositories::conversations::stored::ConversationRow::as_select(),
            diesel::dsl::sql::<diesel::sql_types::Nullable<diesel::sql_types::Text>>($address),
            diesel::dsl::sql::<diesel::sql_types::Nullable<diesel::sql_types::Integer>>(
                "widget_conversations.satisfaction_rating",
            ),
        )
    };
}
pub(super) use columns;

/// `None`: it was deleted meanwhile.
pub(super) fn conversation<C: ConversationStore>(
    c: &mut C,
    (row, ip_address, satisfaction_rating): Row,
    new_id: &mut impl FnMut() -> PublicConversationId,
) -> QueryResult<Option<StoredConversation>> {
    let Some(id) = public_id(c, row.id, row.public_id, new_id)? else { return Ok(None) };
    let time = |at: Option<UtcTime>| at.map(|at| at.0);
    let count = |count: Option<i32>| count.unwrap_or(0);
    Ok(Some(StoredConversation {
        id,
        session_id: row.session_id,
        visitor_session_id: row.visitor_session_id,
        visitor_name: row.visitor_name,
        visitor_email: row.visitor_email,
        visitor_phone: row.visitor_phone,
        ip_address,
        user_agent: row.user_agent,
        referrer_url: row.referrer_url,
        page_url: row.page_url,
        lead_captured: row.lead_captured.unwrap_or(false),
        lead_id: row.lead_id,
        handoff_type: row.handoff_type,
        handoff_details: row.handoff_details.map(|details| details.0),
        status: row.status.unwrap_or_else(|| super::state::ACTIVE.to_owned()),
        started_at: time(row.started_at),
        ended_at: time(row.ended_at),
        closed_at: time(row.closed_at),
        close_reason: row.close_reason,
        message_count: count(row.message_count),
        bot_response_count: count(row.bot_response_count),
        human_response_count: count(row.human_response_count),
        satisfaction_rating,
        intro_completed: row.intro_completed.unwrap_or(false),
        intro_data: row.intro_data.map(|data| data.0),
        last_message: row.last_message,
        last_message_at: time(row.last_message_at),
        last_activity_at: time(row.last_activity_at),
        agent_handoff: row.agent_handoff.unwrap_or(false),
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
    }))
}
