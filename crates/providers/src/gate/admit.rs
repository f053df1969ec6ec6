//! The search for a key that may be used.

use super::books::Keeper;
use super::permit::Permit;
use super::refusal::{Refusal, Refusals};
use super::slip::Slip;
use super::{Call, Resilience, Shared};
use crate::error::ProviderError;
use frontdesk_domain::breaker::Pass;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::Refused;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// # Errors
/// As [`crate::Providers::admit`].
#[expect(clippy::unused_async, reason = "quotas may be shared by several processes")]
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
    if call.is_retry && !gate.books().may_retry(now) {
        return Err(ProviderError::new(Failure::QuotaReached, "the budget for repeated calls is spent"));
    }
    let mut refusals = Refusals::default();
    for key in (0..count).map(|offset| (first + offset) % count) {
        match try_key(gate, resilience, call, key, now) {
            Ok(slip) => {
                gate.books().count(call.is_retry, now);
                return Ok(Permit::new(Arc::clone(&gate.keys[key]), Some(slip)));
            }
            Err(refusal) => refusals.add(&gate.name(call.model, key), &refusal),
        }
    }
    Err(refusals.into_error())
}

fn try_key(
    gate: &Arc<Shared>,
    resilience: &Resilience,
    call: &Call<'_>,
    key: usize,
    now: Timestamp,
) -> Result<Slip, Refusal> {
    let mut slip = pass_breaker(gate, resilience, call, key, now)?;
    take_quota(gate, call, &mut slip, now)?;
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

fn take_quota(gate: &Shared, call: &Call<'_>, slip: &mut Slip, now: Timestamp) -> Result<(), Refusal> {
    let mut books = gate.books();
    let Some(book) = books.key(call.model, slip.key) else { return Ok(()) };
    let refused = match book.quota.take(call.tokens, call.tenant, now) {
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

fn tell(gate: &Shared, slip: &Slip, refused: &Refused) {
    let (name, why) = (gate.name(&slip.model, slip.key), refused.why);
    match refused.until {
        Some(until) => tracing::warn!("LLM quota of {name}: {why}, not asked until {until:.0}"),
        None => tracing::warn!("LLM quota of {name}: {why}; such messages go to the next provider"),
    }
}
