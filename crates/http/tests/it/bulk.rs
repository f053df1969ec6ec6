//! Many entries at once.

use crate::client::{Response, send};
use crate::knowledge::{BASE, create, list};
use crate::world::{ADMIN_KEY, World};
use serde_json::{Value, json};

async fn bulk(world: &World, body: Value) -> Response {
    world.admin(&format!("POST {BASE}/bulk"), body).await
}

#[tokio::test]
async fn bulk_tells_what_became_of_each_entry() {
    let world = World::new().await;
    let known = create(&world, json!({"question": "Are you open?", "answer": "Yes."})).await["id"].clone();
    let entries = json!([
        {"question": "Is there parking?", "answer": "Yes.", "keywords": "car, park"},
        {"question": "  are YOU open ", "answer": "No."},
        {"question": "", "answer": "A"},
        {"question": "Is there parking", "answer": "No."},
        "no entry",
        {"question": "Cost?", "answer": "A", "price": 5},
        {"question": "Cost?", "answer": "50 Euro"},
    ]);
    let answer = bulk(&world, json!({"entries": entries, "skipDuplicates": true})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let rows = list(&world, "").await.json();
    let expected = json!({
        "summary": {"total": 7, "inserted": 2, "skipped": 2, "errors": 3},
        "entries": [
            {"index": 0, "status": "inserted", "id": rows[1]["id"]},
            {"index": 1, "status": "skipped", "id": known, "reason": format!("entry {known} has the same question")},
            {"index": 2, "status": "error", "reason": "question: it is empty, write something"},
            {"index": 3, "status": "skipped", "reason": "the entry at index 0 has the same question"},
            {"index": 4, "status": "error", "reason": "entry: it is a text, write an object"},
            {"index": 5, "status": "error", "reason": "price: there is no such field, leave it out"},
            {"index": 6, "status": "inserted", "id": rows[2]["id"]},
        ]
    });
    assert_eq!(answer.json(), expected);
    assert_eq!((&rows[1]["keywords"], &rows[2]["answer"]), (&json!(["car", "park"]), &json!("50 Euro")));
    assert_eq!(rows.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn bulk_keeps_duplicates_unless_told_to_skip_them() {
    let world = World::new().await;
    let twice = json!({"entries": [{"question": "Q", "answer": "A"}, {"question": "Q", "answer": "B"}]});
    let summary = bulk(&world, twice).await.json()["summary"].clone();
    assert_eq!(summary, json!({"total": 2, "inserted": 2, "skipped": 0, "errors": 0}));
    let none = bulk(&world, json!({"entries": [], "skipDuplicates": null})).await.json();
    assert_eq!(
        none,
        json!({"summary": {"total": 0, "inserted": 0, "skipped": 0, "errors": 0}, "entries": []})
    );
}

#[tokio::test]
async fn bulk_takes_five_megabytes_and_others_do_not() {
    let world = World::new().await;
    let entry = |n: usize| json!({"question": format!("Question {n}"), "answer": "a".repeat(1_000)});
    let entries: Vec<_> = (0..4_000).map(entry).collect();
    let body = json!({"entries": entries, "skipDuplicates": true}).to_string();
    assert!(body.len() > 4_000_000);
    let summary = world.send_as_admin(&format!("POST {BASE}/bulk"), &body).await.json()["summary"].clone();
    assert_eq!(summary, json!({"total": 4_000, "inserted": 4_000, "skipped": 0, "errors": 0}));
    let again = world.send_as_admin(&format!("POST {BASE}/bulk"), &body).await.json()["summary"].clone();
    assert_eq!(again, json!({"total": 4_000, "inserted": 0, "skipped": 4_000, "errors": 0}));
    world.send_as_admin(&format!("POST {BASE}"), &body).await.assert_error(413, "body_too_large");
}

#[tokio::test]
async fn bulk_refuses_what_is_no_list_of_entries() {
    let world = World::new().await;
    for (body, name) in [
        (json!({}), "entries"),
        (json!({"entries": {"question": "Q", "answer": "A"}}), "entries"),
        (json!({"entries": vec![Value::Null; 50_001]}), "entries"),
        (json!({"entries": [], "skipDuplicates": "yes"}), "skipDuplicates"),
        (json!({"entries": [], "skip_duplicates": true}), "skip_duplicates"),
    ] {
        bulk(&world, body).await.assert_faults(&[name]);
    }
    let head = format!(
        "POST /api/chat-widget{BASE}/bulk\nAuthorization: Bearer {}\nContent-Length: {}",
        ADMIN_KEY,
        5 * 1_024 * 1_024 + 1
    );
    let text = send(world.address, &head, b"").await.assert_error(413, "body_too_large");
    assert!(text.contains("5120 kB"), "{text}");
    assert_eq!(list(&world, "").await.body, "[]");
}
