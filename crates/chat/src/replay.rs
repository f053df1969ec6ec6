//! A message that comes a second time.

use crate::error::ChatError;
use crate::fallback::{CREDIT_NOTICE, HANDOFF_TEXT};
use crate::figures;
use crate::message::{Answer, Source};
use crate::trail::Trail;
use crate::visit::{Stored, Visit};
use frontdesk_domain::confidence;
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
        let source = source_of(&reply);
        Answer {
            message: reply.id,
            conversation: self.public_id,
            notice: reply.text.ends_with(CREDIT_NOTICE).then_some(CREDIT_NOTICE),
            text: reply.text,
            truncated: reply.truncated,
            confidence: reply.confidence,
            source,
            sources: reply.sources,
            suggestions: reply.suggestions,
            at: reply.at,
        }
    }
}

/// Where a stored reply came from. What an older release stored does not say it, but can be told by what it stored.
fn source_of(reply: &StoredReply) -> Source {
    let named =
        reply.source.as_deref().and_then(|name| Source::ALL.into_iter().find(|own| own.as_str() == name));
    named.unwrap_or_else(|| match reply {
        StoredReply { entry: Some(_), .. } => Source::KnowledgeBase,
        StoredReply { text, .. } if text == HANDOFF_TEXT => Source::Handoff,
        StoredReply { confidence, .. } if (confidence - confidence::LLM).abs() < 0.005 => Source::Llm,
        StoredReply { confidence, .. } if *confidence >= confidence::KNOWLEDGE_BASE_MIN => {
            Source::KnowledgeBase
        }
        StoredReply { confidence, .. } if *confidence <= confidence::DEFAULT => Source::Default,
        StoredReply { .. } => Source::Refusal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_domain::ids::EntryId;
    use jiff::Timestamp;

    fn stored(confidence: f64) -> StoredReply {
        StoredReply {
            id: MessageId(1),
            text: "Yes.".into(),
            confidence,
            entry: None,
            source: None,
            sources: Vec::new(),
            truncated: false,
            suggestions: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_is_stored_says_where_a_reply_came_from() {
        for source in Source::ALL {
            let named = StoredReply { source: Some(source.as_str().into()), ..stored(0.95) };
            assert_eq!(source_of(&named), source);
        }
    }

    #[test]
    fn of_an_older_releases_reply_it_is_told_by_what_there_is() {
        assert_eq!(source_of(&stored(0.95)), Source::Llm);
        assert_eq!(
            source_of(&StoredReply { entry: Some(EntryId(7)), ..stored(0.95) }),
            Source::KnowledgeBase
        );
        assert_eq!(source_of(&stored(0.99)), Source::KnowledgeBase);
        assert_eq!(source_of(&stored(0.3)), Source::Default);
        assert_eq!(source_of(&stored(0.5)), Source::Refusal);
        assert_eq!(source_of(&StoredReply { text: HANDOFF_TEXT.into(), ..stored(0.5) }), Source::Handoff);
        let unknown = StoredReply { source: Some("oracle".into()), ..stored(0.3) };
        assert_eq!(source_of(&unknown), Source::Default);
    }
}
