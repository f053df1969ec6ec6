use super::{Used, all, check_cuts, check_ends, check_no_text, stream};
use crate::support::{Vendor, model_at, overloaded, rate_limited, request, usage};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::Finish;
use serde_json::json;

const GROQ: ProviderName = ProviderName::GROQ;
const MODEL: &str = "openai/gpt-oss-20b";

#[tokio::test]
async fn the_request_asks_for_a_stream_with_usage() {
    let vendor = Vendor::of(&["groq/success", "groq/stream_success"]).await;
    let groq = model_at(&GROQ, &vendor.url());
    groq.complete(&request(MODEL)).await.unwrap();
    groq.stream(&request(MODEL)).await.unwrap();
    let [whole, streamed] = vendor.seen().try_into().unwrap();
    let mut body = whole.body;
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    assert_eq!(streamed.body, body);
}

#[tokio::test]
async fn every_end_of_a_stream_is_told() {
    let whole = "It ships today.";
    let thought = Used::All(TokenUsage {
        prompt_tokens: 41,
        cached_tokens: 32,
        cache_write_tokens: 0,
        completion_tokens: 70,
        reasoning_tokens: 61,
    });
    let table = [
        ("groq/stream_success", whole, Finish::Complete, thought),
        ("groq/stream_usage_in_x_groq", whole, Finish::Complete, thought),
        ("groq/stream_length", "It ships", Finish::Truncated, all(41, 4)),
    ];
    check_ends(&GROQ, MODEL, &table).await;
    let streamed = stream(&GROQ, MODEL, "groq/stream_success").await.unwrap();
    assert_eq!(streamed.pieces, ["It ships", " today."]);
    assert_eq!(streamed.end.model, MODEL);
    assert_eq!(streamed.end.request_id.as_deref(), Some("req_g1"));
}

#[tokio::test]
async fn a_text_that_stops_before_its_end_is_cut() {
    let (text, cut) = ("It ships", "the stream stopped before the answer's end");
    let capacity = "Service is over capacity";
    let thought = Used::Thought("The visitor…");
    let table = [
        ("groq/stream_cut", text, Failure::CutOff, cut, thought),
        ("groq/stream_error_midway", text, overloaded(None), capacity, thought),
        ("groq/stream_error_text", text, Failure::Malformed, "over capacity", thought),
        ("groq/stream_error_in_x_groq", text, Failure::Malformed, "over_capacity", thought),
    ];
    check_cuts(&GROQ, MODEL, &table).await;
}

#[tokio::test]
async fn a_stream_without_text_fails_like_a_whole_answer() {
    let thoughts = Used::All(TokenUsage { reasoning_tokens: 64, ..usage(41, 64) });
    let table = [
        ("groq/stream_empty_length", Failure::Empty, "length", Some(thoughts)),
        ("groq/stream_error_first", rate_limited(None), "Rate limit reached", None),
        ("groq/stream_error_event", overloaded(None), "Upstream failed", None),
        ("groq/413_tpm", Failure::Rejected, "", None),
        ("groq/503_over_capacity", overloaded(11_000), "", None),
    ];
    check_no_text(&GROQ, MODEL, &table).await;
}
