//! Traces that the real process, built with the feature `otlp`, sends to a collector.

mod collector;

use crate::place::{HOURS, MESSAGE, Place, on_both};
use collector::{Collector, Span};
use frontdesk_tests::process::binary_with_traces;
use frontdesk_tests::stub::{gemini_ok, openai_ok};
use frontdesk_tests::{Api, Reply, Stub};
use serde_json::json;
use std::time::Duration;

on_both! {
    a_message_is_one_trace_with_each_step_and_each_attempt,
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const LIMIT: Duration = Duration::from_secs(30);

fn demo(place: &Place, environment: &[(&str, &str)]) -> Api {
    let mut all = vec![("DATABASE_URL", place.url.as_str()), ("ADMIN_API_KEY", crate::place::ADMIN_KEY)];
    all.extend_from_slice(environment);
    Api::start_program(&binary_with_traces(), &["serve", "--demo"], &all)
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

fn one<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = named(spans, name);
    assert_eq!(found.len(), 1, "{name}: {spans:#?}");
    found[0]
}

fn a_message_is_one_trace_with_each_step_and_each_attempt(place: &Place) {
    let collector = Collector::start();
    let gemini = Stub::replies([Reply::error(400, "no such thing")]);
    let groq = Stub::replies([openai_ok("From the other model.", 100, 20)]);
    let api = demo(
        place,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20secret"),
            ("OTEL_SERVICE_NAME", "chat"),
            ("GEMINI_API_KEY", "dummy"),
            ("GEMINI_BASE_URL", &gemini.url()),
            ("GROQ_API_KEY", "dummy"),
            ("GROQ_BASE_URL", &groq.url()),
            ("FALLBACK_PROVIDERS", "groq"),
            ("RUST_LOG", "warn"),
        ],
    );
    let body = json!({
        "message_text": HOURS, "session_id": "session-of-a-visitor", "visitor_email": "ann@example.com",
    });
    let parent = format!("00-{TRACE}-{CALLER}-01");
    let answered = api.send(
        "POST",
        &format!("{MESSAGE}?note=what-nobody-should-read"),
        &[("traceparent", &parent), ("X-Request-Id", "request-7")],
        Some(&body),
    );
    assert_eq!((answered.status, &answered.json["response"]), (200, &json!("From the other model.")));
    assert!(
        gemini.requests().iter().chain(&groq.requests()).all(|call| call.header("traceparent").is_none())
    );
    let finished = api.terminate();
    assert!(finished.status.success(), "{finished:?}");

    let spans: Vec<_> = collector.spans().into_iter().filter(|span| span.trace == TRACE).collect();
    let request = one(&spans, "POST /api/chat-widget/public/widget/{key}/message");
    assert_eq!((request.parent.as_str(), request.kind, request.is_error), (CALLER, 2, false));
    assert_eq!(request.attributes["http.response.status_code"], "200");
    assert_eq!(request.attributes["request_id"], "request-7");
    let answer = one(&spans, "answer message");
    assert_eq!(answer.parent, request.id);
    assert_eq!((answer.attributes["widget"].as_str(), answer.attributes["source"].as_str()), ("1", "llm"));
    assert!(answer.nanoseconds <= request.nanoseconds);
    let steps: Vec<_> =
        spans.iter().filter(|span| span.parent == answer.id).map(|span| span.name.as_str()).collect();
    assert_eq!(
        steps,
        [
            "retrieve knowledge",
            "reserve credits",
            "chat gemini-3.5-flash-lite",
            "settle credits",
            "chat openai/gpt-oss-20b",
            "settle credits"
        ]
    );
    assert_eq!(one(&spans, "reserve credits").attributes["outcome"], "held");
    let failed = one(&spans, "chat gemini-3.5-flash-lite");
    assert_eq!((failed.attributes["outcome"].as_str(), failed.is_error, failed.kind), ("rejected", true, 3));
    let succeeded = one(&spans, "chat openai/gpt-oss-20b");
    let of = |name: &str| succeeded.attributes[name].as_str();
    assert_eq!((of("outcome"), of("gen_ai.provider.name"), of("attempt")), ("success", "groq", "2"));
    assert_eq!((of("gen_ai.usage.input_tokens"), of("gen_ai.usage.output_tokens")), ("100", "20"));
    assert!(!succeeded.is_error);
    assert_eq!(spans.len(), 8, "{spans:#?}");

    assert_eq!(collector.resource()["service.name"], "chat");
    for request in collector.requests() {
        assert_eq!((request.path.as_str(), request.header("api-key")), ("/v1/traces", Some("a secret")));
        let text = String::from_utf8_lossy(&request.body);
        let conversation = answered.json["conversation_id"].to_string();
        for told in [
            "business hours",
            "other model",
            "session-of",
            "ann@",
            "nobody-should",
            "127.0.0.1",
            "dummy",
            &conversation,
        ] {
            assert!(!text.contains(told), "{told}: {text}");
        }
    }
}

#[test]
fn a_collector_that_hangs_delays_no_answer_and_not_the_end() {
    let place = Place::sqlite();
    let collector = Stub::start(|_| Reply::Hang);
    let gemini = Stub::replies([gemini_ok("From the model.", 100, 20)]);
    let api = demo(
        &place,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()),
            // Longer than the harness waits for anything.
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "600000"),
            ("OTEL_BSP_SCHEDULE_DELAY", "10"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "4"),
            ("GEMINI_API_KEY", "dummy"),
            ("GEMINI_BASE_URL", &gemini.url()),
        ],
    );
    assert_eq!(crate::place::say(&api, HOURS)["response"], "From the model.");
    collector.wait_for_requests(1, LIMIT);
    for _ in 0..20 {
        assert_eq!(crate::place::say(&api, HOURS)["response"], "From the model.");
    }
    let finished = api.terminate();
    assert!(finished.status.success(), "{finished:?}");
    assert!(finished.stdout.contains("the last traces could not be sent"), "{}", finished.stdout);
}

#[test]
fn that_the_collector_is_away_and_that_it_is_back_is_said_once() {
    let place = Place::sqlite();
    let refusals = std::sync::atomic::AtomicUsize::new(0);
    let collector = Stub::start(move |_| {
        // A 400 is not tried again by the exporter: each is a batch.
        let status = if refusals.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 3 { 400 } else { 200 };
        Reply::Answer { status, headers: Vec::new(), body: Vec::new() }
    });
    let api =
        demo(&place, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()), ("OTEL_BSP_SCHEDULE_DELAY", "10")]);
    for batch in 1..=4 {
        assert_eq!(api.get("/health/live").status, 200);
        collector.wait_for_requests(batch, LIMIT);
    }
    api.process().wait_for_line(|line| line.contains("the traces' collector takes traces again"));
    let said = api.terminate().stdout;
    assert_eq!(said.matches("the traces' collector takes no traces").count(), 1, "{said}");
    assert_eq!(said.matches("takes traces again").count(), 1, "{said}");
}

#[test]
fn a_build_without_traces_says_so() {
    let place = Place::sqlite();
    let api = place.demo(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")]);
    api.process().wait_for_line(|line| line.contains("this build sends no traces"));
}
