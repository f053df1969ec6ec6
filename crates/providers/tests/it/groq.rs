use crate::support::{
    KEY, Vendor, ask, check_billed, check_failures, check_replies, model_at, overloaded, rate_limited,
    request,
};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::Finish;
use serde_json::json;

const GROQ: ProviderName = ProviderName::GROQ;
const MODEL: &str = "openai/gpt-oss-20b";

#[tokio::test]
async fn the_request_is_what_the_api_wants() {
    let vendor = Vendor::of(&["groq/success"]).await;
    let base = format!("{}/openai/v1", vendor.url());
    model_at(&GROQ, &base).complete(&request(MODEL)).await.unwrap();
    let seen = vendor.only();
    assert_eq!(seen.line, "POST /openai/v1/chat/completions HTTP/1.1");
    assert_eq!(seen.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(seen.headers["content-type"], "application/json");
    let body = json!({
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "You are a support agent."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": "Where is my parcel?"}
        ],
        "max_completion_tokens": 512,
        "temperature": 0.7,
        "reasoning_effort": "low",
        "include_reasoning": false
    });
    assert_eq!(seen.body, body);
}

#[tokio::test]
async fn each_family_has_its_switch_for_reasoning() {
    let vendor = Vendor::of(&["groq/success", "groq/success"]).await;
    let groq = model_at(&GROQ, &vendor.url());
    let mut plain = request("some/other-model");
    plain.temperature = None;
    groq.complete(&request("qwen/qwen3.8-27b")).await.unwrap();
    groq.complete(&plain).await.unwrap();
    let bodies: Vec<_> = vendor.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies[0]["reasoning_format"], "hidden");
    assert!(bodies[0].get("include_reasoning").is_none() && bodies[0].get("reasoning_effort").is_none());
    let mut keys: Vec<_> = bodies[1].as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["max_completion_tokens", "messages", "model"]);
}

#[tokio::test]
async fn usage_includes_reasoning_and_cache() {
    let reply = ask(&GROQ, "groq/success", &request(MODEL)).await.unwrap();
    assert_eq!(reply.text, "It ships today.");
    let billed = TokenUsage {
        prompt_tokens: 41,
        cached_tokens: 32,
        cache_write_tokens: 0,
        completion_tokens: 70,
        reasoning_tokens: 61,
    };
    assert_eq!(reply.usage, billed);
    assert_eq!(reply.model, MODEL);
    assert_eq!(reply.request_id.as_deref(), Some("req_g1"));
}

#[tokio::test]
async fn every_end_of_an_answer_is_told() {
    let table = [
        ("groq/success", "It ships today.", Finish::Complete),
        ("groq/truncated", "It ships to", Finish::Truncated),
        ("groq/usage_in_x_groq", "It ships today.", Finish::Complete),
    ];
    check_replies(&GROQ, MODEL, &table).await;
}

#[tokio::test]
async fn an_answer_of_no_use_tells_what_it_cost() {
    let billed = Some(TokenUsage {
        prompt_tokens: 41,
        cached_tokens: 32,
        cache_write_tokens: 0,
        completion_tokens: 70,
        reasoning_tokens: 61,
    });
    let table =
        [("groq/empty_length", Failure::Empty, billed), ("groq/content_filter", Failure::Blocked, billed)];
    check_billed(&GROQ, MODEL, &table).await;
}

#[tokio::test]
async fn every_error_of_the_api_is_typed() {
    let table = [
        ("groq/400_bad", Failure::Rejected, "'foo' is unsupported"),
        ("groq/400_decommissioned", Failure::ModelGone, "model_decommissioned: "),
        ("groq/400_json_validate", Failure::Malformed, "json_validate_failed: "),
        ("groq/400_tool_use", Failure::Malformed, "tool_use_failed: "),
        ("groq/401_key", Failure::InvalidKey, "invalid_api_key: Invalid API Key"),
        ("groq/403_blocked", Failure::InvalidKey, "Access denied"),
        ("groq/404_model", Failure::ModelGone, "model_not_found: "),
        ("groq/413_tpm", Failure::Rejected, "Limit 8000, Requested 9120"),
        ("groq/413_size", Failure::Rejected, "Too Large"),
        ("groq/422_semantic", Failure::Malformed, "Unprocessable"),
        ("groq/424_dependency", Failure::Rejected, "Failed dependency"),
        ("groq/429_tokens", rate_limited(7_000), "rate_limit_exceeded: "),
        ("groq/498_flex", overloaded(None), "Flex tier"),
        ("groq/499_cancelled", Failure::Unreachable, "cancelled"),
        ("groq/500_server", overloaded(None), "Internal Server Error"),
        ("groq/502_gateway", overloaded(None), "Bad gateway"),
        ("groq/503_over_capacity", overloaded(11_000), "Over capacity"),
        ("groq/200_error", overloaded(None), "503: over capacity"),
    ];
    check_failures(&GROQ, MODEL, &table).await;
    let error = ask(&GROQ, "groq/200_error", &request(MODEL)).await.unwrap_err();
    assert_eq!(error.request_id.as_deref(), Some("req_g2"));
}
