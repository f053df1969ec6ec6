use super::{Used, all, check_cuts, check_ends, check_no_text, stream};
use crate::support::{KEY, Vendor, model_at, overloaded, request, usage};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::Finish;

const GEMINI: ProviderName = ProviderName::GEMINI;
const MODEL: &str = "gemini-3.5-flash-lite";

#[tokio::test]
async fn the_request_is_that_of_a_whole_answer_at_another_address() {
    let vendor = Vendor::of(&["gemini/success", "gemini/stream_success"]).await;
    let gemini = model_at(&GEMINI, &vendor.url());
    gemini.complete(&request(MODEL)).await.unwrap();
    gemini.stream(&request(MODEL)).await.unwrap();
    let [whole, streamed] = vendor.seen().try_into().unwrap();
    let line = "POST /v1beta/models/gemini-3.5-flash-lite:streamGenerateContent?alt=sse HTTP/1.1";
    assert_eq!(streamed.line, line);
    assert_eq!(streamed.headers["x-goog-api-key"], KEY);
    assert_eq!(streamed.headers["accept"], "application/json, text/event-stream");
    assert_eq!(streamed.body, whole.body);
}

#[tokio::test]
async fn every_event_with_text_is_a_piece() {
    let streamed = stream(&GEMINI, MODEL, "gemini/stream_success").await.unwrap();
    assert_eq!(streamed.pieces, ["It ships", " today", "."]);
    assert_eq!(streamed.end.model, MODEL);
    assert_eq!(streamed.end.request_id.as_deref(), Some("Un6LaPq1"));
    let streamed = stream(&GEMINI, MODEL, "gemini/stream_blank_start").await.unwrap();
    assert_eq!(streamed.pieces, ["\n It ships today."]);
}

#[tokio::test]
async fn every_end_of_a_stream_is_told() {
    let whole = "It ships today.";
    let thought = TokenUsage {
        prompt_tokens: 46,
        cached_tokens: 12,
        cache_write_tokens: 0,
        completion_tokens: 250,
        reasoning_tokens: 244,
    };
    let table = [
        ("gemini/stream_success", whole, Finish::Complete, all(41, 6)),
        ("gemini/stream_thinking", whole, Finish::Complete, Used::All(thought)),
        ("gemini/stream_unicode", "Größe 7½, 発送済み 🚚", Finish::Complete, all(41, 15)),
        ("gemini/stream_max_tokens", "It ships to", Finish::Truncated, all(41, 4)),
        ("gemini/stream_no_usage", whole, Finish::Complete, Used::Nothing),
        ("gemini/stream_zero_usage", whole, Finish::Complete, all(0, 0)),
        ("gemini/stream_no_last_line_end", whole, Finish::Complete, all(41, 6)),
        ("gemini/stream_bare_cr", whole, Finish::Complete, all(41, 6)),
    ];
    check_ends(&GEMINI, MODEL, &table).await;
}

#[tokio::test]
async fn a_text_that_stops_before_its_end_is_cut() {
    let cut = "the stream stopped before the answer's end";
    let so_far = Used::SoFar(usage(41, 2));
    let table = [
        ("gemini/stream_cut", "It ships to", Failure::CutOff, cut, Used::SoFar(usage(41, 4))),
        ("gemini/stream_cut_in_an_event", "It ships", Failure::CutOff, cut, so_far),
        ("gemini/stream_cut_uncounted", "It ships to", Failure::CutOff, cut, Used::Prompt(41)),
        ("gemini/stream_error_lines", "It ships", overloaded(2_000), "UNAVAILABLE: The model is", so_far),
        ("gemini/stream_error_array", "It ships", overloaded(2_000), "UNAVAILABLE: The model is", so_far),
        ("gemini/stream_error_event", "It ships", overloaded(2_000), "UNAVAILABLE: The model is", so_far),
        ("gemini/stream_error_torn", "It ships", Failure::CutOff, cut, so_far),
        ("gemini/stream_blocked_midway", "It ships", Failure::Blocked, "SAFETY", all(41, 6)),
    ];
    check_cuts(&GEMINI, MODEL, &table).await;
}

#[tokio::test]
async fn a_stream_without_text_fails_like_a_whole_answer() {
    let thoughts = Used::All(TokenUsage { reasoning_tokens: 64, ..usage(31, 64) });
    let table = [
        ("gemini/stream_prompt_blocked", Failure::Blocked, "PROHIBITED_CONTENT", Some(all(31, 0))),
        ("gemini/stream_blocked_at_once", Failure::Blocked, "SAFETY", Some(all(41, 1))),
        ("gemini/stream_thoughts_only", Failure::Empty, "MAX_TOKENS", Some(thoughts)),
        ("gemini/stream_error_first", overloaded(2_000), "UNAVAILABLE", None),
        ("gemini/stream_empty", Failure::Malformed, "empty body", Some(Used::Nothing)),
        ("gemini/429_per_day", Failure::QuotaSpent, "quota", None),
        ("gemini/400_invalid_key", Failure::InvalidKey, "API key not valid", None),
        ("gemini/503_unavailable", overloaded(None), "UNAVAILABLE", None),
    ];
    check_no_text(&GEMINI, MODEL, &table).await;
}
