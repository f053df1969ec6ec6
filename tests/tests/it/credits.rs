//! Credits, seen from outside.

use crate::place::{MESSAGE, Place, analytics, on_both, say, usage};
use frontdesk_tests::http;
use frontdesk_tests::stub::gemini_ok;
use frontdesk_tests::{Api, Stub};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;

on_both! {
    ten_of_sixty_four_parallel_messages_get_the_model,
    clients_who_hang_up_strand_no_reservation,
    a_model_without_a_price_holds_tokens_and_a_request,
    a_thousand_visitors_at_once_share_the_pool,
}

const NOTICE: &str = "You've reached your free AI limit. Upgrade for unlimited!";

fn ten_of_sixty_four_parallel_messages_get_the_model(place: &Place) {
    let stub = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let api = place.demo(&[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())]);
    place.sql("UPDATE client_llm_usage SET daily_token_limit = 1000000, monthly_token_limit = 1000000, daily_request_limit = 10");
    let url = format!("{}{MESSAGE}", api.url());
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = || scope.spawn(|| http::post(&url, &json!({ "message_text": "Is there parking?" })));
        let asked: Vec<_> = (0..64).map(|_| ask()).collect();
        asked.into_iter().map(|answer| answer.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer.status == 200));
    let by_model = answers.iter().filter(|answer| answer.json["confidence"] == json!(0.95)).count();
    let noticed: Vec<_> = answers.iter().filter(|answer| answer.json["notice"] == json!(NOTICE)).collect();
    assert_eq!((by_model, noticed.len()), (10, 54));
    for answer in noticed {
        let text = answer.json["response"].as_str().unwrap();
        assert!(text.starts_with("Yes: parking") && text.ends_with(NOTICE), "{text}");
    }
    assert_eq!(stub.requests().len(), 10);
    let usage = usage(&api);
    assert_eq!(usage["requests_made_today"], json!(10));
    assert_eq!(usage["requests_made_this_month"], json!(10));
    assert_eq!(usage["tokens_used_today"], json!(1_200));
    assert_eq!(usage["credits_exhausted"], json!(true));
    assert_eq!((&usage["tokens_reserved"], &usage["requests_reserved"]), (&json!(0), &json!(0)));
    let analytics = analytics(&api);
    assert_eq!(analytics["successful_requests"], json!(10));
    assert_eq!(analytics["credits_exhausted_count"], json!(54));
    let counted = place.sql("SELECT status, count(*) FROM llm_request_logs GROUP BY status ORDER BY status");
    assert_eq!(counted, "credits_exhausted|54\nsuccess|10");
}

fn clients_who_hang_up_strand_no_reservation(place: &Place) {
    let stub = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let api = place.demo(&[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())]);
    place.sql("UPDATE client_llm_usage SET daily_token_limit = 10000000, monthly_token_limit = 10000000, daily_request_limit = 10000");
    for _ in 0..500 {
        drop(asking(&api));
    }
    // Whatever of them had begun is finished when the server has stopped.
    assert!(api.terminate().status.success());
    let again = place.demo(&[]);
    let usage = usage(&again);
    assert_eq!((&usage["tokens_reserved"], &usage["requests_reserved"]), (&json!(0), &json!(0)));
    let booked =
        place.sql("SELECT count(*), sum(total_tokens) FROM llm_request_logs WHERE status = 'success'");
    let requests = usage["requests_made_today"].as_i64().unwrap();
    assert!(
        booked == format!("{requests}|{}", requests * 120) || (requests == 0 && booked == "0|"),
        "{booked}"
    );
    assert_eq!(place.sql("SELECT count(*) FROM llm_request_logs WHERE status = 'pending'"), "0");
    say(&again, "Is there parking?");
}

/// A visitor who has asked and not yet read the answer.
fn asking(api: &Api) -> TcpStream {
    let address = api.url().trim_start_matches("http://");
    let body = json!({ "message_text": "Is there parking?" }).to_string();
    let mut visitor = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        visitor,
        "POST {MESSAGE} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    visitor
}

fn a_model_without_a_price_holds_tokens_and_a_request(place: &Place) {
    let (arrived, called) = mpsc::channel();
    let (go, gate) = mpsc::channel();
    let (arrived, gate) = (Mutex::new(arrived), Mutex::new(gate));
    let stub = Stub::start(move |_| {
        arrived.lock().unwrap().send(()).unwrap();
        gate.lock().unwrap().recv_timeout(Duration::from_secs(30)).unwrap();
        gemini_ok("From the model.", 100, 20)
    });
    let api = place.demo(&[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())]);
    place.sql("UPDATE widget_configs SET llm_model = 'gemini-99-brand-new'");
    let mut visitor = asking(&api);
    called.recv_timeout(Duration::from_secs(30)).unwrap();
    let held = usage(&api);
    assert_eq!(held["requests_reserved"], json!(1));
    assert!(held["tokens_reserved"].as_i64().unwrap() > 500, "{held}");
    go.send(()).unwrap();
    let mut answer = String::new();
    visitor.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("From the model."), "{answer}");
    let used = usage(&api);
    assert_eq!((&used["tokens_reserved"], &used["tokens_used_today"]), (&json!(0), &json!(120)));
    // Not 0: nobody knows what it cost.
    assert_eq!(
        place.sql("SELECT total_tokens, estimated_cost IS NULL FROM llm_request_logs").replace('t', "1"),
        "120|1"
    );
}

fn a_thousand_visitors_at_once_share_the_pool(place: &Place) {
    let stub = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let key = [("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())];
    let many = [("MAX_IN_FLIGHT_MESSAGES", "2000"), ("DATABASE_POOL_SIZE", "8")];
    let api = place.demo(&[key, many].concat());
    place.sql("UPDATE client_llm_usage SET daily_token_limit = 10000000, monthly_token_limit = 10000000, daily_request_limit = 10000, monthly_request_limit = 10000");
    let visitors: Vec<TcpStream> = (0..1_000).map(|_| asking(&api)).collect();
    for mut visitor in visitors {
        let mut answer = String::new();
        visitor.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"confidence\":0.95"), "{answer}");
    }
    let usage = usage(&api);
    assert_eq!((&usage["requests_made_today"], &usage["requests_reserved"]), (&json!(1_000), &json!(0)));
    if place.url.starts_with("postgres") {
        let connections = "SELECT count(*) <= 10 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert_eq!(place.sql(connections), "t");
    }
}
