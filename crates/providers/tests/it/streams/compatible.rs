//! Servers that look like OpenAI, each with its own ways.

use super::{Used, all, check_cuts, check_ends, check_no_text, stream};
use crate::support::{overloaded, rate_limited, usage};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::Finish;

const OPENAI: ProviderName = ProviderName::OPENAI;
const MODEL: &str = "llama3.2";

#[tokio::test]
async fn what_they_add_to_a_stream_is_passed_over() {
    let whole = "It ships today.";
    let thought = Used::All(TokenUsage { reasoning_tokens: 24, ..usage(41, 30) });
    let table = [
        ("openai/stream_openrouter", whole, Finish::Complete, all(41, 6)),
        ("openai/stream_azure", whole, Finish::Complete, all(41, 6)),
        ("openai/stream_deepseek", whole, Finish::Complete, thought),
        ("openai/stream_deepseek_interrupted", "It ships to", Finish::Truncated, all(41, 4)),
        ("openai/stream_vllm", whole, Finish::Complete, all(41, 6)),
    ];
    check_ends(&OPENAI, MODEL, &table).await;
    let azure = stream(&OPENAI, MODEL, "openai/stream_azure").await.unwrap();
    assert_eq!(azure.end.model, "gpt-6-luna-2026-10-01");
    assert_eq!(azure.end.request_id.as_deref(), Some("chatcmpl-7"));
}

#[tokio::test]
async fn their_errors_are_typed() {
    let text = "It ships";
    let table = [
        (
            "openai/stream_openrouter_error",
            text,
            overloaded(None),
            "502: Provider disconnected",
            Used::Nothing,
        ),
        ("openai/stream_openrouter_finish_error", text, overloaded(None), "error", Used::Nothing),
    ];
    check_cuts(&OPENAI, MODEL, &table).await;
    let table = [
        ("openai/stream_openrouter_error_first", rate_limited(None), "429: Rate limited upstream", None),
        ("openai/stream_vllm_error", Failure::Rejected, "maximum context length", None),
    ];
    check_no_text(&OPENAI, MODEL, &table).await;
}

#[tokio::test]
async fn a_server_that_does_not_stream_gives_its_answer_in_one_piece() {
    for fixture in ["openai/stream_whole_answer", "openai/success"] {
        let streamed = stream(&OPENAI, MODEL, fixture).await.unwrap();
        assert_eq!(streamed.pieces, ["It ships today."]);
        assert_eq!(streamed.end.finish, Finish::Complete);
        assert!(!streamed.end.usage_estimated);
    }
}
