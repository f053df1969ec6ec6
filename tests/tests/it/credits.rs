//! Credits, seen from outside.

use crate::place::{MESSAGE, Place, analytics, on_both, say, usage};
use frontdesk_tests::Stub;
use frontdesk_tests::http;
use frontdesk_tests::stub::gemini_ok;
use serde_json::json;

on_both! {
    ten_of_sixty_four_parallel_messages_get_the_model,
    a_client_who_hangs_up_strands_no_reservation,
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

fn a_client_who_hangs_up_strands_no_reservation(place: &Place) {
    use std::io::Write;
    let stub = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let api = place.demo(&[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())]);
    place.sql("UPDATE client_llm_usage SET daily_token_limit = 10000000, monthly_token_limit = 10000000, daily_request_limit = 10000");
    let address = api.url().trim_start_matches("http://").to_owned();
    let body = json!({ "message_text": "Is there parking?" }).to_string();
    for _ in 0..50 {
        let mut visitor = std::net::TcpStream::connect(&address).unwrap();
        write!(
            visitor,
            "POST {MESSAGE} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
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
