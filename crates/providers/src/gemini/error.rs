//! What Gemini's errors mean.

use crate::error::ProviderError;
use crate::http::answer::{Answer, by_status};
use crate::reading::{count, text};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::{Measure, QuotaReport, Reported, Window};
use serde_json::Value;
use std::time::Duration;

/// The error that an answer or an event of a stream tells of.
pub(super) fn error(answer: &Answer) -> ProviderError {
    let json = answer.json();
    // It can come as the one element of an array.
    let body = json.get(0).unwrap_or(json);
    let message = text(body, "/error/message").map(str::to_owned);
    let detail = message.unwrap_or_else(|| answer.excerpt());
    let status = text(body, "/error/status").unwrap_or("no status");
    ProviderError::new(failure(answer, body), &format!("{status}: {detail}")).with_quota(quota(body))
}

fn failure(answer: &Answer, body: &Value) -> Failure {
    let details = body.pointer("/error/details").and_then(Value::as_array);
    let details = || details.into_iter().flatten();
    let status = match count(body, "/error/code").and_then(|code| u16::try_from(code).ok()) {
        Some(code) if answer.is_success() => code,
        _ => answer.status,
    };
    let wrong_key =
        details().filter_map(|detail| text(detail, "/reason")).any(|reason| reason.starts_with("API_KEY_"));
    let of_the_account = text(body, "/error/status") == Some("FAILED_PRECONDITION");
    match status {
        // A wrong key is a 400. So is a country without a free tier, or missing billing, which concern the
        // account and so every request.
        400 if wrong_key || of_the_account => Failure::InvalidKey,
        429 if details().any(is_daily) => Failure::QuotaSpent,
        429 => Failure::RateLimited {
            retry_after: details().find_map(retry_delay).or_else(|| answer.retry_after()),
        },
        _ => by_status(status, details().find_map(retry_delay).or_else(|| answer.retry_after())),
    }
}

/// The day's quotas that are used up.
fn quota(body: &Value) -> QuotaReport {
    let details = body.pointer("/error/details").and_then(Value::as_array);
    let spent = details.into_iter().flatten().flat_map(quota_ids).filter(|quota| quota.contains("PerDay"));
    let entry = |quota: &str| {
        let measure = if quota.contains("Token") { Measure::Tokens } else { Measure::Requests };
        Reported { remaining: Some(0), ..Reported::new(measure, Window::Day) }
    };
    QuotaReport { entries: spent.map(entry).collect() }
}

fn quota_ids(detail: &Value) -> impl Iterator<Item = &str> {
    let violations = detail.get("violations").and_then(Value::as_array);
    violations.into_iter().flatten().filter_map(|violation| text(violation, "/quotaId"))
}

/// A quota of the day, which is back at midnight Pacific: its `RetryInfo` may still name seconds.
fn is_daily(detail: &Value) -> bool {
    quota_ids(detail).any(|quota| quota.contains("PerDay"))
}

/// `RetryInfo.retryDelay`: seconds with a fraction and an `s`.
fn retry_delay(detail: &Value) -> Option<Duration> {
    let seconds: f64 = text(detail, "/retryDelay")?.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_read_with_their_fraction() {
        let delay = |text: &str| retry_delay(&serde_json::json!({"retryDelay": text}));
        assert_eq!(delay("34.4s"), Some(Duration::from_millis(34_400)));
        assert_eq!(delay("0s"), Some(Duration::ZERO));
        for nonsense in ["", "s", "34", "-1s", "infs", "1e99s"] {
            assert_eq!(delay(nonsense), None, "{nonsense}");
        }
    }
}
