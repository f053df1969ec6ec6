//! The real server against its own OpenAPI document.

use crate::place::{ADMIN_KEY, MESSAGE, Place};
use frontdesk_tests::{Api, Process, schemathesis};
use serde_json::json;
use std::time::{Duration, Instant};

/// Unanswered messages are grouped every two seconds; a busy machine gets longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A question for the calls about unanswered ones.
fn leave_unanswered(api: &Api) {
    let bearer = format!("Bearer {ADMIN_KEY}");
    let asked = api.post(MESSAGE, &json!({"message_text": "how high is mount everest"}));
    assert_eq!(asked.status, 200, "{}", asked.text);
    let began = Instant::now();
    loop {
        let headers = [("Authorization", bearer.as_str())];
        let listed = api.send("GET", "/api/chat-widget/widgets/1/unanswered", &headers, None);
        if listed.json["total"] == 1 {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{}", listed.text);
    }
}

/// Clients and widgets that may be changed and deleted, with the ids 2 and 3.
fn leave_spare(api: &Api) {
    let bearer = format!("Bearer {ADMIN_KEY}");
    let headers = [("Authorization", bearer.as_str())];
    for id in 2..=3 {
        let client = json!({"client_name": "Spare", "email": format!("spare{id}@example.com")});
        let widget = json!({"client_id": id, "widget_name": "Spare"});
        for (path, body) in [("clients", client), ("widgets", widget)] {
            let made = api.send("POST", &format!("/api/chat-widget/{path}"), &headers, Some(&body));
            assert_eq!((made.status, &made.json["id"]), (201, &json!(id)), "{}", made.text);
        }
    }
}

#[test]
fn a_third_partys_checks_find_nothing() {
    let place = Place::sqlite();
    let api = place.demo(&[("RUST_LOG", "error"), ("RATE_LIMITS", "off")]);
    leave_unanswered(&api);
    leave_spare(&api);
    if let Err(found) = schemathesis::check(api.url(), ADMIN_KEY) {
        panic!("{found}\n{}", api.process().stderr());
    }
}

#[test]
fn the_document_is_printed_without_settings_and_without_a_database() {
    let printed = Process::run("api", &["openapi"], &[("DATABASE_URL", "nonsense://")]);
    assert!(printed.status.success(), "{}", printed.stderr);
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    assert_eq!(printed.stdout, std::fs::read_to_string(committed).unwrap());
}
