//! The plumbing that the adapters share: one HTTP client, one POST of JSON, and its answer with the key struck out.
//!
//! Redirects are not followed, for the key would travel along. Proxies of the environment are not used, for
//! what carries the key is configured, not found.

use crate::chat::ChatReply;
use crate::error::{ProviderError, one_line};
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Proxy, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use std::error::Error;
use std::time::Duration;

/// A key shorter than this is not struck out of answers: no vendor issues such keys, and replacing every `a`
/// of an answer would break it.
const MIN_REDACTED: usize = 8;
/// The longest request id worth keeping, in characters.
const MAX_REQUEST_ID: usize = 200;
/// Where a provider says `x-should-retry: false` and names no longer time: too long for any visitor to wait.
const NOT_SOON: Duration = Duration::from_mins(1);

/// How providers are reached. The defaults fit a visitor who waits.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Time to connect, TLS included. Default: 3 s.
    pub connect_timeout: Duration,
    /// The largest answer that is read, in bytes; a larger one is `Malformed`. Default: 1 MiB.
    pub max_answer_bytes: usize,
    /// Address of a proxy for all calls. It may hold a password, hence a secret. Default: none.
    pub proxy: Option<SecretString>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(3), max_answer_bytes: 1024 * 1024, proxy: None }
    }
}

/// The client that all adapters share, with its pool of connections.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client,
    max_answer_bytes: usize,
}

impl Http {
    pub(crate) fn new(config: &HttpConfig) -> Result<Self, reqwest::Error> {
        // An error says that the process has a provider already, which then is the one to use.
        if rustls::crypto::ring::default_provider().install_default().is_err() {
            tracing::debug!("a TLS crypto provider was installed before");
        }
        let client = builder(config)?.build().or_else(|error| {
            // A bare machine or container has no root certificates: the built-in ones are Mozilla's.
            tracing::warn!(%error, "the system's root certificates are not usable; the built-in ones are used");
            builder(config)?.tls_certs_only(built_in_roots()?).build()
        })?;
        Ok(Self { client, max_answer_bytes: config.max_answer_bytes })
    }
}

fn builder(config: &HttpConfig) -> Result<ClientBuilder, reqwest::Error> {
    let builder = Client::builder()
        .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(config.connect_timeout)
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy();
    Ok(match &config.proxy {
        Some(proxy) => builder.proxy(Proxy::all(proxy.expose_secret()).map_err(reqwest::Error::without_url)?),
        None => builder,
    })
}

fn built_in_roots() -> Result<Vec<Certificate>, reqwest::Error> {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    roots.map(|root| Certificate::from_der(root)).collect()
}

/// A vendor's endpoint with the key for it, if there is one.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) provider: ProviderName,
    http: Http,
    key: Option<SecretString>,
    headers: HeaderMap,
}

impl Link {
    /// `header` carries the key, after `prefix`. The error is the fact that a key cannot stand in a header.
    pub(crate) fn new(
        provider: ProviderName,
        http: Http,
        key: Option<SecretString>,
        (header, prefix): (HeaderName, &str),
    ) -> Result<Self, reqwest::header::InvalidHeaderValue> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(key) = &key {
            let mut value = HeaderValue::try_from(format!("{prefix}{}", key.expose_secret()))?;
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        Ok(Self { provider, http, key, headers })
    }

    /// Sends `value` with each request under `name`.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Runs `call` for at most `limit`; not at all without a key.
    pub(crate) async fn within(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<ChatReply, ProviderError>>,
    ) -> Result<ChatReply, ProviderError> {
        if self.key.is_none() {
            return Err(ProviderError::not_configured(&self.provider));
        }
        tokio::time::timeout(limit, call).await.unwrap_or_else(|_elapsed| {
            let detail = format!("no complete answer within {limit:?}");
            Err(ProviderError::new(Failure::Timeout, &detail))
        })
    }

    /// Posts `body` and reads the whole answer, whatever its status.
    pub(crate) async fn post(&self, url: Url, body: &impl Serialize) -> Result<Answer, ProviderError> {
        let request = self.http.client.post(url).headers(self.headers.clone()).json(body);
        let mut response = request.send().await.map_err(broken)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if bytes.len() + chunk.len() > self.http.max_answer_bytes {
                let detail = format!("answer longer than {} bytes", self.http.max_answer_bytes);
                return Err(ProviderError::new(Failure::Malformed, &detail));
            }
            bytes.extend_from_slice(&chunk);
        }
        let status = response.status().as_u16();
        let headers = self.without_key_headers(response.headers());
        Ok(Answer::new(status, headers, self.without_key(bytes)))
    }

    fn without_key_headers(&self, headers: &HeaderMap) -> HeaderMap {
        let Some(key) = self.redactable() else {
            return headers.clone();
        };
        let clean = |value: &HeaderValue| !contains(value.as_bytes(), key.as_bytes());
        let kept = headers.iter().filter(|(_, value)| clean(value));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// `body` with the key struck out: error messages and pages of proxies quote what was sent.
    fn without_key(&self, body: Vec<u8>) -> Vec<u8> {
        let Some(key) = self.redactable().map(str::as_bytes) else {
            return body;
        };
        if !contains(&body, key) {
            return body;
        }
        let mut clean = Vec::with_capacity(body.len());
        let mut rest = body.as_slice();
        while let Some((first, tail)) = rest.split_first() {
            if let Some(after) = rest.strip_prefix(key) {
                clean.extend_from_slice(b"[key]");
                rest = after;
            } else {
                clean.push(*first);
                rest = tail;
            }
        }
        clean
    }

    fn redactable(&self) -> Option<&str> {
        let key = self.key.as_ref()?.expose_secret();
        (key.len() >= MIN_REDACTED).then_some(key)
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// An HTTP failure below the status: no connection, or one that broke. A connection that could not be made in
/// time is `Unreachable` and not `Timeout`, because nothing was sent that could be billed.
fn broken(error: reqwest::Error) -> ProviderError {
    let failure =
        if error.is_timeout() && !error.is_connect() { Failure::Timeout } else { Failure::Unreachable };
    let error = error.without_url();
    let mut detail = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        detail.push_str(": ");
        detail.push_str(&error.to_string());
        cause = error.source();
    }
    ProviderError::new(failure, &detail)
}

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

    #[test]
    fn a_key_is_struck_out_wherever_it_stands() {
        let link = |key: &str| {
            let http = Http::new(&HttpConfig::default()).unwrap();
            let key = Some(SecretString::from(key));
            Link::new(ProviderName::GROQ, http, key, (ACCEPT, "")).unwrap()
        };
        let cleaned = |key, body: &[u8]| link(key).without_key(body.to_vec());
        assert_eq!(cleaned("gsk_123456", b"gsk_123456,gsk_12345gsk_123456"), b"[key],gsk_12345[key]");
        assert_eq!(cleaned("gsk_123456", b"\xff\xfe"), b"\xff\xfe");
        assert_eq!(cleaned("a", b"banana"), b"banana");
        assert!(!format!("{:?}", link("gsk_123456")).contains("gsk_123456"));
        let headers = answer(&[("x-request-id", "req-gsk_123456"), ("retry-after", "1")]).headers;
        let kept = link("gsk_123456").without_key_headers(&headers);
        assert!(kept.contains_key("retry-after") && !kept.contains_key("x-request-id"));
    }
}
