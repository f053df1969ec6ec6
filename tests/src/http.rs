//! A small blocking HTTP client: a status, headers and JSON.

use serde_json::Value;
use std::io::{BufRead, BufReader, Lines};
use std::time::Duration;
use ureq::http::{HeaderMap, Request};
use ureq::{Agent, AsSendBody, BodyReader};

/// Longer than anything that is meant to answer takes; a test that waits this long has failed.
const LIMIT: Duration = Duration::from_mins(1);

/// What a server answered, whatever the status.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; `Null` when it is none.
    pub json: Value,
}

impl Response {
    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A `GET` without headers of its own.
///
/// # Panics
/// As [`send`].
pub fn get(url: &str) -> Response {
    send("GET", url, &[], None)
}

/// A `POST` of JSON.
///
/// # Panics
/// As [`send`].
pub fn post(url: &str, body: &Value) -> Response {
    send("POST", url, &[], Some(body))
}

/// The server-sent events of a text: their names and their data as JSON.
pub fn events(text: &str) -> Vec<(String, Value)> {
    let event = |block: &str| {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let data = field("data").and_then(|data| serde_json::from_str(data).ok()).unwrap_or(Value::Null);
        (field("event").unwrap_or_default().to_owned(), data)
    };
    text.split("\n\n").filter(|block| !block.is_empty()).map(event).collect()
}

/// Any request. Redirects are not followed, proxies not used, every status is an answer.
///
/// # Panics
/// When there is no answer; [`try_send`] is for tests that expect that.
pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Response {
    try_send(method, url, headers, body).unwrap_or_else(|error| panic!("{method} {url}: {error}"))
}

/// Any request, as [`send`].
///
/// # Errors
/// There is no answer: nobody listens, the connection broke, or a minute has passed.
pub fn try_send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Result<Response, ureq::Error> {
    let Some(body) = body else { return run(method, url, headers, ()) };
    let headers = [headers, &[("content-type", "application/json")]].concat();
    run(method, url, &headers, body.to_string())
}

/// A request with any text as its body, as [`send`].
///
/// # Panics
/// As [`send`].
pub fn send_text(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Response {
    run(method, url, headers, body).unwrap_or_else(|error| panic!("{method} {url}: {error}"))
}

fn run(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: impl AsSendBody,
) -> Result<Response, ureq::Error> {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answer = agent().run(request.body(body)?)?;
    let text = answer.body_mut().read_to_string()?;
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Response { status: answer.status().as_u16(), headers: answer.headers().clone(), text, json })
}

/// An event stream that is read as it comes. Dropping it hangs up.
pub struct Events {
    /// The status code.
    pub status: u16,
    lines: Lines<BufReader<BodyReader<'static>>>,
}

impl Events {
    /// `POST`s JSON and asks for events; returns when the head of the answer is there.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn post(url: &str, body: &Value) -> Self {
        let request = Request::builder().method("POST").uri(url).header("accept", "text/event-stream");
        let request = request.header("content-type", "application/json").body(body.to_string());
        let request = request.unwrap_or_else(|error| panic!("POST {url}: {error}"));
        let answer = agent().run(request).unwrap_or_else(|error| panic!("POST {url}: {error}"));
        let status = answer.status().as_u16();
        Self { status, lines: BufReader::new(answer.into_body().into_reader()).lines() }
    }
}

impl Iterator for Events {
    type Item = (String, Value);

    /// The next event's name and data.
    ///
    /// # Panics
    /// When the connection breaks, or what comes is no event with JSON.
    fn next(&mut self) -> Option<Self::Item> {
        let mut line = || self.lines.next().map(|line| line.unwrap_or_else(|error| panic!("{error}")));
        let mut name = line()?;
        while name.starts_with(':') {
            // a comment and its blank line: the answer takes its time
            line()?;
            name = line()?;
        }
        let (data, blank) = (line().unwrap_or_default(), line());
        let (name, data) = match (name.strip_prefix("event: "), data.strip_prefix("data: "), blank.as_deref())
        {
            (Some(name), Some(data), Some("")) => (name.to_owned(), data),
            other => panic!("no event: {other:?}"),
        };
        Some((name, serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"))))
    }
}

/// A new one for each request: a kept connection would hide what a new visitor meets.
fn agent() -> Agent {
    let config = Agent::config_builder();
    let config = config.http_status_as_error(false).max_redirects(0).proxy(None).timeout_global(Some(LIMIT));
    config.build().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_are_read_with_their_names() {
        let text = "event: delta\ndata: {\"text\":\"Hi\"}\n\nevent: done\ndata: no json\n\n";
        let expected = [("delta".to_owned(), json!({"text": "Hi"})), ("done".to_owned(), Value::Null)];
        assert_eq!(events(text), expected);
    }
}
