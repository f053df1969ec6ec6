//! Answers that come in pieces, in the providers' own formats.

use super::Gate;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// What a stub does next in a streamed answer.
#[derive(Debug, Clone)]
pub enum Part {
    /// Sends this, as one chunk.
    Send(String),
    /// Waits at a gate, under this name.
    Pass(Arc<Gate>, &'static str),
    /// Waits until the client has closed the connection, says so, and ends.
    AwaitHangUp(Sender<()>),
    /// Closes the connection before the end of the body.
    Cut,
}

fn event(data: &Value) -> Part {
    Part::Send(format!("data: {data}\r\n\r\n"))
}

/// An event of Claude's, which have names.
fn named_event(data: &Value) -> Part {
    Part::Send(format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or_default()))
}

/// What Gemini's `streamGenerateContent?alt=sse` answers: the pieces, each with the usage so far of `prompt_tokens`
/// and ten tokens for each piece, and the end.
pub fn gemini_stream(pieces: &[&str], prompt_tokens: u32) -> Vec<Part> {
    let said = (1u32..).zip(pieces).map(|(count, piece)| {
        let mut candidate = json!({"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0});
        if usize::try_from(count) == Ok(pieces.len()) {
            candidate["finishReason"] = json!("STOP");
        }
        event(&json!({
            "candidates": [candidate],
            "usageMetadata": {
                "promptTokenCount": prompt_tokens,
                "candidatesTokenCount": 10 * count,
                "totalTokenCount": prompt_tokens + 10 * count,
            },
            "modelVersion": "gemini-stub",
            "responseId": "stub",
        }))
    });
    said.collect()
}

/// What OpenAI's and Groq's `chat/completions` stream: the pieces, the finish reason, the usage of `prompt_tokens`
/// and ten tokens for each piece, and the terminator.
pub fn openai_stream(pieces: &[&str], prompt_tokens: u32) -> Vec<Part> {
    let chunk = |choices: Value, usage: Value| {
        event(&json!({
            "id": "chatcmpl-stub", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "stub",
            "choices": choices, "usage": usage,
        }))
    };
    let choice = |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "finish_reason": finish}]);
    let completion = 10 * u32::try_from(pieces.len()).unwrap_or(u32::MAX);
    let usage = json!({
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": prompt_tokens + completion,
    });
    let mut parts =
        vec![chunk(choice(json!({"role": "assistant", "content": ""}), Value::Null), Value::Null)];
    parts.extend(
        pieces.iter().map(|piece| chunk(choice(json!({"content": piece}), Value::Null), Value::Null)),
    );
    parts.push(chunk(choice(json!({}), json!("stop")), Value::Null));
    parts.push(chunk(json!([]), usage));
    parts.push(Part::Send("data: [DONE]\n\n".to_owned()));
    parts
}

/// What Claude's `messages` streams: the pieces with a ping between, and the usage of `prompt_tokens` and ten tokens
/// for each piece.
pub fn claude_stream(pieces: &[&str], prompt_tokens: u32) -> Vec<Part> {
    let message = json!({
        "id": "msg_stub", "type": "message", "role": "assistant", "model": "claude-stub", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": prompt_tokens, "output_tokens": 1},
    });
    let block = json!({"type": "text", "text": ""});
    let mut parts = vec![
        named_event(&json!({"type": "message_start", "message": message})),
        named_event(&json!({"type": "content_block_start", "index": 0, "content_block": block})),
        named_event(&json!({"type": "ping"})),
    ];
    parts.extend(pieces.iter().map(|piece| {
        let delta = json!({"type": "text_delta", "text": piece});
        named_event(&json!({"type": "content_block_delta", "index": 0, "delta": delta}))
    }));
    parts.push(named_event(&json!({"type": "content_block_stop", "index": 0})));
    parts.push(named_event(&json!({
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": null},
        "usage": {"output_tokens": 10 * pieces.len()},
    })));
    parts.push(named_event(&json!({"type": "message_stop"})));
    parts
}
