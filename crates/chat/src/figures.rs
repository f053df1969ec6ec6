//! What the answer flow tells the metrics.

use crate::ask::{Asked, Unanswered};
use crate::message::Source;
use frontdesk_domain::ProviderName;
use frontdesk_domain::credits::DenialReason;
use frontdesk_domain::fallback::Failure;
use metrics::{counter, histogram};
use std::time::Duration;

/// A message was answered; `None` is an answer that was given before.
pub(crate) fn answered(source: Option<Source>, took: Duration) {
    let source = source.map_or("repeated", Source::as_str);
    counter!("frontdesk_answers_total", "source" => source).increment(1);
    histogram!("frontdesk_answer_duration_seconds", "source" => source).record(took);
}

/// A message was turned away, for there was no room.
pub(crate) fn turned_away() {
    counter!("frontdesk_messages_turned_away_total").increment(1);
}

/// What a call came to, in a word.
pub(crate) fn outcome(asked: &Asked) -> &'static str {
    match &asked.answer {
        Ok(said) if said.truncated => "truncated",
        Ok(_) => "success",
        Err(Unanswered::Failed(error)) => label(error.failure),
        Err(Unanswered::VisitorLeft) => "visitor_left",
    }
}

/// A provider was called.
pub(crate) fn called(provider: &ProviderName, asked: &Asked, took: Duration) {
    let outcome = outcome(asked);
    let provider = provider.to_string();
    counter!("frontdesk_provider_calls_total", "provider" => provider.clone(), "outcome" => outcome)
        .increment(1);
    histogram!("frontdesk_provider_call_duration_seconds", "provider" => provider).record(took);
}

/// A provider was not called, though it would have been its turn.
pub(crate) fn passed_over(provider: &ProviderName, failure: Failure) {
    let provider = provider.to_string();
    counter!("frontdesk_provider_passed_over_total", "provider" => provider, "reason" => label(failure))
        .increment(1);
}

/// A message got no model for want of credits.
pub(crate) fn denied(reason: DenialReason) {
    let limit = match reason {
        DenialReason::Limit(limit) => limit.as_str(),
        DenialReason::SetByHand => "set_by_hand",
    };
    counter!("frontdesk_credit_denials_total", "limit" => limit).increment(1);
}

const fn label(failure: Failure) -> &'static str {
    match failure {
        Failure::NotConfigured => "not_configured",
        Failure::InvalidKey => "invalid_key",
        Failure::RateLimited { .. } => "rate_limited",
        Failure::QuotaSpent => "quota_spent",
        Failure::Overloaded { .. } => "overloaded",
        Failure::Timeout => "timeout",
        Failure::Unreachable => "unreachable",
        Failure::Blocked => "blocked",
        Failure::Empty => "empty",
        Failure::ModelGone => "model_gone",
        Failure::Rejected => "rejected",
        Failure::Malformed => "malformed",
        Failure::CutOff => "cut_off",
        Failure::CircuitOpen => "circuit_open",
        Failure::QuotaReached => "quota_reached",
    }
}
