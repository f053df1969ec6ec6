//! Events on their way to clients' webhooks: stored in the transaction that causes them, so that what happened is
//! told and what did not is not, whatever crashes.
//!
//! An event is stored where an active webhook of its client wants it, with a delivery for each such webhook. Where
//! none does, nothing is written.

mod tell;

pub(crate) use tell::{Threshold, lead_captured, question_unanswered, threshold_passed};

use crate::schema::{webhook_deliveries as d, webhook_events as e, webhooks as w, widget_configs};
use crate::types::{JsonDoc, Strings, UtcTime};
use diesel::prelude::*;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tell::Lead;

/// How long an event is tried to be delivered.
pub const RETRY_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What a webhook can tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// An account has used 80 % or 100 % of a limit.
    CreditsThreshold,
    /// A visitor has left how to be reached.
    LeadCaptured,
    /// Visitors asked something new that had no answer.
    QuestionUnanswered,
    /// An administrator tries a webhook out; no webhook has to want it.
    Test,
}

impl EventKind {
    /// Those that a webhook can want.
    pub const ALL: [Self; 3] = [Self::CreditsThreshold, Self::LeadCaptured, Self::QuestionUnanswered];

    /// The name, as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreditsThreshold => "credits.threshold",
            Self::LeadCaptured => "conversation.lead_captured",
            Self::QuestionUnanswered => "question.unanswered",
            Self::Test => "webhook.test",
        }
    }

    /// Of [`ALL`](Self::ALL) the one with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What happened, but for what there is to say of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Happened {
    pub(crate) client: i32,
    pub(crate) kind: EventKind,
    /// The conversation that it tells of: the event is deleted with it.
    pub(crate) conversation: Option<i32>,
    pub(crate) at: Timestamp,
}

/// What the outbox needs of a database.
pub(crate) trait OutboxStore: Connection {
    /// The active webhooks of a client that want events of this kind. None of them is deleted before the
    /// transaction ends.
    fn subscribers(&mut self, client: i32, kind: EventKind) -> QueryResult<Vec<i32>>;

    /// Stores an event; returns its row.
    fn insert_event(&mut self, happened: Happened, data: Value) -> QueryResult<i32>;

    /// Sends an event on its way to a webhook, with the first attempt at `first`; returns the delivery's row.
    fn insert_delivery(
        &mut self,
        webhook: i32,
        event: i32,
        first: Timestamp,
        until: Timestamp,
    ) -> QueryResult<i32>;

    /// The client and the name of a widget.
    fn widget_of_event(&mut self, widget: i32) -> QueryResult<Option<(Option<i32>, String)>>;

    /// What a conversation says of its visitor.
    fn lead(&mut self, conversation: i32) -> QueryResult<Option<Lead>>;
}

macro_rules! outbox_store {
    ($connection:ty $(, $lock:ident)?) => {
        impl OutboxStore for $connection {
            fn subscribers(&mut self, client: i32, kind: EventKind) -> QueryResult<Vec<i32>> {
                let active = w::table.filter(w::client_id.eq(client)).filter(w::is_active).order(w::id);
                let rows: Vec<(i32, Strings)> = active.select((w::id, w::events))$(.$lock())?.load(self)?;
                let wants = |events: &Strings| events.0.iter().any(|name| name == kind.as_str());
                Ok(rows.into_iter().filter(|(_, events)| wants(events)).map(|(id, _)| id).collect())
            }

            fn insert_event(&mut self, happened: Happened, data: Value) -> QueryResult<i32> {
                diesel::insert_into(e::table)
                    .values((
                        e::client_id.eq(happened.client),
                        e::conversation_id.eq(happened.conversation),
                        e::event_type.eq(happened.kind.as_str()),
                        e::payload.eq(JsonDoc(data)),
                        e::created_at.eq(UtcTime(happened.at)),
                    ))
                    .returning(e::id)
                    .get_result(self)
            }

            fn insert_delivery(
                &mut self,
                webhook: i32,
                event: i32,
                first: Timestamp,
                until: Timestamp,
            ) -> QueryResult<i32> {
                diesel::insert_into(d::table)
                    .values((
                        d::webhook_id.eq(webhook),
                        d::event_id.eq(event),
                        d::next_attempt_at.eq(UtcTime(first)),
                        d::retry_until.eq(UtcTime(until)),
                    ))
                    .returning(d::id)
                    .get_result(self)
            }

            fn widget_of_event(&mut self, widget: i32) -> QueryResult<Option<(Option<i32>, String)>> {
                let columns = (widget_configs::client_id, widget_configs::widget_name);
                widget_configs::table.find(widget).select(columns).first(self).optional()
            }

            fn lead(&mut self, conversation: i32) -> QueryResult<Option<Lead>> {
                let columns =
                    "widget_id, public_id, visitor_name, visitor_email, visitor_phone, handoff_type";
                diesel::sql_query(format!(
                    "SELECT {columns} FROM widget_conversations WHERE id = {conversation}"
                ))
                .get_result(self)
                .optional()
            }
        }
    };
}

outbox_store!(PgConnection, for_key_share);
outbox_store!(SqliteConnection);

/// Stores an event and its deliveries in the running transaction, if somebody wants it. `data` is what there is to say
/// and is only asked for then.
pub(crate) fn enqueue<C: OutboxStore>(
    c: &mut C,
    happened: Happened,
    data: impl FnOnce(&mut C) -> QueryResult<Value>,
) -> QueryResult<()> {
    let webhooks = c.subscribers(happened.client, happened.kind)?;
    if webhooks.is_empty() {
        return Ok(());
    }
    let data = data(c)?;
    let event = c.insert_event(happened, data)?;
    let until = happened.at + RETRY_FOR;
    for webhook in webhooks {
        c.insert_delivery(webhook, event, happened.at, until)?;
    }
    Ok(())
}
