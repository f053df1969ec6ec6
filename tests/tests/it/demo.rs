//! The first minute of a newcomer: one command, no environment, one curl.

use crate::place::{HOURS, MESSAGE, say};
use frontdesk_tests::Api;
use serde_json::json;

#[test]
fn the_demo_answers_without_any_configuration() {
    let api = Api::start_with(&["serve", "--demo"], &[]);
    assert!(api.process().folder().join("frontdesk.db").is_file());
    let answer = say(&api, HOURS);
    assert!(answer["response"].as_str().unwrap().starts_with("We're open Monday to Friday"), "{answer}");
    assert!(answer["confidence"].as_f64().unwrap() >= 0.85, "{answer}");
    assert_eq!(answer["suggestions"], json!([]));
    assert!(answer["message_id"].is_i64() && answer["conversation_id"].is_i64(), "{answer}");
    assert!(answer["timestamp"].as_str().unwrap().ends_with('Z'), "{answer}");

    let unknown = say(&api, "how high is mount everest");
    assert_eq!(unknown["confidence"], json!(0.3));
    assert!(!unknown["response"].as_str().unwrap().is_empty());
}

#[test]
fn the_demo_prints_a_curl_line_that_works() {
    let api = Api::start_with(&["serve", "--demo"], &[]);
    let line = api.process().wait_for_line(|line| line.contains("curl"));
    assert!(line.contains(&format!("{}{MESSAGE}", api.url())), "{line}");
}

#[test]
fn a_second_start_keeps_what_the_first_stored() {
    let folder = frontdesk_tests::ScratchDir::new();
    let url = folder.sqlite_url();
    let first = Api::start_with(&["serve", "--demo"], &[("DATABASE_URL", &url)]);
    let conversation = say(&first, HOURS)["conversation_id"].clone();
    assert!(first.terminate().status.success());
    let second = Api::start_with(&["serve", "--demo"], &[("DATABASE_URL", &url)]);
    let body = json!({ "conversation_id": conversation, "message_text": "Is there parking?" });
    let answer = second.post(MESSAGE, &body);
    assert_eq!(answer.status, 200, "{:?}", answer.json);
    assert_eq!(answer.json["conversation_id"], conversation);
}
