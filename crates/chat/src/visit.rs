//! One message on its way to its answer.

use crate::admission::Asking;
use crate::ask::chain;
use crate::consultation::{Consultation, Wanted};
use crate::error::ChatError;
use crate::fallback::{self, Draft};
use crate::figures;
use crate::front_desk::{Desk, account};
use crate::keywords;
use crate::message::{Answer, IncomingMessage, MessageText};
use crate::opening::conversation_as;
use crate::prompt::{self, HISTORY_TURNS, Prompt};
use crate::reader::{Reader, left};
use crate::spans;
use crate::trail::Trail;
use frontdesk_domain::fallback::{FallbackPolicy, Step};
use frontdesk_domain::ids::{ConversationId, MessageId, PublicConversationId};
use frontdesk_persistence::{
    ConversationRef, DatabaseError, Finish, Finished, LedgerError, Outcome, Record, Recorded, Reply,
    Reservation, Turn, VisitorMessage, Widget,
};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

/// Waits between two tries to store an outcome.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A checked message of a known widget.
pub(crate) struct Visit {
    pub(crate) desk: Arc<Desk>,
    pub(crate) widget: Arc<Widget>,
    pub(crate) consultation: Consultation,
    pub(crate) text: MessageText,
    /// Whether it holds a keyword that the widget blocks.
    is_blocked: bool,
    client_message_id: Option<String>,
    pub(crate) conversation: ConversationRef,
    pub(crate) public_id: PublicConversationId,
    pub(crate) history: Vec<Turn>,
    /// Whether a person answers in the bot's place.
    handed_off: bool,
    /// Who reads the answer while it is being made; `None` where the whole answer is waited for.
    pub(crate) reader: Option<Reader>,
    began: Instant,
    /// For traces: what becomes of the message.
    pub(crate) span: Span,
}

/// A stored message that is being answered.
#[derive(Clone, Copy)]
pub(crate) struct Stored {
    pub(crate) conversation: ConversationId,
    pub(crate) message: MessageId,
}

/// What the knowledge base has to say.
async fn consult(desk: &Desk, widget: &Widget, text: &str) -> Result<Consultation, ChatError> {
    let index = desk.widgets.index(widget).await?;
    let found = Consultation::hold(&index, text, Wanted::of(widget)).await?;
    Span::current().record("confidence", found.confidence());
    Ok(found)
}

impl Visit {
    /// Finds the message's conversation.
    pub(crate) async fn begin(
        desk: &Arc<Desk>,
        widget: &Arc<Widget>,
        text: MessageText,
        incoming: IncomingMessage,
        reader: Option<Reader>,
    ) -> Result<Self, ChatError> {
        let (began, span) = (Instant::now(), Span::current());
        span.record("widget", widget.id.0);
        let IncomingMessage { conversation, visitor, client_message_id, opens_once, .. } = incoming;
        let known = match (conversation, opens_once) {
            (None, Some(once)) => Some(desk.first_conversation(widget, visitor.clone(), once).await?),
            (known, _) => known,
        };
        let (public_id, conversation, history, handed_off) = if let Some(id) = known {
            let found = desk.database.conversation(widget.id, id, HISTORY_TURNS).await?;
            let found = found.ok_or(ChatError::ConversationNotFound)?;
            (id, ConversationRef::Existing(found.id), found.turns, found.agent_handoff)
        } else {
            let id = desk.new_id();
            (id, conversation_as(id, visitor), Vec::new(), false)
        };
        let is_blocked = keywords::are_in(text.as_str(), &widget.restrictions.blocked_keywords);
        let consultation = if is_blocked {
            Consultation::default()
        } else {
            consult(desk, widget, text.as_str()).instrument(spans::retrieve()).await?
        };
        Ok(Self {
            desk: Arc::clone(desk),
            widget: Arc::clone(widget),
            consultation,
            text,
            is_blocked,
            client_message_id,
            conversation,
            public_id,
            history,
            handed_off,
            reader,
            began,
            span,
        })
    }

    /// Answers it.
    pub(crate) async fn answer(self) -> Result<Answer, ChatError> {
        if self.handed_off {
            return self.record(Draft::handed_off(), &Trail::default()).await;
        }
        if self.is_blocked {
            return self.record(fallback::refusal(), &Trail::default()).await;
        }
        let llm = &self.widget.llm;
        let settings = &self.desk.settings;
        let chain = if llm.enabled {
            let Desk { providers, names, prices, .. } = &*self.desk;
            chain(llm, &settings.fallback_providers, providers, names, prices)
        } else {
            Vec::new()
        };
        let policy = FallbackPolicy {
            providers: chain.len(),
            knowledge_base: llm.fallback_to_knowledge_base,
            order: self.desk.widgets.answer_order(&self.widget),
            ..FallbackPolicy::default()
        };
        match policy.start(self.consultation.confidence()) {
            Step::Ask(_) => self.ask_models(Asking::new(&policy, &chain, self.prompt())).await,
            step => self.without_model(step, &Trail::default()).await,
        }
    }

    fn prompt(&self) -> Prompt {
        prompt::build(&self.widget, &self.consultation.facts, &self.history, self.text.as_str())
    }

    pub(crate) async fn without_model(&self, step: Step, trail: &Trail) -> Result<Answer, ChatError> {
        self.record(self.fallback(step), trail).await
    }

    /// Message and reply in one transaction.
    async fn record(&self, draft: Draft, trail: &Trail) -> Result<Answer, ChatError> {
        let now = self.now();
        let record = Record {
            account: account(&self.widget),
            conversation: self.conversation.clone(),
            message: self.visitor_message(),
            reply: self.reply(&draft),
            now,
        };
        match self.desk.database.ledger().record(record).instrument(spans::store()).await? {
            Recorded::Stored { reply, .. } => Ok(self.answered(reply, draft, now, trail)),
            Recorded::Duplicate(message) => self.replay(message).await,
        }
    }

    /// Tries to store what a provider was paid for until the database is back, for as long as its hold
    /// lasts: else its tokens would be in no book. The visitor may have gone by then.
    pub(crate) async fn until_stored<T, F>(&self, store: impl Fn() -> F) -> Result<T, LedgerError>
    where
        F: Future<Output = Result<T, LedgerError>>,
    {
        let mut wait = FIRST_WAIT;
        let give_up = Instant::now() + self.desk.settings.reservation_timeout;
        loop {
            match store().await {
                Err(LedgerError::Database(
                    error @ (DatabaseError::Unavailable(_)
                    | DatabaseError::Busy(_)
                    | DatabaseError::Saturated(_)),
                )) if Instant::now() + wait < give_up => {
                    let widget = self.widget.id;
                    tracing::warn!(%widget, %error, "LLM outcome is not stored yet; trying again");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                result => return result,
            }
        }
    }

    /// Settles what is held and stores the reply, in one transaction.
    pub(crate) async fn finish(
        &self,
        stored: Stored,
        settle: Option<(Reservation, Outcome)>,
        draft: Draft,
        trail: &Trail,
    ) -> Result<Answer, ChatError> {
        let now = self.now();
        let span = if settle.is_some() { spans::settle() } else { spans::store() };
        let finish = Finish {
            account: account(&self.widget),
            settle,
            conversation: stored.conversation,
            message: stored.message,
            reply: self.reply(&draft),
            now,
        };
        let ledger = self.desk.database.ledger();
        match self.until_stored(|| ledger.finish(finish.clone())).instrument(span).await? {
            Finished::Stored(reply) => Ok(self.answered(reply, draft, now, trail)),
            // A repetition of the message was quicker: all its senders read the same answer.
            Finished::Duplicate(_) => self.replied(stored.message).await,
        }
    }

    fn answered(&self, reply: MessageId, draft: Draft, at: Timestamp, trail: &Trail) -> Answer {
        figures::answered(Some(draft.source), self.began.elapsed());
        self.span.record("source", draft.source.as_str());
        tracing::info!(
            widget = self.widget.id.0,
            source = draft.source.as_str(),
            confidence = draft.confidence,
            entry = draft.entry.map(|entry| entry.0),
            truncated = draft.truncated,
            ms = self.elapsed_ms(),
            provider = trail.provider(),
            model = trail.model(),
            prompt_tokens = trail.tokens().map(|usage| usage.prompt_tokens),
            completion_tokens = trail.tokens().map(|usage| usage.completion_tokens),
            left = trail.left(),
            "message answered"
        );
        Answer {
            message: reply,
            conversation: self.public_id,
            text: draft.text,
            truncated: draft.truncated,
            confidence: draft.confidence,
            source: draft.source,
            sources: draft.sources,
            suggestions: draft.suggestions,
            notice: draft.notice,
            at,
        }
    }

    pub(crate) fn fallback(&self, step: Step) -> Draft {
        let business = &self.widget.business;
        fallback::answer(step, &self.consultation, business)
    }

    fn reply(&self, draft: &Draft) -> Reply {
        Reply {
            text: draft.text.clone(),
            confidence: draft.confidence,
            entry: draft.entry,
            response_time_ms: self.elapsed_ms(),
            source: draft.source.as_str(),
            sources: draft.sources.clone(),
            truncated: draft.truncated,
            suggestions: draft.suggestions.clone(),
        }
    }

    pub(crate) fn visitor_message(&self) -> VisitorMessage {
        let text = self.text.as_str().to_owned();
        VisitorMessage { text, client_message_id: self.client_message_id.clone() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.desk.now)()
    }

    /// How long it has been under way, the wait for its turn left out.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn elapsed_ms(&self) -> u32 {
        u32::try_from(self.began.elapsed().as_millis()).unwrap_or(u32::MAX)
    }

    pub(crate) fn remaining(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// No call to a provider begins or goes on after it.
    pub(crate) fn deadline(&self) -> Instant {
        self.began + self.desk.settings.answer_deadline
    }

    /// Waits, but not for a visitor who has left.
    pub(crate) async fn pause(&self, wait: Duration) {
        if !wait.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(wait) => (),
                () = left(self.reader.as_ref()) => (),
            }
        }
    }

    pub(crate) fn has_left(&self) -> bool {
        self.reader.as_ref().is_some_and(Reader::has_left)
    }
}
