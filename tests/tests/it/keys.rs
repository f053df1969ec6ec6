//! Keys show nowhere but in the header that carries them: not in any line of a run's output, not in the database,
//! not in an answer, not in the process's arguments, however a provider throws them back.

use crate::place::{ADMIN_KEY, HOURS, MESSAGE, Place, admin, on_both, say};
use frontdesk_tests::stub::{Recorded, openai_ok};
use frontdesk_tests::{Api, Process, Reply, ScratchDir, Stub};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

on_both! {
    no_key_is_in_the_output_the_database_or_an_answer,
}

/// What all keys of these tests have in common: half a key would be a leak, too.
const MARK: &str = "hush4711";
/// Of every provider, and two of Gemini's; those of OpenAI and Claude come from files.
const GEMINI_KEYS: &str = "AIza-hush4711-gemini-a,AIza-hush4711-gemini-b";
const GROQ_KEY: &str = "gsk-hush4711-groq";
const OPENAI_KEY: &str = "sk-hush4711-openai";
const CLAUDE_KEY: &str = "sk-ant-hush4711-claude";
const OWN_KEY: &str = "hush4711-of-my-own-server";

/// A failure that quotes what was sent: in the error, its fields, the headers, or a page.
fn echo(request: &Recorded, turn: usize) -> Reply {
    let key = request.headers.iter().find(|(_, value)| value.contains(MARK));
    let key = key.map_or("no key was sent", |(_, value)| value.trim_start_matches("Bearer "));
    let error = json!({
        "error": {"message": format!("Incorrect API key {key}"), "type": key, "code": key, "status": key, "param": key},
        "request_id": key,
        "x_groq": {"id": key}
    });
    let page = format!("<pre>{key}</pre>{}{key}", "x".repeat(460));
    let of = |status: u16, body: String| Reply::Answer {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.into_bytes(),
    };
    let reply = match turn % 5 {
        0 => of(401, error.to_string()),
        1 => of(500, page),
        2 => of(200, error.to_string()),
        3 => of(429, error.to_string()),
        _ => of(302, String::new()).with_header("location", &format!("http://localhost/?key={key}")),
    };
    reply.with_header("x-request-id", key).with_header("request-id", key).with_header("x-echo", key)
}

/// A success whose text quotes the key that was sent.
fn quote(request: &Recorded, key: &str) -> Reply {
    let text = format!("We open at nine. Your key is {key}.");
    if request.json()["stream"] != json!(true) {
        return openai_ok(&text, 100, 10);
    }
    let usage = json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110});
    let chunk = json!({"model": "stub", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": "stop"}], "usage": usage});
    Reply::Answer {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/event-stream".to_owned())],
        body: format!("data: {chunk}\n\ndata: [DONE]\n\n").into_bytes(),
    }
}

/// Every table's every row, as the database's own shell prints it.
fn everything_stored(place: &Place) -> String {
    let tables = if place.url.starts_with("sqlite") {
        place.sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    } else {
        place.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    };
    let mut all = String::new();
    for table in tables.lines() {
        let rows = place.sql(&format!("SELECT * FROM {table}"));
        writeln!(all, "{table}\n{rows}").unwrap();
    }
    all
}

fn asks(api: &Api, answers: &mut String) {
    answers.push_str(&say(api, HOURS).to_string());
    let body: Value = json!({ "message_text": HOURS });
    let streamed = api.send("POST", MESSAGE, &[("Accept", "text/event-stream")], Some(&body));
    assert_eq!(streamed.status, 200);
    write!(answers, "{streamed:?}").unwrap();
}

fn no_key_is_in_the_output_the_database_or_an_answer(place: &Place) {
    let turn = AtomicUsize::new(0);
    // The four fail in turn in every way; the server of one's own answers at last.
    let failing = Stub::start(move |request| match request.header("api-key") {
        Some(key) => quote(request, key),
        None => echo(request, turn.fetch_add(1, Ordering::SeqCst)),
    });
    let folder = ScratchDir::new();
    let file = |name: &str, key: &str| {
        let path = folder.path().join(name);
        fs::write(&path, format!("{key}\n")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (openai, claude) = (file("openai", OPENAI_KEY), file("claude", CLAUDE_KEY));
    let url = failing.url();
    let mut environment: Vec<(&str, &str)> = vec![
        ("RUST_LOG", "trace"),
        ("GEMINI_API_KEY", GEMINI_KEYS),
        ("GROQ_API_KEY", GROQ_KEY),
        ("OPENAI_API_KEY_FILE", &openai),
        ("ANTHROPIC_API_KEY_FILE", &claude),
        ("PROVIDERS__MY_OWN__KEY", OWN_KEY),
        ("PROVIDERS__MY_OWN__MODELS", "llama3.2"),
        ("PROVIDERS__MY_OWN__AUTH_HEADER", "api-key"),
        ("PROVIDERS__MY_OWN__BASE_URL", &url),
        ("FALLBACK_PROVIDERS", "groq,openai,claude,my_own"),
    ];
    for base in ["GEMINI_BASE_URL", "GROQ_BASE_URL", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"] {
        environment.push((base, &url));
    }
    let mut shown = String::new();
    for format in ["text", "json"] {
        environment.push(("LOG_FORMAT", format));
        let api = place.demo(&environment);
        for _ in 0..3 {
            asks(&api, &mut shown);
        }
        shown.push_str(&admin(&api, "/api/chat-widget/clients/1/llm-usage").to_string());
        shown.push_str(&arguments(&api));
        let finished = api.terminate();
        assert!(finished.status.success());
        for word in
            ["TRACE", "LLM provider my_own is configured", "failed for widget", "LLM response generated"]
        {
            assert!(finished.stdout.contains(word), "{format}: the log holds {word:?}");
        }
        shown.push_str(&finished.stdout);
        shown.push_str(&finished.stderr);
        environment.pop();
    }
    let sent = failing.requests();
    for key in GEMINI_KEYS.split(',').chain([GROQ_KEY, OPENAI_KEY, CLAUDE_KEY, OWN_KEY]) {
        let carried = |request: &Recorded| request.headers.iter().any(|(_, value)| value.ends_with(key));
        assert!(sent.iter().any(carried), "{key} was used");
    }
    assert!(shown.contains("Your key is [key]."), "a model answered: {shown}");
    for request in &sent {
        assert!(!request.path.contains(MARK), "{}", request.path);
        assert!(!String::from_utf8_lossy(&request.body).contains(MARK));
    }
    let stored = everything_stored(place);
    assert!(stored.contains("[key]"), "what a provider said is stored, without the key: {stored}");
    for (what, text) in [("shown", &shown), ("stored", &stored)] {
        let leak = text.lines().find(|line| line.contains(MARK));
        assert_eq!(leak, None, "a key is {what}");
    }
    assert!(!stored.contains(ADMIN_KEY));
}

/// The process's arguments, which every user of the machine can read.
fn arguments(api: &Api) -> String {
    fs::read_to_string(format!("/proc/{}/cmdline", api.process().id())).unwrap()
}

#[test]
fn a_provider_that_cannot_be_used_stops_the_start_with_one_line_and_without_its_key() {
    let table = [
        (
            &[("PROVIDERS__VLLM__KEY", "hush4711-key")][..],
            "PROVIDERS__VLLM__BASE_URL has to be set: the address before /chat/completions\n",
        ),
        (
            &[("PROVIDERS__X__BASE_URL", "http://u:hush4711@localhost/v1")],
            "PROVIDERS__X__BASE_URL must not hold a user or a password\n",
        ),
        (
            &[("PROVIDERS__OLLAMA__PRESET", "olama")],
            "PROVIDERS__OLLAMA__PRESET: \"olama\" is not a known server (ollama, vllm, openrouter, mistral, deepseek, together, azure)\n",
        ),
        (
            &[("PROVIDERS__OLLAMA__AUTH_HEADER", "none"), ("PROVIDERS__OLLAMA__KEY", "hush4711-key")],
            "PROVIDERS__OLLAMA__AUTH_HEADER: is none, but PROVIDERS__OLLAMA__KEY is set; leave one of them out\n",
        ),
        (
            &[
                ("PROVIDERS__AZURE__BASE_URL", "http://localhost"),
                ("PROVIDERS__AZURE__EXTRA_QUERY", "api-key=hush4711"),
            ],
            "PROVIDERS__AZURE__EXTRA_QUERY: seems to hold a key, which addresses give away; set KEY and AUTH_HEADER instead\n",
        ),
        (&[("PROVIDERS__GEMINI__API_VERSION", "v1/../x")], "the API version of `gemini` is not valid\n"),
        (
            &[("GROQ_API_KEY", "gsk-hush4711"), ("GROQ_API_KEY_FILE", "/nowhere")],
            "GROQ_API_KEY: is set, and so is GROQ_API_KEY_FILE; set one of the two\n",
        ),
        (
            &[("REDIS_URL", "hush4711")],
            "REDIS_URL: has to be a URL that starts with redis:// or rediss:// (the value is not shown)\n",
        ),
    ];
    for (environment, line) in table {
        let finished = Process::run("api", &["serve"], environment);
        assert_eq!((finished.status.code(), finished.stderr.as_str()), (Some(2), line), "{environment:?}");
        assert!(!finished.stdout.contains(MARK), "{}", finished.stdout);
    }
}
