//! What came back: a status, headers and a body, with the key struck out.

use crate::error::{ProviderError, one_line};
use frontdesk_domain::fallback::Failure;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::time::Duration;

/// The longest request id worth keeping, in characters.
const MAX_REQUEST_ID: usize = 200;
/// Where a provider says `x-should-retry: false` and names no longer time: too long for any visitor to wait.
const NOT_SOON: Duration = Duration::from_mins(1);

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    json: Value,
}

impl Answer {
    pub(crate) fn new(status: u16, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            status,
            headers,
            // What is no JSON has none of the fields that an adapter looks for, just like `null`.
            json: serde_json::from_slice(&body).unwrap_or(Value::Null),
            body,
        }
    }

    /// The same head with another body: a whole one, or what one event of a stream holds.
    pub(crate) fn with_body(&self, body: Vec<u8>) -> Self {
        Self::new(self.status, self.headers.clone(), body)
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> &Value {
        &self.json
    }

    /// The error for an answer that is not what the API promises.
    pub(crate) fn malformed(&self) -> ProviderError {
        ProviderError::new(Failure::Malformed, &self.excerpt())
    }

    /// What a log should show of a body that is not what was promised.
    pub(crate) fn excerpt(&self) -> String {
        let start = &self.body[..self.body.len().min(300)];
        if start.is_empty() {
            return format!("status {}: empty body", self.status);
        }
        format!("status {}: {}", self.status, String::from_utf8_lossy(start))
    }

    /// Whether `word` stands anywhere in the body.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(word)
    }

    /// The call's id from the header `name`.
    pub(crate) fn request_id(&self, name: &str) -> Option<String> {
        self.header(name).and_then(request_id)
    }

    /// How long the provider asked to wait: `retry-after-ms`, else `retry-after` in seconds.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let number = |name| self.header(name)?.trim().parse::<f64>().ok();
        let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"));
        let named = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        if self.header("x-should-retry") == Some("false") {
            return named.max(Some(NOT_SOON));
        }
        named
    }

    /// Whether the provider says that another try is worth while, against what its status means.
    pub(crate) fn asks_for_a_retry(&self) -> bool {
        self.header("x-should-retry") == Some("true")
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// `text` as a request id: one line, bounded, not blank.
pub(crate) fn request_id(text: &str) -> Option<String> {
    Some(one_line(text, MAX_REQUEST_ID)).filter(|id| !id.is_empty())
}

/// What a status means where the body does not say it better. 401 and 403 are the account's, so no request
/// will do better; 409, 498 (Groq: no capacity) and all of 5xx but 504 pass.
pub(crate) fn by_status(status: u16, retry_after: Option<Duration>) -> Failure {
    match status {
        401 | 403 => Failure::InvalidKey,
        402 => Failure::QuotaSpent,
        404 | 410 => Failure::ModelGone,
        408 | 504 => Failure::Timeout,
        429 => Failure::RateLimited { retry_after },
        499 => Failure::Unreachable,
        409 | 498 | 500..=599 => Failure::Overloaded { retry_after },
        400..=499 => Failure::Rejected,
        _ => Failure::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn answer(headers: &[(&'static str, &str)]) -> Answer {
        let pair = |&(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        Answer::new(429, headers.iter().map(pair).collect(), Vec::new())
    }

    #[test]
    fn waits_are_read_in_both_units_and_nonsense_is_none() {
        let table = [
            (&[("retry-after", "7")][..], Some(7_000)),
            (&[("retry-after", "0.25")], Some(250)),
            (&[("retry-after", "30"), ("retry-after-ms", "1500")], Some(1_500)),
            (&[("retry-after", "0")], Some(0)),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "NaN")], None),
            (&[("retry-after", "1e300")], None),
            (&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], None),
            (&[], None),
            (&[("x-should-retry", "false")], Some(60_000)),
            (&[("x-should-retry", "false"), ("retry-after", "7")], Some(60_000)),
            (&[("x-should-retry", "false"), ("retry-after", "90")], Some(90_000)),
            (&[("x-should-retry", "true")], None),
        ];
        for (headers, milliseconds) in table {
            assert_eq!(answer(headers).retry_after(), milliseconds.map(Duration::from_millis), "{headers:?}");
        }
    }
}
