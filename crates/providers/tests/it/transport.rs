//! What can go wrong below the API: the same for all providers.

use crate::support::{Act, KEY, Vendor, ask, epoch, fixture, model_at, overloaded, request};
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use frontdesk_providers::registry::BUILT_IN;
use frontdesk_providers::{HttpConfig, ProviderConfig, Providers, Role};
use secrecy::SecretString;
use std::time::Duration;
use tokio::net::TcpListener;

#[tokio::test]
async fn without_a_key_nobody_is_called() {
    let vendor = Vendor::of(&[]).await;
    for provider in BUILT_IN {
        for api_key in [None, Some(SecretString::from("  "))] {
            let config = ProviderConfig {
                base_url: Some(vendor.url()),
                ..ProviderConfig::new(provider.clone(), api_key)
            };
            let providers = Providers::new(vec![config], &HttpConfig::default(), &epoch()).unwrap();
            let model = providers.get(&provider).unwrap();
            let error = model.complete(&request("m")).await.unwrap_err();
            assert_eq!(error.failure, Failure::NotConfigured);
            assert!(error.to_string().ends_with("_API_KEY not configured"), "{error}");
        }
    }
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn a_conversation_without_a_question_is_not_sent() {
    let vendor = Vendor::of(&[]).await;
    let mut request = request("m");
    request.turns.retain(|turn| turn.role == Role::Assistant);
    for provider in BUILT_IN {
        let error = model_at(&provider, &vendor.url()).complete(&request).await.unwrap_err();
        assert_eq!(error.failure, Failure::Rejected);
        assert!(error.detail.starts_with("not sent: "), "{error}");
    }
    assert!(vendor.seen().is_empty());
}

#[tokio::test]
async fn what_is_not_the_api_is_malformed() {
    let table = [
        ("shared/html", Failure::Malformed, "<!doctype html>"),
        ("shared/not_utf8", Failure::Malformed, "status 200: "),
        ("shared/truncated_json", Failure::Malformed, "It ships"),
        ("shared/empty_body", Failure::Malformed, "status 200: empty body"),
        ("shared/null", Failure::Malformed, "null"),
        ("shared/redirect", Failure::Malformed, "status 307"),
        ("shared/cut", Failure::Unreachable, ""),
        ("shared/html_502", overloaded(None), "502 Bad Gateway"),
        ("shared/html_404", Failure::ModelGone, "404"),
    ];
    for provider in BUILT_IN {
        for (fixture, failure, detail) in &table {
            let error = ask(&provider, fixture, &request("m")).await.unwrap_err();
            assert_eq!(error.failure, *failure, "{provider} {fixture}: {error:?}");
            assert!(error.detail.contains(detail), "{provider} {fixture}: {error:?}");
            assert!(!error.detail.is_empty() && !error.detail.contains("127.0.0.1"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn an_object_of_another_shape_is_no_answer() {
    for provider in BUILT_IN {
        let error = ask(&provider, "shared/wrong_shape", &request("m")).await.unwrap_err();
        // In Gemini's API, where every field may be absent, it is an answer without candidates.
        let gemini = provider == ProviderName::GEMINI;
        let failure = if gemini { Failure::Empty } else { Failure::Malformed };
        assert_eq!(error.failure, failure, "{provider}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for provider in BUILT_IN {
        let error = model_at(&provider, &base).complete(&request("m")).await.unwrap_err();
        assert_eq!(error.failure, Failure::Unreachable);
        assert!(error.detail.contains("onnection refused"), "{error}");
    }
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_unreachable() {
    for provider in BUILT_IN {
        let vendor = Vendor::of(&[]).await;
        let error = model_at(&provider, &vendor.url()).complete(&request("m")).await.unwrap_err();
        assert_eq!(error.failure, Failure::Unreachable, "{error}");
        vendor.only();
    }
}

#[tokio::test]
async fn silence_at_any_point_is_a_timeout() {
    let whole = fixture("gemini/success");
    let head = whole.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let mut request = request("gemini-3.5-flash-lite");
    request.timeout = Duration::from_millis(300);
    for sent in [0, 10, head, head + 20, whole.len() - 1] {
        let vendor = Vendor::playing(vec![Act::Hang(whole[..sent].to_vec())]).await;
        let gemini = model_at(&ProviderName::GEMINI, &vendor.url());
        let error = gemini.complete(&request).await.unwrap_err();
        assert_eq!(error.failure, Failure::Timeout, "after {sent} bytes: {error}");
        assert_eq!(error.detail, "no complete answer within 300ms");
        vendor.only();
    }
}

#[tokio::test]
async fn the_time_is_that_of_both_calls_together() {
    let refused = Act::Send(fixture("openai/400_temperature"), usize::MAX);
    let vendor = Vendor::playing(vec![refused, Act::Hang(Vec::new())]).await;
    let mut request = request("gpt-6-luna");
    request.timeout = Duration::from_secs(1);
    let openai = model_at(&ProviderName::OPENAI, &vendor.url());
    assert_eq!(openai.complete(&request).await.unwrap_err().failure, Failure::Timeout);
    assert_eq!(vendor.seen().len(), 2);
}

#[tokio::test]
async fn pieces_of_any_size_make_the_same_answer() {
    let successes = [
        (ProviderName::GEMINI, "gemini/thinking"),
        (ProviderName::GROQ, "groq/success"),
        (ProviderName::OPENAI, "openai/success"),
        (ProviderName::CLAUDE, "claude/thinking"),
    ];
    for (provider, name) in successes {
        for size in [1, 7, 64] {
            let vendor = Vendor::playing(vec![Act::Send(fixture(name), size)]).await;
            let reply = model_at(&provider, &vendor.url()).complete(&request("m")).await.unwrap();
            assert_eq!(reply.text, "It ships today.", "{name} in pieces of {size}");
        }
    }
}

/// `body` as a chunked answer, in chunks of `size` bytes.
fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    let mut answer = head.as_bytes().to_vec();
    for chunk in body.chunks(size) {
        answer.extend(format!("{:x};ext=1\r\n", chunk.len()).bytes());
        answer.extend(chunk);
        answer.extend(b"\r\n");
    }
    answer.extend(b"0\r\n\r\n");
    answer
}

#[tokio::test]
async fn chunks_split_anywhere_make_the_same_answer() {
    let text = "Größe 7½, 発送済み 🚚";
    let body = serde_json::json!({"content": [{"type": "text", "text": text}], "stop_reason": "end_turn"});
    let body = body.to_string();
    for size in [1, 2, 3, 5, 1_000] {
        let answer = chunked(body.as_bytes(), size);
        for written in [1, 11, usize::MAX] {
            let vendor = Vendor::playing(vec![Act::Send(answer.clone(), written)]).await;
            let claude = model_at(&ProviderName::CLAUDE, &vendor.url());
            assert_eq!(claude.complete(&request("m")).await.unwrap().text, text);
        }
    }
    // Without the last chunk it is not complete, however whole the JSON looks.
    let answer = chunked(body.as_bytes(), 1_000);
    let vendor = Vendor::playing(vec![Act::Send(answer[..answer.len() - 5].to_vec(), usize::MAX)]).await;
    let claude = model_at(&ProviderName::CLAUDE, &vendor.url());
    let error = claude.complete(&request("m")).await.unwrap_err();
    assert_eq!(error.failure, Failure::Unreachable);
}

#[tokio::test]
async fn an_answer_larger_than_allowed_is_not_read() {
    let body = fixture("openai/success");
    let length = body.len() - body.windows(4).position(|window| window == b"\r\n\r\n").unwrap() - 4;
    for (limit, fits) in [(length, true), (length - 1, false)] {
        let vendor = Vendor::of(&["openai/success"]).await;
        let config = ProviderConfig {
            base_url: Some(vendor.url()),
            ..ProviderConfig::new(ProviderName::OPENAI, Some(SecretString::from(KEY)))
        };
        let http = HttpConfig { max_answer_bytes: limit, ..Default::default() };
        let providers = Providers::new(vec![config], &http, &epoch()).unwrap();
        let outcome = providers.get(&ProviderName::OPENAI).unwrap().complete(&request("gpt-6-luna")).await;
        match outcome {
            Ok(_) => assert!(fits),
            Err(error) => {
                assert!(!fits, "{error}");
                assert_eq!(error.failure, Failure::Malformed);
                assert_eq!(error.detail, format!("answer longer than {limit} bytes"));
            }
        }
    }
}

#[tokio::test]
async fn a_configured_proxy_is_used() {
    let proxy = Vendor::of(&["openai/success"]).await;
    let config = ProviderConfig {
        base_url: Some("http://vendor.invalid/v1".to_owned()),
        ..ProviderConfig::new(ProviderName::OPENAI, Some(SecretString::from(KEY)))
    };
    let http = HttpConfig { proxy: Some(SecretString::from(proxy.url())), ..Default::default() };
    let providers = Providers::new(vec![config], &http, &epoch()).unwrap();
    providers.get(&ProviderName::OPENAI).unwrap().complete(&request("gpt-6-luna")).await.unwrap();
    assert_eq!(proxy.only().line, "POST http://vendor.invalid/v1/chat/completions HTTP/1.1");
}

/// The environment of a running process cannot be changed safely, so another test runs in a child.
#[tokio::test]
async fn proxies_of_the_environment_are_not_used() {
    let proxy = Vendor::of(&[]).await;
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "claude::the_request_is_what_the_api_wants"]);
    for variable in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        child.env(variable, proxy.url());
    }
    let output = child.env_remove("no_proxy").env_remove("NO_PROXY").output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert!(proxy.seen().is_empty());
}
