//! Clients: what administrators send is what is stored, and nothing else changes.

use crate::client::names;
use crate::world::{NOW, World};
use serde_json::{Value, json};

fn harbour() -> Value {
    json!({
        "client_name": " Harbour ", "email": "office@harbour.example", "phone": "555-1", "website": "harbour.example",
        "is_active": false, "business_hours": "9-5", "description": "A practice", "address": "1 Road", "city": "Bay",
        "state": "CA", "zip_code": "  "
    })
}

#[tokio::test]
async fn a_client_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let made = world.admin("POST /clients", harbour()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let mut row = harbour();
    (row["id"], row["created_at"], row["updated_at"]) = (made.json()["id"].clone(), NOW.into(), NOW.into());
    (row["client_name"], row["zip_code"]) = ("Harbour".into(), Value::Null);
    assert_eq!(made.json(), row);
    let path = format!("/clients/{}", row["id"]);
    assert_eq!(world.get_as_admin(&path).await.json(), row);
    assert_eq!(world.get_as_admin("/clients?search=HARBOUR.ex").await.json(), json!([row]));

    let changed = world.admin(&format!("PATCH {path}"), json!({"phone": null, "is_active": true})).await;
    (row["phone"], row["is_active"]) = (Value::Null, true.into());
    assert_eq!((changed.status, changed.json()), (200, row.clone()));
    let same = world.admin(&format!("PUT {path}"), row.clone()).await;
    assert_eq!(same.json(), row);

    let gone = world.send_as_admin(&format!("DELETE {path}"), "").await;
    assert_eq!((gone.status, gone.json()), (200, json!({"success": true})));
    world.get_as_admin(&path).await.assert_error(404, "client_not_found");
    world.send_as_admin(&format!("DELETE {path}"), "").await.assert_error(404, "client_not_found");
}

#[tokio::test]
async fn all_faults_are_named_at_once_and_nothing_is_stored() {
    let world = World::new().await;
    let before = world.dump();
    let wrong = json!({
        "client_name": "", "email": "nobody", "phone": "5".repeat(51), "website": 5, "is_active": "yes",
        "description": "\u{0}", "zip_code": "z".repeat(21), "name": "A"
    });
    let names = names(&wrong);
    world.admin("POST /clients", wrong.clone()).await.assert_faults(&names);
    world.admin("PUT /clients/50", wrong.clone()).await.assert_faults(&names);
    world.admin("POST /clients", json!({})).await.assert_faults(&["client_name", "email"]);
    for email in ["@a.example", "a@", "a@.example", "a@example.", "a b@example.com", ""] {
        let client = json!({"client_name": "A", "email": email});
        world.admin("POST /clients", client).await.assert_faults(&["email"]);
    }
    let taken = json!({"client_name": "A", "email": "other@example.com"});
    world.admin("POST /clients", taken.clone()).await.assert_error(409, "email_taken");
    world.admin("PUT /clients/1", taken).await.assert_error(409, "email_taken");
    assert_eq!(world.dump(), before);
}

#[tokio::test]
async fn a_client_with_widgets_stays_unless_it_is_forced() {
    let world = World::new().await;
    let before = world.dump();
    let text = world.send_as_admin("DELETE /clients/50", "").await.assert_error(409, "client_in_use");
    assert!(text.contains("force=true"), "{text}");
    assert_eq!(world.dump(), before);
    assert_eq!(world.get("/api/chat-widget/public/widget/other/config").await.status, 200);
    assert_eq!(world.send_as_admin("DELETE /clients/50?force=true", "").await.status, 200);
    assert_eq!(world.number("SELECT count(*) FROM widget_configs WHERE id IN (60, 61)"), 0);
    world.get("/api/chat-widget/public/widget/other/config").await.assert_error(404, "widget_not_found");
}

#[tokio::test]
async fn clients_are_listed_filtered_and_paged() {
    let world = World::new().await;
    world.admin("POST /clients", harbour()).await;
    for (parameters, expected, total) in [
        ("", vec![1, 50, 51], "3"),
        ("?active=false", vec![51], "1"),
        ("?search=other", vec![50], "1"),
        ("?limit=1&offset=1", vec![50], "3"),
    ] {
        let list = world.get_as_admin(&format!("/clients{parameters}")).await;
        let rows = list.json();
        let ids: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        assert_eq!((ids, list.header("x-total-count")), (expected, Some(total)), "{parameters}");
    }
    world.get_as_admin("/clients?limit=x&active=1").await.assert_faults(&["active", "limit"]);
}

#[tokio::test]
async fn a_model_is_told_a_clients_new_facts_with_the_next_message() {
    let world = World::new().await;
    assert_eq!(world.desk.widget("demo").await.unwrap().business.phone.as_deref(), Some("555-0142"));
    world.admin("PATCH /clients/1", json!({"phone": "556"})).await;
    assert_eq!(world.desk.widget("demo").await.unwrap().business.phone.as_deref(), Some("556"));
}
