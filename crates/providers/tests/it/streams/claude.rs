use super::{Used, all, check_cuts, check_ends, check_no_text, stream};
use crate::support::{KEY, Vendor, model_at, overloaded, request, usage};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::Finish;
use serde_json::json;

const CLAUDE: ProviderName = ProviderName::CLAUDE;
const MODEL: &str = "claude-haiku-5-5";

#[tokio::test]
async fn the_request_asks_for_a_stream() {
    let vendor = Vendor::of(&["claude/success", "claude/stream_success"]).await;
    let claude = model_at(&CLAUDE, &vendor.url());
    claude.complete(&request(MODEL)).await.unwrap();
    claude.stream(&request(MODEL)).await.unwrap();
    let [whole, streamed] = vendor.seen().try_into().unwrap();
    assert_eq!(streamed.line, "POST /v1/messages HTTP/1.1");
    assert_eq!(streamed.headers["x-api-key"], KEY);
    assert_eq!(whole.body.get("stream"), None);
    let mut body = whole.body;
    body["stream"] = json!(true);
    assert_eq!(streamed.body, body);
}

#[tokio::test]
async fn every_text_delta_is_a_piece() {
    let streamed = stream(&CLAUDE, MODEL, "claude/stream_success").await.unwrap();
    assert_eq!(streamed.pieces, ["It ships", " today", "."]);
    assert_eq!(streamed.end.model, MODEL);
    assert_eq!(streamed.end.request_id.as_deref(), Some("req_011"));
}

#[tokio::test]
async fn every_end_of_a_stream_is_told() {
    let whole = "It ships today.";
    let thought = TokenUsage {
        prompt_tokens: 41,
        cached_tokens: 16,
        cache_write_tokens: 5,
        completion_tokens: 70,
        reasoning_tokens: 64,
    };
    let again = TokenUsage { cached_tokens: 16, cache_write_tokens: 5, ..usage(42, 6) };
    let table = [
        ("claude/stream_success", whole, Finish::Complete, all(41, 6)),
        ("claude/stream_crlf", whole, Finish::Complete, all(41, 6)),
        ("claude/stream_thinking", whole, Finish::Complete, Used::All(thought)),
        ("claude/stream_input_again", whole, Finish::Complete, Used::All(again)),
        ("claude/stream_cumulative", whole, Finish::Complete, all(41, 9)),
        ("claude/stream_max_tokens", "It ships to", Finish::Truncated, all(41, 4)),
        ("claude/stream_unknown_events", whole, Finish::Complete, all(41, 6)),
        ("claude/stream_no_message_stop", whole, Finish::Complete, all(41, 6)),
        ("claude/stream_no_stop_reason", whole, Finish::Truncated, Used::Prompt(41)),
        ("claude/stream_no_usage", whole, Finish::Complete, Used::Nothing),
    ];
    check_ends(&CLAUDE, MODEL, &table).await;
}

#[tokio::test]
async fn a_text_that_stops_before_its_end_is_cut() {
    let cut = "the stream stopped before the answer's end";
    let overload = "overloaded_error: Overloaded";
    let table = [
        ("claude/stream_cut", "It ships to", Failure::CutOff, cut, Used::Prompt(41)),
        ("claude/stream_error_midway", "It ships", overloaded(None), overload, Used::Prompt(41)),
        ("claude/stream_refusal_midway", "It ships", Failure::Blocked, "refusal", all(41, 5)),
    ];
    check_cuts(&CLAUDE, MODEL, &table).await;
}

#[tokio::test]
async fn a_stream_without_text_fails_like_a_whole_answer() {
    let started = Used::SoFar(usage(41, 0));
    let table = [
        ("claude/stream_refusal", Failure::Blocked, "stop reason refusal cyber", Some(all(18, 5))),
        ("claude/stream_empty_tool_use", Failure::Empty, "tool_use", Some(all(41, 12))),
        ("claude/stream_error_after_start", overloaded(None), "Overloaded", Some(started)),
        ("claude/stream_error_first", overloaded(None), "Overloaded", None),
        ("claude/529_overloaded", overloaded(None), "Overloaded", None),
        ("claude/429_enforced_spend", Failure::QuotaSpent, "spend", None),
    ];
    check_no_text(&CLAUDE, MODEL, &table).await;
    let refused = stream(&CLAUDE, MODEL, "claude/stream_refusal").await.unwrap_err();
    assert_eq!(refused.request_id.as_deref(), Some("req_011"));
}
