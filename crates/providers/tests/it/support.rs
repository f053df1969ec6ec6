//! A vendor's server that plays a script, and what every test asks.

use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::estimate::estimate_prompt;
use frontdesk_providers::{
    ChatModel, ChatReply, ChatRequest, Finish, HttpConfig, Now, ProviderConfig, ProviderError, Providers,
    Role, Turn,
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// The key of all tests. It must show nowhere but in its header.
pub(crate) const KEY: &str = "sk-test-0123456789abcdef";

/// What the server does with one connection, once it has read the request.
pub(crate) enum Act {
    /// Sends the bytes in pieces of the given size, then closes.
    Send(Vec<u8>, usize),
    /// Sends the bytes and then nothing, until the client goes away.
    Hang(Vec<u8>),
    /// Sends the first bytes once and the others again and again, until the client goes away.
    Flood(Vec<u8>, Vec<u8>),
}

/// A request that the server got.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

/// A local server.
pub(crate) struct Vendor {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    played: Arc<Semaphore>,
    gone: Arc<Semaphore>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Vendor {
    /// One act for each connection, in order; further connections are recorded and closed.
    pub(crate) async fn playing(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let (played, gone) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let signals = (Arc::clone(&played), Arc::clone(&gone));
        let server = tokio::spawn(async move {
            let mut acts = acts.into_iter();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                serve(stream, acts.next(), &record, &signals.0).await;
                signals.1.add_permits(1);
            }
        });
        Self { address, seen, played, gone, server }
    }

    /// Waits until the bytes of one more connection are sent.
    pub(crate) async fn has_played(&self) {
        within_a_limit(self.played.acquire()).await.unwrap().forget();
    }

    /// Waits until one more client has closed its connection.
    pub(crate) async fn client_is_gone(&self) {
        within_a_limit(self.gone.acquire()).await.unwrap().forget();
    }

    /// Plays whole fixtures.
    pub(crate) async fn of(fixtures: &[&str]) -> Self {
        let whole = |name: &&str| Act::Send(fixture(name), usize::MAX);
        Self::playing(fixtures.iter().map(whole).collect()).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The one request there was.
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }
}

async fn within_a_limit<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), awaited).await.expect("it should have happened by now")
}

async fn serve(mut stream: TcpStream, act: Option<Act>, record: &Mutex<Vec<Seen>>, played: &Semaphore) {
    stream.set_nodelay(true).unwrap();
    let Some(seen) = read_request(&mut stream).await else {
        return;
    };
    record.lock().unwrap().push(seen);
    let (bytes, size, hang) = match act {
        Some(Act::Send(bytes, size)) => (bytes, size, false),
        Some(Act::Hang(bytes)) => (bytes, usize::MAX, true),
        Some(Act::Flood(bytes, again)) => {
            if stream.write_all(&bytes).await.is_ok() {
                while stream.write_all(&again).await.is_ok() {}
            }
            return;
        }
        None => return,
    };
    for piece in bytes.chunks(size) {
        // A client that has seen enough may close early.
        if stream.write_all(piece).await.is_err() {
            return;
        }
    }
    played.add_permits(1);
    if !hang && stream.shutdown().await.is_err() {
        return;
    }
    // Until the client closes, so that no reset overtakes what was sent.
    let mut rest = [0; 64];
    while matches!(stream.read(&mut rest).await, Ok(1..)) {}
}

async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers: BTreeMap<_, _> = lines.filter_map(pair).collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = serde_json::from_slice(&bytes[end + 4..]).unwrap_or_default();
    Some(Seen { line, headers, body })
}

/// The bytes of `tests/fixtures/<name>.http`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}.http", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A clock that stands still.
pub(crate) fn epoch() -> Now {
    Arc::new(|| Timestamp::UNIX_EPOCH)
}

/// `provider` with a key, at `base_url`.
pub(crate) fn model_at(provider: &ProviderName, base_url: &str) -> Arc<dyn ChatModel> {
    let config = ProviderConfig {
        base_url: Some(base_url.to_owned()),
        ..ProviderConfig::new(provider.clone(), Some(SecretString::from(KEY)))
    };
    let providers = Providers::new(vec![config], &HttpConfig::default(), &epoch()).unwrap();
    Arc::clone(providers.get(provider).unwrap())
}

/// A conversation of three turns with instructions.
pub(crate) fn request(model: &str) -> ChatRequest {
    let turn = |role, text: &str| Turn { role, text: text.to_owned() };
    ChatRequest {
        model: model.to_owned(),
        system: "You are a support agent.".to_owned(),
        turns: vec![
            turn(Role::Visitor, "Hi"),
            turn(Role::Assistant, "Hello!"),
            turn(Role::Visitor, "Where is my parcel?"),
        ],
        reply_tokens: 512,
        temperature: Some(0.7),
        timeout: Duration::from_secs(20),
        stream_timeout: Duration::from_secs(20),
    }
}

/// Asks `provider` once; the server plays one fixture, and must have been asked just once.
pub(crate) async fn ask(
    provider: &ProviderName,
    fixture: &str,
    request: &ChatRequest,
) -> Result<ChatReply, ProviderError> {
    let vendor = Vendor::of(&[fixture]).await;
    let outcome = model_at(provider, &vendor.url()).complete(request).await;
    vendor.only();
    outcome
}

/// Checks a table of (fixture, failure, part of the detail).
pub(crate) async fn check_failures(provider: &ProviderName, model: &str, table: &[(&str, Failure, &str)]) {
    for (fixture, failure, detail) in table {
        let error = ask(provider, fixture, &request(model)).await.unwrap_err();
        assert_eq!(error.failure, *failure, "{fixture}: {error:?}");
        assert!(error.detail.contains(detail), "{fixture}: {error:?}");
    }
}

/// Checks a table of (fixture, failure, usage): answers that were billed although they are of no use.
pub(crate) async fn check_billed(
    provider: &ProviderName,
    model: &str,
    table: &[(&str, Failure, Option<TokenUsage>)],
) {
    for (fixture, failure, usage) in table {
        let error = ask(provider, fixture, &request(model)).await.unwrap_err();
        assert_eq!(error.failure, *failure, "{fixture}: {error:?}");
        assert_eq!(error.usage, *usage, "{fixture}: {error:?}");
    }
}

/// Checks a table of (fixture, text, finish), each with a reported usage that the estimate is not below.
pub(crate) async fn check_replies(provider: &ProviderName, model: &str, table: &[(&str, &str, Finish)]) {
    let request = request(model);
    for (fixture, text, finish) in table {
        let reply =
            ask(provider, fixture, &request).await.unwrap_or_else(|error| panic!("{fixture}: {error:?}"));
        assert_eq!((reply.text.as_str(), reply.finish), (*text, *finish), "{fixture}");
        assert!(!reply.usage_estimated, "{fixture}");
        let estimate = estimate_prompt(provider, &request);
        assert!(reply.usage.prompt_tokens <= estimate, "{fixture}: {reply:?} above {estimate}");
    }
}

/// Checks a fixture without usage: the estimate stands in, and is marked.
pub(crate) async fn check_estimated(provider: &ProviderName, model: &str, fixtures: &[&str]) {
    let request = request(model);
    for fixture in fixtures {
        let reply = ask(provider, fixture, &request).await.unwrap();
        assert!(reply.usage_estimated, "{fixture}");
        assert_eq!(reply.usage.prompt_tokens, estimate_prompt(provider, &request), "{fixture}");
        assert!((4..=15).contains(&reply.usage.completion_tokens), "{fixture}: {reply:?}");
    }
}

/// Prompt and completion, nothing else.
pub(crate) fn usage(prompt_tokens: u32, completion_tokens: u32) -> TokenUsage {
    TokenUsage { prompt_tokens, completion_tokens, ..Default::default() }
}

pub(crate) fn rate_limited(milliseconds: impl Into<Option<u64>>) -> Failure {
    Failure::RateLimited { retry_after: milliseconds.into().map(Duration::from_millis) }
}

pub(crate) fn overloaded(milliseconds: impl Into<Option<u64>>) -> Failure {
    Failure::Overloaded { retry_after: milliseconds.into().map(Duration::from_millis) }
}
