//! What the log holds, and what it never holds.

use crate::place::{ADMIN_KEY, HOURS, MESSAGE, Place, on_both, say};
use frontdesk_tests::stub::gemini_ok;
use frontdesk_tests::{Api, Reply, Stub};
use serde_json::{Value, json};

on_both! {
    nothing_of_a_visitor_and_no_key_is_in_the_log,
    each_request_and_each_answer_has_one_line,
}

const PROVIDER_KEY: &str = "a-provider-key-nobody-may-see";
const TOKEN: &str = "a-metrics-token-nobody-may-see";
const WRONG_KEY: &str = "a-wrong-key-that-was-mistyped";
const PUBLIC: &str = "/api/chat-widget/public/widget/demo";

/// What visitors tell, what models answer, and keys.
const SECRETS: [&str; 12] = [
    "maria.visitor@example.com",
    "+49-555-0147-11",
    "Maria Visitorsdottir",
    "zebra-coloured dentures",
    "quagga-answer",
    "session-of-maria",
    "visitor-session-of-maria",
    "page-of-maria",
    PROVIDER_KEY,
    TOKEN,
    WRONG_KEY,
    ADMIN_KEY,
];

fn lines(log: &str) -> Vec<Value> {
    let json = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    log.lines().filter(|line| line.starts_with('{')).map(json).collect()
}

fn visit(api: &Api) {
    let about = json!({
        "session_id": SECRETS[5], "visitor_session_id": SECRETS[6], "visitor_name": SECRETS[2],
        "visitor_email": SECRETS[0], "visitor_phone": SECRETS[1],
        "page_url": format!("https://shop.example/{}", SECRETS[7]),
    });
    let opened = api.post(&format!("{PUBLIC}/conversation"), &about);
    assert_eq!(opened.status, 200, "{}", opened.text);
    let id = &opened.json["conversation_id"];
    let text = format!("Do you sell {}? Write to {}", SECRETS[3], SECRETS[0]);
    let message = json!({ "conversation_id": id, "message_text": text, "client_message_id": "c1" });
    for _ in 0..2 {
        assert_eq!(api.post(MESSAGE, &message).status, 200);
    }
    let lead = json!({
        "conversation_id": id, "visitor_name": SECRETS[2], "visitor_email": SECRETS[0], "visitor_phone": SECRETS[1],
        "handoff_type": "callback", "handoff_details": { "wish": SECRETS[3] },
    });
    assert_eq!(api.post(&format!("{PUBLIC}/capture-lead"), &lead).status, 200);
    for path in [
        format!("{PUBLIC}/conversations/{id}/messages"),
        format!("{PUBLIC}/conversations/{id}/status"),
        format!("{PUBLIC}/conversation/by-visitor/{}", SECRETS[6]),
        format!("{PUBLIC}/knowledge/search?query={}", SECRETS[3].replace(' ', "%20")),
    ] {
        assert_eq!(api.get(&path).status, 200, "{path}");
    }
    // Faulty ones, whose errors might quote them.
    for body in [json!({ "message_text": 5, "visitor_email": SECRETS[0] }), json!([SECRETS[0]])] {
        assert_eq!(api.post(MESSAGE, &body).status, 400);
    }
    assert_eq!(api.get(&format!("/{}", SECRETS[0])).status, 404);
}

fn administrate(api: &Api) {
    for (key, status) in [(ADMIN_KEY, 200), (WRONG_KEY, 401)] {
        let bearer = format!("Bearer {key}");
        for path in ["/widgets/1/conversations", "/widgets/1/llm-logs", "/widgets/1/unanswered"] {
            let path = format!("/api/chat-widget{path}");
            assert_eq!(api.send("GET", &path, &[("Authorization", &bearer)], None).status, status, "{path}");
        }
        let token = format!("Bearer {}", if status == 200 { TOKEN } else { WRONG_KEY });
        assert_eq!(api.send("GET", "/metrics", &[("Authorization", &token)], None).status, status);
    }
}

fn nothing_of_a_visitor_and_no_key_is_in_the_log(place: &Place) {
    // Answers, refuses with the visitor's own words, and is not understood.
    let stub = Stub::replies([
        gemini_ok(SECRETS[4], 100, 20),
        Reply::error(400, &format!("cannot read {} with {PROVIDER_KEY}", SECRETS[3])),
        Reply::json(200, &json!({ "nonsense": SECRETS[3] })),
    ]);
    let url = stub.url();
    for format in ["json", "text"] {
        let api = place.demo(&[
            ("GEMINI_API_KEY", PROVIDER_KEY),
            ("GEMINI_BASE_URL", &url),
            ("METRICS_TOKEN", TOKEN),
            ("RUST_LOG", "debug"),
            ("LOG_FORMAT", format),
        ]);
        visit(&api);
        say(&api, SECRETS[3]);
        administrate(&api);
        let finished = api.terminate();
        let log = format!("{}{}", finished.stdout, finished.stderr);
        assert!(log.contains("message answered") && log.contains("DEBUG"), "{log}");
        for secret in SECRETS {
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} is in the log");
        }
    }
}

fn each_request_and_each_answer_has_one_line(place: &Place) {
    let stub = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let url = stub.url();
    let json = [("GEMINI_API_KEY", PROVIDER_KEY), ("GEMINI_BASE_URL", &url), ("LOG_FORMAT", "json")];
    let api = place.demo(&json);
    let bearer = format!("Bearer {ADMIN_KEY}");
    let id = |id: &'static str| ("X-Request-Id", id);
    let message = json!({ "message_text": HOURS });
    api.send("POST", MESSAGE, &[id("r1")], Some(&message));
    api.send("POST", MESSAGE, &[id("r2"), ("Accept", "text/event-stream")], Some(&message));
    api.send(
        "GET",
        "/api/chat-widget/widgets/1/llm-logs?status=success",
        &[id("r3"), ("Authorization", &bearer)],
        None,
    );
    api.send("GET", "/api/chat-widget/widgets/1/llm-logs", &[id("r4")], None);
    api.send("GET", "/nowhere", &[id("r5")], None);
    let finished = api.terminate();
    let lines = lines(&finished.stdout);
    let of_request = |id: &str| -> Vec<&Value> {
        let is_record =
            |line: &&Value| line["target"].as_str().is_some_and(|target| target.ends_with("::record"));
        lines.iter().filter(is_record).filter(|line| line["request_id"] == id).collect()
    };
    let logs = "GET /api/chat-widget/widgets/{widget}/llm-logs";
    for (id, message, status, role, widget) in [
        ("r1", "POST /api/chat-widget/public/widget/{key}/message", 200, Value::Null, json!(1)),
        ("r2", "POST /api/chat-widget/public/widget/{key}/message", 200, Value::Null, json!(1)),
        ("r3", logs, 200, json!("admin"), json!(1)),
        ("r4", logs, 401, Value::Null, json!(1)),
        ("r5", "GET unmatched", 404, Value::Null, Value::Null),
    ] {
        let [line] = of_request(id)[..] else { panic!("{id}: {:?}", of_request(id)) };
        assert_eq!((&line["message"], &line["status"]), (&json!(message), &json!(status)), "{line}");
        assert_eq!(
            (&line["role"], &line["widget"], &line["caller_left"]),
            (&role, &widget, &Value::Null),
            "{line}"
        );
        assert!(line["ms"].is_u64() && line["level"] == "INFO" && line["timestamp"].is_string(), "{line}");
    }
    let answered: Vec<_> = lines.iter().filter(|line| line["message"] == "message answered").collect();
    assert_eq!(answered.len(), 2, "{answered:?}");
    for line in answered {
        assert_eq!((&line["widget"], &line["source"], &line["left"]), (&json!(1), &json!("llm"), &json!("")));
        assert_eq!((&line["prompt_tokens"], &line["completion_tokens"]), (&json!(100), &json!(20)), "{line}");
        assert_eq!((&line["provider"], &line["confidence"]), (&json!("gemini"), &json!(0.95)), "{line}");
        assert!(line["ms"].is_u64(), "{line}");
    }
}

#[test]
fn a_caller_who_leaves_has_a_line_all_the_same() {
    let place = Place::sqlite();
    let stub = Stub::start(|_| Reply::Hang);
    let url = stub.url();
    let api = place.demo(&[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &url), ("LOG_FORMAT", "json")]);
    let body = json!({ "message_text": HOURS }).to_string();
    let mut visitor = std::net::TcpStream::connect(crate::crowd::address(api.url())).unwrap();
    let request = crate::crowd::request(MESSAGE, &body);
    std::io::Write::write_all(&mut visitor, request.as_bytes()).unwrap();
    stub.wait_for_requests(1, std::time::Duration::from_secs(30));
    drop(visitor);
    let line = api.process().wait_for_line(|line| line.contains("caller_left"));
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["message"], "POST /api/chat-widget/public/widget/{key}/message");
    assert_eq!((&line["caller_left"], &line["status"]), (&json!(true), &Value::Null));
}
