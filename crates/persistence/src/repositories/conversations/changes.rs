//! What changes a conversation's state: the introduction, its end, its close, its reopening.

use super::state::ACTIVE;
use super::{ConversationKey, ConversationStore, Said, unless_erased};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::schema::widget_conversations as v;
use crate::types::{JsonDoc, UtcTime};
use diesel::prelude::*;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Status of a conversation that its visitor ended.
const ENDED: &str = "ended";
/// Status of a conversation that the business closed.
const CLOSED: &str = "closed";
/// `close_reason` of a conversation that its visitor ended.
const ENDED_BY_VISITOR: &str = "ended by the visitor";

/// That a visitor wants the conversation by e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptWish {
    /// Where to; `None` is the address that the conversation has already.
    pub email: Option<String>,
}

/// What came of a [`TranscriptWish`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The conversation has ended, by this call or before it.
    Done,
    /// Nobody knows where a transcript should go; nothing was changed.
    NoAddress,
}

impl Database {
    /// Stores the answers to the introduction's questions, in place of earlier ones. `false`: there is no such
    /// conversation.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn store_intro(
        &self,
        key: ConversationKey,
        data: Value,
        now: Timestamp,
    ) -> Result<bool, DatabaseError> {
        let at = UtcTime(now);
        read!(self, |c| c.atomically(|c| {
            c.wait_briefly()?;
            let Some((id, _)) = c.find(key)? else { return Ok(false) };
            let stored = diesel::update(v::table.find(id))
                .set((
                    v::intro_completed.eq(true),
                    v::intro_data.eq(JsonDoc(data)),
                    v::last_activity_at.eq(at),
                    v::updated_at.eq(at),
                ))
                .execute(c)?;
            Ok(stored > 0)
        }))
    }

    /// Ends a conversation on its visitor's behalf. One that was ended or closed before keeps its time and reason. A
    /// wish for a transcript becomes a message to the business, with the address in its metadata. `None`: there is no
    /// such conversation.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn end_conversation(
        &self,
        key: ConversationKey,
        wish: Option<TranscriptWish>,
        now: Timestamp,
    ) -> Result<Option<Ended>, DatabaseError> {
        let at = UtcTime(now);
        unless_erased(read!(self, |c| c.atomically(|c| {
            c.wait_briefly()?;
            let Some((id, _)) = c.find(key)? else { return Ok(None) };
            if let Some(wish) = wish {
                let known: Option<Option<String>> =
                    v::table.find(id).select(v::visitor_email).first(c).optional()?;
                let known = known.flatten().filter(|email| !email.trim().is_empty());
                let Some(email) = wish.email.or_else(|| known.clone()) else {
                    return Ok(Some(Ended::NoAddress));
                };
                c.say(&Said {
                    conversation: id,
                    kind: "system",
                    text: &format!("The visitor asks for this conversation by e-mail, to {email}."),
                    agent_name: None,
                    metadata: Some(json!({"transcript_requested": true, "email": email})),
                    at,
                })?;
                if known.is_none() {
                    diesel::update(v::table.find(id)).set(v::visitor_email.eq(email)).execute(c)?;
                }
            }
            let open = v::status.is_null().or(v::status.ne(ENDED).and(v::status.ne(CLOSED)));
            diesel::update(v::table.find(id).filter(open))
                .set((
                    v::status.eq(ENDED),
                    v::ended_at.eq(at),
                    v::closed_at.eq(at),
                    v::close_reason.eq(ENDED_BY_VISITOR),
                    v::updated_at.eq(at),
                ))
                .execute(c)?;
            Ok(Some(Ended::Done))
        })))
    }

    /// Closes a conversation on the business's behalf: nobody answers in the bot's place any more. One that was closed
    /// before keeps its time, and its reason where none is given. `false`: there is no such conversation.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn close_conversation(
        &self,
        key: ConversationKey,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<bool, DatabaseError> {
        let at = UtcTime(now);
        read!(self, |c| c.atomically(|c| {
            c.wait_briefly()?;
            let Some((id, _)) = c.find(key)? else { return Ok(false) };
            let open = v::table.find(id).filter(v::status.is_null().or(v::status.ne(CLOSED)));
            diesel::update(open).set((v::status.eq(CLOSED), v::closed_at.eq(at))).execute(c)?;
            let row = v::table.find(id);
            if let Some(reason) = reason {
                diesel::update(row).set(v::close_reason.eq(reason)).execute(c)?;
            }
            let closed =
                diesel::update(row).set((v::agent_handoff.eq(false), v::updated_at.eq(at))).execute(c)?;
            Ok(closed > 0)
        }))
    }

    /// Makes a conversation active again. `false`: there is no such conversation.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn reopen_conversation(
        &self,
        key: ConversationKey,
        now: Timestamp,
    ) -> Result<bool, DatabaseError> {
        let at = UtcTime(now);
        read!(self, |c| c.atomically(|c| {
            c.wait_briefly()?;
            let Some((id, _)) = c.find(key)? else { return Ok(false) };
            let reopened = diesel::update(v::table.find(id))
                .set((
                    v::status.eq(ACTIVE),
                    v::ended_at.eq(None::<UtcTime>),
                    v::closed_at.eq(None::<UtcTime>),
                    v::close_reason.eq(None::<String>),
                    v::last_activity_at.eq(at),
                    v::updated_at.eq(at),
                ))
                .execute(c)?;
            Ok(reopened > 0)
        }))
    }
}
