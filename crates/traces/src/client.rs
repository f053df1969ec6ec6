//! The HTTP client of the exporter: the one that the process has anyway, on its runtime. The exporter's thread has none.

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::{ClientBuilder, redirect};
use std::time::Duration;
use tokio::runtime::Handle;

/// For one request; the exporter has a limit of its own for a batch with its repetitions.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read: a few counters, or an error.
const MAX_ANSWER: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct Client {
    client: reqwest::Client,
    runtime: Handle,
}

impl Client {
    pub(crate) fn new(runtime: Handle) -> Result<Self, reqwest::Error> {
        Ok(Self { client: frontdesk_tls::client(|| Ok(builder()))?, runtime })
    }
}

/// Where traces go was chosen by the operator: private addresses are fine, being led elsewhere is not.
fn builder() -> ClientBuilder {
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(1)
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let client = self.client.clone();
        self.runtime.spawn(async move { sent(client, request).await }).await?
    }
}

async fn sent(client: reqwest::Client, request: reqwest::Request) -> Result<Response<Bytes>, HttpError> {
    let mut answer = client.execute(request).await?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(format!("the collector's answer is longer than {MAX_ANSWER} bytes").into());
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = answer.status();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(response)
}
