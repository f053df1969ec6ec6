//! The spans of an answer, for traces. While nobody traces they are disabled, which costs a comparison each.
//!
//! They name the widget, the provider, the model and outcomes; never a conversation, a visitor or a word of either.

use crate::ask::Asked;
use crate::figures;
use frontdesk_domain::ProviderName;
use frontdesk_persistence::{Refusal, Reservation};
use tracing::Span;
use tracing::field::Empty;

/// The target of all spans of ours.
const TARGET: &str = "frontdesk::spans";

/// A message from its arrival to its answer.
pub(crate) fn answer() -> Span {
    tracing::info_span!(target: TARGET, "answer message", widget = Empty, source = Empty)
}

/// The knowledge base is asked.
pub(crate) fn retrieve() -> Span {
    tracing::info_span!(target: TARGET, "retrieve knowledge", confidence = Empty)
}

/// Credits are held, the message stored before if it is its first time.
pub(crate) fn reserve() -> Span {
    tracing::info_span!(target: TARGET, "reserve credits", outcome = Empty)
}

/// What came of it.
pub(crate) fn reserved(reserved: &Result<Reservation, Refusal>) -> &'static str {
    match reserved {
        Ok(_) => "held",
        Err(Refusal { wait: Some(_), .. }) => "waiting",
        Err(Refusal { wait: None, .. }) => "denied",
    }
}

/// A call's outcome is booked, and the next one's credits held or the reply stored.
pub(crate) fn settle() -> Span {
    tracing::info_span!(target: TARGET, "settle credits")
}

/// Message or reply are stored, no credits are concerned.
pub(crate) fn store() -> Span {
    tracing::info_span!(target: TARGET, "store messages")
}

/// One call to a provider, named as OpenTelemetry's conventions for generative models have it.
pub(crate) fn attempt(provider: &ProviderName, model: &str, number: u32) -> Span {
    tracing::info_span!(
        target: TARGET,
        "chat",
        otel.name = format!("chat {model}"),
        otel.kind = "client",
        otel.status_code = Empty,
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = provider.as_str(),
        gen_ai.request.model = model,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        attempt = number,
        outcome = Empty,
    )
}

/// What a call came to.
pub(crate) fn called(span: &Span, asked: &Asked) {
    span.record("outcome", figures::outcome(asked));
    span.record("gen_ai.usage.input_tokens", asked.outcome.usage.prompt_tokens);
    span.record("gen_ai.usage.output_tokens", asked.outcome.usage.completion_tokens);
    if asked.answer.is_err() {
        span.record("otel.status_code", "ERROR");
    }
}
