//! A knowledge base is kept up while visitors ask.

use crate::place::{ADMIN_KEY, Place, on_both, say};
use frontdesk_tests::{Api, http};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both!(what_an_administrator_writes_is_what_visitors_hear_and_vote_on, entries_at_once_are_told_apart,);

const BASE: &str = "/api/chat-widget/widgets/1/knowledge";
const FEEDBACK: &str = "/api/chat-widget/public/widget/demo/feedback";
const QUESTION: &str = "Do you treat guinea pigs?";

/// A change is seen within two seconds; a busy machine gets longer.
const PATIENCE: Duration = Duration::from_secs(20);

fn admin(api: &Api, method: &str, path: &str, body: Option<&Value>) -> http::Response {
    let bearer = format!("Bearer {ADMIN_KEY}");
    api.send(method, &format!("{BASE}{path}"), &[("Authorization", &bearer)], body)
}

/// Asks until the visitor hears this.
fn hear(api: &Api, wanted: &str) -> Value {
    let asked = Instant::now();
    loop {
        let answer = say(api, QUESTION);
        if answer["response"] == wanted {
            return answer;
        }
        assert!(asked.elapsed() < PATIENCE, "{answer}");
    }
}

fn what_an_administrator_writes_is_what_visitors_hear_and_vote_on(place: &Place) {
    let api = place.demo(&[]);
    let entry =
        json!({"question": QUESTION, "answer": "Only on Tuesdays.", "keywords": ["guinea pig", "cavy"]});
    let made = admin(&api, "POST", "", Some(&entry));
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json["id"].as_i64().unwrap();
    let answer = hear(&api, "Only on Tuesdays.");
    for (helpful, counts) in
        [(json!(true), [1, 0]), (json!(false), [0, 1]), (json!(null), [0, 0]), (json!(true), [1, 0])]
    {
        let vote = json!({"message_id": answer["message_id"], "was_helpful": helpful, "feedback_text": "Hm \u{1F439}"});
        assert_eq!(api.post(FEEDBACK, &vote).json, json!({"success": true}));
        let row = admin(&api, "GET", &format!("/{id}"), None).json;
        assert_eq!(["helpful_count", "not_helpful_count"].map(|name| row[name].as_i64().unwrap()), counts);
        assert_eq!(row["times_used"], 1);
    }
    let changed = admin(&api, "PATCH", &format!("/{id}"), Some(&json!({"answer": "Not any more."})));
    assert_eq!(changed.json["keywords"], json!(["guinea pig", "cavy"]), "{}", changed.text);
    hear(&api, "Not any more.");
    assert_eq!(admin(&api, "DELETE", &format!("/{id}"), None).json, json!({"success": true}));
    let stored = format!("SELECT message_text FROM widget_messages WHERE id = {}", answer["message_id"]);
    assert_eq!(place.sql(&stored), "Only on Tuesdays.");
}

fn entries_at_once_are_told_apart(place: &Place) {
    let api = place.demo(&[]);
    let before = admin(&api, "GET", "", None);
    let known = before.json[0].clone();
    let entries = json!({"skipDuplicates": true, "entries": [
        {"question": QUESTION, "answer": "A", "keywords": "a, b", "context": {"n": 1.5}, "category": "Zoo & more"},
        {"question": known["question"].as_str().unwrap().to_uppercase(), "answer": "B"},
        {"question": "Q", "answer": "A\u{0}"}
    ]});
    let done = admin(&api, "POST", "/bulk", Some(&entries)).json;
    assert_eq!(done["summary"], json!({"total": 3, "inserted": 1, "skipped": 1, "errors": 1}));
    let of = |index: usize, name: &str| done["entries"][index][name].clone();
    assert_eq!((of(1, "id"), of(2, "status")), (known["id"].clone(), json!("error")));
    let found = admin(&api, "GET", "?search=GUINEA&active=true&limit=1", None);
    assert_eq!(found.header("x-total-count"), Some("1"));
    let row = &found.json[0];
    assert_eq!(
        (&row["id"], &row["context"], &row["category"]),
        (&of(0, "id"), &json!({"n": 1.5}), &json!("Zoo & more"))
    );
    let all = admin(&api, "GET", "?limit=1&offset=12", None);
    assert_eq!((all.json[0]["id"].clone(), all.header("x-total-count")), (of(0, "id"), Some("13")));
}
