//! Asking the models of the chain, one after the other, with credits held for each.

use crate::admission::{Admitted, Asking};
use crate::ask::{Asked, ModelText, Unanswered, not_made};
use crate::error::ChatError;
use crate::fallback::Draft;
use crate::figures;
use crate::front_desk::account;
use crate::message::Answer;
use crate::spans;
use crate::visit::{Stored, Visit};
use frontdesk_domain::credits::Denial;
use frontdesk_domain::fallback::{Ask, Circumstances, Failure, Step};
use frontdesk_persistence::{
    Attempt, Begin, Begun, HoldsWait, Outcome, Refusal, Reservation, Reserve, Retry,
};
use frontdesk_providers::ProviderError;
use jiff::tz::TimeZone;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

/// Whether a message waits for credits that only other messages hold.
#[derive(Clone, Copy)]
enum MayWait {
    Yes,
    No,
}

/// What the log tells of a failure. A provider's own words may quote the visitor: they stand in the request log alone.
fn told(error: &ProviderError) -> String {
    match error.failure {
        Failure::NotConfigured => error.to_string(),
        failure => failure.to_string(),
    }
}

impl Visit {
    /// Stores the message, holds credits for the first attempt that a provider admits, and asks.
    pub(crate) async fn ask_models(&self, mut asking: Asking<'_>) -> Result<Answer, ChatError> {
        let widget = self.widget.id;
        tracing::info!("🤖 LLM enabled for widget {widget} - Attempting AI response...");
        let first = asking.policy.start(self.consultation.confidence());
        let attempt = match self.admit(&mut asking, first).await {
            Ok(attempt) => attempt,
            Err(step) => return self.without_model(step, &asking.trail).await,
        };
        let begin = Begin {
            account: account(&self.widget),
            conversation: self.conversation.clone(),
            message: self.visitor_message(),
            attempt: self.attempt(&attempt, MayWait::Yes),
            now: self.now(),
        };
        match self.begin_attempt(begin).await? {
            Begun::Duplicate(message) => {
                drop(attempt); // others may make a call meanwhile
                self.replay(message).await
            }
            Begun::Stored { conversation, message, reserved } => {
                self.ask_in_turn(Stored { conversation, message }, asking, attempt, reserved).await
            }
        }
    }

    async fn begin_attempt(&self, begin: Begin) -> Result<Begun, ChatError> {
        let span = spans::reserve();
        let stored = self.desk.database.ledger().begin(begin).instrument(span.clone()).await?;
        let outcome = match &stored {
            Begun::Duplicate(_) => "repeated",
            Begun::Stored { reserved, .. } => spans::reserved(reserved),
        };
        span.record("outcome", outcome);
        Ok(stored)
    }

    async fn ask_in_turn<'a>(
        &self,
        stored: Stored,
        mut asking: Asking<'a>,
        mut attempt: Admitted<'a>,
        mut reserved: Result<Reservation, Refusal>,
    ) -> Result<Answer, ChatError> {
        loop {
            let reservation = match reserved {
                Ok(reservation) => reservation,
                Err(Refusal { wait: Some(wait), .. }) => {
                    asking.waited = true;
                    reserved = self.wait_and_reserve(stored, wait, &attempt).await?;
                    continue;
                }
                Err(refusal) => {
                    drop(attempt); // it is not used: others may make a call
                    return self.denied(stored, &asking, refusal.denial).await;
                }
            };
            let (ask, key) = (attempt.ask, attempt.permit.key_number());
            let Asked { outcome, answer } = self.call(&mut asking, attempt, reservation).await;
            let step = match answer {
                Ok(said) => {
                    asking.answered(ask, &outcome);
                    return self.answered_by_model(stored, &asking, (reservation, outcome), said).await;
                }
                Err(Unanswered::Failed(error)) => self.after_failure(&mut asking, (ask, key), &error),
                Err(Unanswered::VisitorLeft) => {
                    asking.trail.leave(&asking.candidate(ask).provider, "the visitor left", key);
                    asking.policy.without_model()
                }
            };
            attempt = match self.admit(&mut asking, step).await {
                Ok(attempt) => attempt,
                Err(step) => {
                    let (settle, draft) = (Some((reservation, outcome)), self.fallback(step));
                    return self.finish(stored, settle, draft, &asking.trail).await;
                }
            };
            let may_wait = if asking.waited { MayWait::No } else { MayWait::Yes };
            let next = self.attempt(&attempt, may_wait);
            reserved = self.settle_and_reserve(stored, reservation, outcome, next).await?;
        }
    }

    fn attempt(&self, admitted: &Admitted<'_>, may_wait: MayWait) -> Attempt {
        Attempt {
            provider: admitted.candidate.provider.clone(),
            model: admitted.candidate.model.clone(),
            prompt_text: self.text.as_str().to_owned(),
            request: admitted.most,
            number: admitted.number,
            hold_for: self.desk.settings.hold_for(),
            may_wait: matches!(may_wait, MayWait::Yes),
        }
    }

    /// Calls the provider for no more than was held and no longer than the visitor waits.
    async fn call(&self, asking: &mut Asking<'_>, attempt: Admitted<'_>, held: Reservation) -> Asked {
        let Admitted { ask, candidate, mut request, permit, number, .. } = attempt;
        if self.has_left() {
            return not_made("the visitor left", Unanswered::VisitorLeft);
        }
        let remaining = self.remaining();
        if remaining.is_zero() {
            let error = ProviderError::new(Failure::Timeout, "no time was left for a call");
            return not_made("no time was left", Unanswered::Failed(error));
        }
        asking.called.insert(ask.provider);
        request.reply_tokens = held.reply_tokens;
        let share = asking.policy.time_for(ask, remaining);
        request.timeout = self.desk.settings.provider_timeout.min(share);
        request.stream_timeout = remaining;
        let today = self.now().to_zoned_datetime(TimeZone::UTC).date();
        let began = Instant::now();
        let span = spans::attempt(&candidate.provider, &candidate.model, number);
        let asked = match &self.reader {
            Some(reader) => {
                let until = (reader, self.deadline());
                candidate.relay(permit, &request, today, until).instrument(span.clone()).await
            }
            None => candidate.ask(permit, &request, today).instrument(span.clone()).await,
        };
        spans::called(&span, &asked);
        asking.trail.spend(&asked.outcome.usage);
        figures::called(&candidate.provider, &asked, began.elapsed());
        asked
    }

    pub(crate) fn after_failure(
        &self,
        asking: &mut Asking<'_>,
        (ask, key): (Ask, Option<usize>),
        error: &ProviderError,
    ) -> Step {
        let candidate = asking.candidate(ask);
        let (provider, widget) = (&candidate.provider, self.widget.id);
        tracing::warn!(
            request_id = error.request_id,
            "❌ LLM {provider} failed for widget {widget}: {}",
            told(error)
        );
        self.leave(asking, (ask, key), error)
    }

    /// Notes why a provider is left (with which of its keys), and what the policy says is next.
    pub(crate) fn leave(
        &self,
        asking: &mut Asking<'_>,
        (ask, key): (Ask, Option<usize>),
        error: &ProviderError,
    ) -> Step {
        let candidate = asking.candidate(ask);
        asking.trail.leave(&candidate.provider, error.failure, key);
        let prospects = self.desk.providers.prospects(&candidate.provider, &candidate.model, key);
        let circumstances = Circumstances {
            remaining: self.remaining(),
            another_key: prospects.another_key,
            may_retry: prospects.may_retry && ask.attempt <= self.desk.providers.retries(&candidate.provider),
            jitter: self.desk.jitter(),
        };
        asking.policy.after_failure(ask, error.failure, &circumstances)
    }

    async fn settle_and_reserve(
        &self,
        stored: Stored,
        reservation: Reservation,
        outcome: Outcome,
        attempt: Attempt,
    ) -> Result<Result<Reservation, Refusal>, ChatError> {
        let Stored { conversation, message } = stored;
        let retry = Retry { reservation, outcome, conversation, message, attempt, now: self.now() };
        let (ledger, widget) = (self.desk.database.ledger(), self.widget.id);
        Ok(self.until_stored(|| ledger.retry(widget, retry.clone())).instrument(spans::settle()).await?)
    }

    /// Only other visitors' holds are in the way: waits until one of them ends, and tries once more. Who
    /// finds its place taken again goes on waiting, but not for longer in all.
    async fn wait_and_reserve(
        &self,
        stored: Stored,
        mut wait: HoldsWait,
        attempt: &Admitted<'_>,
    ) -> Result<Result<Reservation, Refusal>, ChatError> {
        tracing::debug!(widget = %self.widget.id, "waiting for credits that other messages hold");
        let until = Instant::now() + self.desk.settings.credit_wait.min(self.remaining());
        loop {
            // Another process may have settled meanwhile, which nobody here is told: the time being up is no
            // reason not to try.
            drop(timeout_at(until, wait.settled()).await);
            let may_wait = if Instant::now() < until { MayWait::Yes } else { MayWait::No };
            let reserve = Reserve {
                account: account(&self.widget),
                conversation: stored.conversation,
                message: stored.message,
                attempt: self.attempt(attempt, may_wait),
                now: self.now(),
            };
            let span = spans::reserve();
            let reserved = self.desk.database.ledger().reserve(reserve).instrument(span.clone()).await?;
            span.record("outcome", spans::reserved(&reserved));
            match reserved {
                Err(Refusal { wait: Some(again), .. }) => wait = again,
                reserved => return Ok(reserved),
            }
        }
    }

    async fn answered_by_model(
        &self,
        stored: Stored,
        asking: &Asking<'_>,
        settle: (Reservation, Outcome),
        said: ModelText,
    ) -> Result<Answer, ChatError> {
        let (tokens, ms) = (settle.1.usage.total(), settle.1.response_time_ms);
        let (widget, cut) = (self.widget.id, settle.1.error.is_some());
        let answer = self.finish(stored, Some(settle), Draft::from_model(said), &asking.trail).await?;
        if cut {
            tracing::warn!(%widget, "LLM response is not whole; the request log says why");
        }
        tracing::info!(%widget, "✅ LLM response generated ({tokens} tokens, {ms}ms)");
        Ok(answer)
    }

    async fn denied(&self, stored: Stored, asking: &Asking<'_>, denial: Denial) -> Result<Answer, ChatError> {
        figures::denied(denial.reason);
        tracing::info!("⚠️ LLM credits exhausted for widget {}: {denial}", self.widget.id);
        let draft = self.fallback(asking.policy.without_model()).with_credit_notice();
        self.finish(stored, None, draft, &asking.trail).await
    }
}
