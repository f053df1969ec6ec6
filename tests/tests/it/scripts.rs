//! The calls of both generations of deployed scripts, in their order, and calls that are repeated across processes.

use crate::place::{ADMIN_KEY, HOURS, MESSAGE, Place, on_both};
use frontdesk_tests::stub::gemini_ok;
use frontdesk_tests::{Api, Process, Stub};
use serde_json::{Value, json};

on_both! {
    a_script_of_the_first_generation_gets_all_that_it_reads,
    a_script_of_the_second_generation_gets_all_that_it_reads,
    a_call_that_is_repeated_at_two_processes_is_done_once,
    erased_visitors_leave_no_text_and_all_numbers,
}

const PUBLIC: &str = "/api/chat-widget/public/widget/demo";

fn read(api: &Api, path: &str) -> Value {
    let response = api.get(&format!("{PUBLIC}{path}"));
    assert_eq!(response.status, 200, "{path}: {:?}", response.json);
    response.json
}

fn write(api: &Api, path: &str, body: &Value) -> Value {
    let response = api.post(&format!("{PUBLIC}{path}"), body);
    assert_eq!(response.status, 200, "{path}: {:?}", response.json);
    response.json
}

#[track_caller]
fn assert_has(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(value.get(field).is_some(), "{field}: {value}");
    }
}

fn a_script_of_the_first_generation_gets_all_that_it_reads(place: &Place) {
    let api = place.demo(&[]);
    let config = read(&api, "/config");
    assert_has(
        &config,
        &["widget_name", "primary_color", "position", "welcome_message", "bot_name", "is_active"],
    );
    let visitor = json!({"session_id": "session_1700000000_ab12cd", "page_url": "https://shop.example/",
        "referrer_url": "", "user_agent": "Mozilla/5.0"});
    let conversation = write(&api, "/conversation", &visitor)["conversation_id"].clone();
    assert!(conversation.is_i64());
    let answer = write(&api, "/message", &json!({"conversation_id": conversation, "message_text": HOURS}));
    assert_has(&answer, &["message_id", "response", "confidence", "suggestions", "timestamp"]);
    assert!(answer["response"].as_str().is_some_and(|text| !text.is_empty()));
    let lead = json!({"conversation_id": conversation, "visitor_name": "Ada", "visitor_email": "ada@example.com",
        "visitor_phone": "+1 555 0100"});
    assert_eq!(write(&api, "/capture-lead", &lead)["success"], true);
}

fn a_script_of_the_second_generation_gets_all_that_it_reads(place: &Place) {
    let api = place.demo(&[]);
    assert_has(
        &read(&api, "/config"),
        &["intro_flow_enabled", "intro_questions", "industry", "practice_phone", "client_id"],
    );
    let nobody = api.get(&format!("{PUBLIC}/conversation/by-visitor/visitor_1700000000_xy"));
    assert_eq!((nobody.status, &nobody.json["code"]), (404, &json!("conversation_not_found")));
    let visitor = json!({"session_id": "session_1700000000_xy", "visitor_session_id": "visitor_1700000000_xy",
        "visitor_name": null, "visitor_email": null, "visitor_phone": null, "page_url": "https://shop.example/",
        "referrer_url": null, "user_agent": "Mozilla/5.0"});
    let opened = write(&api, "/conversation", &visitor);
    assert_eq!(opened["existing"], false);
    let id = opened["conversation_id"].clone();
    let intro =
        json!({"conversation_id": id, "intro_data": {"first_name": "Ada", "email": "ada@example.com"}});
    assert_eq!(write(&api, "/intro-data", &intro)["success"], true);
    let answer = write(&api, "/message", &json!({"conversation_id": id, "message_text": HOURS}));
    let vote = json!({"message_id": answer["message_id"], "was_helpful": true, "feedback_text": null});
    assert_eq!(write(&api, "/feedback", &vote)["success"], true);
    assert_has(
        &read(&api, "/knowledge/search?query=parking")["results"][0],
        &["id", "question", "answer", "category"],
    );
    let found = read(&api, "/conversation/by-visitor/visitor_1700000000_xy");
    assert_eq!((&found["conversation_id"], &found["intro_completed"]), (&id, &json!(true)));
    assert_eq!(read(&api, &format!("/conversations/{id}/messages")).as_array().map(Vec::len), Some(2));
    let status = read(&api, &format!("/conversations/{id}/status"));
    assert_has(&status, &["status", "closed_at", "close_reason", "last_activity_at", "minutes_inactive"]);
    assert_has(&status, &["is_warning_threshold", "is_expired", "agent_handoff", "intro_data"]);
    let end = json!({"send_email": true, "email": "ada@example.com"});
    assert_eq!(write(&api, &format!("/conversations/{id}/end"), &end)["success"], true);
    assert_eq!(read(&api, &format!("/conversations/{id}/status"))["status"], "ended");
    let reopened = write(&api, &format!("/conversations/{id}/reopen"), &json!({}));
    assert_eq!(reopened, json!({"success": true, "conversation_id": id}));
    assert_eq!(write(&api, "/conversation", &visitor)["existing"], true);
    for path in [
        "/api/visitor-tracking/track",
        "/api/appointments/slots",
        "/api/chat-widget/public/widget/demo/handoff",
    ] {
        let other = api.post(path, &json!({"session_id": "session_1700000000_xy"}));
        assert_eq!((other.status, &other.json["code"]), (404, &json!("route_not_found")), "{path}");
    }
}

fn a_call_that_is_repeated_at_two_processes_is_done_once(place: &Place) {
    let stub = Stub::start(|_| gemini_ok("We open at nine.", 400, 50));
    let environment = [("GEMINI_API_KEY", "a-key"), ("GEMINI_BASE_URL", &stub.url())];
    let (first, second) = (place.demo(&environment), place.demo(&environment));
    place.sql("UPDATE widget_configs SET llm_enabled = true");
    let repeat = |path: &str, body: &Value| -> Value {
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..30)
                .map(|at| {
                    let api = if at % 2 == 0 { &first } else { &second };
                    scope.spawn(move || {
                        let headers = [("Idempotency-Key", "once-1")];
                        let response = api.send("POST", &format!("{PUBLIC}{path}"), &headers, Some(body));
                        assert_eq!(response.status, 200, "{:?}", response.json);
                        response.json
                    })
                })
                .collect();
            all.into_iter().map(|one| one.join().expect("an answer")).collect()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        answers[0].clone()
    };
    let opened = repeat("/conversation", &json!({"session_id": "session_1700000000_ab"}));
    assert_eq!(opened["existing"], false);
    repeat("/message", &json!({"message_text": HOURS}));
    assert_eq!(place.sql("SELECT count(*) FROM widget_conversations"), "2");
    assert_eq!(place.sql("SELECT count(*), sum(total_tokens) FROM llm_request_logs"), "1|450");
    let lead = json!({"conversation_id": opened["conversation_id"], "visitor_email": "ada@example.com"});
    repeat("/capture-lead", &lead);
    assert_eq!(place.sql("SELECT count(*) FROM idempotency_keys"), "3");
}

fn erased_visitors_leave_no_text_and_all_numbers(place: &Place) {
    let stub = Stub::start(|_| gemini_ok("We open at nine.", 400, 50));
    let api = place.demo(&[("GEMINI_API_KEY", "a-key"), ("GEMINI_BASE_URL", &stub.url())]);
    place.sql("UPDATE widget_configs SET llm_enabled = true");
    let secret = "My number is 4711-0815-secret";
    let answer = api.post(MESSAGE, &json!({"message_text": secret})).json;
    let id = answer["conversation_id"].clone();
    write(&api, "/capture-lead", &json!({"conversation_id": id, "visitor_email": "ada@example.com"}));
    let bearer = format!("Bearer {ADMIN_KEY}");
    let path = "/api/chat-widget/widgets/1/visitor-data?email=ADA@example.com";
    let data = api.send("GET", path, &[("Authorization", &bearer)], None).json;
    assert_eq!(data[0]["messages"][0]["message_text"], secret);
    assert!(data[0]["ip_address"].is_string(), "{data}");
    let erased = api.send("DELETE", path, &[("Authorization", &bearer)], None).json;
    assert_eq!((&erased["conversations"], &erased["llm_requests"]), (&json!(1), &json!(1)));
    assert_eq!(place.sql("SELECT count(*) FROM widget_conversations"), "0");
    assert_eq!(place.sql("SELECT count(*) FROM widget_messages"), "0");
    let texts =
        "SELECT count(*) FROM llm_request_logs WHERE prompt_text IS NOT NULL OR response_text IS NOT NULL";
    assert_eq!(place.sql(texts), "0");
    assert_eq!(place.sql("SELECT sum(total_tokens) FROM llm_request_logs"), "450");
    let audit = Process::run("reset-worker", &["audit"], &[("DATABASE_URL", &place.url)]);
    assert!(audit.status.success(), "{}{}", audit.stdout, audit.stderr);
}
