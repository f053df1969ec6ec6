//! Leads: visitors who leave their contact details.

use super::{ConversationKey, ConversationStore, unless_erased};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::outbox;
use crate::repositories::idempotency::{Claimed, IdempotencyKey, IdempotencyStore, KeyedAnswer, Operation};
use crate::schema::widget_conversations as v;
use crate::types::{JsonDoc, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::ids::{PublicConversationId, WidgetId};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What a visitor leaves; what is `None` stays as the conversation has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lead {
    /// The visitor's name.
    pub name: Option<String>,
    /// The visitor's e-mail address.
    pub email: Option<String>,
    /// The visitor's phone number.
    pub phone: Option<String>,
    /// What the visitor wants: `widget_conversations.handoff_type`.
    pub handoff_type: Option<String>,
    /// More about that, as the script sent it.
    pub handoff_details: Option<Value>,
}

/// What became of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captured {
    /// It is stored, by this call or by the one that this call repeats.
    Stored {
        /// `widget_conversations.lead_id`, which another module writes.
        lead_id: Option<i32>,
    },
    /// The widget has no such conversation; nothing was changed.
    UnknownConversation,
    /// The idempotency key was used for another request; nothing was changed.
    KeyReused,
}

impl Database {
    /// Stores a lead in its conversation, in one transaction with its idempotency key and the event that webhooks hear
    /// of: a call that is repeated, also
    /// while the first is still running, changes nothing.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing was changed.
    pub async fn capture_lead(
        &self,
        widget: WidgetId,
        conversation: PublicConversationId,
        lead: Lead,
        once: Option<IdempotencyKey>,
        now: Timestamp,
    ) -> Result<Captured, DatabaseError> {
        let key = ConversationKey { id: conversation, widget: Some(widget) };
        let captured = read!(self, |c| c.atomically(|c| {
            c.wait_briefly()?;
            let Some((id, _)) = c.find(key)? else { return Ok(Captured::UnknownConversation) };
            let before: Option<Option<i32>> = v::table.find(id).select(v::lead_id).first(c).optional()?;
            let Some(lead_id) = before else { return Ok(Captured::UnknownConversation) };
            if let Some(once) = once {
                let answer = KeyedAnswer { conversation, answer: json!({"lead_id": lead_id}) };
                match c.claim(widget.0, Operation::CaptureLead, &once, &answer, UtcTime(now))? {
                    Claimed::Own => {}
                    Claimed::Earlier(earlier) => {
                        let lead_id = earlier.answer["lead_id"].as_i64().and_then(|id| id.try_into().ok());
                        return Ok(Captured::Stored { lead_id });
                    }
                    Claimed::KeyReused => return Ok(Captured::KeyReused),
                }
            }
            diesel::update(v::table.find(id))
                .set((
                    v::lead_captured.eq(true),
                    lead.name.map(|name| v::visitor_name.eq(name)),
                    lead.email.map(|email| v::visitor_email.eq(email)),
                    lead.phone.map(|phone| v::visitor_phone.eq(phone)),
                    lead.handoff_type.map(|kind| v::handoff_type.eq(kind)),
                    lead.handoff_details.map(|details| v::handoff_details.eq(JsonDoc(details))),
                    v::last_activity_at.eq(UtcTime(now)),
                    v::updated_at.eq(UtcTime(now)),
                ))
                .execute(c)?;
            outbox::lead_captured(c, id, now)?;
            Ok(Captured::Stored { lead_id })
        }));
        Ok(unless_erased(captured.map(Some))?.unwrap_or(Captured::UnknownConversation))
    }
}
