//! The plumbing that the adapters share: one HTTP client, and a vendor's endpoint with the key for it.
//!
//! Redirects are not followed, for the key would travel along. Proxies of the environment are not used, for
//! what carries the key is configured, not found.

pub(crate) mod answer;
pub(crate) mod attempt;
pub(crate) mod redact;

use crate::chat::ChatRequest;
use crate::error::ProviderError;
use attempt::Attempt;
use frontdesk_domain::ProviderName;
use redact::Redactor;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Proxy, redirect};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

/// How providers are reached. The defaults fit a visitor who waits.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Time to connect, TLS included. Default: 3 s.
    pub connect_timeout: Duration,
    /// The longest silence of a streamed answer once it has begun, before it is taken as cut off. Until then
    /// the request's own timeout counts, for a model that thinks says nothing. Default: 10 s.
    pub idle_timeout: Duration,
    /// The largest answer that is read, in bytes; a larger one is `Malformed`, and a streamed one, of which
    /// this is what is kept of it, is cut there. Default: 1 MiB.
    pub max_answer_bytes: usize,
    /// Address of a proxy for all calls. It may hold a password, hence a secret. Default: none.
    pub proxy: Option<SecretString>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            idle_timeout: Duration::from_secs(10),
            max_answer_bytes: 1024 * 1024,
            proxy: None,
        }
    }
}

/// The client that all adapters share, with its pool of connections.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client,
    idle_timeout: Duration,
    max_answer_bytes: usize,
}

impl Http {
    pub(crate) fn new(config: &HttpConfig) -> Result<Self, reqwest::Error> {
        let client = frontdesk_tls::client(|| builder(config))?;
        Ok(Self { client, idle_timeout: config.idle_timeout, max_answer_bytes: config.max_answer_bytes })
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

/// A vendor's endpoint with the key for it, if there is one.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) provider: ProviderName,
    http: Http,
    /// Whether there is a key, or none is needed.
    may_ask: bool,
    redactor: Redactor,
    headers: HeaderMap,
}

impl Link {
    /// `header` carries the key, after `prefix`. The error is the fact that a key cannot stand in a header.
    pub(crate) fn new(
        provider: ProviderName,
        http: Http,
        key: Option<&SecretString>,
        (header, prefix): (HeaderName, &str),
    ) -> Result<Self, reqwest::header::InvalidHeaderValue> {
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let mut value = HeaderValue::try_from(format!("{prefix}{}", key.expose_secret()))?;
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        Ok(Self { provider, http, may_ask: key.is_some(), redactor: Redactor::new(key), headers })
    }

    /// Sends `value` with each request under `name`.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same for a server that answers without a key.
    pub(crate) fn open_to_all(mut self) -> Self {
        self.may_ask = true;
        self
    }

    /// Whether there is a key, or none is needed.
    pub(crate) const fn may_ask(&self) -> bool {
        self.may_ask
    }

    /// An attempt at a whole answer, from now on; none without a key that is needed.
    pub(crate) fn attempt<'a>(&'a self, request: &'a ChatRequest) -> Result<Attempt<'a>, ProviderError> {
        self.within(request, request.timeout, "complete answer")
    }

    /// An attempt at a streamed answer, from now on; none without a key that is needed.
    pub(crate) fn streaming_attempt<'a>(
        &'a self,
        request: &'a ChatRequest,
    ) -> Result<Attempt<'a>, ProviderError> {
        self.within(request, request.timeout.min(request.stream_timeout), "text")
    }

    fn within<'a>(
        &'a self,
        request: &'a ChatRequest,
        limit: Duration,
        awaited: &'static str,
    ) -> Result<Attempt<'a>, ProviderError> {
        if !self.may_ask {
            return Err(ProviderError::not_configured(&self.provider));
        }
        Ok(Attempt::new(self, request, limit, awaited))
    }
}
