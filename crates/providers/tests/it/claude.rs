use crate::support::{
    KEY, Vendor, ask, check_billed, check_estimated, check_failures, check_replies, epoch, model_at,
    overloaded, rate_limited, request, usage,
};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::{Finish, HttpConfig, ProviderConfig, Providers};
use secrecy::SecretString;
use serde_json::json;

const CLAUDE: ProviderName = ProviderName::CLAUDE;
const MODEL: &str = "claude-haiku-5-5";

#[tokio::test]
async fn the_request_is_what_the_api_wants() {
    let vendor = Vendor::of(&["claude/success"]).await;
    model_at(&CLAUDE, &vendor.url()).complete(&request(MODEL)).await.unwrap();
    let seen = vendor.only();
    assert_eq!(seen.line, "POST /v1/messages HTTP/1.1");
    assert_eq!(seen.headers["x-api-key"], KEY);
    assert_eq!(seen.headers["anthropic-version"], "2023-06-01");
    assert_eq!(seen.headers["content-type"], "application/json");
    for absent in ["authorization", "origin"] {
        assert!(!seen.headers.contains_key(absent), "{absent}");
    }
    let body = json!({
        "model": MODEL,
        "max_tokens": 512,
        "system": "You are a support agent.",
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": "Where is my parcel?"}
        ]
    });
    assert_eq!(seen.body, body);
}

#[tokio::test]
async fn the_version_can_be_set_and_blank_instructions_are_left_out() {
    let vendor = Vendor::of(&["claude/success"]).await;
    let config = ProviderConfig {
        base_url: Some(vendor.url()),
        api_version: Some("2026-10-21".to_owned()),
        ..ProviderConfig::new(CLAUDE, Some(SecretString::from(format!(" {KEY}\n"))))
    };
    let providers = Providers::new(vec![config], &HttpConfig::default(), &epoch()).unwrap();
    let mut request = request(MODEL);
    request.system = String::new();
    providers.get(&CLAUDE).unwrap().complete(&request).await.unwrap();
    let seen = vendor.only();
    assert_eq!(seen.headers["anthropic-version"], "2026-10-21");
    assert_eq!(seen.headers["x-api-key"], KEY);
    assert!(seen.body.get("system").is_none());
}

#[tokio::test]
async fn the_prompt_includes_the_cache_and_thinking_is_not_shown() {
    let reply = ask(&CLAUDE, "claude/thinking", &request(MODEL)).await.unwrap();
    assert_eq!(reply.text, "It ships today.");
    let billed = TokenUsage {
        prompt_tokens: 41,
        cached_tokens: 20,
        cache_write_tokens: 12,
        completion_tokens: 70,
        reasoning_tokens: 61,
    };
    assert_eq!(reply.usage, billed);
    assert_eq!(reply.request_id.as_deref(), Some("req_011"));
    let reply = ask(&CLAUDE, "claude/no_request_id", &request(MODEL)).await.unwrap();
    assert_eq!(reply.request_id.as_deref(), Some("msg_01"));
}

#[tokio::test]
async fn every_end_of_an_answer_is_told() {
    let (whole, cut) = ("It ships today.", "It ships to");
    let table = [
        ("claude/success", whole, Finish::Complete),
        ("claude/thinking", whole, Finish::Complete),
        ("claude/null_cache", whole, Finish::Complete),
        ("claude/stop_sequence", whole, Finish::Complete),
        ("claude/stop_unknown", whole, Finish::Complete),
        ("claude/truncated", cut, Finish::Truncated),
        ("claude/context_exceeded", cut, Finish::Truncated),
        ("claude/zero_usage", whole, Finish::Complete),
    ];
    check_replies(&CLAUDE, MODEL, &table).await;
    let zero = ask(&CLAUDE, "claude/zero_usage", &request(MODEL)).await.unwrap();
    assert_eq!(zero.usage, TokenUsage::default());
}

#[tokio::test]
async fn absent_usage_is_estimated() {
    check_estimated(&CLAUDE, MODEL, &["claude/no_usage"]).await;
}

#[tokio::test]
async fn an_answer_of_no_use_tells_what_it_cost() {
    let billed = Some(usage(41, 64));
    let table = [
        ("claude/refusal", Failure::Blocked, Some(usage(18, 5))),
        ("claude/refusal_midway", Failure::Blocked, Some(usage(18, 5))),
        ("claude/empty_content", Failure::Empty, billed),
        ("claude/empty_thinking_only", Failure::Empty, billed),
        ("claude/empty_text", Failure::Empty, billed),
        ("claude/empty_tool_use", Failure::Empty, billed),
        ("claude/empty_pause", Failure::Empty, billed),
    ];
    check_billed(&CLAUDE, MODEL, &table).await;
    let refused = ask(&CLAUDE, "claude/refusal", &request(MODEL)).await.unwrap_err();
    assert_eq!(refused.to_string(), "blocked: stop reason refusal cyber");
}

#[tokio::test]
async fn every_error_of_the_api_is_typed() {
    let table = [
        ("claude/400_invalid", Failure::Rejected, "roles must alternate"),
        ("claude/400_own_limit", Failure::Rejected, "usage limits"),
        ("claude/400_own_limit_code", Failure::QuotaSpent, "workspace_spend_limit_reached"),
        ("claude/401_key", Failure::InvalidKey, "authentication_error"),
        ("claude/402_billing", Failure::QuotaSpent, "billing_error"),
        ("claude/403_permission", Failure::InvalidKey, "permission_error"),
        ("claude/404_model", Failure::ModelGone, "claude-3-haiku-20240307"),
        ("claude/409_conflict", overloaded(None), "conflict_error"),
        ("claude/413_too_large", Failure::Rejected, "request_too_large"),
        ("claude/429_rate", rate_limited(12_000), "per-minute"),
        ("claude/429_ramp", rate_limited(3_000), "ramp_limit_exceeded"),
        ("claude/429_enforced_spend", Failure::QuotaSpent, "enforced_spend"),
        ("claude/429_contract_spend", Failure::QuotaSpent, "contract_spend"),
        ("claude/429_bare", rate_limited(None), "Limit reached"),
        ("claude/500_api", overloaded(None), "Internal server error"),
        ("claude/504_timeout", Failure::Timeout, "timed out"),
        ("claude/529_overloaded", overloaded(None), "overloaded_error"),
        ("claude/200_error", overloaded(None), "overloaded_error"),
    ];
    check_failures(&CLAUDE, MODEL, &table).await;
    let error = ask(&CLAUDE, "claude/404_model", &request(MODEL)).await.unwrap_err();
    assert_eq!(error.request_id.as_deref(), Some("req_body"));
    let error = ask(&CLAUDE, "claude/401_key", &request(MODEL)).await.unwrap_err();
    assert_eq!(error.request_id.as_deref(), Some("req_011"));
}
