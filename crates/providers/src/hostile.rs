//! Whatever a provider sends, an adapter answers with a reply or an error.

use crate::chat::{ChatRequest, Role, Turn};
use crate::dialect::Dialect;
use crate::http::answer::Answer;
use crate::{claude, gemini, groq, openai};
use frontdesk_domain::ProviderName;
use proptest::prelude::*;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::time::Duration;

const ALL: [(ProviderName, &Dialect); 4] = [
    (ProviderName::GEMINI, &gemini::DIALECT),
    (ProviderName::GROQ, &groq::DIALECT),
    (ProviderName::OPENAI, &openai::DIALECT),
    (ProviderName::CLAUDE, &claude::DIALECT),
];

fn check(status: u16, body: &[u8]) {
    let request = ChatRequest {
        model: "m".to_owned(),
        system: String::new(),
        turns: vec![Turn { role: Role::Visitor, text: "Hi".to_owned() }],
        reply_tokens: 64,
        temperature: None,
        timeout: Duration::ZERO,
        stream_timeout: Duration::ZERO,
    };
    for (provider, dialect) in ALL {
        let answer = Answer::new(status, HeaderMap::new(), body.to_vec());
        match dialect.read(&answer, &provider, &request) {
            Ok(reply) => {
                assert!(!reply.text.trim().is_empty() && (200..300).contains(&status));
                assert!(reply.model.chars().count() <= 100);
            }
            Err(error) => assert!(error.detail.chars().count() <= 500),
        }
    }
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

proptest! {
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
