//! The recorded answers, split at every byte and held against the estimates.

use super::StreamEnd;
use crate::chat::{ChatRequest, Role, Turn};
use crate::dialect::Dialect;
use crate::error::ProviderError;
use crate::estimate::{estimate_prompt, estimate_text};
use crate::hostile::ALL;
use crate::http::answer::Answer;
use crate::http::redact::Redactor;
use crate::{claude, gemini, groq, openai};
use frontdesk_domain::{ProviderName, TokenUsage};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// What the format of a chat adds to an answer's text, its end for example: `estimate` allows as much for each
/// message of a prompt.
const FORMAT: u32 = 8;

/// The conversation that all recorded answers are answers to.
fn request() -> ChatRequest {
    let turn = |role, text: &str| Turn { role, text: text.to_owned() };
    ChatRequest {
        model: "gpt-6-luna".to_owned(),
        system: "You are a support agent.".to_owned(),
        turns: vec![
            turn(Role::Visitor, "Hi"),
            turn(Role::Assistant, "Hello!"),
            turn(Role::Visitor, "Where is my parcel?"),
        ],
        reply_tokens: 512,
        temperature: None,
        timeout: Duration::ZERO,
        stream_timeout: Duration::ZERO,
    }
}

/// A recorded answer that is not sent in chunks.
struct Recorded {
    name: String,
    provider: ProviderName,
    dialect: &'static Dialect,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Recorded {
    fn is_stream(&self) -> bool {
        self.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream")
    }

    /// Pieces and end of the stream whose bytes come in `parts`.
    fn replay<'a>(
        &self,
        parts: impl IntoIterator<Item = &'a [u8]>,
    ) -> (Vec<String>, Result<StreamEnd, ProviderError>) {
        let head = Answer::new(self.status, self.headers.clone(), Vec::new());
        let mut decoder = self.dialect.decoder(head, Redactor::default(), 1024 * 1024);
        for part in parts {
            decoder.push(part);
        }
        decoder.end_of_body();
        assert!(decoder.is_over(), "{}", self.name);
        let pieces: Vec<_> = std::iter::from_fn(|| decoder.piece()).collect();
        if pieces.is_empty() {
            let error = decoder.without_text(&self.provider, &request()).unwrap_err();
            return (pieces, Err(error));
        }
        (pieces, Ok(decoder.conclude(&self.provider, &request())))
    }
}

fn recorded() -> Vec<Recorded> {
    let folder = |provider: &ProviderName| {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(provider.as_str())
    };
    let mut all = Vec::new();
    for (provider, dialect) in ALL {
        for file in std::fs::read_dir(folder(&provider)).unwrap() {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            let pair = |line: &str| {
                let (name, value) = line.split_once(": ").unwrap();
                let name: HeaderName = name.parse().unwrap();
                (name, HeaderValue::from_str(value).unwrap())
            };
            let headers: HeaderMap = head.split("\r\n").skip(1).map(pair).collect();
            if !headers.contains_key("transfer-encoding") {
                let name = path.display().to_string();
                let body = bytes[end + 4..].to_vec();
                all.push(Recorded { name, provider: provider.clone(), dialect, status, headers, body });
            }
        }
    }
    all
}

#[test]
fn a_stream_is_the_same_wherever_it_is_split() {
    let streams: Vec<_> = recorded().into_iter().filter(Recorded::is_stream).collect();
    assert!(streams.len() > 60, "{}", streams.len());
    for stream in streams {
        let whole = stream.replay([stream.body.as_slice()]);
        assert_eq!(stream.replay(stream.body.chunks(1)), whole, "{} byte by byte", stream.name);
        for at in 0..=stream.body.len() {
            let (start, rest) = stream.body.split_at(at);
            assert_eq!(stream.replay([start, rest]), whole, "{} split at {at}", stream.name);
        }
    }
}

/// Usage that the provider told itself, with the text that it is for.
fn told(recorded: &Recorded) -> Option<(TokenUsage, String)> {
    if recorded.is_stream() {
        let (pieces, end) = recorded.replay([recorded.body.as_slice()]);
        let end = end.ok().filter(|end| !end.usage_estimated && end.error.is_none())?;
        return Some((end.usage, pieces.concat()));
    }
    let answer = Answer::new(recorded.status, recorded.headers.clone(), recorded.body.clone());
    let reply = recorded.dialect.read(&answer, &recorded.provider, &request()).ok()?;
    (!reply.usage_estimated).then_some((reply.usage, reply.text))
}

#[test]
fn estimates_are_not_below_what_was_reported() {
    let mut checked = 0;
    for recorded in recorded() {
        let Some((usage, text)) = told(&recorded) else { continue };
        let (provider, name) = (&recorded.provider, &recorded.name);
        let prompt = estimate_prompt(provider, &request());
        assert!(usage.prompt_tokens <= prompt, "{name}: {usage:?} above {prompt}");
        let visible = usage.completion_tokens - usage.reasoning_tokens;
        let most = estimate_text(provider, &text) + FORMAT;
        assert!(visible <= most, "{name}: {visible} above {most}");
        checked += 1;
    }
    assert!(checked > 40, "{checked}");
}

/// What is made of an OpenAI stream of these events that stops without an end.
fn cut(events: &[Value]) -> StreamEnd {
    let mut decoder = openai::DIALECT.decoder(
        Answer::new(200, HeaderMap::new(), Vec::new()),
        Redactor::default(),
        1_000_000,
    );
    for event in events {
        decoder.push(format!("data: {event}\n\n").as_bytes());
    }
    decoder.end_of_body();
    decoder.conclude(&ProviderName::OPENAI, &request())
}

fn says(field: &str, words: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {field: words}}]})
}

#[test]
fn what_was_reasoned_aloud_before_a_cut_is_counted_with_the_text() {
    let thought = "The visitor asks where the parcel is.";
    for field in ["reasoning_content", "reasoning"] {
        let usage =
            cut(&[says(field, thought), says("content", "It ships"), says("content", " today.")]).usage;
        let thoughts = estimate_text(&ProviderName::OPENAI, thought);
        assert_eq!(usage.reasoning_tokens, thoughts, "{field}");
        let spoken = estimate_text(&ProviderName::OPENAI, "It ships today.");
        assert_eq!(usage.completion_tokens, thoughts + spoken, "{field}");
    }
    // Some servers send the same words under both names.
    let both = json!({"choices": [{"delta": {"reasoning": thought, "reasoning_content": thought}}]});
    let usage = cut(&[both, says("content", "It ships")]).usage;
    assert_eq!(usage.reasoning_tokens, estimate_text(&ProviderName::OPENAI, thought));
}

#[test]
fn what_the_provider_counts_is_not_added_to_what_was_reasoned_aloud() {
    let told = json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 6}});
    let usage = cut(&[says("reasoning", "The visitor asks."), says("content", "It ships"), told]).usage;
    assert_eq!((usage.prompt_tokens, usage.completion_tokens, usage.reasoning_tokens), (9, 6, 0));
}

#[test]
fn an_estimate_of_a_reply_stays_within_the_cap_that_was_held_for_it() {
    let words = "word ".repeat(500);
    let of = |provider: &ProviderName, dialect: &'static Dialect, event: Value| {
        let head = Answer::new(200, HeaderMap::new(), Vec::new());
        let mut decoder = dialect.decoder(head, Redactor::default(), 1_000_000);
        decoder.push(format!("data: {event}\n\n").as_bytes());
        decoder.conclude(provider, &request()).usage.completion_tokens
    };
    let cap = request().reply_tokens;
    let text = json!({"type": "text_delta", "text": words});
    let delta = json!({"type": "content_block_delta", "delta": text});
    assert_eq!(of(&ProviderName::CLAUDE, &claude::DIALECT, delta), cap);
    // The first usage of Gemini's may count no text yet.
    let parts = json!({"candidates": [{"content": {"parts": [{"text": words}]}}], "usageMetadata": {"promptTokenCount": 9}});
    assert_eq!(of(&ProviderName::GEMINI, &gemini::DIALECT, parts), cap);
    let content = json!({"choices": [{"delta": {"content": words}}]});
    assert_eq!(of(&ProviderName::GROQ, &groq::DIALECT, content), cap);
    // Twice the cap by the vocabulary's own count: it was not kept, and no margin is added to that.
    let long = json!({"choices": [{"delta": {"content": words.repeat(2)}}]});
    assert_eq!(
        of(&ProviderName::GROQ, &groq::DIALECT, long),
        estimate_text(&ProviderName::OPENAI, &words.repeat(2))
    );
}
