//! A database that is away, and comes back.

use crate::place::{HOURS, MESSAGE, Place, say};
use frontdesk_tests::{Api, TempPg, http};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a service may take until it answers again.
const BACK: Duration = Duration::from_secs(5);
const LIMIT: Duration = Duration::from_secs(30);

fn is_away(api: &Api, path: &str) {
    let answer = api.get(path);
    assert_eq!((answer.status, &answer.json["code"]), (503, &json!("database_unavailable")), "{path}");
    assert!(answer.header("retry-after").is_some(), "{path}");
}

/// Waits until a message is answered.
fn wait_for_answer(api: &Api, limit: Duration) {
    let began = Instant::now();
    loop {
        let answer = api.post(MESSAGE, &json!({ "message_text": HOURS }));
        if answer.status == 200 {
            break;
        }
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(began.elapsed() < limit, "not back within {limit:?}: {}", answer.text);
    }
}

#[test]
fn a_service_whose_database_was_away_is_back_within_five_seconds_of_its_return() {
    let server = TempPg::start().unwrap();
    let place = Place::postgres_of(&server);
    let api = place.demo(&[("RATE_LIMIT_PER_IP", "0")]);
    say(&api, HOURS);
    for _ in 0..2 {
        server.stop();
        let began = Instant::now();
        // Widgets stay in memory for a moment.
        while api.get("/api/chat-widget/public/widget/demo/config").status == 200 {
            assert!(began.elapsed() < LIMIT);
        }
        is_away(&api, "/api/chat-widget/public/widget/demo/config");
        is_away(&api, "/health/ready");
        assert_eq!(api.get("/health/live").status, 200);
        let answer = api.post(MESSAGE, &json!({ "message_text": HOURS }));
        assert_eq!((answer.status, &answer.json["code"]), (503, &json!("database_unavailable")));
        assert!(answer.header("retry-after").is_some());
        server.restart();
        wait_for_answer(&api, BACK);
        assert_eq!(api.get("/health/ready").status, 200);
    }
    assert!(api.terminate().status.success());
}

#[test]
fn visitors_who_keep_asking_do_not_delay_the_return() {
    let server = TempPg::start().unwrap();
    let place = Place::postgres_of(&server);
    let api = place.demo(&[("RATE_LIMIT_PER_IP", "0"), ("DATABASE_POOL_SIZE", "4")]);
    let (url, stop) = (format!("{}{MESSAGE}", api.url()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let answer = http::post(&url, &json!({ "message_text": HOURS }));
                    assert!([200, 503].contains(&answer.status), "{}", answer.text);
                    assert!(answer.status == 200 || answer.header("retry-after").is_some());
                }
            });
        }
        server.stop();
        let refused = |_: &str| api.process().stdout().matches("status=503").count() > 100;
        let began = Instant::now();
        while !refused("") {
            assert!(began.elapsed() < LIMIT, "{}", api.process().stdout());
            std::thread::yield_now();
        }
        server.restart();
        wait_for_answer(&api, BACK);
        stop.store(true, Ordering::Relaxed);
    });
    assert!(api.terminate().status.success());
}
