//! How the WebDriver crate speaks HTTP: with the client that the tests have already, which blocks. Each page has a
//! runtime of its own on which nothing else waits.

use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use thirtyfour::error::{WebDriverErrorInner, WebDriverResult};
use thirtyfour::session::http::{Body, HttpClient};
use ureq::Agent;
use ureq::http::{Request, Response};

/// A browser that takes longer for one command hangs.
const LIMIT: Duration = Duration::from_mins(1);

#[derive(Clone)]
pub(super) struct Client(Agent);

impl Client {
    pub(super) fn new() -> Self {
        let config = Agent::config_builder().http_status_as_error(false).proxy(None);
        Self(config.timeout_global(Some(LIMIT)).build().into())
    }

    fn ask(&self, request: Request<Body<'_>>) -> Result<Response<Bytes>, ureq::Error> {
        let (parts, body) = request.into_parts();
        let answer = match body {
            Body::Empty => self.0.run(Request::from_parts(parts, ())),
            Body::Json(json) => self.0.run(Request::from_parts(parts, json.to_string())),
        };
        let (parts, mut body) = answer?.into_parts();
        // a screenshot may be larger than what the client reads by itself
        let bytes = body.with_config().limit(u64::MAX).read_to_vec()?;
        Ok(Response::from_parts(parts, bytes.into()))
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send(&self, request: Request<Body<'_>>) -> WebDriverResult<Response<Bytes>> {
        self.ask(request).map_err(|error| WebDriverErrorInner::RequestFailed(error.to_string()).into())
    }

    async fn new(&self) -> Arc<dyn HttpClient> {
        Arc::new(self.clone())
    }
}
