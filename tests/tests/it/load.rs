//! More visitors than there is room for: who is let in gets an answer, who is not hears it, and the books stay right.

use crate::crowd::{Got, post_all};
use crate::lock::Lock;
use crate::place::{ADMIN_KEY, HOURS, MESSAGE, Place, say, usage};
use frontdesk_tests::stub::{Gate, gemini_ok};
use frontdesk_tests::{Api, Process, Stub, http};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(30);
/// What a model's answer is charged.
const TOKENS: i64 = 120;

fn api(place: &Place, stub: &Stub, environment: &[(&str, &str)]) -> Api {
    let url = stub.url();
    let mut all = vec![("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &url), ("RATE_LIMIT_PER_IP", "0")];
    all.extend_from_slice(environment);
    let api = place.demo(&all);
    place.sql(
        "UPDATE client_llm_usage SET daily_token_limit = 100000000, monthly_token_limit = 100000000,
            daily_request_limit = 1000000, monthly_request_limit = 1000000;
         UPDATE widget_configs SET rate_limit_messages = 1000000",
    );
    api
}

fn messages(count: usize) -> Vec<Value> {
    (0..count).map(|n| json!({ "message_text": format!("Question {n}: is there parking?") })).collect()
}

/// How many were answered; everybody else heard that there is no room.
fn answered(answers: &[Got]) -> i64 {
    let mut answered = 0;
    for answer in answers {
        if answer.status == 200 {
            answered += 1;
            continue;
        }
        assert_eq!((answer.status, &answer.json["code"]), (503, &json!("overloaded")), "{answer:?}");
        assert!(answer.retry_after.is_some(), "{answer:?}");
    }
    answered
}

/// Every answer is stored and charged once, nothing is held, and the audit agrees.
fn check_books(place: &Place, api: &Api, answered: i64) {
    assert_eq!(
        place.sql("SELECT count(*) FROM widget_messages WHERE message_type = 'bot'"),
        answered.to_string()
    );
    let by_model = place.sql("SELECT count(*) FROM llm_request_logs WHERE status = 'success'");
    assert_eq!(place.sql("SELECT count(*) FROM llm_request_logs WHERE status = 'pending'"), "0");
    let by_model: i64 = by_model.parse().unwrap();
    let usage = usage(api);
    assert_eq!(usage["tokens_used_today"], json!(by_model * TOKENS));
    assert_eq!(usage["requests_made_today"], json!(by_model));
    assert_eq!((&usage["tokens_reserved"], &usage["requests_reserved"]), (&json!(0), &json!(0)));
    let audit = Process::run("reset-worker", &["audit"], &[("DATABASE_URL", &place.url)]);
    assert!(audit.status.success() && audit.stdout.contains("audit: no differences"), "{audit:?}");
}

#[test]
fn two_thousand_visitors_at_once_share_eight_connections() {
    let place = Place::postgres();
    let stub = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let api = api(&place, &stub, &[("DATABASE_POOL_SIZE", "8")]);
    let answers = post_all(api.url(), MESSAGE, &messages(2_000));
    let answered = answered(&answers);
    // Who finds a place at once is answered, however slow the machine is.
    assert!(answered >= 512, "{answered}");
    check_books(&place, &api, answered);
    assert_eq!(say(&api, "Is there parking?")["response"], "From the model.");
}

#[test]
fn two_thousand_visitors_who_may_wait_are_all_answered() {
    let place = Place::postgres();
    let stub = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let patient =
        [("MAX_IN_FLIGHT_MESSAGES", "64"), ("MAX_WAITING_MESSAGES", "2000"), ("MESSAGE_WAIT_MS", "60000")];
    let api = api(&place, &stub, &[&patient[..], &[("DATABASE_POOL_SIZE", "8")]].concat());
    let answers = post_all(api.url(), MESSAGE, &messages(2_000));
    assert_eq!(answered(&answers), 2_000);
    check_books(&place, &api, 2_000);
}

#[test]
fn who_finds_no_room_hears_it_while_the_others_still_wait() {
    let place = Place::sqlite();
    let gate = Arc::new(Gate::default());
    gate.close();
    let at_gate = Arc::clone(&gate);
    let stub = Stub::start(move |_| {
        at_gate.pass("model");
        gemini_ok("From the model.", 100, 20)
    });
    let small =
        [("MAX_IN_FLIGHT_MESSAGES", "4"), ("MAX_WAITING_MESSAGES", "3"), ("MESSAGE_WAIT_MS", "60000")];
    let api = api(&place, &stub, &small);
    let opener = std::thread::scope(|scope| {
        let crowd = scope.spawn(|| post_all(api.url(), MESSAGE, &messages(20)));
        gate.wait_for("model", 4, LIMIT);
        // Thirteen have been turned away by now, or will be: nobody of them waits for the gate.
        let began = Instant::now();
        while api.process().stdout().matches("status=503").count() < 13 {
            assert!(began.elapsed() < LIMIT, "{}", api.process().stdout());
            std::thread::yield_now();
        }
        gate.open();
        crowd.join().unwrap()
    });
    assert_eq!(answered(&opener), 7);
    check_books(&place, &api, 7);
}

#[test]
fn administrators_who_wait_for_the_database_leave_connections_to_visitors() {
    let place = Place::postgres();
    let stub = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let api = api(&place, &stub, &[("DATABASE_POOL_SIZE", "2"), ("DATABASE_WAIT_MS", "300")]);
    say(&api, HOURS);
    let lock = Lock::of(&place, "unanswered_questions");
    let list = format!("{}/api/chat-widget/widgets/1/unanswered", api.url());
    let bearer = format!("Bearer {ADMIN_KEY}");
    std::thread::scope(|scope| {
        let administrator = || scope.spawn(|| http::send("GET", &list, &[("Authorization", &bearer)], None));
        let administrators: Vec<_> = (0..10).map(|_| administrator()).collect();
        let began = Instant::now();
        while api.process().stdout().matches("/unanswered").count() < 9 {
            assert!(began.elapsed() < LIMIT, "{}", api.process().stdout());
            std::thread::yield_now();
        }
        // A new conversation, an old one and a widget that nobody has in memory: all of them are read.
        let opened = say(&api, HOURS);
        let again = json!({"conversation_id": opened["conversation_id"], "message_text": HOURS});
        assert_eq!(api.post(MESSAGE, &again).status, 200);
        assert_eq!(api.get("/api/chat-widget/public/widget/nobody/config").status, 404);
        assert_eq!(api.get("/health/ready").status, 200);
        drop(lock);
        let statuses = administrators.into_iter().map(|administrator| administrator.join().unwrap());
        for answer in statuses.filter(|answer| answer.status != 200) {
            assert_eq!((answer.status, &answer.json["code"]), (503, &json!("overloaded")));
        }
    });
}
