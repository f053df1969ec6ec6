//! The search for a key that may be used.

use super::books::Keeper;
use super::permit::Permit;
use super::refusal::{Refusal, Refusals};
use super::slip::Slip;
use super::{Call, Resilience, Shared};
use crate::error::ProviderError;
use frontdesk_domain::breaker::Pass;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::{Refused, Taken};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// # Errors
/// As [`crate::Providers::admit`].
pub(super) async fn admit(gate: &Arc<Shared>, call: &Call<'_>) -> Result<Permit, ProviderError> {
    let count = gate.keys.len();
    if count == 0 {
        return Err(ProviderError::not_configured(call.provider));
    }
    let first = gate.next_key.fetch_add(1, Ordering::Relaxed) % count;
    let Some(resilience) = &gate.resilience else {
        return Ok(Permit::new(Arc::clone(&gate.keys[first]), None));
    };
    let now = (gate.now)();
    // Counted with the question, so that no two take the last repetition while they wait for the shared counters.
    if call.is_retry && !gate.books().take_retry(now) {
        return Err(ProviderError::new(Failure::QuotaReached, "the budget for repeated calls is spent"));
    }
    let mut refusals = Refusals::default();
    for key in (0..count).map(|offset| (first + offset) % count) {
        match try_key(gate, resilience, call, key, now).await {
            Ok(slip) => {
                if !call.is_retry {
                    gate.books().count_first(now);
                }
                return Ok(Permit::new(Arc::clone(&gate.keys[key]), Some(slip)));
            }
            Err(refusal) => refusals.add(&gate.name(call.model, key), &refusal),
        }
    }
    Err(refusals.into_error())
}

/// Asks copies of the books.
///
/// # Errors
/// As [`crate::Providers::would_admit`].
pub(super) fn would_admit(gate: &Shared, call: &Call<'_>) -> Result<(), ProviderError> {
    if gate.keys.is_empty() {
        return Err(ProviderError::not_configured(call.provider));
    }
    let Some(resilience) = &gate.resilience else { return Ok(()) };
    let now = (gate.now)();
    let keeper = Keeper { provider: call.provider, keys: gate.keys.len(), resilience };
    let copies = gate.books().copies(call.model, &keeper);
    let mut refusals = Refusals::default();
    for (key, (mut breaker, mut quota)) in copies.into_iter().enumerate() {
        let passed = breaker.pass(now).map_err(Refusal::Open);
        let taken = passed.and_then(|_| quota.take(call.tokens, call.tenant, now).map_err(Refusal::Quota));
        match taken {
            Ok(_) => return Ok(()),
            Err(refusal) => refusals.add(&gate.name(call.model, key), &refusal),
        }
    }
    Err(refusals.into_error())
}

async fn try_key(
    gate: &Arc<Shared>,
    resilience: &Resilience,
    call: &Call<'_>,
    key: usize,
    now: Timestamp,
) -> Result<Slip, Refusal> {
    let mut slip = pass_breaker(gate, resilience, call, key, now)?;
    take_quota(gate, call, &mut slip, now).await?;
    Ok(slip)
}

fn pass_breaker(
    gate: &Arc<Shared>,
    resilience: &Resilience,
    call: &Call<'_>,
    key: usize,
    now: Timestamp,
) -> Result<Slip, Refusal> {
    let keeper = Keeper { provider: call.provider, keys: gate.keys.len(), resilience };
    let (pass, model) = {
        let mut books = gate.books();
        let book = books.model(call.model, &keeper);
        // A book has an entry for each of the gate's keys.
        let pass = book.keys[key].breaker.pass(now).map_err(Refusal::Open)?;
        (pass, Arc::clone(&book.name))
    };
    if matches!(pass, Pass::Probe(_)) {
        tracing::info!("LLM circuit breaker of {} is half open: one call is tried", gate.name(&model, key));
    }
    Ok(Slip::new(Arc::clone(gate), model, key, pass))
}

async fn take_quota(gate: &Shared, call: &Call<'_>, slip: &mut Slip, now: Timestamp) -> Result<(), Refusal> {
    let answer = ask_shared(gate, call, slip, now).await;
    let mut books = gate.books();
    let Some(book) = books.key(call.model, slip.key) else { return Ok(()) };
    let taken = match answer {
        // Counted here too: our own counters go on where the shared ones are lost.
        Some(Ok(())) => Ok(book.quota.count(call.tokens, call.tenant, now)),
        Some(Err(refused)) => Err(refused),
        None => book.quota.take(call.tokens, call.tenant, now),
    };
    let refused = match taken {
        Ok(taken) => {
            slip.taken = Some(taken);
            return Ok(());
        }
        Err(refused) => refused,
    };
    let is_news = book.is_news(&refused, now);
    drop(books);
    if is_news {
        tell(gate, slip, &refused);
    }
    Err(Refusal::Quota(refused))
}

/// What the counters say that all processes share; `None` where our own are to be asked: there are no shared
/// ones, they are away, or the key rests, which we may know before them.
async fn ask_shared(
    gate: &Shared,
    call: &Call<'_>,
    slip: &mut Slip,
    now: Timestamp,
) -> Option<Result<(), Refused>> {
    let shared = gate.quotas.get()?;
    let rules = {
        let mut books = gate.books();
        let quota = &books.key(call.model, slip.key)?.quota;
        if quota.rests(now) {
            return None;
        }
        quota.rules().clone()
    };
    let entry = gate.entry(call.model, slip.key, rules);
    let taken = Taken { at: now, tenant: call.tenant, tokens: call.tokens };
    let answer = shared.take(&entry, &taken).await?;
    if answer.is_ok() {
        slip.shared = Some((shared.clone(), entry));
    }
    Some(answer)
}

fn tell(gate: &Shared, slip: &Slip, refused: &Refused) {
    let (name, why) = (gate.name(&slip.model, slip.key), refused.why);
    if let Some(until) = refused.until {
        tracing::warn!("LLM quota of {name}: {why}, not asked until {until:.0}");
    } else {
        tracing::warn!("LLM quota of {name}: {why}; such messages go to the next provider");
    }
}
