//! A knowledge base goes into a real server as a file, and out of it.

use crate::place::{ADMIN_KEY, Place, on_both, say};
use frontdesk_tests::{Api, http};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both!(a_file_is_looked_at_then_imported_then_answered_from_and_comes_out_as_it_went_in,);

const BASE: &str = "/api/chat-widget/widgets/1/knowledge";
const QUESTION: &str = "Do you groom hedgehogs?";
const ANSWER: &str = "Only on Tuesdays,\nand only small ones.";
const FILE: &str =
    "question;answer;keywords\nDo you groom hedgehogs?;\"Only on Tuesdays,\nand only small ones.\";igel\n";
const ENTRIES: &str = "SELECT * FROM widget_knowledge_base ORDER BY id";

/// A change is seen within two seconds; a busy machine gets longer.
const PATIENCE: Duration = Duration::from_secs(20);

fn import(api: &Api, parameters: &str, file: &str) -> Value {
    let bearer = format!("Bearer {ADMIN_KEY}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "text/csv")];
    let url = format!("{}{BASE}/import?{parameters}", api.url());
    let answer = http::send_text("POST", &url, &headers, file);
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json
}

/// Asks until the visitor hears the answer of the file.
fn hear(api: &Api) {
    let asked = Instant::now();
    loop {
        let answer = say(api, QUESTION);
        if answer["response"] == ANSWER {
            return;
        }
        assert!(asked.elapsed() < PATIENCE, "{answer}");
    }
}

fn a_file_is_looked_at_then_imported_then_answered_from_and_comes_out_as_it_went_in(place: &Place) {
    let api = place.demo(&[]);
    assert_ne!(say(&api, QUESTION)["response"], ANSWER);
    let before = place.sql(ENTRIES);
    let told = import(&api, "preview=true", FILE);
    let row = json!({"line": 2, "status": "new", "question": QUESTION});
    assert_eq!((&told["preview"], &told["rows"]), (&json!(true), &json!([row])));
    assert_eq!(place.sql(ENTRIES), before);

    let done = import(&api, "", FILE);
    assert_eq!((&done["preview"], &done["summary"]["new"]), (&json!(false), &json!(1)), "{done}");
    hear(&api);

    let bearer = format!("Bearer {ADMIN_KEY}");
    let stored = place.sql(ENTRIES);
    for (format, label) in [("csv", "text/csv; charset=utf-8"), ("json", "application/json")] {
        let path = format!("{BASE}/export?format={format}");
        let file = api.send("GET", &path, &[("Authorization", &bearer)], None);
        assert_eq!((file.status, file.header("content-type")), (200, Some(label)));
        assert!(file.text.contains(QUESTION), "{}", file.text);
        let again = import(&api, &format!("format={format}"), &file.text);
        let summary = &again["summary"];
        assert_eq!((&summary["unchanged"], &summary["total"]), (&json!(13), &json!(13)), "{again}");
        assert_eq!(place.sql(ENTRIES), stored);
    }
}
