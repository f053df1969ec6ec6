//! Whatever a provider sends, an adapter answers with a reply or an error, and a stream comes to one end.

use crate::chat::{ChatRequest, Finish, Role, Turn};
use crate::dialect::Dialect;
use crate::error::ProviderError;
use crate::http::answer::Answer;
use crate::http::redact::Redactor;
use crate::stream::decode::Decoder;
use crate::stream::live::LiveReply;
use crate::stream::{StreamEnd, StreamEvent};
use crate::{claude, gemini, groq, openai};
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use proptest::prelude::*;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

pub(crate) const ALL: [(ProviderName, &Dialect); 4] = [
    (ProviderName::GEMINI, &gemini::DIALECT),
    (ProviderName::GROQ, &groq::DIALECT),
    (ProviderName::OPENAI, &openai::DIALECT),
    (ProviderName::CLAUDE, &claude::DIALECT),
];

fn check(status: u16, body: &[u8]) {
    let request = request();
    for (provider, dialect) in ALL {
        let answer = Answer::new(status, HeaderMap::new(), body.to_vec());
        match dialect.read(&answer, &provider, &request) {
            Ok(reply) => {
                assert!(!reply.text.trim().is_empty() && (200..300).contains(&status));
                assert!(!reply.text.contains('\0'));
                assert!(reply.model.chars().count() <= 100);
            }
            Err(error) => assert!(error.detail.chars().count() <= 500),
        }
    }
}

fn request() -> ChatRequest {
    ChatRequest {
        model: "m".to_owned(),
        system: String::new(),
        turns: vec![Turn { role: Role::Visitor, text: "Hi".to_owned() }],
        reply_tokens: 64,
        temperature: None,
        timeout: Duration::ZERO,
        stream_timeout: Duration::ZERO,
    }
}

/// Reads `bytes` as the stream of every provider, in pieces of `size` bytes.
fn check_stream(bytes: &[u8], size: usize, limit: usize) {
    for (provider, dialect) in ALL {
        let head = Answer::new(200, HeaderMap::new(), Vec::new());
        let mut decoder = dialect.decoder(head, Redactor::default(), limit);
        for piece in bytes.chunks(size) {
            decoder.push(piece);
            assert!(decoder.held() <= limit, "{} bytes held", decoder.held());
        }
        match read_to_end(decoder, &provider) {
            Ok((text, end)) => {
                assert!(text.len() <= limit && end.model.chars().count() <= 100);
                assert_eq!(end.finish == Finish::Cut, end.error.is_some());
            }
            Err(error) => assert!(error.detail.chars().count() <= 500),
        }
    }
}

/// All the text, and the end, which comes once and last.
fn read_to_end(decoder: Decoder, provider: &ProviderName) -> Result<(String, StreamEnd), ProviderError> {
    let live = LiveReply {
        decoder,
        provider: provider.clone(),
        request: request(),
        body: None,
        idle_timeout: Duration::ZERO,
        until: Instant::now(),
        end: None,
    };
    let late = || ProviderError::new(Failure::Timeout, "");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut stream = live.begin(Instant::now(), late).await?;
        let mut text = String::new();
        let end = loop {
            match stream.next().await.unwrap() {
                StreamEvent::Delta(piece) => {
                    assert!(!piece.is_empty() && !piece.contains('\0'));
                    text.push_str(&piece);
                    assert!(!text.trim().is_empty());
                }
                StreamEvent::End(end) => break end,
            }
        };
        assert_eq!(stream.next().await, None);
        Ok((text, end))
    })
}

/// Lines of a stream that are nearly what the four APIs send, most with some text among them.
fn near_stream() -> impl Strategy<Value = String> {
    let event = (near_miss(), near_miss(), 0usize..10).prop_map(|(one, two, kind)| {
        let known = [
            json!({"choices": [{"delta": one, "finish_reason": two}], "usage": two, "x_groq": two}),
            json!({"choices": [{"delta": {"content": "text", "refusal": one}}], "id": two, "usage": one}),
            json!({"type": "message_start", "message": one}),
            json!({"type": "message_delta", "delta": one, "usage": two}),
            json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "text"}, "index": one}),
            json!({"type": "content_block_start", "content_block": one}),
            json!({"candidates": [{"content": one, "finishReason": two}], "usageMetadata": two}),
            json!({"candidates": [{"content": {"parts": [{"text": "text"}]}}], "usageMetadata": one}),
            json!({"error": one}),
            one.clone(),
        ];
        known[kind].to_string()
    });
    let line = (event, 0usize..8).prop_map(|(event, kind)| match kind {
        0 => format!("event: error\r\ndata: {event}\r\n\r\n"),
        1 => format!("{event}\n"),
        2 => format!("data: {event}\n"),
        3 => ": comment\rdata: [DONE]\r\r".to_owned(),
        4 => format!("event: ping\ndata:{event}\n\n"),
        _ => format!("data: {event}\n\n"),
    });
    prop::collection::vec(line, 0..8).prop_map(|lines| lines.concat())
}

/// JSON with the field names of all four APIs and values of any type in them.
fn near_miss() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(STOP|length|refusal|text|model|[a-z]{0,4})".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let names = "(candidates|content|parts|text|thought|finishReason|promptFeedback|blockReason|usageMetadata\
                     |promptTokenCount|error|details|violations|quotaId|retryDelay|choices|message|finish_reason\
                     |refusal|usage|prompt_tokens|completion_tokens|x_groq|id|code|type|stop_reason|input_tokens\
                     |output_tokens|model|status)";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

#[test]
fn what_no_database_holds_is_no_part_of_a_text() {
    for (kept, said) in [("ab", "a\0b"), ("", "\0")] {
        let content = json!({"choices": [{"delta": {"content": said}, "finish_reason": "stop"}]});
        let head = Answer::new(200, HeaderMap::new(), Vec::new());
        let mut decoder = openai::DIALECT.decoder(head, Redactor::default(), 1_000);
        decoder.push(format!("data: {content}\n\ndata: [DONE]\n\n").as_bytes());
        let streamed = read_to_end(decoder, &ProviderName::OPENAI).map(|(text, _)| text);
        let body = json!({"choices": [{"message": {"content": said}, "finish_reason": "stop"}]});
        let answer = Answer::new(200, HeaderMap::new(), body.to_string().into_bytes());
        let whole = openai::DIALECT.read(&answer, &ProviderName::OPENAI, &request()).map(|reply| reply.text);
        for text in [streamed, whole] {
            match text {
                Ok(text) => assert_eq!(text, kept),
                Err(error) => assert!(kept.is_empty() && error.failure == Failure::Empty, "{error}"),
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_of_a_stream_come_to_one_end(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        size in 1usize..64,
        limit in 0usize..400,
    ) {
        check_stream(&bytes, size, limit);
    }

    #[test]
    fn nearly_a_stream_comes_to_one_end(
        stream in near_stream(),
        size in 1usize..64,
        limit in prop_oneof![Just(1024 * 1024usize), 0usize..400],
        cut in 0usize..2_000,
    ) {
        check_stream(stream.as_bytes(), size, limit);
        check_stream(&stream.as_bytes()[..cut.min(stream.len())], usize::MAX, limit);
    }

    #[test]
    fn any_bytes_are_answered(status in 100u16..1_000, body in prop::collection::vec(any::<u8>(), 0..200)) {
        check(status, &body);
    }

    #[test]
    fn any_json_is_answered(status in 100u16..1_000, body in near_miss()) {
        check(status, body.to_string().as_bytes());
    }

    #[test]
    fn any_value_in_a_known_place_is_answered(status in prop_oneof![Just(200u16), 400u16..600], value in near_miss()) {
        for body in [
            json!({"candidates": [{"content": value, "finishReason": "STOP"}], "usageMetadata": value}),
            json!({"candidates": value, "promptFeedback": value}),
            json!({"choices": [{"message": value, "finish_reason": "stop"}], "usage": value, "x_groq": value}),
            json!({"content": value, "usage": value, "stop_reason": "end_turn"}),
            json!({"error": value}),
            json!([{"error": {"details": value, "code": value, "message": value}}]),
        ] {
            check(status, body.to_string().as_bytes());
        }
    }
}
