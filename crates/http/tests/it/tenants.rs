//! What a client's key sees and may change of clients, widgets and limits.

use crate::client::{Response, send};
use crate::world::World;
use serde_json::{Value, json};

async fn key(world: &World, role: &str) -> String {
    let made = world.admin("POST /api-keys", json!({"name": "k", "role": role, "client_id": 50})).await;
    made.json()["key"].as_str().unwrap().to_owned()
}

async fn call(world: &World, key: &str, call: &str, body: Value) -> Response {
    let (method, path) = call.split_once(' ').unwrap();
    let head = format!(
        "{method} /api/chat-widget{path}\nAuthorization: Bearer {key}\nContent-Type: application/json"
    );
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(world.address, &head, body.as_bytes()).await
}

#[tokio::test]
async fn lists_hold_what_is_the_clients_own() {
    let world = World::new().await;
    for role in ["client", "viewer"] {
        let key = key(&world, role).await;
        for (list, name, expected) in [
            ("/clients", "id", vec![50]),
            ("/widgets", "id", vec![60, 61]),
            ("/widgets?client_id=1", "id", vec![]),
            ("/widgets?search=demo", "id", vec![]),
            ("/overview", "client_id", vec![50]),
            ("/overview?search=harbour", "client_id", vec![]),
        ] {
            let answer = call(&world, &key, &format!("GET {list}"), Value::Null).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let body = answer.json();
            let rows = body.as_array().or_else(|| body["clients"].as_array()).unwrap();
            let ids: Vec<_> = rows.iter().map(|row| row[name].as_i64().unwrap()).collect();
            assert_eq!(ids, expected, "{role} {list}");
            assert!(!answer.body.contains("Harbour"), "{}", answer.body);
        }
        let overview = call(&world, &key, "GET /overview", Value::Null).await.json();
        assert_eq!((&overview["total"], &overview["sums"]["accounts"]), (&json!(1), &json!(2)));
    }
}

#[tokio::test]
async fn a_client_changes_its_widgets_but_not_whose_they_are() {
    let world = World::new().await;
    let key = key(&world, "client").await;
    let row = call(&world, &key, "GET /widgets/60", Value::Null).await.json();
    let mut changed = row.clone();
    changed["bot_name"] = "Robot".into();
    let answer = call(&world, &key, "PUT /widgets/60", changed).await;
    assert_eq!((answer.status, &answer.json()["bot_name"]), (200, &json!("Robot")));
    for client in [json!(1), json!(null)] {
        let moved = call(&world, &key, "PATCH /widgets/60", json!({"client_id": client})).await;
        moved.assert_faults(&["client_id"]);
    }
    let answer = call(&world, &key, "PATCH /clients/50", json!({"phone": "5", "is_active": true})).await;
    assert_eq!((answer.status, &answer.json()["phone"]), (200, &json!("5")));
    call(&world, &key, "PATCH /clients/50", json!({"is_active": false})).await.assert_faults(&["is_active"]);
}

#[tokio::test]
async fn credits_and_books_are_the_operators() {
    let world = World::new().await;
    let key = key(&world, "client").await;
    let before = world.number("SELECT count(*) FROM widget_configs");
    for (forbidden, body) in [
        ("POST /widgets", json!({"widget_name": "A", "client_id": 50})),
        ("POST /clients", json!({"client_name": "A", "email": "a@example.com"})),
        ("DELETE /widgets/60?force=true", json!(null)),
        ("DELETE /clients/50?force=true", json!(null)),
        ("PUT /widgets/60/llm-limits", json!({"dailyTokenLimit": 1_000_000})),
        ("PUT /clients/50/widgets/60/llm-limits", json!({"dailyTokenLimit": 1_000_000})),
    ] {
        let answer = call(&world, &key, forbidden, body).await;
        assert_eq!(answer.status, 403, "{forbidden}: {}", answer.body);
    }
    assert_eq!(world.number("SELECT count(*) FROM widget_configs"), before);
    assert_eq!(world.number("SELECT max(daily_token_limit) FROM client_llm_usage"), 5_000);
    for (foreign, code) in [
        ("GET /widgets/1", "widget_not_found"),
        ("PATCH /widgets/1", "widget_not_found"),
        ("GET /widgets/1/llm-logs", "widget_not_found"),
        ("GET /widgets/1/llm-analytics?group_by=day", "widget_not_found"),
        ("GET /clients/1", "client_not_found"),
        ("PATCH /clients/1", "client_not_found"),
    ] {
        call(&world, &key, foreign, json!({})).await.assert_error(404, code);
    }
}
