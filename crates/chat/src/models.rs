//! Asking the models of the chain, one after the other, with credits held for each.

use crate::ask::{Asked, Candidate};
use crate::error::ChatError;
use crate::fallback::Draft;
use crate::front_desk::account;
use crate::message::Answer;
use crate::prompt::{self, Prompt};
use crate::visit::{Stored, Visit};
use frontdesk_domain::credits::Denial;
use frontdesk_domain::fallback::{Ask, Circumstances, FallbackPolicy, Step};
use frontdesk_persistence::{
    Attempt, Begin, Begun, HoldsWait, Outcome, Refusal, Reservation, Reserve, Retry,
};
use frontdesk_providers::{ChatRequest, ProviderError};
use jiff::tz::TimeZone;
use tokio::time::Instant;

/// A stored message whose models are being asked.
struct Asking<'a> {
    policy: &'a FallbackPolicy,
    chain: &'a [Candidate],
    prompt: Prompt,
    stored: Stored,
    /// Which providers failed, and how, for the log.
    tried: Vec<String>,
    /// Whether the message has waited for credits; it does so once.
    waited: bool,
}

/// An attempt at a provider: the request is ready, credits are held or refused.
struct Prepared<'a> {
    ask: Ask,
    candidate: &'a Candidate,
    request: ChatRequest,
    number: u32,
}

/// Whether a message waits for credits that only other messages hold.
#[derive(Clone, Copy)]
enum MayWait {
    Yes,
    No,
}

impl Visit {
    /// Stores the message, holds credits for the first attempt, and asks.
    pub(crate) async fn ask_models(
        &self,
        policy: &FallbackPolicy,
        chain: &[Candidate],
        first: Ask,
    ) -> Result<Answer, ChatError> {
        let widget = &self.known.widget;
        tracing::info!("🤖 LLM enabled for widget {} - Attempting AI response...", widget.id);
        let prompt = prompt::build(widget, &self.known.knowledge.index, &self.history, self.text.as_str());
        let attempt = self.prepare(chain, first, &prompt, 1);
        let begin = Begin {
            account: account(&self.known),
            conversation: self.conversation.clone(),
            message: self.visitor_message(),
            attempt: self.attempt(&attempt, MayWait::Yes),
            now: self.now(),
        };
        match self.desk.database.ledger().begin(begin).await? {
            Begun::Duplicate(message) => self.replay(message).await,
            Begun::Stored { conversation, message, reserved } => {
                let stored = Stored { conversation, message };
                let asking = Asking { policy, chain, prompt, stored, tried: Vec::new(), waited: false };
                self.ask_in_turn(asking, attempt, reserved).await
            }
        }
    }

    async fn ask_in_turn<'a>(
        &self,
        mut asking: Asking<'a>,
        mut attempt: Prepared<'a>,
        mut reserved: Result<Reservation, Refusal>,
    ) -> Result<Answer, ChatError> {
        loop {
            let reservation = match reserved {
                Ok(reservation) => reservation,
                Err(Refusal { wait: Some(wait), .. }) => {
                    asking.waited = true;
                    reserved = self.wait_and_reserve(asking.stored, wait, &attempt).await?;
                    continue;
                }
                Err(refusal) => return self.denied(&asking, refusal.denial).await,
            };
            let Asked { outcome, answer } = self.call(&mut attempt, reservation).await;
            let error = match answer {
                Ok(text) => return self.answered_by_model(&asking, reservation, outcome, text).await,
                Err(error) => error,
            };
            match self.after_failure(&mut asking, &attempt, &error) {
                Step::Ask(next) => {
                    tokio::time::sleep(next.after).await;
                    attempt = self.prepare(asking.chain, next, &asking.prompt, attempt.number + 1);
                    let may_wait = if asking.waited { MayWait::No } else { MayWait::Yes };
                    let attempt = self.attempt(&attempt, may_wait);
                    reserved = self.settle_and_reserve(asking.stored, reservation, outcome, attempt).await?;
                }
                step => {
                    let (settle, draft) = (Some((reservation, outcome)), self.fallback(step));
                    return self.finish(asking.stored, settle, draft, &asking.tried).await;
                }
            }
        }
    }

    fn prepare<'a>(&self, chain: &'a [Candidate], ask: Ask, prompt: &Prompt, number: u32) -> Prepared<'a> {
        // The policy was made for this chain.
        let candidate = &chain[ask.provider];
        let request = candidate.request(prompt, &self.known.widget.llm);
        Prepared { ask, candidate, request, number }
    }

    fn attempt(&self, prepared: &Prepared<'_>, may_wait: MayWait) -> Attempt {
        Attempt {
            provider: prepared.candidate.provider.clone(),
            model: prepared.candidate.model.clone(),
            prompt_text: self.text.as_str().to_owned(),
            request: prepared.candidate.reserve_request(&prepared.request),
            number: prepared.number,
            hold_for: self.desk.settings.hold_for(),
            may_wait: matches!(may_wait, MayWait::Yes),
        }
    }

    /// Calls the provider for no more than was held and no longer than the visitor waits.
    async fn call(&self, attempt: &mut Prepared<'_>, reservation: Reservation) -> Asked {
        attempt.request.reply_tokens = reservation.reply_tokens;
        attempt.request.timeout = self.desk.settings.provider_timeout.min(self.remaining());
        let today = self.now().to_zoned_datetime(TimeZone::UTC).date();
        attempt.candidate.ask(&attempt.request, today).await
    }

    fn after_failure(&self, asking: &mut Asking<'_>, attempt: &Prepared<'_>, error: &ProviderError) -> Step {
        let provider = &attempt.candidate.provider;
        let widget = self.known.widget.id;
        tracing::warn!(
            request_id = error.request_id,
            "❌ LLM {provider} failed for widget {widget}: {error}"
        );
        asking.tried.push(format!("{provider}: {}", error.failure));
        asking.policy.after_failure(attempt.ask, error.failure, &Circumstances::within(self.remaining()))
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
        let (ledger, widget) = (self.desk.database.ledger(), self.known.widget.id);
        Ok(self.until_stored(|| ledger.retry(widget, retry.clone())).await?)
    }

    /// Only other visitors' holds are in the way: waits until one of them ends, and tries once more. Who
    /// finds its place taken again goes on waiting, but not for longer in all.
    async fn wait_and_reserve(
        &self,
        stored: Stored,
        mut wait: HoldsWait,
        attempt: &Prepared<'_>,
    ) -> Result<Result<Reservation, Refusal>, ChatError> {
        tracing::debug!(widget = %self.known.widget.id, "waiting for credits that other messages hold");
        let until = Instant::now() + self.desk.settings.credit_wait.min(self.remaining());
        loop {
            // Another process may have settled meanwhile, which nobody here is told: the time being up is no
            // reason not to try.
            drop(tokio::time::timeout_at(until, wait.settled()).await);
            let may_wait = if Instant::now() < until { MayWait::Yes } else { MayWait::No };
            let reserve = Reserve {
                account: account(&self.known),
                conversation: stored.conversation,
                message: stored.message,
                attempt: self.attempt(attempt, may_wait),
                now: self.now(),
            };
            match self.desk.database.ledger().reserve(reserve).await? {
                Err(Refusal { wait: Some(again), .. }) => wait = again,
                reserved => return Ok(reserved),
            }
        }
    }

    async fn answered_by_model(
        &self,
        asking: &Asking<'_>,
        reservation: Reservation,
        outcome: Outcome,
        text: String,
    ) -> Result<Answer, ChatError> {
        let (tokens, ms) = (outcome.usage.total(), outcome.response_time_ms);
        let settle = Some((reservation, outcome));
        let answer = self.finish(asking.stored, settle, Draft::from_model(text), &asking.tried).await?;
        tracing::info!(widget = %self.known.widget.id, "✅ LLM response generated ({tokens} tokens, {ms}ms)");
        Ok(answer)
    }

    async fn denied(&self, asking: &Asking<'_>, denial: Denial) -> Result<Answer, ChatError> {
        tracing::info!("⚠️ LLM credits exhausted for widget {}: {denial}", self.known.widget.id);
        let draft = self.fallback(asking.policy.without_model()).with_credit_notice();
        self.finish(asking.stored, None, draft, &asking.tried).await
    }
}
