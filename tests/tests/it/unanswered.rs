//! Unanswered questions, counted by real processes that come and go.

use crate::place::{Place, admin, on_both, say};
use frontdesk_tests::Api;
use serde_json::Value;
use std::time::{Duration, Instant};

on_both! {
    each_message_is_counted_once_by_two_processes_one_of_which_is_killed,
}

const EVEREST: &str = "how high is mount everest";

/// The list, once that many messages are in it.
fn counted(api: &Api, messages: i64) -> Value {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let page = admin(api, "/api/chat-widget/widgets/1/unanswered");
        let count = page["questions"][0]["count"].as_i64().unwrap_or(0);
        if count >= messages || Instant::now() > until {
            return page;
        }
        std::thread::yield_now();
    }
}

fn each_message_is_counted_once_by_two_processes_one_of_which_is_killed(place: &Place) {
    let (first, second) = (place.demo(&[]), place.demo(&[]));
    for api in [&first, &second, &first, &second] {
        say(api, EVEREST);
    }
    // Killed right after the answer: nobody waits for the grouping.
    say(&first, EVEREST);
    first.kill();
    second.kill();
    let (third, fourth) = (place.demo(&[]), place.demo(&[]));
    let page = counted(&third, 5);
    assert_eq!(
        (page["total"].as_i64(), page["questions"][0]["count"].as_i64()),
        (Some(1), Some(5)),
        "{page}"
    );
    say(&fourth, EVEREST);
    assert_eq!(counted(&third, 6)["questions"][0]["count"], 6);
    assert_eq!(place.sql("SELECT count(*), count(question_id) FROM unanswered_messages"), "6|6");
}
