//! Webhooks, from what visitors do to what a client's server hears, by real processes that come and go.

use crate::place::{ADMIN_KEY, Place, admin, on_both, say};
use frontdesk_tests::stub::{Gate, Recorded, gemini_ok};
use frontdesk_tests::{Api, FakeClock, Process, Reply, Stub};
use jiff::SignedDuration;
use ring::hmac;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

on_both! {
    what_happens_is_told_once_by_two_processes_and_signed,
    a_lead_is_told_and_goes_with_its_conversation,
    an_event_that_was_being_sent_when_its_process_was_killed_is_sent_again,
    a_private_address_is_not_asked_unless_it_is_named,
    old_events_are_pruned_by_the_worker,
}

const PATIENCE: Duration = Duration::from_secs(30);
const BASE: &str = "/api/chat-widget";

/// What an api needs to send to a receiver on this machine.
const HERE: [(&str, &str); 2] = [("WEBHOOK_ALLOW_HTTP", "true"), ("WEBHOOK_PRIVATE_TARGETS", "127.0.0.1")];

fn send(api: &Api, method: &str, path: &str, body: &Value) -> Value {
    let bearer = format!("Bearer {ADMIN_KEY}");
    let answer = api.send(method, &format!("{BASE}{path}"), &[("Authorization", &bearer)], Some(body));
    assert!([200, 201].contains(&answer.status), "{}", answer.text);
    answer.json
}

/// The secret of a new webhook of the demo client for all events.
fn webhook(api: &Api, url: &str) -> String {
    let all = json!(["credits.threshold", "conversation.lead_captured", "question.unanswered"]);
    let made = send(api, "POST", "/clients/1/webhooks", &json!({"url": url, "events": all}));
    made["secret"].as_str().unwrap().to_owned()
}

/// Whether the signature is this secret's, as a receiver checks it.
fn is_signed_by(request: &Recorded, secret: &str) -> bool {
    let header = request.header("frontdesk-signature").unwrap();
    let (timestamp, hex) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let mac: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, &[timestamp.as_bytes(), b".", &request.body].concat(), &mac).is_ok()
}

fn what_happens_is_told_once_by_two_processes_and_signed(place: &Place) {
    let receiver = Stub::start(|_| Reply::json(200, &json!({})));
    let model = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let model = model.url();
    let environment = [&HERE[..], &[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &model)]].concat();
    let (first, second) = (place.demo(&environment), place.demo(&environment));
    let secret = webhook(&first, &receiver.url());
    place.sql("UPDATE client_llm_usage SET daily_token_limit = 1000000, monthly_token_limit = 1000000, daily_request_limit = 10");
    for _ in 0..5 {
        say(&first, "Is there parking?");
        say(&second, "Is there parking?");
    }
    // The model has no credits left; the knowledge base does not know it.
    say(&second, "how high is mount everest");
    let requests = receiver.wait_for_requests(3, PATIENCE);
    assert!(requests.iter().all(|request| is_signed_by(request, &secret)), "{requests:?}");
    let mut told: Vec<Value> = requests.iter().map(Recorded::json).collect();
    let ids: BTreeSet<_> = told.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 3);
    told.sort_by_key(|event| (event["type"].to_string(), event["data"]["percent"].as_i64()));
    for (event, (percent, used)) in told.iter().zip([(80, 8), (100, 10)]) {
        assert_eq!((&event["type"], &event["client_id"]), (&json!("credits.threshold"), &json!(1)));
        let data = &event["data"];
        assert_eq!((&data["limit"], &data["percent"]), (&json!("daily_request_limit"), &json!(percent)));
        assert_eq!((&data["used"], &data["maximum"]), (&json!(used), &json!(10)));
    }
    assert_eq!(told[2]["type"], "question.unanswered");
    assert_eq!(told[2]["data"]["question"], "how high is mount everest");
    first.terminate();
    second.terminate();
    assert_eq!(receiver.requests().len(), 3);
    let log = "SELECT count(*), min(status), max(status), max(attempts) FROM webhook_deliveries";
    assert_eq!(place.sql(log), "3|delivered|delivered|1");
}

fn a_lead_is_told_and_goes_with_its_conversation(place: &Place) {
    let receiver = Stub::start(|_| Reply::json(200, &json!({})));
    let api = place.demo(&HERE);
    let secret = webhook(&api, &receiver.url());
    let conversation = say(&api, "What are your business hours?")["conversation_id"].clone();
    let lead =
        json!({"conversation_id": conversation, "visitor_name": "Ann", "visitor_email": "ann@example.com"});
    let captured = api.post(&format!("{BASE}/public/widget/demo/capture-lead"), &lead);
    assert_eq!(captured.status, 200, "{}", captured.text);
    let request = receiver.wait_for_requests(1, PATIENCE).remove(0);
    assert!(is_signed_by(&request, &secret));
    let event = request.json();
    assert_eq!(event["type"], "conversation.lead_captured");
    let data = &event["data"];
    assert_eq!((&data["conversation_id"], &data["widget_id"]), (&conversation, &json!(1)));
    assert_eq!(
        (&data["visitor_name"], &data["visitor_email"], &data["visitor_phone"]),
        (&json!("Ann"), &json!("ann@example.com"), &Value::Null)
    );
    send(&api, "DELETE", "/widgets/1/visitor-data?email=ann@example.com", &Value::Null);
    assert_eq!(
        place.sql("SELECT (SELECT count(*) FROM webhook_events) + (SELECT count(*) FROM webhook_deliveries)"),
        "0"
    );
}

fn an_event_that_was_being_sent_when_its_process_was_killed_is_sent_again(place: &Place) {
    let gate = Arc::new(Gate::default());
    gate.close();
    let at_gate = Arc::clone(&gate);
    let receiver = Stub::start(move |_| {
        at_gate.pass("event");
        Reply::json(200, &json!({}))
    });
    let clock = FakeClock::showing("2026-11-23T10:00:00Z".parse().unwrap());
    let by_clock = clock.environment();
    let by_clock = by_clock.iter().map(|(name, value)| (*name, value.as_str()));
    let environment: Vec<_> = HERE.into_iter().chain(by_clock).collect();
    let first = place.demo(&environment);
    let secret = webhook(&first, &receiver.url());
    say(&first, "how high is mount everest");
    gate.wait_for("event", 1, PATIENCE);
    first.kill();
    gate.open();
    assert_eq!(place.sql("SELECT status, attempts FROM webhook_deliveries"), "pending|1");
    // The killed one has had the event for long enough.
    clock.step(SignedDuration::from_secs(60));
    let second = place.demo(&environment);
    let requests = receiver.wait_for_requests(2, PATIENCE);
    second.terminate();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[0].header("frontdesk-delivery"), requests[1].header("frontdesk-delivery"));
    assert!(requests.iter().all(|request| is_signed_by(request, &secret)));
    assert_eq!(place.sql("SELECT status, attempts FROM webhook_deliveries"), "delivered|2");
}

fn a_private_address_is_not_asked_unless_it_is_named(place: &Place) {
    let receiver = Stub::start(|_| Reply::json(200, &json!({})));
    let api = place.demo(&[("WEBHOOK_ALLOW_HTTP", "true")]);
    let bearer = format!("Bearer {ADMIN_KEY}");
    for url in [receiver.url().as_str(), "http://127.0.0.1/", "http://localhost:8080/", "http://0x7f.1/"] {
        let hook = json!({"url": url, "events": ["question.unanswered"]});
        let path = format!("{BASE}/clients/1/webhooks");
        let refused = api.send("POST", &path, &[("Authorization", &bearer)], Some(&hook));
        assert_eq!((refused.status, &refused.json["code"]), (400, &json!("invalid_field")), "{url}");
    }
    // One that was allowed once, or was written by hand.
    place.sql(&format!(
        "INSERT INTO webhooks (id, client_id, url, secret, events, created_at, updated_at) VALUES
            (7, 1, '{}', 's', '{}', '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
        receiver.url(),
        if place.url.starts_with("sqlite") { r#"["question.unanswered"]"# } else { "{question.unanswered}" }
    ));
    let tested = send(&api, "POST", "/webhooks/7/test", &json!({}));
    assert_eq!((&tested["delivered"], &tested["status_code"]), (&json!(false), &Value::Null));
    assert!(tested["error"].as_str().unwrap().starts_with("the URL is not allowed"), "{tested}");
    assert!(receiver.requests().is_empty());
    let log = admin(&api, &format!("{BASE}/webhooks/7/deliveries"));
    assert_eq!(log["deliveries"][0]["status"], "failed");
}

fn old_events_are_pruned_by_the_worker(place: &Place) {
    let api = place.demo(&HERE);
    let gone = Stub::start(|_| Reply::json(200, &json!({}))).url();
    webhook(&api, &gone);
    send(&api, "POST", "/webhooks/1/test", &json!({}));
    place.sql("UPDATE webhook_events SET created_at = '2020-01-01 00:00:00.000000'");
    let environment = [("DATABASE_URL", place.url.as_str()), ("WEBHOOK_RETENTION_DAYS", "7")];
    let ran = Process::run("reset-worker", &[], &environment);
    assert!(ran.stdout.contains("webhook events 1"), "{} {}", ran.stdout, ran.stderr);
    assert_eq!(place.sql("SELECT count(*) FROM webhook_deliveries"), "0");
}
