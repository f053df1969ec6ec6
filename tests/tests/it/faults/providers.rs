//! Providers that answer, delay, fail, cut connections and hang, and a gate at which their requests can be held.

use frontdesk_tests::stub::{Gate, Recorded, gemini_ok, openai_ok};
use frontdesk_tests::{Reply, Stub};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The longest wait of an api for one call.
pub(super) const TIMEOUT: Duration = Duration::from_millis(900);

pub(super) struct Providers {
    pub(super) gate: Arc<Gate>,
    gemini: Stub,
    groq: Stub,
}

/// What the replies have in common; only the shape differs.
type Shape = fn(&str, u32, u32) -> Reply;

impl Providers {
    pub(super) fn start() -> Self {
        let gate = Arc::new(Gate::default());
        let gemini = stub(&gate, 1, gemini_ok, "/generationConfig/maxOutputTokens");
        let groq = stub(&gate, 2, openai_ok, "/max_completion_tokens");
        Self { gate, gemini, groq }
    }

    /// What an api needs to ask them; `key` is its name at the gate.
    pub(super) fn environment(&self, key: &str) -> Vec<(&'static str, String)> {
        vec![
            ("GEMINI_API_KEY", key.to_owned()),
            ("GEMINI_BASE_URL", self.gemini.url()),
            ("GROQ_API_KEY", key.to_owned()),
            ("GROQ_BASE_URL", self.groq.url()),
            ("FALLBACK_PROVIDERS", "groq".to_owned()),
            ("PROVIDER_TIMEOUT_MS", TIMEOUT.as_millis().to_string()),
        ]
    }
}

fn stub(gate: &Arc<Gate>, seed: u64, shape: Shape, cap: &'static str) -> Stub {
    let gate = Arc::clone(gate);
    let calls = AtomicU64::new(0);
    Stub::start(move |request| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        gate.pass(&key_of(request));
        reply(&mut StdRng::seed_from_u64(seed << 32 | call), shape, &request.json(), cap)
    })
}

/// Gemini's key stands in a header of its own.
fn key_of(request: &Recorded) -> String {
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    request.header("x-goog-api-key").or(bearer).unwrap_or_default().to_owned()
}

fn reply(rng: &mut StdRng, shape: Shape, request: &Value, cap: &str) -> Reply {
    let mut ok = || {
        // never more than the api holds: less than the prompt's estimate, at most the cap it sent
        let cap = request.pointer(cap).and_then(Value::as_u64).and_then(|cap| u32::try_from(cap).ok());
        let cap = cap.expect("the request has a reply cap");
        let completion = if rng.random_ratio(1, 4) { cap } else { rng.random_range(1..=cap) };
        (
            shape(&text(request), rng.random_range(10..=60), completion),
            rng.random_range(0..100),
            rng.random_range(0..300),
        )
    };
    let (ok, dice, delay) = ok();
    match dice {
        0..60 => ok,
        60..74 => ok.after(Duration::from_millis(delay)),
        74..77 => ok.after(TIMEOUT + Duration::from_millis(delay)),
        77..83 => Reply::error(500, "internal"),
        83..88 => Reply::error(429, "slow down"),
        88..92 => Reply::error(503, "overloaded").with_header("retry-after", "0"),
        92..96 => Reply::CutConnection,
        96..98 => Reply::CutBody(b"{\"candidates\": [".to_vec()),
        _ => Reply::Hang,
    }
}

/// An answer that names the question, which is the last thing in the prompt.
fn text(request: &Value) -> String {
    let prompt = request.to_string();
    let question = prompt.rfind(QUESTION).map(|start| &prompt[start..]).unwrap_or_default();
    let number = question.trim_start_matches(QUESTION).split('.').next().unwrap_or_default();
    answer_to(number)
}

/// What a question begins with; its number and a full stop follow.
pub(super) const QUESTION: &str = "Question ";

/// What the providers answer to it.
pub(super) fn answer_to(number: &str) -> String {
    format!("This answers number {number}, {SIGNATURE}")
}

/// Whether an answer is a provider's.
pub(super) fn is_a_models(answer: &str) -> bool {
    answer.ends_with(SIGNATURE)
}

const SIGNATURE: &str = "says the model.";
