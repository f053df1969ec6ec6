//! Which provider is asked next: the one that the policy names, if it lets the call through now.

use crate::ask::Candidate;
use crate::figures;
use crate::prompt::Prompt;
use crate::trail::Trail;
use crate::visit::Visit;
use frontdesk_domain::credits::ReserveRequest;
use frontdesk_domain::fallback::{Ask, Failure, FallbackPolicy, Step};
use frontdesk_persistence::Outcome;
use frontdesk_providers::{Call, ChatRequest, Permit, ProviderError};
use std::collections::HashSet;

/// A message whose models are being asked.
pub(crate) struct Asking<'a> {
    pub(crate) policy: &'a FallbackPolicy,
    chain: &'a [Candidate],
    prompt: Prompt,
    /// Which providers were left, and why.
    pub(crate) trail: Trail,
    /// The providers that were called, by their places in the chain.
    pub(crate) called: HashSet<usize>,
    /// Attempts so far, over all providers.
    attempts: u32,
    /// Whether the message has waited for credits; it does so once.
    pub(crate) waited: bool,
}

/// An attempt that its provider lets through. Dropped unused it counts as not made.
pub(crate) struct Admitted<'a> {
    pub(crate) ask: Ask,
    pub(crate) candidate: &'a Candidate,
    pub(crate) request: ChatRequest,
    /// What it may use at the most.
    pub(crate) most: ReserveRequest,
    pub(crate) number: u32,
    pub(crate) permit: Permit,
}

impl<'a> Asking<'a> {
    pub(crate) fn new(policy: &'a FallbackPolicy, chain: &'a [Candidate], prompt: Prompt) -> Self {
        Self {
            policy,
            chain,
            prompt,
            trail: Trail::default(),
            called: HashSet::new(),
            attempts: 0,
            waited: false,
        }
    }

    /// The policy was made for this chain.
    pub(crate) fn candidate(&self, ask: Ask) -> &'a Candidate {
        &self.chain[ask.provider]
    }

    pub(crate) fn answered(&mut self, ask: Ask, outcome: &Outcome) {
        let candidate = self.candidate(ask);
        let model = outcome.model.as_deref().unwrap_or(&candidate.model);
        self.trail.answer(&candidate.provider, model);
    }
}

impl Visit {
    /// The next attempt that a provider lets through; or the step that asks nobody, where none does or nobody
    /// waits any more. For a call that is not let through nothing is sent, held or written down.
    pub(crate) async fn admit<'a>(
        &self,
        asking: &mut Asking<'a>,
        mut step: Step,
    ) -> Result<Admitted<'a>, Step> {
        loop {
            let Step::Ask(ask) = step else { return Err(step) };
            self.pause(ask.after).await;
            if self.remaining().is_zero() || self.has_left() {
                return Err(asking.policy.without_model());
            }
            let candidate = asking.candidate(ask);
            let is_retry = asking.called.contains(&ask.provider);
            let admitted = match self.is_turned_away(candidate, is_retry).await {
                Some(error) => Err(error),
                None => self.knock(asking, ask, is_retry).await,
            };
            match admitted {
                Ok(admitted) => return Ok(admitted),
                // Expected, and named in the line of the answer.
                Err(error) if matches!(error.failure, Failure::CircuitOpen | Failure::QuotaReached) => {
                    figures::passed_over(&candidate.provider, error.failure);
                    tracing::debug!(provider = %candidate.provider, %error, "LLM provider is passed over");
                    step = self.leave(asking, (ask, None), &error);
                }
                Err(error) => step = self.after_failure(asking, (ask, None), &error),
            }
        }
    }

    /// Why a provider that rests refuses any call, whatever its size: the tokens of a prompt need not be counted
    /// for it, which takes longer than all else here.
    async fn is_turned_away(&self, candidate: &Candidate, is_retry: bool) -> Option<ProviderError> {
        let Candidate { provider, model, .. } = candidate;
        if self.desk.providers.prospects(provider, model, None).ready {
            return None;
        }
        let call = Call { provider, model, tenant: self.widget.id.0, tokens: 0, is_retry };
        // Its rest may be over by now: that permit is dropped, for the call has a size.
        self.desk.providers.admit(&call).await.err()
    }

    async fn knock<'a>(
        &self,
        asking: &mut Asking<'a>,
        ask: Ask,
        is_retry: bool,
    ) -> Result<Admitted<'a>, ProviderError> {
        let candidate = asking.candidate(ask);
        let request = candidate.request(&asking.prompt, &self.widget.llm);
        let most = candidate.reserve_request(&request);
        let tokens = most.prompt_tokens.saturating_add(most.reply_tokens);
        let Candidate { provider, model, .. } = candidate;
        let call = Call { provider, model, tenant: self.widget.id.0, tokens, is_retry };
        let permit = self.desk.providers.admit(&call).await?;
        asking.attempts += 1;
        Ok(Admitted { ask, candidate, request, most, number: asking.attempts, permit })
    }
}
