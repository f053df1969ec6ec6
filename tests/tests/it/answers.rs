//! Answers from each of the four providers, and what follows when they fail.

use crate::place::{HOURS, Place, admin, analytics, on_both, say, usage};
use frontdesk_tests::stub::{claude_ok, gemini_ok, openai_ok};
use frontdesk_tests::{Api, Reply, Stub};
use serde_json::json;
use std::time::Duration;

on_both! {
    each_provider_answers_and_its_tokens_are_exact,
    a_failing_provider_leads_to_the_next_and_then_to_the_knowledge_base,
    a_missing_key_is_named_in_log_and_table,
}

const KEY: &str = "a-key-that-nobody-may-see";

struct Provider {
    name: &'static str,
    key: &'static str,
    base: &'static str,
    path: &'static str,
    header: (&'static str, &'static str),
    reply: fn(&str, u32, u32) -> Reply,
}

const PROVIDERS: [Provider; 4] = [
    Provider {
        name: "gemini",
        key: "GEMINI_API_KEY",
        base: "GEMINI_BASE_URL",
        path: "/v1beta/models/gemini-3.5-flash-lite:generateContent",
        header: ("x-goog-api-key", ""),
        reply: gemini_ok,
    },
    Provider {
        name: "groq",
        key: "GROQ_API_KEY",
        base: "GROQ_BASE_URL",
        path: "/chat/completions",
        header: ("authorization", "Bearer "),
        reply: openai_ok,
    },
    Provider {
        name: "openai",
        key: "OPENAI_API_KEY",
        base: "OPENAI_BASE_URL",
        path: "/chat/completions",
        header: ("authorization", "Bearer "),
        reply: openai_ok,
    },
    Provider {
        name: "claude",
        key: "ANTHROPIC_API_KEY",
        base: "ANTHROPIC_BASE_URL",
        path: "/v1/messages",
        header: ("x-api-key", ""),
        reply: claude_ok,
    },
];

/// A widget may be up to two seconds old in the api's memory.
const WIDGET_AGE: Duration = Duration::from_secs(2);

/// Asks until the answer comes from a model, for at most two seconds: hand-made SQL takes that long.
fn say_until_model(api: &Api, text: &str) -> serde_json::Value {
    let began = std::time::Instant::now();
    loop {
        let answer = say(api, text);
        if answer["confidence"] == json!(0.95) {
            return answer;
        }
        assert!(began.elapsed() < WIDGET_AGE, "no model answered within two seconds: {answer}");
    }
}

fn each_provider_answers_and_its_tokens_are_exact(place: &Place) {
    for provider in &PROVIDERS {
        let reply = provider.reply;
        let stub = Stub::start(move |_| reply("Nine to five, says the model.", 412, 38));
        place_with_provider(place, provider.name);
        let api = place.demo(&[(provider.key, KEY), (provider.base, &stub.url())]);
        let before = usage(&api);
        let counted = analytics(&api);
        let answer = say(&api, HOURS);
        assert_eq!(answer["response"], json!("Nine to five, says the model."), "{}", provider.name);
        assert_eq!(answer["confidence"], json!(0.95));
        let requests = stub.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].path, provider.path);
        let (header, prefix) = provider.header;
        assert_eq!(requests[0].header(header), Some(format!("{prefix}{KEY}").as_str()));
        let sent = String::from_utf8(requests[0].body.clone()).unwrap();
        assert!(sent.contains(HOURS) && sent.contains("We're open Monday to Friday"), "{sent}");
        let after = usage(&api);
        for (column, by) in
            [("tokens_used_today", 450), ("tokens_used_this_month", 450), ("requests_made_today", 1)]
        {
            assert_eq!(after[column].as_i64().unwrap() - before[column].as_i64().unwrap(), by, "{column}");
        }
        assert_eq!(after["tokens_reserved"], json!(0));
        let now = analytics(&api);
        for (figure, by) in [("total_requests", 1), ("successful_requests", 1), ("total_tokens", 450)] {
            assert_eq!(now[figure].as_i64().unwrap() - counted[figure].as_i64().unwrap(), by, "{figure}");
        }
        let finished = api.terminate();
        assert!(finished.status.success());
        for output in [&finished.stdout, &finished.stderr] {
            assert!(!output.contains(KEY), "the key is in the log of {}", provider.name);
        }
        assert!(finished.stdout.contains("🤖 LLM enabled for widget 1 - Attempting AI response..."));
        assert!(finished.stdout.contains("✅ LLM response generated (450 tokens, "));
    }
}

/// The demo widget with this provider, as an operator sets it.
fn place_with_provider(place: &Place, provider: &str) {
    drop(place.demo(&[]));
    place.sql(&format!("UPDATE widget_configs SET llm_provider = '{provider}' WHERE id = 1"));
}

type Failing = fn() -> Reply;

fn a_failing_provider_leads_to_the_next_and_then_to_the_knowledge_base(place: &Place) {
    let failures: [(&str, Failing); 6] = [
        ("500", || Reply::error(500, "internal")),
        ("429", || Reply::error(429, "slow down")),
        ("503", || Reply::error(503, "overloaded")),
        ("nothing", || Reply::Hang),
        ("a cut connection", || Reply::CutConnection),
        ("half an answer", || Reply::CutBody(b"{\"candidates\": [{\"content\"".to_vec())),
    ];
    let up = Stub::start(|_| openai_ok("From the second.", 100, 10));
    drop(place.demo(&[]));
    // What may have been billed is charged: a free day is not enough for all that fails here.
    place.sql("UPDATE client_llm_usage SET daily_token_limit = 1000000, monthly_token_limit = 1000000");
    for (name, failure) in failures {
        let down = Stub::start(move |_| failure());
        let environment = [
            ("GEMINI_API_KEY", KEY),
            ("GEMINI_BASE_URL", &down.url()),
            ("GROQ_API_KEY", KEY),
            ("GROQ_BASE_URL", &up.url()),
            ("FALLBACK_PROVIDERS", "groq,openai"),
            ("PROVIDER_TIMEOUT_MS", "400"),
        ];
        let api = place.demo(&environment);
        let answer = say(&api, HOURS);
        assert_eq!(answer["response"], json!("From the second."), "after {name}");
        assert_eq!(answer["confidence"], json!(0.95));
        assert!(!down.requests().is_empty(), "after {name}");
        drop(api);

        let alone =
            place.demo(&environment[..2].iter().chain(&environment[5..]).copied().collect::<Vec<_>>());
        let answer = say(&alone, HOURS);
        assert!(answer["response"].as_str().unwrap().starts_with("We're open"), "after {name}: {answer}");
        assert!(answer["confidence"].as_f64().unwrap() >= 0.85, "after {name}");
        assert_eq!(usage(&alone)["tokens_reserved"], json!(0), "after {name}");
    }
    let logged = place.sql("SELECT DISTINCT status FROM llm_request_logs ORDER BY 1");
    assert_eq!(logged, "failed\nrate_limited\nsuccess");
}

fn a_missing_key_is_named_in_log_and_table(place: &Place) {
    let api = place.demo(&[]);
    say(&api, HOURS);
    let finished = api.terminate();
    assert!(
        finished.stdout.contains("LLM gemini failed for widget 1: GEMINI_API_KEY not configured"),
        "{}",
        finished.stdout
    );
    let error = place.sql("SELECT status, error_message FROM llm_request_logs");
    assert_eq!(error, "failed|GEMINI_API_KEY not configured");
}

#[test]
fn a_change_by_hand_takes_effect_within_two_seconds() {
    let place = Place::postgres();
    let stub = Stub::start(|_| gemini_ok("From the model.", 10, 5));
    let api = place.demo(&[("GEMINI_API_KEY", KEY), ("GEMINI_BASE_URL", &stub.url())]);
    place.sql("UPDATE client_llm_usage SET daily_request_limit = 100000, daily_token_limit = 10000000, monthly_request_limit = 100000, monthly_token_limit = 10000000");
    place.sql("UPDATE widget_configs SET llm_enabled = false");
    let began = std::time::Instant::now();
    while say(&api, HOURS)["confidence"] == json!(0.95) {
        assert!(began.elapsed() < WIDGET_AGE);
    }
    place.sql(
        "UPDATE widget_configs
         SET llm_enabled = true, llm_provider = 'gemini', llm_model = 'gemini-pro', llm_temperature = 0.7,
             llm_max_tokens = 500, fallback_to_knowledge_base = true
         WHERE id = 1",
    );
    assert_eq!(say_until_model(&api, HOURS)["response"], json!("From the model."));
    let entries = admin(&api, "/api/chat-widget/clients/1/llm-usage");
    assert_eq!(entries.as_array().unwrap().len(), 1);
}
