//! What the four vendors answer, whole and streamed.

use crate::server::Answers;
use frontdesk_domain::ProviderName;
use serde_json::{Value, json};

/// A vendor with a model of its.
#[derive(Debug)]
pub(crate) struct Vendor {
    pub(crate) provider: ProviderName,
    pub(crate) model: &'static str,
    pub(crate) answers: Answers,
}

/// So many words has an answer, the first one of them in a piece of its own when it is streamed.
const WORDS: usize = 120;

pub(crate) fn all() -> [Vendor; 4] {
    [
        Vendor {
            provider: ProviderName::GEMINI,
            model: "gemini-3.5-flash-lite",
            answers: Answers { whole: gemini(&text(0), true).to_string(), stream: gemini_stream() },
        },
        Vendor { provider: ProviderName::GROQ, model: "openai/gpt-oss-20b", answers: openai() },
        Vendor { provider: ProviderName::OPENAI, model: "gpt-6-luna", answers: openai() },
        Vendor { provider: ProviderName::CLAUDE, model: "claude-haiku-5-5", answers: claude() },
    ]
}

/// The answer from this word on.
fn text(from: usize) -> String {
    (from..WORDS).map(|number| format!("word{number} ")).collect::<Vec<_>>().concat()
}

fn data(events: &[Value]) -> String {
    events.iter().map(|event| format!("data: {event}\n\n")).collect::<Vec<_>>().concat()
}

fn named(events: &[Value]) -> String {
    let name = |event: &Value| event["type"].as_str().unwrap_or_default().to_owned();
    events
        .iter()
        .map(|event| format!("event: {}\ndata: {event}\n\n", name(event)))
        .collect::<Vec<_>>()
        .concat()
}

fn gemini(text: &str, last: bool) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": [{"text": text}]}, "index": 0});
    if last {
        candidate["finishReason"] = json!("STOP");
    }
    json!({
        "candidates": [candidate],
        "usageMetadata": {"promptTokenCount": 412, "candidatesTokenCount": 240, "totalTokenCount": 652},
        "modelVersion": "gemini-3.5-flash-lite", "responseId": "Un6LaYqnO4",
    })
}

fn gemini_stream() -> (String, String) {
    let piece = |number: usize| gemini(&format!("word{number} "), number + 1 == WORDS);
    let rest: Vec<Value> = (1..WORDS).map(piece).collect();
    (data(&[piece(0)]), data(&rest))
}

fn openai() -> Answers {
    let usage = json!({"prompt_tokens": 412, "completion_tokens": 240, "total_tokens": 652});
    let whole = json!({
        "id": "chatcmpl-9Bz", "object": "chat.completion", "created": 1_795_000_000, "model": "gpt-6-luna",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text(0)}, "finish_reason": "stop"}],
        "usage": usage,
    });
    let chunk = |choices: Value, usage: Value| {
        json!({
            "id": "chatcmpl-9Bz", "object": "chat.completion.chunk", "created": 1_795_000_000,
            "model": "gpt-6-luna", "choices": choices, "usage": usage,
        })
    };
    let delta = |delta: Value, finish: Value| {
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": finish}]), Value::Null)
    };
    let piece = |number: usize| delta(json!({"content": format!("word{number} ")}), Value::Null);
    let first = data(&[delta(json!({"role": "assistant", "content": ""}), Value::Null), piece(0)]);
    let mut rest: Vec<Value> = (1..WORDS).map(piece).collect();
    rest.push(delta(json!({}), json!("stop")));
    rest.push(chunk(json!([]), usage));
    Answers { whole: whole.to_string(), stream: (first, format!("{}data: [DONE]\n\n", data(&rest))) }
}

fn claude() -> Answers {
    let message = |content: Value, stop: Value, output: u32| {
        json!({
            "id": "msg_01X", "type": "message", "role": "assistant", "model": "claude-haiku-5-5",
            "content": content, "stop_reason": stop, "stop_sequence": null,
            "usage": {"input_tokens": 412, "output_tokens": output},
        })
    };
    let whole = message(json!([{"type": "text", "text": text(0)}]), json!("end_turn"), 240);
    let piece = |number: usize| {
        let delta = json!({"type": "text_delta", "text": format!("word{number} ")});
        json!({"type": "content_block_delta", "index": 0, "delta": delta})
    };
    let first = named(&[
        json!({"type": "message_start", "message": message(json!([]), Value::Null, 1)}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        piece(0),
    ]);
    let mut rest: Vec<Value> = (1..WORDS).map(piece).collect();
    rest.push(json!({"type": "content_block_stop", "index": 0}));
    rest.push(json!({
        "type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 240},
    }));
    rest.push(json!({"type": "message_stop"}));
    Answers { whole: whole.to_string(), stream: (first, named(&rest)) }
}
