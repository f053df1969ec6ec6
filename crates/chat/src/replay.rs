//! A message that comes a second time.

use crate::error::ChatError;
use crate::fallback::CREDIT_NOTICE;
use crate::figures;
use crate::message::Answer;
use crate::trail::Trail;
use crate::visit::{Stored, Visit};
use frontdesk_domain::fallback::Step;
use frontdesk_domain::ids::MessageId;
use frontdesk_persistence::{ConversationRef, StoredReply};
use std::time::Duration;

/// How often a repeated message looks whether the first one has been answered, which may happen in
/// another process.
const POLL: Duration = Duration::from_millis(100);

impl Visit {
    /// The answer that the same message got before. While that is being made, waits for it; where its
    /// process died before it was made, makes it without asking a model again.
    pub(crate) async fn replay(&self, message: MessageId) -> Result<Answer, ChatError> {
        let database = &self.desk.database;
        let first = database.message_text(message).await?;
        if first.as_ref().is_some_and(|(text, _)| text != self.text.as_str()) {
            return Err(ChatError::KeyReused);
        }
        loop {
            if let Some(reply) = database.reply_to(message).await? {
                return Ok(self.replayed(reply));
            }
            if self.remaining() < POLL || self.has_left() {
                break;
            }
            tokio::time::sleep(POLL).await;
        }
        let asked_at = first.and_then(|(_, at)| at);
        // After the hold has expired nobody will answer any more.
        let given_up = asked_at.is_some_and(|at| at + self.desk.settings.hold_for() < self.now());
        match self.conversation {
            ConversationRef::Existing(conversation) if given_up => {
                let draft = self.fallback(Step::KnowledgeBase);
                self.finish(Stored { conversation, message }, None, draft, &Trail::default()).await
            }
            _ => Err(ChatError::StillAnswering),
        }
    }

    /// The answer that the message has, whoever gave it.
    pub(crate) async fn replied(&self, message: MessageId) -> Result<Answer, ChatError> {
        let reply = self.desk.database.reply_to(message).await?;
        reply.map(|reply| self.replayed(reply)).ok_or(ChatError::StillAnswering)
    }

    fn replayed(&self, reply: StoredReply) -> Answer {
        figures::answered(None, self.elapsed());
        self.span.record("source", "repeated");
        tracing::info!(
            widget = self.widget.id.0,
            source = "repeated",
            confidence = reply.confidence,
            truncated = reply.truncated,
            ms = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX),
            "message answered"
        );
        Answer {
            message: reply.id,
            conversation: self.public_id,
            notice: reply.text.ends_with(CREDIT_NOTICE).then_some(CREDIT_NOTICE),
            text: reply.text,
            truncated: reply.truncated,
            confidence: reply.confidence,
            source: None,
            suggestions: reply.suggestions,
            at: reply.at,
        }
    }
}
