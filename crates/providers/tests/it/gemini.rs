use crate::support::{
    KEY, Vendor, ask, check_billed, check_estimated, check_failures, check_replies, epoch, model_at,
    overloaded, rate_limited, request, usage,
};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::{ChatReply, Finish, HttpConfig, ProviderConfig, Providers, Role, Turn};
use secrecy::SecretString;
use serde_json::json;

const GEMINI: ProviderName = ProviderName::GEMINI;
const MODEL: &str = "gemini-3.5-flash-lite";

#[tokio::test]
async fn the_request_is_what_the_api_wants() {
    let vendor = Vendor::of(&["gemini/success"]).await;
    let reply = model_at(&GEMINI, &vendor.url()).complete(&request(MODEL)).await.unwrap();
    let expected = ChatReply {
        text: "It ships today.".to_owned(),
        finish: Finish::Complete,
        usage: usage(41, 6),
        usage_estimated: false,
        model: MODEL.to_owned(),
        quota: Default::default(),
        request_id: Some("Un6LaPq1".to_owned()),
    };
    assert_eq!(reply, expected);
    let seen = vendor.only();
    assert_eq!(seen.line, "POST /v1beta/models/gemini-3.5-flash-lite:generateContent HTTP/1.1");
    assert_eq!(seen.headers["x-goog-api-key"], KEY);
    assert_eq!(seen.headers["content-type"], "application/json");
    assert!(!seen.headers.contains_key("authorization"));
    let body = json!({
        "systemInstruction": {"parts": [{"text": "You are a support agent."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Hi"}]},
            {"role": "model", "parts": [{"text": "Hello!"}]},
            {"role": "user", "parts": [{"text": "Where is my parcel?"}]}
        ],
        "generationConfig": {
            "maxOutputTokens": 512,
            "thinkingConfig": {"thinkingLevel": "low", "includeThoughts": false}
        }
    });
    assert_eq!(seen.body, body);
}

#[tokio::test]
async fn only_the_second_generation_gets_a_temperature_and_a_budget() {
    let vendor = Vendor::of(&["gemini/success"]).await;
    let mut request = request("gemini-2.5-flash-lite");
    request.system = " ".to_owned();
    model_at(&GEMINI, &vendor.url()).complete(&request).await.unwrap();
    let body = vendor.only().body;
    let config = json!({
        "maxOutputTokens": 512, "temperature": 0.7,
        "thinkingConfig": {"thinkingBudget": 0, "includeThoughts": false}
    });
    assert_eq!(body["generationConfig"], config);
    assert!(body.get("systemInstruction").is_none());
}

#[tokio::test]
async fn the_version_and_a_path_in_the_address_are_kept() {
    let vendor = Vendor::of(&["gemini/success", "gemini/success"]).await;
    let config = ProviderConfig {
        base_url: Some(format!("{}/proxy//", vendor.url())),
        api_version: Some("v1".to_owned()),
        ..ProviderConfig::new(GEMINI, Some(SecretString::from(KEY)))
    };
    let providers = Providers::new(vec![config], &HttpConfig::default(), &epoch()).unwrap();
    let gemini = providers.get(&GEMINI).unwrap();
    gemini.complete(&request("models/gemini-3.8-flash")).await.unwrap();
    gemini.complete(&request("../../x?key=y#z")).await.unwrap();
    let lines: Vec<_> = vendor.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(lines[0], "POST /proxy/v1/models/gemini-3.8-flash:generateContent HTTP/1.1");
    assert_eq!(lines[1], "POST /proxy/v1/models/..%2F..%2Fx%3Fkey=y%23z:generateContent HTTP/1.1");
}

#[tokio::test]
async fn a_conversation_is_brought_into_form() {
    let vendor = Vendor::of(&["gemini/success"]).await;
    let mut request = request(MODEL);
    let turn = |role, text: &str| Turn { role, text: text.to_owned() };
    request.turns = vec![
        turn(Role::Assistant, "Welcome!"),
        turn(Role::Visitor, "Hi"),
        turn(Role::Assistant, ""),
        turn(Role::Visitor, "Anyone?"),
    ];
    model_at(&GEMINI, &vendor.url()).complete(&request).await.unwrap();
    let merged = json!([{"role": "user", "parts": [{"text": "Hi\n\nAnyone?"}]}]);
    assert_eq!(vendor.only().body["contents"], merged);
}

#[tokio::test]
async fn thoughts_are_billed_and_not_shown() {
    let reply = ask(&GEMINI, "gemini/thinking", &request(MODEL)).await.unwrap();
    assert_eq!(reply.text, "It ships today.");
    let billed = TokenUsage {
        prompt_tokens: 46,
        cached_tokens: 12,
        cache_write_tokens: 0,
        completion_tokens: 250,
        reasoning_tokens: 244,
    };
    assert_eq!(reply.usage, billed);
}

#[tokio::test]
async fn every_end_of_an_answer_is_told() {
    let whole = "It ships today.";
    let cut = "It ships to";
    let table = [
        ("gemini/success", whole, Finish::Complete),
        ("gemini/thinking", whole, Finish::Complete),
        ("gemini/finish_unknown", whole, Finish::Complete),
        ("gemini/truncated", cut, Finish::Truncated),
        ("gemini/continuation", cut, Finish::Truncated),
        ("gemini/finish_other", cut, Finish::Truncated),
        ("gemini/finish_absent", cut, Finish::Truncated),
        ("gemini/crlf", "Line one\r\nline two", Finish::Complete),
        ("gemini/zero_usage", whole, Finish::Complete),
    ];
    check_replies(&GEMINI, MODEL, &table).await;
    let zero = ask(&GEMINI, "gemini/zero_usage", &request(MODEL)).await.unwrap();
    assert_eq!(zero.usage, TokenUsage::default());
}

#[tokio::test]
async fn absent_usage_is_estimated() {
    check_estimated(&GEMINI, MODEL, &["gemini/no_usage", "gemini/empty_usage"]).await;
}

#[tokio::test]
async fn an_answer_of_no_use_tells_what_it_cost() {
    let prompt_only = Some(usage(31, 0));
    let thoughts = |tokens| Some(TokenUsage { reasoning_tokens: tokens, ..usage(31, tokens) });
    let table = [
        ("gemini/prompt_blocked", Failure::Blocked, prompt_only),
        ("gemini/prompt_blocked_unknown", Failure::Blocked, prompt_only),
        ("gemini/blocked_safety", Failure::Blocked, prompt_only),
        ("gemini/blocked_midway", Failure::Blocked, Some(usage(41, 6))),
        ("gemini/account_limited", Failure::InvalidKey, prompt_only),
        ("gemini/malformed_call", Failure::Malformed, prompt_only),
        ("gemini/empty_no_candidates", Failure::Empty, prompt_only),
        ("gemini/empty_candidates", Failure::Empty, prompt_only),
        ("gemini/empty_no_content", Failure::Empty, prompt_only),
        ("gemini/empty_no_parts", Failure::Empty, prompt_only),
        ("gemini/empty_parts", Failure::Empty, prompt_only),
        ("gemini/empty_strings", Failure::Empty, prompt_only),
        ("gemini/empty_thoughts_only", Failure::Empty, thoughts(61)),
        ("gemini/empty_max_tokens", Failure::Empty, thoughts(64)),
    ];
    check_billed(&GEMINI, MODEL, &table).await;
    let blocked = ask(&GEMINI, "gemini/prompt_blocked", &request(MODEL)).await.unwrap_err();
    assert_eq!(blocked.detail, "prompt blocked: PROHIBITED_CONTENT");
    assert_eq!(blocked.request_id.as_deref(), Some("Un6LaPq1"));
    let empty = ask(&GEMINI, "gemini/empty_max_tokens", &request(MODEL)).await.unwrap_err();
    assert_eq!(empty.to_string(), "empty answer: finish reason MAX_TOKENS");
}

#[tokio::test]
async fn every_error_of_the_api_is_typed() {
    let table = [
        ("gemini/400_invalid_argument", Failure::Rejected, "INVALID_ARGUMENT: Unknown name"),
        ("gemini/400_invalid_key", Failure::InvalidKey, "API key not valid"),
        ("gemini/400_failed_precondition", Failure::InvalidKey, "FAILED_PRECONDITION"),
        ("gemini/401_token_type", Failure::InvalidKey, "UNAUTHENTICATED"),
        ("gemini/402_credits", Failure::QuotaSpent, "Prepaid credits"),
        ("gemini/403_denied", Failure::InvalidKey, "leaked"),
        ("gemini/404_model", Failure::ModelGone, "gemini-pro is not found"),
        ("gemini/429_per_minute", rate_limited(34_400), "quota"),
        ("gemini/429_per_day", Failure::QuotaSpent, "quota"),
        ("gemini/429_bare", rate_limited(None), "check quota"),
        ("gemini/429_array", rate_limited(34_400), "quota"),
        ("gemini/499_cancelled", Failure::Unreachable, "CANCELLED"),
        ("gemini/500_internal", overloaded(None), "INTERNAL"),
        ("gemini/503_unavailable", overloaded(None), "UNAVAILABLE"),
        ("gemini/504_deadline", Failure::Timeout, "DEADLINE_EXCEEDED"),
        ("gemini/200_error", overloaded(None), "UNAVAILABLE"),
    ];
    check_failures(&GEMINI, MODEL, &table).await;
}
