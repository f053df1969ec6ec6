//! One message on its way to its answer.

use crate::ask::{Asked, Candidate, chain};
use crate::error::ChatError;
use crate::fallback::{self, Draft};
use crate::front_desk::{Desk, account};
use crate::message::{Answer, IncomingMessage, MessageText};
use crate::prompt::{self, HISTORY_TURNS, Prompt};
use crate::widgets::KnownWidget;
use frontdesk_domain::confidence;
use frontdesk_domain::credits::Denial;
use frontdesk_domain::fallback::{Ask, FallbackPolicy, Step};
use frontdesk_domain::ids::{ConversationId, MessageId, PublicConversationId};
use frontdesk_persistence::{
    Attempt, Begin, Begun, ConversationRef, Finish, Outcome, Record, Recorded, Reply, Reservation, Retry,
    StoredReply, Turn, VisitorMessage,
};
use frontdesk_providers::ChatRequest;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a repeated message looks whether the first one has been answered.
const REPLAY_POLL: Duration = Duration::from_millis(100);

/// A checked message of a known widget.
pub(crate) struct Visit {
    desk: Arc<Desk>,
    known: Arc<KnownWidget>,
    text: MessageText,
    client_message_id: Option<String>,
    conversation: ConversationRef,
    public_id: PublicConversationId,
    history: Vec<Turn>,
    began: Instant,
}

/// A stored message that is being answered.
#[derive(Clone, Copy)]
struct Stored {
    conversation: ConversationId,
    message: MessageId,
}

/// An attempt at a provider: credits are held or refused, and the request is ready.
struct Prepared<'a> {
    candidate: &'a Candidate,
    request: ChatRequest,
    number: u32,
}

impl Visit {
    /// Finds the message's conversation.
    pub(crate) async fn begin(
        desk: &Arc<Desk>,
        known: &Arc<KnownWidget>,
        text: MessageText,
        incoming: IncomingMessage,
    ) -> Result<Self, ChatError> {
        let (public_id, conversation, history) = if let Some(id) = incoming.conversation {
            let found = desk
                .database
                .conversation(known.widget.id, id, HISTORY_TURNS)
                .await?;
            let found = found.ok_or(ChatError::ConversationNotFound)?;
            (id, ConversationRef::Existing(found.id), found.turns)
        } else {
            let (id, new) = desk.new_conversation(incoming.visitor);
            (id, new, Vec::new())
        };
        Ok(Self {
            desk: Arc::clone(desk),
            known: Arc::clone(known),
            text,
            client_message_id: incoming.client_message_id,
            conversation,
            public_id,
            history,
            began: Instant::now(),
        })
    }

    /// Answers it.
    pub(crate) async fn answer(self) -> Result<Answer, ChatError> {
        let llm = &self.known.widget.llm;
        let settings = &self.desk.settings;
        let chain = if llm.enabled {
            chain(
                llm,
                &settings.fallback_providers,
                &self.desk.providers,
                &self.desk.names,
            )
        } else {
            Vec::new()
        };
        let policy = FallbackPolicy {
            providers: chain.len(),
            knowledge_base: llm.fallback_to_knowledge_base,
            ..FallbackPolicy::default()
        };
        match policy.start() {
            Step::Ask(first) => self.ask_models(&policy, &chain, first).await,
            step => self.without_model(step).await,
        }
    }

    /// Message and reply in one transaction.
    async fn without_model(&self, step: Step) -> Result<Answer, ChatError> {
        let draft = self.fallback(step);
        let now = self.now();
        let record = Record {
            account: account(&self.known),
            conversation: self.conversation.clone(),
            message: self.visitor_message(),
            reply: self.reply(&draft),
            now,
        };
        match self.desk.database.ledger().record(record).await? {
            Recorded::Stored { reply, .. } => Ok(self.answered(reply, draft, now, &[])),
            Recorded::Duplicate(message) => self.replay(message).await,
        }
    }

    async fn ask_models(
        &self,
        policy: &FallbackPolicy,
        chain: &[Candidate],
        first: Ask,
    ) -> Result<Answer, ChatError> {
        tracing::info!(
            "🤖 LLM enabled for widget {} - Attempting AI response...",
            self.known.widget.id
        );
        let prompt = prompt::build(
            &self.known.widget,
            &self.known.knowledge.index,
            &self.history,
            self.text.as_str(),
        );
        let mut ask = first;
        let mut attempt = self.prepare(chain, ask, &prompt, 1);
        let (stored, mut reserved) = match self.store_and_reserve(&attempt).await? {
            Begun::Stored {
                conversation,
                message,
                reserved,
            } => (
                Stored {
                    conversation,
                    message,
                },
                reserved,
            ),
            Begun::Duplicate(message) => return self.replay(message).await,
        };
        let mut tried = Vec::new();
        loop {
            let reservation = match reserved {
                Ok(reservation) => reservation,
                Err(denial) => return self.denied(policy, stored, denial, &tried).await,
            };
            let Asked { outcome, answer } = self.call(&mut attempt, reservation).await;
            let error = match answer {
                Ok(text) => {
                    tracing::info!(
                        "✅ LLM response generated ({} tokens, {}ms)",
                        outcome.usage.total(),
                        outcome.response_time_ms
                    );
                    let settle = Some((reservation, outcome));
                    return self.finish(stored, settle, Draft::from_model(text), &tried).await;
                }
                Err(error) => error,
            };
            let provider = &attempt.candidate.provider;
            tracing::warn!(
                request_id = error.request_id,
                "❌ LLM {provider} failed for widget {}: {error}",
                self.known.widget.id
            );
            tried.push(format!("{provider}: {}", error.failure));
            match policy.after_failure(ask, error.failure, self.remaining()) {
                Step::Ask(next) => {
                    tokio::time::sleep(next.after).await;
                    attempt = self.prepare(chain, next, &prompt, attempt.number + 1);
                    ask = next;
                    reserved = self
                        .settle_and_reserve(stored, reservation, outcome, &attempt)
                        .await?;
                }
                step => {
                    return self
                        .finish(stored, Some((reservation, outcome)), self.fallback(step), &tried)
                        .await;
                }
            }
        }
    }

    fn prepare<'a>(&self, chain: &'a [Candidate], ask: Ask, prompt: &Prompt, number: u32) -> Prepared<'a> {
        // The policy was made for this chain.
        let candidate = &chain[ask.provider];
        Prepared {
            candidate,
            request: candidate.request(prompt, &self.known.widget.llm),
            number,
        }
    }

    async fn store_and_reserve(&self, attempt: &Prepared<'_>) -> Result<Begun, ChatError> {
        let begin = Begin {
            account: account(&self.known),
            conversation: self.conversation.clone(),
            message: self.visitor_message(),
            attempt: self.attempt(attempt),
            now: self.now(),
        };
        Ok(self.desk.database.ledger().begin(begin).await?)
    }

    async fn settle_and_reserve(
        &self,
        stored: Stored,
        reservation: Reservation,
        outcome: Outcome,
        attempt: &Prepared<'_>,
    ) -> Result<Result<Reservation, Denial>, ChatError> {
        let retry = Retry {
            reservation,
            outcome,
            conversation: stored.conversation,
            message: stored.message,
            attempt: self.attempt(attempt),
            now: self.now(),
        };
        Ok(self
            .desk
            .database
            .ledger()
            .retry(self.known.widget.id, retry)
            .await?)
    }

    fn attempt(&self, prepared: &Prepared<'_>) -> Attempt {
        let hold_for = self.desk.settings.reservation_timeout;
        Attempt {
            provider: prepared.candidate.provider.clone(),
            model: prepared.candidate.model.clone(),
            prompt_text: self.text.as_str().to_owned(),
            request: prepared.candidate.reserve_request(&prepared.request),
            number: prepared.number,
            hold_for: SignedDuration::try_from(hold_for).unwrap_or(SignedDuration::MAX),
        }
    }

    /// Calls the provider for no more than was held and no longer than the visitor waits.
    async fn call(&self, attempt: &mut Prepared<'_>, reservation: Reservation) -> Asked {
        attempt.request.reply_tokens = reservation.reply_tokens;
        attempt.request.timeout = self.desk.settings.provider_timeout.min(self.remaining());
        let today = self.now().to_zoned_datetime(TimeZone::UTC).date();
        attempt.candidate.ask(&attempt.request, today).await
    }

    async fn denied(
        &self,
        policy: &FallbackPolicy,
        stored: Stored,
        denial: Denial,
        tried: &[String],
    ) -> Result<Answer, ChatError> {
        tracing::info!(
            "⚠️ LLM credits exhausted for widget {}: {denial}",
            self.known.widget.id
        );
        let draft = self.fallback(policy.without_model()).with_credit_notice();
        self.finish(stored, None, draft, tried).await
    }

    async fn finish(
        &self,
        stored: Stored,
        settle: Option<(Reservation, Outcome)>,
        draft: Draft,
        tried: &[String],
    ) -> Result<Answer, ChatError> {
        let now = self.now();
        let finish = Finish {
            account: account(&self.known),
            settle,
            conversation: stored.conversation,
            message: stored.message,
            reply: self.reply(&draft),
            now,
        };
        let reply = self.desk.database.ledger().finish(finish).await?;
        Ok(self.answered(reply, draft, now, tried))
    }

    /// The answer that the same message got before. While that is being made, waits for it; where its
    /// process died before it was made, makes it without asking a model again.
    async fn replay(&self, message: MessageId) -> Result<Answer, ChatError> {
        let database = &self.desk.database;
        loop {
            if let Some(reply) = database.reply_to(message).await? {
                return Ok(self.replayed(reply));
            }
            if self.remaining() < REPLAY_POLL {
                break;
            }
            tokio::time::sleep(REPLAY_POLL).await;
        }
        let asked_at = database.message_at(message).await?;
        let hold =
            SignedDuration::try_from(self.desk.settings.reservation_timeout).unwrap_or(SignedDuration::MAX);
        match &self.conversation {
            ConversationRef::Existing(conversation) if asked_at.is_some_and(|at| at + hold < self.now()) => {
                let stored = Stored {
                    conversation: *conversation,
                    message,
                };
                self.finish(stored, None, self.fallback(Step::KnowledgeBase), &[])
                    .await
            }
            _ => Err(ChatError::StillAnswering),
        }
    }

    fn replayed(&self, reply: StoredReply) -> Answer {
        let by_default = reply.confidence < confidence::KNOWLEDGE_BASE_MIN;
        let suggestions = if by_default {
            self.fallback(Step::KnowledgeBase).suggestions
        } else {
            Vec::new()
        };
        Answer {
            message: reply.id,
            conversation: self.public_id,
            notice: reply
                .text
                .ends_with(fallback::CREDIT_NOTICE)
                .then_some(fallback::CREDIT_NOTICE),
            text: reply.text,
            confidence: reply.confidence,
            source: None,
            suggestions,
            at: reply.at,
        }
    }

    fn answered(&self, reply: MessageId, draft: Draft, at: Timestamp, tried: &[String]) -> Answer {
        tracing::info!(
            widget = %self.known.widget.id,
            source = draft.source.as_str(),
            confidence = draft.confidence,
            ms = self.elapsed_ms(),
            left = tried.join(", "),
            "message answered"
        );
        Answer {
            message: reply,
            conversation: self.public_id,
            text: draft.text,
            confidence: draft.confidence,
            source: Some(draft.source),
            suggestions: draft.suggestions,
            notice: draft.notice,
            at,
        }
    }

    fn fallback(&self, step: Step) -> Draft {
        let business = &self.known.widget.business;
        fallback::answer(step, &self.known.knowledge.index, business, self.text.as_str())
    }

    fn reply(&self, draft: &Draft) -> Reply {
        Reply {
            text: draft.text.clone(),
            confidence: draft.confidence,
            entry: draft.entry,
            response_time_ms: self.elapsed_ms(),
        }
    }

    fn visitor_message(&self) -> VisitorMessage {
        let text = self.text.as_str().to_owned();
        VisitorMessage {
            text,
            client_message_id: self.client_message_id.clone(),
        }
    }

    fn now(&self) -> Timestamp {
        (self.desk.now)()
    }

    fn elapsed_ms(&self) -> u32 {
        u32::try_from(self.began.elapsed().as_millis()).unwrap_or(u32::MAX)
    }

    fn remaining(&self) -> Duration {
        self.desk
            .settings
            .answer_deadline
            .saturating_sub(self.began.elapsed())
    }
}
