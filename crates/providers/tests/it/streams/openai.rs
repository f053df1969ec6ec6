use super::{Used, all, check_cuts, check_ends, check_no_text, collect, stream};
use crate::support::{Vendor, model_at, overloaded, rate_limited, request, usage};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::Finish;
use serde_json::json;

const OPENAI: ProviderName = ProviderName::OPENAI;
const MODEL: &str = "gpt-6-luna";

#[tokio::test]
async fn the_request_asks_for_a_stream_with_usage_and_without_obfuscation() {
    let vendor = Vendor::of(&["openai/success", "openai/stream_success"]).await;
    let openai = model_at(&OPENAI, &vendor.url());
    openai.complete(&request(MODEL)).await.unwrap();
    openai.stream(&request(MODEL)).await.unwrap();
    let [whole, streamed] = vendor.seen().try_into().unwrap();
    assert!(whole.body.get("stream").is_none() && whole.body.get("stream_options").is_none());
    let mut body = whole.body;
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true, "include_obfuscation": false});
    assert_eq!(streamed.body, body);
}

#[tokio::test]
async fn a_refused_parameter_is_left_out_of_streams_too() {
    let vendor = Vendor::of(&["openai/400_temperature", "openai/stream_success", "openai/success"]).await;
    let openai = model_at(&OPENAI, &vendor.url());
    let streamed = collect(openai.stream(&request(MODEL)).await.unwrap()).await;
    assert_eq!(streamed.text(), "It ships today.");
    openai.complete(&request(MODEL)).await.unwrap();
    let heeded: Vec<_> = vendor.seen().iter().map(|seen| seen.body.get("temperature").is_some()).collect();
    assert_eq!(heeded, [true, false, false]);
}

#[tokio::test]
async fn a_server_that_refuses_stream_options_is_asked_without() {
    for refusal in ["openai/400_stream_options", "openai/422_stream_options"] {
        let vendor = Vendor::of(&[refusal, "openai/stream_no_usage", "openai/stream_no_usage"]).await;
        let openai = model_at(&OPENAI, &vendor.url());
        for _ in 0..2 {
            let streamed = collect(openai.stream(&request("llama3.2")).await.unwrap()).await;
            assert_eq!(streamed.text(), "It ships today.");
            assert!(streamed.end.usage_estimated);
        }
        let bodies: Vec<_> = vendor.seen().into_iter().map(|seen| seen.body).collect();
        let asked: Vec<_> = bodies.iter().map(|body| body.get("stream_options").is_some()).collect();
        assert_eq!(asked, [true, false, false], "{refusal}");
        assert!(bodies.iter().all(|body| body["stream"] == true));
    }
}

#[tokio::test]
async fn every_end_of_a_stream_is_told() {
    let whole = "It ships today.";
    let thought = Used::All(TokenUsage {
        prompt_tokens: 41,
        cached_tokens: 16,
        cache_write_tokens: 8,
        completion_tokens: 70,
        reasoning_tokens: 64,
    });
    let table = [
        ("openai/stream_success", whole, Finish::Complete, thought),
        ("openai/stream_chunked", "Größe 7½, 発送済み 🚚", Finish::Complete, all(41, 15)),
        ("openai/stream_length", "It ships to", Finish::Truncated, all(41, 4)),
        ("openai/stream_no_usage", whole, Finish::Complete, Used::Nothing),
        ("openai/stream_zero_usage", whole, Finish::Complete, all(0, 0)),
        ("openai/stream_no_done", whole, Finish::Complete, thought),
        ("openai/stream_no_finish", whole, Finish::Truncated, thought),
    ];
    check_ends(&OPENAI, MODEL, &table).await;
    let streamed = stream(&OPENAI, MODEL, "openai/stream_success").await.unwrap();
    assert_eq!(streamed.pieces, ["It ships", " today", "."]);
    assert_eq!(streamed.end.model, "gpt-6-luna-2026-10-01");
    assert_eq!(streamed.end.request_id.as_deref(), Some("req-o1"));
}

#[tokio::test]
async fn a_text_that_stops_before_its_end_is_cut() {
    let (text, cut) = ("It ships", "the stream stopped before the answer's end");
    let refused = "stop: I can't help with that.";
    let table = [
        ("openai/stream_cut", "It ships to", Failure::CutOff, cut, Used::Nothing),
        ("openai/stream_cut_chunked", "It ships to", Failure::CutOff, "body", Used::Nothing),
        ("openai/stream_not_json", text, Failure::CutOff, "choices", Used::Nothing),
        ("openai/stream_error_midway", text, overloaded(None), "The server had an error", Used::Nothing),
        ("openai/stream_refusal_midway", text, Failure::Blocked, refused, all(41, 9)),
        ("openai/stream_content_filter", text, Failure::Blocked, "content_filter", all(41, 6)),
    ];
    check_cuts(&OPENAI, MODEL, &table).await;
}

#[tokio::test]
async fn a_stream_without_text_fails_like_a_whole_answer() {
    let thoughts = Used::All(TokenUsage { reasoning_tokens: 64, ..usage(41, 64) });
    let refused = "stop: I can't help with that.";
    let table = [
        ("openai/stream_refusal", Failure::Blocked, refused, Some(all(41, 6))),
        ("openai/stream_empty_length", Failure::Empty, "length", Some(thoughts)),
        ("openai/stream_error_first", overloaded(None), "The server had an error", None),
        ("openai/stream_error_rate", rate_limited(None), "Rate limit reached", None),
        ("openai/429_insufficient_quota", Failure::QuotaSpent, "money", None),
        ("openai/404_model", Failure::ModelGone, "does not exist", None),
        ("openai/400_should_retry", overloaded(300), "Please try again", None),
        ("openai/403_should_retry", Failure::InvalidKey, "Not here", None),
        ("shared/html", Failure::Malformed, "<!doctype html>", Some(Used::Nothing)),
        ("shared/empty_body", Failure::Malformed, "empty body", Some(Used::Nothing)),
        ("shared/redirect", Failure::Malformed, "status 307", None),
    ];
    check_no_text(&OPENAI, MODEL, &table).await;
}
