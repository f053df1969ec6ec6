//! What a stub answers.

use super::Part;
use serde_json::{Value, json};
use std::time::Duration;

/// What a stub does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers.
    Answer {
        /// The status code.
        status: u16,
        /// Headers besides `Content-Length`.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Answers after a time.
    Later(Duration, Box<Reply>),
    /// Never answers; the connection stays open until the client or the stub goes.
    Hang,
    /// Closes the connection without an answer.
    CutConnection,
    /// Starts an answer of status 200 with a length, sends this much of it, then closes the connection.
    CutBody(Vec<u8>),
    /// Answers with status 200 and an event stream, part by part.
    Stream(Vec<Part>),
}

impl Reply {
    /// JSON with a status.
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self::Answer { status, headers, body: body.to_string().into_bytes() }
    }

    /// An error as all four providers nest it: `{"error": {"message", "code", "type"}}`.
    pub fn error(status: u16, message: &str) -> Self {
        Self::json(status, &json!({"error": {"message": message, "code": status, "type": "stub"}}))
    }

    /// The same answer with one more header.
    ///
    /// # Panics
    /// For a reply that has no headers.
    #[must_use]
    pub fn with_header(self, name: &str, value: &str) -> Self {
        match self {
            Self::Answer { status, mut headers, body } => {
                headers.push((name.to_owned(), value.to_owned()));
                Self::Answer { status, headers, body }
            }
            Self::Later(delay, reply) => reply.with_header(name, value).after(delay),
            Self::Hang | Self::CutConnection | Self::CutBody(_) | Self::Stream(_) => {
                panic!("{self:?} has no headers")
            }
        }
    }

    /// The same after a time.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self::Later(delay, Box::new(self))
    }
}

/// What Gemini's `generateContent` answers.
pub fn gemini_ok(text: &str, prompt_tokens: u32, completion_tokens: u32) -> Reply {
    Reply::json(
        200,
        &json!({
            "candidates": [{
                "content": {"role": "model", "parts": [{"text": text}]},
                "finishReason": "STOP",
                "index": 0,
            }],
            "usageMetadata": {
                "promptTokenCount": prompt_tokens,
                "candidatesTokenCount": completion_tokens,
                "totalTokenCount": prompt_tokens + completion_tokens,
            },
            "modelVersion": "gemini-stub",
            "responseId": "stub",
        }),
    )
}

/// What OpenAI's and Groq's `chat/completions` answer.
pub fn openai_ok(text: &str, prompt_tokens: u32, completion_tokens: u32) -> Reply {
    Reply::json(
        200,
        &json!({
            "id": "chatcmpl-stub",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": "stub",
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
            }],
            "usage": {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens,
            },
        }),
    )
}

/// What Claude's `messages` answers.
pub fn claude_ok(text: &str, prompt_tokens: u32, completion_tokens: u32) -> Reply {
    Reply::json(
        200,
        &json!({
            "id": "msg_stub",
            "type": "message",
            "role": "assistant",
            "model": "claude-stub",
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "stop_sequence": null,
            "usage": {"input_tokens": prompt_tokens, "output_tokens": completion_tokens},
        }),
    )
}
