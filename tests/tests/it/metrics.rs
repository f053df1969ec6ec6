//! Metrics of the real process: who may read them, that they are what Prometheus reads, and that they agree with the
//! database.
#![expect(clippy::float_cmp, reason = "Prometheus' numbers are floats, and these are counts")]

use crate::place::{HOURS, MESSAGE, Place, on_both, say};
use frontdesk_tests::stub::{Gate, gemini_ok};
use frontdesk_tests::{Api, Reply, Stub, http};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

on_both! {
    tokens_and_holds_agree_with_the_database,
    what_happens_is_counted_by_its_kind,
    events_on_their_way_are_counted_and_those_that_are_dropped,
}

const TOKEN: &str = "a-token-that-reads-metrics";
const LIMIT: Duration = Duration::from_secs(30);

/// The samples of a reading, by the name with its labels.
type Samples = BTreeMap<String, f64>;

fn read(api: &Api) -> (String, Samples) {
    let answer = api.send("GET", "/metrics", &[("Authorization", &format!("Bearer {TOKEN}"))], None);
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let samples = samples(&answer.text);
    (answer.text, samples)
}

/// Reads the text format as its description has it, and panics at what does not belong there.
fn samples(text: &str) -> Samples {
    assert!(text.ends_with('\n'));
    let (mut types, mut samples) = (BTreeMap::new(), Samples::new());
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(of_type) = line.strip_prefix("# TYPE ") {
            let (name, kind) = of_type.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(types.insert(name, kind).is_none(), "two types: {line}");
            continue;
        }
        if line.starts_with('#') {
            assert!(line.starts_with("# HELP frontdesk_"), "{line}");
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
        let of = |suffix: &str| {
            name.strip_suffix(suffix).is_some_and(|name| types.get(name) == Some(&"histogram"))
        };
        let has_type = types.contains_key(name) || of("_bucket") || of("_sum") || of("_count");
        assert!(has_type, "no type before {line}");
        let value: f64 = value.parse().unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(samples.insert(series.to_owned(), value).is_none(), "twice: {line}");
    }
    samples
}

fn lint(text: &str) {
    let program = Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).spawn();
    // Part of Debian's package prometheus; the parser above does without.
    let Ok(mut promtool) = program else { return };
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(promtool.wait().unwrap().success(), "promtool finds fault");
}

/// The sum over all series of a metric in which all of these stand.
fn sum(samples: &Samples, name: &str, labels: &[&str]) -> f64 {
    let prefix = format!("{name}{{");
    let fits = |series: &str| {
        (series == name || series.starts_with(&prefix)) && labels.iter().all(|label| series.contains(label))
    };
    samples.iter().filter(|(series, _)| fits(series)).map(|(_, value)| value).sum()
}

fn demo(place: &Place, environment: &[(&str, &str)]) -> Api {
    let all = [&[("METRICS_TOKEN", TOKEN), ("RATE_LIMITS", "off")], environment].concat();
    place.demo(&all)
}

fn tokens_and_holds_agree_with_the_database(place: &Place) {
    let gate = Arc::new(Gate::default());
    let at_gate = Arc::clone(&gate);
    let stub = Stub::start(move |_| {
        at_gate.pass("model");
        gemini_ok("From the model.", 100, 20)
    });
    let api = demo(place, &[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())]);
    for _ in 0..3 {
        say(&api, HOURS);
    }
    gate.close();
    let url = format!("{}{MESSAGE}", api.url());
    let visitor = std::thread::spawn(move || http::post(&url, &json!({ "message_text": HOURS })));
    gate.wait_for("model", 1, LIMIT);
    let (text, during) = read(&api);
    lint(&text);
    let pending =
        place.sql("SELECT count(*), sum(reserved_tokens) FROM llm_request_logs WHERE status = 'pending'");
    let told = format!("{}|{}", during["frontdesk_holds"], during["frontdesk_held_tokens"]);
    assert_eq!(told, pending);
    assert_eq!((during["frontdesk_holds"], during["frontdesk_messages_in_flight"]), (1.0, 1.0));
    gate.open();
    assert_eq!(visitor.join().unwrap().status, 200);
    let (_, after) = read(&api);
    assert_eq!((after["frontdesk_holds"], after["frontdesk_held_tokens"]), (0.0, 0.0));
    let booked = place.sql("SELECT sum(prompt_tokens), sum(completion_tokens) FROM llm_request_logs");
    let of = |kind: &str| sum(&after, "frontdesk_tokens_total", &[r#"client="1""#, kind]);
    assert_eq!(format!("{}|{}", of(r#"kind="prompt""#), of(r#"kind="completion""#)), booked);
    assert_eq!(booked, "400|80");
    assert_eq!(sum(&after, "frontdesk_tokens_total", &[]), 480.0);
    let used = place.sql("SELECT tokens_used_today FROM client_llm_usage WHERE widget_id = 1");
    assert_eq!(used, "480");
}

fn what_happens_is_counted_by_its_kind(place: &Place) {
    let stub = Stub::replies([gemini_ok("From the model.", 100, 20), Reply::error(400, "no such thing")]);
    let api = demo(place, &[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())]);
    let first = json!({ "message_text": HOURS, "client_message_id": "m1" });
    let opened = api.post(MESSAGE, &first);
    let again = json!({
        "message_text": HOURS, "client_message_id": "m1", "conversation_id": opened.json["conversation_id"],
    });
    assert_eq!(api.post(MESSAGE, &again).status, 200);
    say(&api, HOURS);
    place.sql("UPDATE client_llm_usage SET daily_request_limit = 1");
    say(&api, "how high is mount everest");
    assert_eq!(api.get("/nowhere/with/a-secret").status, 404);
    assert_eq!(api.send("TRACE", "/health/live", &[], None).status, 405);
    let (_, samples) = read(&api);
    let answers = |source: &str| samples[&format!("frontdesk_answers_total{{source=\"{source}\"}}")];
    assert_eq!(["llm", "knowledge_base", "default", "repeated"].map(answers), [1.0, 1.0, 1.0, 1.0]);
    let calls =
        |outcome: &str| sum(&samples, "frontdesk_provider_calls_total", &[outcome, r#"provider="gemini""#]);
    assert_eq!((calls(r#"outcome="success""#), calls("")), (1.0, 2.0), "{samples:?}");
    assert_eq!(samples["frontdesk_provider_call_duration_seconds_count{provider=\"gemini\"}"], 2.0);
    assert_eq!(samples["frontdesk_credit_denials_total{limit=\"daily_request_limit\"}"], 1.0);
    let requests = |labels: &[&str]| sum(&samples, "frontdesk_http_requests_total", labels);
    let message = r#"route="/api/chat-widget/public/widget/{key}/message""#;
    assert_eq!(requests(&[message, r#"method="POST""#, r#"status="200""#]), 4.0);
    assert_eq!(requests(&[r#"route="unmatched""#, r#"status="404""#]), 1.0);
    assert_eq!(requests(&[r#"method="other""#, r#"status="405""#]), 1.0);
    assert!(samples["frontdesk_ledger_batch_operations_count"] >= 4.0);
    assert_eq!((samples["frontdesk_database_up"], samples["frontdesk_database_waiting"]), (1.0, 0.0));
    assert!(
        samples["frontdesk_knowledge_cache_bytes"] > 1_000.0 && samples["frontdesk_uptime_seconds"] > 0.0
    );
    let places: BTreeSet<_> = samples.keys().filter(|series| series.contains("a-secret")).collect();
    assert!(places.is_empty(), "{places:?}");
}

fn events_on_their_way_are_counted_and_those_that_are_dropped(place: &Place) {
    let gate = Arc::new(Gate::default());
    gate.close();
    let at_gate = Arc::clone(&gate);
    let (gone, well) = (AtomicBool::new(true), json!({}));
    let receiver = Stub::start(move |_| {
        at_gate.pass("receiver");
        let status = if gone.swap(false, Ordering::SeqCst) { 500 } else { 410 };
        Reply::json(status, &well)
    });
    let api = demo(place, &[("WEBHOOK_ALLOW_HTTP", "true"), ("WEBHOOK_PRIVATE_TARGETS", "127.0.0.1")]);
    let (_, before) = read(&api);
    let waiting = |samples: &Samples| {
        (samples["frontdesk_webhook_pending"], samples["frontdesk_webhook_oldest_pending_seconds"])
    };
    assert_eq!(waiting(&before), (0.0, 0.0));
    let bearer = format!("Bearer {}", crate::place::ADMIN_KEY);
    let body = json!({"url": receiver.url(), "events": ["conversation.lead_captured"]});
    let made =
        api.send("POST", "/api/chat-widget/clients/1/webhooks", &[("Authorization", &bearer)], Some(&body));
    assert_eq!(made.status, 201, "{}", made.text);
    let conversation = say(&api, HOURS)["conversation_id"].clone();
    let lead = |name: &str| {
        let lead = json!({"conversation_id": conversation, "visitor_name": name});
        assert_eq!(api.post("/api/chat-widget/public/widget/demo/capture-lead", &lead).status, 200);
    };
    lead("Ada");
    gate.wait_for("receiver", 1, LIMIT);
    lead("Bob");
    place.sql(if place.url.starts_with("sqlite") {
        "UPDATE webhook_deliveries SET retry_until = strftime('%Y-%m-%d %H:%M:%f000', retry_until, '-1 hour')"
    } else {
        "UPDATE webhook_deliveries SET retry_until = retry_until - interval '1 hour'"
    });
    let (text, during) = read(&api);
    lint(&text);
    let (pending, oldest) = waiting(&during);
    assert!(pending == 2.0 && (3_600.0..3_700.0).contains(&oldest), "{pending} {oldest}");
    gate.open();
    let until = std::time::Instant::now() + LIMIT;
    let dropped = |samples: &Samples, reason: &str| {
        samples[&format!("frontdesk_webhook_dropped_total{{reason=\"{reason}\"}}")]
    };
    let after = loop {
        let (_, samples) = read(&api);
        if dropped(&samples, "gone") > 0.0 || std::time::Instant::now() > until {
            break samples;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    // The first failed and waited for its next try when the webhook did not want to hear of the second.
    assert_eq!((dropped(&after, "gone"), dropped(&after, "given_up")), (2.0, 0.0), "{after:?}");
    let attempts =
        |outcome: &str| after[&format!("frontdesk_webhook_attempts_total{{outcome=\"{outcome}\"}}")];
    assert_eq!(["retried", "gone", "delivered", "given_up"].map(attempts), [1.0, 1.0, 0.0, 0.0]);
    assert_eq!(waiting(&after), (0.0, 0.0));
}

#[test]
fn who_has_no_token_reads_nothing() {
    let place = Place::sqlite();
    let api = demo(&place, &[("METRICS_PORT", "0")]);
    let line = api.process().wait_for_line(|line| line.contains("metrics are at http://"));
    let own = line[line.find("http://").unwrap()..].split_whitespace().next().unwrap();
    for url in [format!("{}/metrics", api.url()), own.to_owned()] {
        for headers in
            [&[][..], &[("Authorization", "Bearer another-token-of-somebody")], &[("Authorization", TOKEN)]]
        {
            let refused = http::send("GET", &url, headers, None);
            assert_eq!(
                (refused.status, &refused.json["code"]),
                (401, &json!("wrong_metrics_token")),
                "{url}"
            );
            assert!(!refused.text.contains("frontdesk_"));
        }
        let bearer = format!("Bearer {TOKEN}");
        assert_eq!(http::send("GET", &url, &[("Authorization", &bearer)], None).status, 200);
    }
    assert_eq!(http::get(&own.replace("/metrics", "/health/live")).status, 404);
    // Nobody asked for them.
    let without = place.demo(&[]);
    assert_eq!(without.get("/metrics").status, 404);
}

#[test]
fn at_a_port_of_their_own_they_are_for_everyone_there() {
    let place = Place::sqlite();
    let api = place.demo(&[("METRICS_PORT", "0")]);
    let line = api.process().wait_for_line(|line| line.contains("metrics are at http://"));
    let own = line[line.find("http://").unwrap()..].split_whitespace().next().unwrap();
    let answer = http::get(own);
    assert_eq!(answer.status, 200);
    assert!(samples(&answer.text).contains_key("frontdesk_holds"));
    assert_eq!(api.get("/metrics").status, 404);
    assert!(api.terminate().status.success());
}

#[test]
fn without_a_database_the_rest_is_told() {
    let server = frontdesk_tests::TempPg::start().unwrap();
    let place = Place::postgres_of(&server);
    let api = demo(&place, &[]);
    server.stop();
    let (_, samples) = read(&api);
    assert_eq!(samples["frontdesk_database_up"], 0.0);
    assert!(samples.contains_key("frontdesk_answers_total{source=\"llm\"}"));
}
