//! What does not keep a process that is told to stop: the platform would kill it.

use crate::crowd::address;
use crate::lock::Lock;
use crate::place::{HOURS, MESSAGE, Place, say};
use frontdesk_tests::stub::{Gate, gemini_ok, gemini_stream};
use frontdesk_tests::{Reply, Stub, http};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn idle_connections_end_at_once_and_a_head_that_does_not_end_ends_with_the_time() {
    let place = Place::sqlite();
    let api = place.demo(&[("SHUTDOWN_TIMEOUT_SECONDS", "2")]);
    let connect = |sends: &str| {
        let mut connection = TcpStream::connect(address(api.url())).unwrap();
        connection.set_read_timeout(Some(LIMIT)).unwrap();
        connection.write_all(sends.as_bytes()).unwrap();
        connection
    };
    let mut idle = connect("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
    let _half = connect("GET /health/live HTTP/1.1\r\nHo");
    let mut head = [0; 15];
    idle.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    let finished = api.terminate();
    assert!(finished.status.success(), "{finished:?}");
    let mut rest = String::new();
    idle.read_to_string(&mut rest).unwrap();
}

#[test]
fn a_provider_that_hangs_keeps_the_process_no_longer_than_its_time() {
    let place = Place::postgres();
    let stub = Stub::start(|_| Reply::Hang);
    let url = stub.url();
    let api = place.demo(&[
        ("GEMINI_API_KEY", "dummy"),
        ("GEMINI_BASE_URL", &url),
        ("SHUTDOWN_TIMEOUT_SECONDS", "2"),
    ]);
    let message = format!("{}{MESSAGE}", api.url());
    let visitor = std::thread::spawn(move || {
        // The connection breaks with the process.
        drop(http::try_send("POST", &message, &[], Some(&json!({ "message_text": HOURS }))));
    });
    stub.wait_for_requests(1, LIMIT);
    let finished = api.terminate();
    assert!(finished.status.success(), "{finished:?}");
    assert!(finished.stdout.contains("stopped before all messages were answered"), "{}", finished.stdout);
    visitor.join().unwrap();
    // The hold is in the books: it ends with its time.
    assert_eq!(place.sql("SELECT status FROM llm_request_logs"), "pending");
}

#[test]
fn a_database_that_hangs_does_not_keep_the_process() {
    let place = Place::postgres();
    let api = place.demo(&[("SHUTDOWN_TIMEOUT_SECONDS", "2")]);
    say(&api, HOURS);
    let lock = Lock::of(&place, "widget_configs");
    let config = format!("{}/api/chat-widget/public/widget/unknown/config", api.url());
    let visitors: Vec<_> = (0..8)
        .map(|n| {
            let config = config.replace("unknown", &format!("unknown-{n}"));
            std::thread::spawn(move || drop(http::try_send("GET", &config, &[], None)))
        })
        .collect();
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'widget_configs'::regclass";
    let began = Instant::now();
    while place.sql(waiting) == "0" {
        assert!(began.elapsed() < LIMIT, "nobody waits for the table");
    }
    let finished = api.terminate();
    assert!(finished.status.success(), "{finished:?}");
    drop(lock);
    for visitor in visitors {
        visitor.join().unwrap();
    }
}

#[test]
fn messages_that_wait_for_their_turn_are_turned_away_and_those_being_answered_are_answered() {
    let place = Place::postgres();
    let gate = Arc::new(Gate::default());
    gate.close();
    let at_gate = Arc::clone(&gate);
    let stub = Stub::start(move |_| {
        at_gate.pass("model");
        gemini_ok("From the model.", 100, 20)
    });
    let url = stub.url();
    let api = place.demo(&[
        ("GEMINI_API_KEY", "dummy"),
        ("GEMINI_BASE_URL", &url),
        ("MAX_IN_FLIGHT_MESSAGES", "1"),
        ("MESSAGE_WAIT_MS", "60000"),
    ]);
    let message = format!("{}{MESSAGE}", api.url());
    let ask = || {
        let message = message.clone();
        std::thread::spawn(move || http::post(&message, &json!({ "message_text": HOURS })))
    };
    let first = ask();
    gate.wait_for("model", 1, LIMIT);
    let second = ask();
    // It may come before the signal or after it: either way it is turned away.
    api.process().signal("TERM");
    let second = second.join();
    if let Ok(second) = second {
        assert_eq!((second.status, &second.json["code"]), (503, &json!("overloaded")));
    }
    gate.open();
    let first = first.join().unwrap();
    assert_eq!((first.status, &first.json["response"]), (200, &json!("From the model.")));
    let finished = api.wait();
    assert!(finished.status.success(), "{finished:?}");
    assert_eq!(place.sql("SELECT status, total_tokens FROM llm_request_logs"), "success|120");
}

#[test]
fn a_stream_that_nobody_reads_on_ends_with_the_time_and_is_in_the_books() {
    let place = Place::sqlite();
    let stub = Stub::start(|_| Reply::Stream(gemini_stream(&["Nine ", "to ", "five."], 400)));
    let url = stub.url();
    let api = place.demo(&[
        ("GEMINI_API_KEY", "dummy"),
        ("GEMINI_BASE_URL", &url),
        ("SHUTDOWN_TIMEOUT_SECONDS", "2"),
    ]);
    let mut unread = TcpStream::connect(address(api.url())).unwrap();
    let body = json!({ "message_text": HOURS }).to_string();
    let head = format!(
        "POST {MESSAGE} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    unread.write_all(format!("{head}{body}").as_bytes()).unwrap();
    stub.wait_for_requests(1, LIMIT);
    let finished = api.terminate();
    assert!(finished.status.success(), "{finished:?}");
    assert_eq!(place.sql("SELECT status FROM llm_request_logs"), "success");
}
