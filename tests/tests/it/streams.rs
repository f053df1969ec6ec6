//! Answers in pieces, from a provider's wire to a visitor's connection.

use crate::place::{HOURS, MESSAGE, Place, on_both, usage};
use frontdesk_tests::http::{self, Events};
use frontdesk_tests::stub::{Gate, Part, claude_stream, gemini_stream, openai_stream};
use frontdesk_tests::{Api, Reply, Stub};
use serde_json::{Value, json};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

on_both! {
    each_providers_pieces_reach_the_visitor_as_they_come,
    a_visitor_who_hangs_up_closes_the_providers_connection_and_pays_for_what_was_said,
    an_answer_that_its_provider_cuts_is_kept_and_marked,
    before_the_first_piece_the_next_provider_answers_and_the_log_says_why,
    a_process_that_is_told_to_stop_lets_its_streams_end,
}

const KEY: &str = "a-key-that-nobody-may-see";
const SAID: [&str; 3] = ["Nine ", "to ", "five."];
const LIMIT: Duration = Duration::from_secs(20);

fn events(api: &Api, message: &Value) -> Events {
    let events = Events::post(&format!("{}{MESSAGE}", api.url()), message);
    assert_eq!(events.status, 200);
    events
}

fn delta(text: &str) -> (String, Value) {
    ("delta".to_owned(), json!({ "text": text }))
}

fn done(events: &mut Events) -> Value {
    let (name, answer) = events.next().unwrap();
    assert_eq!(name, "done", "{answer}");
    assert!(events.next().is_none());
    answer
}

/// A message that can be repeated.
fn message(api: &Api) -> Value {
    let open = format!("{}/api/chat-widget/public/widget/demo/conversation", api.url());
    let opened = http::post(&open, &json!({})).json;
    json!({
        "conversation_id": opened["conversation_id"], "message_text": HOURS, "client_message_id": "m1",
    })
}

fn gemini_at(url: &str) -> [(&str, &str); 2] {
    [("GEMINI_API_KEY", KEY), ("GEMINI_BASE_URL", url)]
}

type Streamed = fn(&[&str], u32) -> Vec<Part>;

fn each_providers_pieces_reach_the_visitor_as_they_come(place: &Place) {
    let providers: [(&str, &str, &str, Streamed); 4] = [
        ("gemini", "GEMINI_API_KEY", "GEMINI_BASE_URL", gemini_stream),
        ("groq", "GROQ_API_KEY", "GROQ_BASE_URL", openai_stream),
        ("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", openai_stream),
        ("claude", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", claude_stream),
    ];
    for (provider, key, base, streamed) in providers {
        drop(place.demo(&[]));
        place.sql(&format!("UPDATE widget_configs SET llm_provider = '{provider}' WHERE id = 1"));
        let gate = Arc::new(Gate::default());
        gate.close();
        let mut parts = streamed(&SAID, 400);
        let second =
            parts.iter().position(|part| matches!(part, Part::Send(text) if text.contains("\"to \"")));
        parts.insert(second.unwrap(), Part::Pass(Arc::clone(&gate), "second"));
        let stub = Stub::start(move |_| Reply::Stream(parts.clone()));
        let api = place.demo(&[(key, KEY), (base, &stub.url())]);
        let before = usage(&api)["tokens_used_today"].as_i64().unwrap();
        let message = message(&api);
        let mut events = events(&api, &message);
        assert_eq!(events.next().unwrap(), delta("Nine "), "{provider}");
        gate.wait_for("second", 1, LIMIT);
        assert_ne!(usage(&api)["tokens_reserved"], json!(0), "{provider}");
        gate.open();
        assert_eq!((events.next().unwrap(), events.next().unwrap()), (delta("to "), delta("five.")));
        let answer = done(&mut events);
        assert_eq!((&answer["response"], &answer["truncated"]), (&json!("Nine to five."), &json!(false)));
        assert_eq!(api.post(MESSAGE, &message).json, answer, "{provider}");
        let after = usage(&api);
        assert_eq!(after["tokens_used_today"].as_i64().unwrap() - before, 430, "{provider}");
        assert_eq!(after["tokens_reserved"], json!(0));
        assert_eq!(stub.requests().len(), 1);
        let finished = api.terminate();
        assert!(finished.stdout.contains("✅ LLM response generated (430 tokens, "), "{}", finished.stdout);
        assert!(!finished.stdout.contains(KEY) && !finished.stderr.contains(KEY));
    }
    assert_eq!(place.sql("SELECT DISTINCT status FROM llm_request_logs"), "success");
}

fn wait_until_nothing_is_held(api: &Api) -> Value {
    let began = Instant::now();
    loop {
        let usage = usage(api);
        if usage["tokens_reserved"] == json!(0) {
            return usage;
        }
        assert!(began.elapsed() < LIMIT, "the hold is not released: {usage}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn a_visitor_who_hangs_up_closes_the_providers_connection_and_pays_for_what_was_said(place: &Place) {
    let (says, hung_up) = mpsc::channel();
    let mut parts = gemini_stream(&SAID, 400);
    parts.truncate(2);
    parts.push(Part::AwaitHangUp(says));
    let stub = Stub::start(move |_| Reply::Stream(parts.clone()));
    let api = place.demo(&gemini_at(&stub.url()));
    let message = message(&api);
    let mut events = events(&api, &message);
    assert_eq!((events.next().unwrap(), events.next().unwrap()), (delta("Nine "), delta("to ")));
    drop(events);
    hung_up.recv_timeout(LIMIT).expect("the provider's connection stays open");
    let usage = wait_until_nothing_is_held(&api);
    assert_eq!((&usage["tokens_used_today"], &usage["requests_made_today"]), (&json!(420), &json!(1)));
    let again = api.post(MESSAGE, &message).json;
    assert_eq!((&again["response"], &again["truncated"]), (&json!("Nine to "), &json!(true)));
    let row = place.sql("SELECT status, error_message FROM llm_request_logs");
    assert_eq!(row, "success|cut off: the visitor left");
    assert_eq!(stub.requests().len(), 1);
}

fn an_answer_that_its_provider_cuts_is_kept_and_marked(place: &Place) {
    let mut parts = gemini_stream(&SAID, 400);
    parts.truncate(2);
    parts.push(Part::Cut);
    let stub = Stub::start(move |_| Reply::Stream(parts.clone()));
    let other = Stub::start(|_| Reply::Stream(openai_stream(&["never"], 1)));
    let url = stub.url();
    let [key, base] = gemini_at(&url);
    let api = place.demo(&[
        key,
        base,
        ("GROQ_API_KEY", KEY),
        ("GROQ_BASE_URL", &other.url()),
        ("FALLBACK_PROVIDERS", "groq"),
    ]);
    let mut events = events(&api, &message(&api));
    assert_eq!((events.next().unwrap(), events.next().unwrap()), (delta("Nine "), delta("to ")));
    let answer = done(&mut events);
    assert_eq!((&answer["response"], &answer["truncated"]), (&json!("Nine to "), &json!(true)));
    assert_eq!((stub.requests().len(), other.requests().len()), (1, 0));
    let row = place.sql("SELECT status, total_tokens, error_message FROM llm_request_logs");
    assert!(row.starts_with("success|420|cut off"), "{row}");
    assert_eq!(usage(&api)["tokens_reserved"], json!(0));
}

fn before_the_first_piece_the_next_provider_answers_and_the_log_says_why(place: &Place) {
    let down = Stub::start(|_| Reply::error(429, "slow down"));
    let up = Stub::start(|_| Reply::Stream(openai_stream(&SAID, 400)));
    let url = down.url();
    let [key, base] = gemini_at(&url);
    let api = place.demo(&[
        key,
        base,
        ("GROQ_API_KEY", KEY),
        ("GROQ_BASE_URL", &up.url()),
        ("FALLBACK_PROVIDERS", "groq"),
    ]);
    let mut events = events(&api, &message(&api));
    let pieces: Vec<_> = events.by_ref().take(3).collect();
    assert_eq!(pieces, SAID.map(delta));
    assert_eq!(done(&mut events)["response"], json!("Nine to five."));
    let rows = place.sql("SELECT llm_provider, attempt, status FROM llm_request_logs ORDER BY id");
    assert_eq!(rows, "gemini|1|rate_limited\ngroq|2|success");
    let log = api.terminate().stdout;
    let line = log.lines().find(|line| line.contains("message answered")).unwrap();
    for part in ["gemini: rate limited", "groq", "stub"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

fn a_process_that_is_told_to_stop_lets_its_streams_end(place: &Place) {
    let gate = Arc::new(Gate::default());
    gate.close();
    let mut parts = gemini_stream(&SAID, 400);
    parts.insert(1, Part::Pass(Arc::clone(&gate), "second"));
    let stub = Stub::start(move |_| Reply::Stream(parts.clone()));
    let api = place.demo(&gemini_at(&stub.url()));
    let mut events = events(&api, &message(&api));
    assert_eq!(events.next().unwrap(), delta("Nine "));
    gate.wait_for("second", 1, LIMIT);
    let stopping = std::thread::spawn(move || api.terminate());
    gate.open();
    assert_eq!((events.next().unwrap(), events.next().unwrap()), (delta("to "), delta("five.")));
    assert_eq!(done(&mut events)["response"], json!("Nine to five."));
    assert!(stopping.join().unwrap().status.success());
    assert_eq!(place.sql("SELECT status, total_tokens FROM llm_request_logs"), "success|430");
}
