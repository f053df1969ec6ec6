//! One attempt at a delivery.

#[cfg(test)]
mod tests;

use crate::message;
use crate::resolver::{Lookup, NotPublic, Resolver};
use crate::signature::sign;
use crate::target::{Policy, Target, TargetError};
use frontdesk_persistence::ClaimedDelivery;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Response, StatusCode, redirect};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// For a whole attempt, from looking up the name to the end of what is read.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Of an answer so much is read, in bytes: enough to see what is wrong.
const MAX_RESPONSE: usize = 1024;

/// What an attempt came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The status that was answered, if there was an answer.
    pub status_code: Option<u16>,
    /// What went wrong; `None` is a success.
    pub error: Option<String>,
    /// The beginning of the answer's body.
    pub response: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
    /// For how long the receiver asked to be left alone.
    pub(crate) retry_after: Option<SignedDuration>,
}

/// The client that makes all attempts.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    /// Connects to public addresses alone.
    public: Client,
    /// Connects to any, and is asked for nothing but what the operator named.
    named: Client,
    policy: Arc<Policy>,
}

impl Sender {
    pub(crate) fn new(policy: Policy, lookup: &Lookup) -> Result<Self, reqwest::Error> {
        let (public, named) = (client(false, lookup)?, client(true, lookup)?);
        Ok(Self { public, named, policy: Arc::new(policy) })
    }

    /// Whether events may be sent to this URL, as far as can be seen from it.
    pub(crate) fn check(&self, url: &str) -> Result<(), TargetError> {
        self.policy.target(url).map(drop)
    }

    /// Sends an event once, signed at `now`.
    pub(crate) async fn send(&self, delivery: &ClaimedDelivery, now: Timestamp) -> Attempt {
        let began = Instant::now();
        let mut attempt = self.try_once(delivery, now, began + TIMEOUT).await;
        attempt.duration_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        attempt
    }

    async fn try_once(&self, delivery: &ClaimedDelivery, now: Timestamp, until: Instant) -> Attempt {
        // Looked at again, for the policy may be another one than when the webhook was made.
        let Target { url, is_named } = match self.policy.target(&delivery.url) {
            Ok(target) => target,
            Err(error) => return failed(format!("the URL is not allowed: {error}")),
        };
        let body = match message::body(&delivery.event) {
            Ok(body) => body,
            Err(error) => return failed(format!("the event cannot be written: {error}")),
        };
        let client = if is_named { &self.named } else { &self.public };
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("Frontdesk-Event", &delivery.event.kind)
            .header("Frontdesk-Delivery", delivery.id.to_string())
            .header("Frontdesk-Signature", sign(&delivery.secrets, now, &body).to_string())
            .body(body);
        match timeout_at(until, request.send()).await {
            Ok(Ok(response)) => answered(response, until).await,
            Ok(Err(error)) => failed(told(error)),
            Err(_elapsed) => failed(format!("no answer within {} s", TIMEOUT.as_secs())),
        }
    }
}

fn client(any_address: bool, lookup: &Lookup) -> Result<Client, reqwest::Error> {
    frontdesk_tls::client(|| Ok(builder(Resolver { any_address, lookup: Arc::clone(lookup) })))
}

/// HTTP/1.1 and 2; certificates are checked; nothing but the resolver above leads to an address.
fn builder(resolver: Resolver) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("frontdesk-webhooks/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(resolver))
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(2)
}

fn failed(error: String) -> Attempt {
    Attempt { error: Some(error), ..Attempt::default() }
}

/// The status decides; what cannot be read of the body is left out.
async fn answered(mut response: Response, until: Instant) -> Attempt {
    let status = response.status();
    let error = match status {
        status if status.is_success() => None,
        status if status.is_redirection() => {
            Some(format!("it answered {}: redirects are not followed", status.as_u16()))
        }
        status => Some(format!("it answered {}", status.as_u16())),
    };
    let retry_after = retry_after(&response);
    let mut read = Vec::new();
    while read.len() < MAX_RESPONSE {
        match timeout_at(until, response.chunk()).await {
            Ok(Ok(Some(chunk))) => read.extend_from_slice(&chunk),
            Ok(Ok(None) | Err(_)) | Err(_) => break,
        }
    }
    read.truncate(MAX_RESPONSE);
    let response = String::from_utf8_lossy(&read).into_owned();
    Attempt { status_code: Some(status.as_u16()), error, response, retry_after, ..Attempt::default() }
}

/// In seconds, of the answers that have it; dates are not read.
fn retry_after(response: &Response) -> Option<SignedDuration> {
    let asked = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&response.status());
    let value = response.headers().get(RETRY_AFTER).filter(|_| asked)?;
    let seconds: u32 = value.to_str().ok()?.trim().parse().ok()?;
    Some(SignedDuration::from_secs(seconds.into()))
}

/// What went wrong below HTTP, without the URL, which the reader knows.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    let mut words = Vec::new();
    while let Some(error) = cause {
        if let Some(private) = error.downcast_ref::<NotPublic>() {
            return private.to_string();
        }
        words.push(error.to_string());
        cause = error.source();
    }
    words.join(": ")
}
