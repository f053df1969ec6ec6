//! Asking one provider: the request, the call, and what it came to.

use crate::prompt::Prompt;
use frontdesk_domain::credits::ReserveRequest;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::pricing::{MicroUsd, estimated_cost};
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_persistence::{LlmSettings, Outcome, Status};
use frontdesk_providers::estimate::estimate_prompt;
use frontdesk_providers::models::default_model;
use frontdesk_providers::{ChatReply, ChatRequest, Finish, ModelNames, Permit, ProviderError, Providers};
use jiff::civil::Date;
use std::time::Duration;
use tokio::time::Instant;

/// A provider to ask, with the model that the widget's settings mean there.
pub(crate) struct Candidate {
    pub(crate) provider: ProviderName,
    pub(crate) model: String,
}

/// The widget's own provider, then the fallbacks, each once. A name that no provider has is left out, and
/// said so.
pub(crate) fn chain(
    llm: &LlmSettings,
    fallbacks: &[ProviderName],
    providers: &Providers,
    names: &ModelNames,
) -> Vec<Candidate> {
    let own = llm.provider.trim().to_ascii_lowercase().parse::<ProviderName>();
    // Said in the log; the fallbacks answer for a widget whose setting cannot be used.
    let own =
        own.inspect_err(|error| tracing::warn!(%error, "LLM provider of the widget is not usable")).ok();
    let mut chain: Vec<Candidate> = Vec::new();
    for provider in own.iter().chain(fallbacks) {
        if chain.iter().any(|candidate| candidate.provider == *provider) {
            continue;
        }
        let widget_provider = own.as_ref().unwrap_or(provider);
        let model = names.model_for(provider, widget_provider, llm.model.as_deref());
        if let (Some(_), Some(model)) = (providers.get(provider), model) {
            chain.push(Candidate { provider: provider.clone(), model: model.to_string() });
        } else {
            tracing::warn!(%provider, "LLM provider is unknown or has no model: use {}", providers.names());
        }
    }
    chain
}

/// What a call came to: how to settle it, and the answer or why there is none.
pub(crate) struct Asked {
    pub(crate) outcome: Outcome,
    pub(crate) answer: Result<ModelText, Unanswered>,
}

/// What a model said.
pub(crate) struct ModelText {
    pub(crate) text: String,
    /// Whether it stops before its end.
    pub(crate) truncated: bool,
}

/// Why there is no answer.
pub(crate) enum Unanswered {
    Failed(ProviderError),
    /// The visitor left before there was anything to read: nobody else need be asked.
    VisitorLeft,
}

impl Candidate {
    /// The request for this candidate. Its reply cap is the wanted one until credits are held.
    pub(crate) fn request(&self, prompt: &Prompt, llm: &LlmSettings) -> ChatRequest {
        ChatRequest {
            model: self.model.clone(),
            system: prompt.system.clone(),
            turns: prompt.turns.clone(),
            reply_tokens: u32::try_from(llm.max_tokens).unwrap_or(1),
            #[expect(clippy::cast_possible_truncation, reason = "a temperature has two decimals")]
            temperature: llm.temperature.map(|temperature| temperature as f32),
            timeout: Duration::ZERO,
            stream_timeout: Duration::ZERO,
        }
    }

    /// The most that `request` may use.
    pub(crate) fn reserve_request(&self, request: &ChatRequest) -> ReserveRequest {
        ReserveRequest {
            prompt_tokens: estimate_prompt(&self.provider, request),
            reply_tokens: request.reply_tokens,
        }
    }

    /// Makes the call. `day` chooses the price.
    pub(crate) async fn ask(&self, permit: Permit, request: &ChatRequest, day: Date) -> Asked {
        let began = Instant::now();
        let result = permit.complete(request).await;
        match result {
            Ok(reply) => self.answered(reply, milliseconds(began), day),
            Err(error) => self.failed(error, milliseconds(began), day),
        }
    }

    fn answered(&self, reply: ChatReply, ms: u32, day: Date) -> Asked {
        Asked {
            outcome: Outcome {
                status: Status::Success,
                cost: self.cost(Some(&reply.model), &reply.usage, day),
                usage: reply.usage,
                usage_estimated: reply.usage_estimated,
                model: Some(reply.model).filter(|model| !model.is_empty()),
                response_text: Some(reply.text.clone()),
                error: None,
                response_time_ms: ms,
            },
            answer: Ok(ModelText { text: reply.text, truncated: reply.finish != Finish::Complete }),
        }
    }

    pub(crate) fn failed(&self, error: ProviderError, ms: u32, day: Date) -> Asked {
        let usage = error.usage.unwrap_or_default();
        // Without a key nobody was called.
        let called = error.failure != Failure::NotConfigured;
        Asked {
            outcome: Outcome {
                status: status_of(error.failure),
                cost: self.cost(None, &usage, day),
                usage,
                usage_estimated: error.usage_estimated,
                model: None,
                response_text: None,
                error: Some(error.to_string()),
                response_time_ms: if called { ms } else { 0 },
            },
            answer: Err(Unanswered::Failed(error)),
        }
    }

    /// A provider may name a dated version of the model that has no price of its own. Prices are the vendors'
    /// own: what another server takes for a model of the same name is not known.
    pub(crate) fn cost(&self, returned: Option<&str>, usage: &TokenUsage, day: Date) -> Option<MicroUsd> {
        default_model(&self.provider)?;
        returned
            .and_then(|model| estimated_cost(model, usage, day))
            .or_else(|| estimated_cost(&self.model, usage, day))
    }
}

/// A call that was made took time, even less than a millisecond.
pub(crate) fn milliseconds(began: Instant) -> u32 {
    u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX).max(1)
}

/// An attempt for which credits were held, but no call was made any more.
pub(crate) fn not_made(reason: &str, answer: Unanswered) -> Asked {
    let outcome = Outcome {
        status: Status::Failed,
        usage: TokenUsage::default(),
        usage_estimated: false,
        model: None,
        response_text: None,
        error: Some(format!("not sent: {reason}")),
        response_time_ms: 0,
        cost: None,
    };
    Asked { outcome, answer: Err(answer) }
}

fn status_of(failure: Failure) -> Status {
    match failure {
        Failure::RateLimited { .. } | Failure::QuotaSpent => Status::RateLimited,
        Failure::Blocked => Status::Blocked,
        _ => Status::Failed,
    }
}
