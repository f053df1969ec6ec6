//! Servers that speak OpenAI's Chat Completions, each with what sets it apart.

use crate::support::{KEY, Vendor, epoch, overloaded, rate_limited, request, usage};
use frontdesk_domain::breaker::Sign;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::{
    ChatModel, ChatReply, Compatibility, Finish, HttpConfig, ProviderConfig, ProviderError, Providers,
    StreamEnd, StreamEvent,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;

/// The server `name`, with a key, at `base_url`.
fn server(name: &str, base_url: &str, compatibility: Compatibility) -> Arc<dyn ChatModel> {
    let provider: ProviderName = name.parse().unwrap();
    let config = ProviderConfig {
        base_url: Some(base_url.to_owned()),
        compatibility,
        ..ProviderConfig::new(provider.clone(), Some(SecretString::from(KEY)))
    };
    let providers = Providers::new(vec![config], &HttpConfig::default(), &epoch()).unwrap();
    Arc::clone(providers.get(&provider).unwrap())
}

async fn ask(name: &str, fixture: &str) -> Result<ChatReply, ProviderError> {
    let vendor = Vendor::of(&[&format!("compatible/{fixture}")]).await;
    let reply = server(name, &vendor.url(), Compatibility::default()).complete(&request("m")).await;
    vendor.only();
    reply
}

async fn streamed(name: &str, fixture: &str) -> (String, StreamEnd) {
    let vendor = Vendor::of(&[&format!("compatible/{fixture}")]).await;
    let model = server(name, &vendor.url(), Compatibility::default());
    let mut stream = model.stream(&request("m")).await.unwrap_or_else(|error| panic!("{fixture}: {error:?}"));
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        match event {
            StreamEvent::Delta(delta) => text.push_str(&delta),
            StreamEvent::End(end) => return (text, end),
        }
    }
    panic!("{fixture} has no end after {text:?}")
}

/// What every server gets, but for the field of the cap, the temperature and the role.
fn body(cap: &str, role: &str) -> Value {
    json!({
        "model": "m",
        "messages": [
            {"role": role, "content": "You are a support agent."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": "Where is my parcel?"}
        ],
        cap: 512,
        "temperature": 0.7
    })
}

const BEARER: (&str, &str) = ("authorization", "Bearer sk-test-0123456789abcdef");
const API_KEY: (&str, &str) = ("api-key", KEY);

#[tokio::test]
async fn each_server_gets_just_the_request_that_it_takes() {
    let table = [
        ("ollama", "max_tokens", BEARER, true),
        ("vllm", "max_tokens", BEARER, true),
        ("openrouter", "max_tokens", BEARER, true),
        ("mistral", "max_tokens", BEARER, false),
        ("deepseek", "max_tokens", BEARER, true),
        ("together", "max_tokens", BEARER, true),
        ("azure", "max_completion_tokens", API_KEY, true),
        ("a_server_of_ones_own", "max_tokens", BEARER, true),
    ];
    for (name, cap, (header, value), stream_options) in table {
        let vendor = Vendor::of(&["compatible/vllm_success", "compatible/vllm_stream"]).await;
        let model = server(name, &format!("{}/v1/", vendor.url()), Compatibility::default());
        model.complete(&request("m")).await.unwrap();
        model.stream(&request("m")).await.unwrap();
        let [whole, streamed] = vendor.seen().try_into().unwrap();
        for seen in [&whole, &streamed] {
            assert_eq!(seen.line, "POST /v1/chat/completions HTTP/1.1", "{name}");
            assert_eq!(seen.headers.get(header).map(String::as_str), Some(value), "{name}");
            let with_key = seen.headers.values().filter(|value| value.contains(KEY)).count();
            assert_eq!(with_key, 1, "{name}: the key travels in one header");
        }
        let mut expected = body(cap, "system");
        assert_eq!(whole.body, expected, "{name}");
        expected["stream"] = true.into();
        if stream_options {
            expected["stream_options"] = json!({"include_usage": true});
        }
        assert_eq!(streamed.body, expected, "{name}");
    }
}

#[tokio::test]
async fn configuration_changes_every_part_of_the_request() {
    let own = Compatibility {
        cap_field: Some("max_completion_tokens".to_owned()),
        system_role: Some("developer".to_owned()),
        send_temperature: Some(false),
        stream_options: Some(false),
        auth_header: Some("X-My-Key".to_owned()),
        extra_query: Some("api-version=2026-01-01".to_owned()),
        ..Default::default()
    };
    let vendor = Vendor::of(&["compatible/vllm_stream"]).await;
    server("mine", &vendor.url(), own).stream(&request("m")).await.unwrap();
    let seen = vendor.only();
    assert_eq!(seen.line, "POST /chat/completions?api-version=2026-01-01 HTTP/1.1");
    assert_eq!(seen.headers["x-my-key"], KEY);
    assert!(!seen.headers.contains_key("authorization"));
    let mut expected = body("max_completion_tokens", "developer");
    expected["stream"] = true.into();
    expected.as_object_mut().unwrap().remove("temperature");
    assert_eq!(seen.body, expected);
}

#[tokio::test]
async fn azures_older_address_takes_the_version_as_a_parameter() {
    let own = Compatibility { extra_query: Some("api-version=2026-01-01".to_owned()), ..Default::default() };
    let vendor = Vendor::of(&["compatible/azure_success"]).await;
    let base = format!("{}/openai/deployments/my-mini", vendor.url());
    let reply = server("azure", &base, own).complete(&request("my-mini")).await.unwrap();
    let seen = vendor.only();
    assert_eq!(
        seen.line,
        "POST /openai/deployments/my-mini/chat/completions?api-version=2026-01-01 HTTP/1.1"
    );
    assert_eq!(seen.headers["api-key"], KEY);
    assert_eq!(
        (reply.model.as_str(), reply.request_id.as_deref()),
        ("gpt-4o-mini-2024-07-18", Some("req-az1"))
    );
}

#[tokio::test]
async fn a_server_of_ones_own_needs_no_key_and_a_hosted_one_does() {
    let keyless = |name: &str, base_url: String| {
        let provider: ProviderName = name.parse().unwrap();
        let config =
            ProviderConfig { base_url: Some(base_url), ..ProviderConfig::new(provider.clone(), None) };
        let providers = Providers::new(vec![config], &HttpConfig::default(), &epoch()).unwrap();
        Arc::clone(providers.get(&provider).unwrap())
    };
    for name in ["ollama", "vllm", "my_gpu"] {
        let vendor = Vendor::of(&["compatible/ollama_success"]).await;
        keyless(name, vendor.url()).complete(&request("m")).await.unwrap();
        assert!(!vendor.only().headers.contains_key("authorization"), "{name}");
    }
    for name in ["openrouter", "mistral", "deepseek", "together", "azure"] {
        let vendor = Vendor::of(&["compatible/ollama_success"]).await;
        let error = keyless(name, vendor.url()).complete(&request("m")).await.unwrap_err();
        let variable = name.to_ascii_uppercase();
        assert_eq!(error.to_string(), format!("PROVIDERS__{variable}__KEY not configured"));
        assert!(vendor.seen().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn every_servers_answers_are_read() {
    let whole = "It ships today.";
    let cached = TokenUsage {
        prompt_tokens: 38,
        cached_tokens: 32,
        completion_tokens: 30,
        reasoning_tokens: 24,
        ..Default::default()
    };
    let table = [
        ("ollama", "ollama_success", whole, Finish::Complete, usage(38, 6)),
        ("vllm", "vllm_success", whole, Finish::Complete, usage(38, 6)),
        ("openrouter", "openrouter_success", whole, Finish::Complete, usage(38, 6)),
        ("mistral", "mistral_success", whole, Finish::Complete, usage(38, 6)),
        ("mistral", "mistral_model_length", "It ships to", Finish::Truncated, usage(38, 6)),
        ("deepseek", "deepseek_success", whole, Finish::Complete, cached),
        ("deepseek", "deepseek_interrupted", "It ships to", Finish::Truncated, usage(38, 6)),
        ("together", "together_success", whole, Finish::Complete, usage(38, 6)),
        ("azure", "azure_success", whole, Finish::Complete, usage(38, 6)),
    ];
    for (name, fixture, text, finish, used) in table {
        let reply = ask(name, fixture).await.unwrap_or_else(|error| panic!("{fixture}: {error:?}"));
        assert_eq!((reply.text.as_str(), reply.finish, reply.usage), (text, finish, used), "{fixture}");
        assert!(!reply.usage_estimated, "{fixture}");
    }
}

#[tokio::test]
async fn every_servers_streams_are_read() {
    for name in ["ollama", "vllm", "openrouter", "mistral", "deepseek", "together", "azure"] {
        let (text, end) = streamed(name, &format!("{name}_stream")).await;
        assert_eq!(text, "It ships today.", "{name}");
        assert_eq!((end.finish, end.usage), (Finish::Complete, usage(38, 6)), "{name}");
        assert!(!end.usage_estimated && end.error.is_none(), "{name}: {end:?}");
    }
}

#[tokio::test]
async fn a_stream_that_fails_midway_is_cut_and_says_why() {
    let (text, end) = streamed("openrouter", "openrouter_stream_error").await;
    assert_eq!((text.as_str(), end.finish), ("It ships", Finish::Cut));
    assert!(end.usage_estimated);
    let error = end.error.unwrap();
    assert_eq!(error.failure, overloaded(None), "{error:?}");
    assert!(error.detail.contains("Provider disconnected"), "{error:?}");
}

#[tokio::test]
async fn every_servers_errors_are_typed() {
    let table = [
        ("ollama", "ollama_404_model", Failure::ModelGone, "try pulling it first"),
        ("vllm", "vllm_400_context", Failure::Rejected, "400: This model's maximum context length"),
        ("vllm", "vllm_404_model", Failure::ModelGone, "404: The model `qwen9` does not exist."),
        ("vllm", "vllm_401", Failure::InvalidKey, "Unauthorized"),
        ("vllm", "vllm_200_error", overloaded(None), "500: EngineCore"),
        ("openrouter", "openrouter_402", Failure::QuotaSpent, "402: Insufficient credits"),
        ("openrouter", "openrouter_429", rate_limited(12_000), "free-models-per-min"),
        ("openrouter", "openrouter_200_502", overloaded(None), "502: Provider returned error"),
        ("openrouter", "openrouter_finish_error", overloaded(None), "error"),
        ("mistral", "mistral_422_value", Failure::Rejected, "less than or equal to 1.5"),
        ("mistral", "mistral_401", Failure::InvalidKey, "Unauthorized"),
        ("mistral", "mistral_402", Failure::QuotaSpent, "Payment needed"),
        ("mistral", "mistral_400_model", Failure::ModelGone, "1500: Invalid model: mistral-tiny"),
        ("deepseek", "deepseek_402", Failure::QuotaSpent, "Insufficient Balance"),
        ("deepseek", "deepseek_interrupted_empty", Failure::Empty, "insufficient_system_resource"),
        ("azure", "azure_400_filter", Failure::Blocked, "content management policy"),
        ("azure", "azure_400_filter_inner", Failure::Blocked, "Filtered."),
        ("azure", "azure_401", Failure::InvalidKey, "invalid subscription key"),
        ("azure", "azure_404_deployment", Failure::ModelGone, "DeploymentNotFound"),
        ("azure", "azure_429", rate_limited(2_400), "token rate limit"),
        ("my_gateway", "array_429", rate_limited(None), "429: Quota exceeded"),
    ];
    for (name, fixture, failure, detail) in table {
        let error = ask(name, fixture).await.unwrap_err();
        assert_eq!(error.failure, failure, "{fixture}: {error:?}");
        assert!(error.detail.contains(detail), "{fixture}: {error:?}");
    }
}

#[tokio::test]
async fn a_prompt_that_openrouter_flags_is_blocked_and_opens_no_breaker() {
    let flagged = ask("openrouter", "openrouter_403_flagged").await.unwrap_err();
    assert_eq!(flagged.failure, Failure::Blocked, "{flagged:?}");
    assert_eq!(Sign::of(flagged.failure), Sign::Well);
    let refused = ask("openrouter", "openrouter_403").await.unwrap_err();
    assert_eq!(refused.failure, Failure::InvalidKey, "{refused:?}");
}

/// The bodies of a stream's two requests, the first of which is answered with `refusal`.
async fn after_refusal(refusal: &str, own: Compatibility) -> [Value; 2] {
    let vendor = Vendor::of(&[refusal, "compatible/mistral_stream", "compatible/mistral_stream"]).await;
    let model = server("mine", &vendor.url(), own);
    for _ in 0..2 {
        model.stream(&request("m")).await.unwrap();
    }
    let [first, second, remembered] = vendor.seen().try_into().unwrap();
    assert_eq!(second.body, remembered.body, "the refusal is remembered");
    [first.body, second.body]
}

#[tokio::test]
async fn a_refused_field_is_left_out_or_renamed_and_the_cap_is_never_lost() {
    let [first, second] =
        after_refusal("compatible/mistral_422_stream_options", Compatibility::default()).await;
    assert!(first.get("stream_options").is_some() && second.get("stream_options").is_none());
    assert_eq!(second["max_tokens"], 512);

    let new_cap = Compatibility { cap_field: Some("max_completion_tokens".to_owned()), ..Default::default() };
    let [first, second] = after_refusal("compatible/mistral_422_cap", new_cap).await;
    assert_eq!((&first["max_completion_tokens"], &second["max_tokens"]), (&json!(512), &json!(512)));
    assert!(second.get("max_completion_tokens").is_none());

    let [first, second] = after_refusal("compatible/azure_400_cap", Compatibility::default()).await;
    assert_eq!((&first["max_tokens"], &second["max_completion_tokens"]), (&json!(512), &json!(512)));
    assert!(second.get("max_tokens").is_none());

    let [first, second] = after_refusal("openai/400_temperature", Compatibility::default()).await;
    assert!(first.get("temperature").is_some() && second.get("temperature").is_none());

    let developer = Compatibility { system_role: Some("developer".to_owned()), ..Default::default() };
    let [first, second] = after_refusal("openai/400_role", developer).await;
    assert_eq!(
        (&first["messages"][0]["role"], &second["messages"][0]["role"]),
        (&json!("developer"), &json!("system"))
    );
}

#[tokio::test]
async fn each_of_several_keys_has_an_adapter_and_the_first_is_asked_first() {
    let vendor = Vendor::of(&["compatible/vllm_success"]).await;
    let provider: ProviderName = "vllm".parse().unwrap();
    let config = ProviderConfig {
        base_url: Some(vendor.url()),
        api_keys: ["sk-first-key-0001", "  ", "sk-second-key-0002"].map(SecretString::from).into(),
        ..ProviderConfig::new(provider.clone(), None)
    };
    let providers = Providers::new(vec![config], &HttpConfig::default(), &epoch()).unwrap();
    assert!(providers.prospects(&provider, "m", None).another_key);
    providers.get(&provider).unwrap().complete(&request("m")).await.unwrap();
    assert_eq!(vendor.only().headers["authorization"], "Bearer sk-first-key-0001");
}
