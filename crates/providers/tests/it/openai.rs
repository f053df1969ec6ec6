use crate::support::{
    KEY, Vendor, ask, check_billed, check_estimated, check_failures, check_replies, model_at, overloaded,
    rate_limited, request, usage,
};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::Finish;
use serde_json::{Value, json};

const OPENAI: ProviderName = ProviderName::OPENAI;
const MODEL: &str = "gpt-6-luna";

#[tokio::test]
async fn the_request_is_what_the_api_wants() {
    let vendor = Vendor::of(&["openai/success"]).await;
    let base = format!("{}/v1/", vendor.url());
    model_at(&OPENAI, &base).complete(&request(MODEL)).await.unwrap();
    let seen = vendor.only();
    assert_eq!(seen.line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(seen.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(seen.headers["content-type"], "application/json");
    let body = json!({
        "model": MODEL,
        "messages": [
            {"role": "developer", "content": "You are a support agent."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": "Where is my parcel?"}
        ],
        "max_completion_tokens": 512,
        "temperature": 0.7,
        "reasoning_effort": "none"
    });
    assert_eq!(seen.body, body);
}

/// Role of the instructions, effort, temperature.
fn marks(body: &Value) -> (&str, Option<&str>, bool) {
    let role = body["messages"][0]["role"].as_str().unwrap();
    let effort = body.get("reasoning_effort").and_then(Value::as_str);
    (role, effort, body.get("temperature").is_some())
}

#[tokio::test]
async fn each_model_gets_what_it_takes() {
    let table = [
        ("gpt-6-luna", ("developer", Some("none"), true)),
        ("gpt-6.1-sol", ("developer", Some("low"), false)),
        ("gpt-5-mini", ("developer", Some("low"), false)),
        ("o3", ("developer", Some("low"), false)),
        ("gpt-4o-mini", ("system", None, true)),
        ("llama3.2", ("system", None, true)),
    ];
    for (model, expected) in table {
        let vendor = Vendor::of(&["openai/success"]).await;
        model_at(&OPENAI, &vendor.url()).complete(&request(model)).await.unwrap();
        assert_eq!(marks(&vendor.only().body), expected, "{model}");
    }
}

#[tokio::test]
async fn a_refused_parameter_is_left_out_once_and_remembered() {
    let script = ["openai/400_temperature", "openai/success", "openai/success", "openai/success"];
    let vendor = Vendor::of(&script).await;
    let openai = model_at(&OPENAI, &vendor.url());
    for model in [MODEL, MODEL, "gpt-6-sol"] {
        openai.complete(&request(model)).await.unwrap();
    }
    let bodies: Vec<_> = vendor.seen().into_iter().map(|seen| seen.body).collect();
    let heeded: Vec<_> = bodies.iter().map(|body| marks(body).2).collect();
    assert_eq!(heeded, [true, false, false, true]);
    assert!(bodies.iter().all(|body| marks(body).1 == Some("none")));
}

#[tokio::test]
async fn every_parameter_that_can_be_done_without_is() {
    let second = |first: &'static str| async move {
        let vendor = Vendor::of(&[first, "openai/success"]).await;
        model_at(&OPENAI, &vendor.url()).complete(&request(MODEL)).await.unwrap();
        vendor.seen()[1].body.clone()
    };
    assert_eq!(marks(&second("openai/400_effort").await), ("developer", None, false));
    assert_eq!(marks(&second("openai/400_role").await), ("system", Some("none"), true));
    let capped = second("openai/400_cap").await;
    assert_eq!(capped["max_tokens"], 512);
    assert!(capped.get("max_completion_tokens").is_none());
}

#[tokio::test]
async fn there_is_one_more_call_at_the_most() {
    let vendor = Vendor::of(&["openai/400_temperature", "openai/400_effort", "openai/success"]).await;
    let openai = model_at(&OPENAI, &vendor.url());
    let error = openai.complete(&request(MODEL)).await.unwrap_err();
    assert_eq!(error.failure, Failure::Rejected);
    assert_eq!(vendor.seen().len(), 2);
    // The same parameter again, although it was not sent.
    let vendor = Vendor::of(&["openai/400_temperature", "openai/400_temperature"]).await;
    let openai = model_at(&OPENAI, &vendor.url());
    assert_eq!(openai.complete(&request(MODEL)).await.unwrap_err().failure, Failure::Rejected);
    assert_eq!(vendor.seen().len(), 2);
}

#[tokio::test]
async fn usage_includes_reasoning_and_cache() {
    let reply = ask(&OPENAI, "openai/success", &request(MODEL)).await.unwrap();
    let billed = TokenUsage {
        prompt_tokens: 41,
        cached_tokens: 16,
        cache_write_tokens: 8,
        completion_tokens: 70,
        reasoning_tokens: 64,
    };
    assert_eq!(reply.usage, billed);
    assert_eq!(reply.model, "gpt-6-luna-2026-10-01");
    assert_eq!(reply.request_id.as_deref(), Some("req-o1"));
    let reply = ask(&OPENAI, "openai/no_request_id", &request(MODEL)).await.unwrap();
    assert_eq!(reply.request_id.as_deref(), Some("chatcmpl-7"));
}

#[tokio::test]
async fn every_end_of_an_answer_is_told() {
    let whole = "It ships today.";
    let table = [
        ("openai/success", whole, Finish::Complete),
        ("openai/truncated", "It ships to", Finish::Truncated),
        ("openai/finish_unknown", whole, Finish::Complete),
        ("openai/finish_null", whole, Finish::Truncated),
        ("openai/zero_usage", whole, Finish::Complete),
    ];
    check_replies(&OPENAI, MODEL, &table).await;
    let zero = ask(&OPENAI, "openai/zero_usage", &request(MODEL)).await.unwrap();
    assert_eq!(zero.usage, TokenUsage::default());
}

#[tokio::test]
async fn absent_usage_is_estimated() {
    check_estimated(&OPENAI, MODEL, &["openai/no_usage", "openai/null_usage"]).await;
}

#[tokio::test]
async fn an_answer_of_no_use_tells_what_it_cost() {
    let reasoned = Some(TokenUsage { reasoning_tokens: 64, ..usage(41, 64) });
    let table = [
        ("openai/refusal", Failure::Blocked, Some(usage(41, 6))),
        ("openai/content_filter", Failure::Blocked, Some(usage(41, 6))),
        ("openai/empty_length", Failure::Empty, reasoned),
        ("openai/empty_null", Failure::Empty, reasoned),
        ("openai/empty_choices", Failure::Empty, reasoned),
        ("openai/empty_blank", Failure::Empty, reasoned),
        ("openai/empty_tool_calls", Failure::Empty, reasoned),
    ];
    check_billed(&OPENAI, MODEL, &table).await;
    let refused = ask(&OPENAI, "openai/refusal", &request(MODEL)).await.unwrap_err();
    assert_eq!(refused.detail, "stop: I can't help with that.");
}

#[tokio::test]
async fn every_error_of_the_api_is_typed() {
    let table = [
        ("openai/400_invalid", Failure::Rejected, "Invalid request"),
        ("openai/400_context", Failure::Rejected, "context_length_exceeded: Too long"),
        ("openai/400_stop", Failure::Rejected, "unsupported_parameter"),
        ("openai/400_content_filter", Failure::Blocked, "Filtered"),
        ("openai/400_bare_text", Failure::Rejected, "bad thing"),
        ("openai/401_key", Failure::InvalidKey, "invalid_api_key"),
        ("openai/401_ip", Failure::InvalidKey, "IP not authorized"),
        ("openai/402_payment", Failure::QuotaSpent, "402: Insufficient credits"),
        ("openai/403_country", Failure::InvalidKey, "not supported"),
        ("openai/404_model", Failure::ModelGone, "does not exist"),
        ("openai/429_rate", rate_limited(1_500), "Rate limit reached"),
        ("openai/429_slow_down", rate_limited(7_000), "slow_down"),
        ("openai/429_no_retry", rate_limited(60_000), "Rate limit reached"),
        ("openai/429_credit_balance_exhausted", Failure::QuotaSpent, "money"),
        ("openai/429_organization_spend_limit_exceeded", Failure::QuotaSpent, "money"),
        ("openai/429_project_spend_limit_exceeded", Failure::QuotaSpent, "money"),
        ("openai/429_organization_usage_limit_exceeded", Failure::QuotaSpent, "money"),
        ("openai/429_insufficient_quota", Failure::QuotaSpent, "money"),
        ("openai/429_type_only", Failure::QuotaSpent, "current quota"),
        ("openai/500_server", overloaded(None), "The server had an error"),
        ("openai/503_overloaded", overloaded(20_000), "server_is_overloaded"),
        ("openai/503_slow_down", overloaded(None), "slow_down"),
        ("openai/200_error_code", overloaded(None), "502: Upstream failed"),
        ("openai/200_error_text", Failure::Malformed, "model is loading"),
    ];
    check_failures(&OPENAI, MODEL, &table).await;
    let error = ask(&OPENAI, "openai/500_server", &request(MODEL)).await.unwrap_err();
    assert_eq!(error.request_id.as_deref(), Some("req-o1"));
}
