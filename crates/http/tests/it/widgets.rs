//! Widgets: what administrators send is what is stored, what visitors get, and nothing else changes.

use crate::client::{Response, names};
use crate::world::{NOW, Options, World};
use frontdesk_persistence::Database;
use frontdesk_tests::{ScratchDir, TempPg};
use serde_json::{Value, json};

async fn create(world: &World, widget: Value) -> Value {
    let made = world.admin("POST /widgets", widget).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()
}

/// A value for every field.
fn everything() -> Value {
    let mut all = json!({
        "client_id": 50, "widget_key": "own.key-1", "widget_name": " Harbour ", "primary_color": "#0a0B0c",
        "secondary_color": "#FFFFFF", "position": "bottom-left", "welcome_message": "Hi!", "bot_name": "Bot",
        "bot_avatar_url": "https://a.example/bot.png", "enable_appointment_booking": false,
        "enable_email_capture": false, "enable_phone_capture": false, "enable_ai_handoff": true,
        "ai_handoff_url": "/handoff", "business_hours": {"mon": "9-5"}, "offline_message": "Away",
        "rate_limit_messages": "5", "rate_limit_window": 30, "require_captcha": true,
        "blocked_ips": ["192.0.2.7", "2001:db8::/32"], "blocked_keywords": [" spam "], "is_active": true,
        "domain_whitelist": ["https://A.example/", "*.b.example"], "industry": "dental",
        "intro_flow_enabled": false, "intro_questions": [{"id": 1}], "practice_phone": "555-1",
        "timezone": "europe/berlin", "llm_enabled": true, "llm_provider": "Groq", "llm_model": "llama-3",
        "llm_temperature": 0.355, "llm_max_tokens": 300, "fallback_to_knowledge_base": false,
        "answer_order": "KNOWLEDGE_FIRST", "language": "de"
    });
    let shown = json!({
        "privacy_url": "https://a.example/privacy", "ai_notice": false, "consent_required": true,
        "texts": {"send": "Go", "de": {"send": "Los"}}
    });
    all.as_object_mut().unwrap().extend(shown.as_object().unwrap().clone());
    all
}

/// What is made of it.
fn everything_stored(id: &Value) -> Value {
    let mut row = everything();
    let object = row.as_object_mut().unwrap();
    for (name, value) in [
        ("id", id.clone()),
        ("widget_name", json!("Harbour")),
        ("rate_limit_messages", json!(5)),
        ("blocked_keywords", json!(["spam"])),
        ("domain_whitelist", json!(["https://a.example", "*.b.example"])),
        ("timezone", json!("Europe/Berlin")),
        ("llm_provider", json!("groq")),
        ("llm_temperature", json!(0.36)),
        ("answer_order", json!("knowledge_first")),
        ("created_at", json!(NOW)),
        ("updated_at", json!(NOW)),
    ] {
        object.insert(name.into(), value);
    }
    row
}

async fn a_widget_lives(world: &World) {
    let row = create(world, everything()).await;
    assert_eq!(row, everything_stored(&row["id"]));
    let path = format!("/widgets/{}", row["id"]);
    assert_eq!(world.get_as_admin(&path).await.json(), row);
    assert_eq!(world.get_as_admin("/widgets?search=own.KEY").await.json(), json!([row]));

    let changed =
        world.admin(&format!("PUT {path}"), json!({"bot_name": "Robot", "llm_temperature": null})).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let mut expected = row;
    (expected["bot_name"], expected["llm_temperature"]) = ("Robot".into(), Value::Null);
    assert_eq!(changed.json(), expected);
    let changed =
        world.admin(&format!("PATCH {path}"), json!({"client_id": null, "blocked_ips": null})).await;
    (expected["client_id"], expected["blocked_ips"]) = (Value::Null, json!([]));
    assert_eq!(changed.json(), expected);

    let gone = world.send_as_admin(&format!("DELETE {path}"), "").await;
    assert_eq!((gone.status, &gone.json()["deleted"]), (200, &json!(true)));
    world.get_as_admin(&path).await.assert_error(404, "widget_not_found");
    world.send_as_admin(&format!("DELETE {path}"), "").await.assert_error(404, "widget_not_found");
}

#[tokio::test]
async fn a_widget_is_made_read_changed_and_deleted() {
    a_widget_lives(&World::new().await).await;
}

#[tokio::test]
async fn a_widget_is_made_read_changed_and_deleted_on_postgresql() {
    let database = Database::open(&TempPg::shared().create_database(), 2).await.unwrap();
    let world = World::on(database, ScratchDir::new(), Options::default());
    let client =
        world.admin("POST /clients", json!({"client_name": "A", "email": "a@example.com"})).await.json();
    assert_eq!(client["id"], 1);
    for n in 2..=50 {
        let client = json!({"client_name": "A", "email": format!("a{n}@example.com")});
        assert_eq!(world.admin("POST /clients", client).await.status, 201);
    }
    a_widget_lives(&world).await;
}

#[tokio::test]
async fn a_name_is_enough_and_the_key_cannot_be_guessed() {
    let world = World::new().await;
    let first = create(&world, json!({"widget_name": "A"})).await;
    let second = create(&world, json!({"widget_name": "A", "client_id": null, "widget_key": null})).await;
    let keys = [&first, &second].map(|row| row["widget_key"].as_str().unwrap().to_owned());
    assert_ne!(keys[0], keys[1]);
    for key in &keys {
        let digits = key.strip_prefix("wk_").unwrap();
        assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    }
    let defaults =
        ["client_id", "primary_color", "position", "rate_limit_messages", "rate_limit_window", "timezone"];
    let expected = [
        json!(null),
        json!("#4682B4"),
        json!("bottom-right"),
        json!(10),
        json!(60),
        json!("America/New_York"),
    ];
    assert_eq!(defaults.map(|name| first[name].clone()), expected);
    let config = world.get(&format!("/api/chat-widget/public/widget/{}/config", keys[0])).await;
    assert_eq!((config.status, &config.json()["id"]), (200, &first["id"]));
}

#[tokio::test]
async fn all_faults_are_named_at_once() {
    let world = World::new().await;
    let before = world.dump();
    let wrong = json!({
        "widget_name": " ", "widget_key": "../x", "primary_color": "red", "secondary_color": "#12345g",
        "position": "middle", "bot_name": "b".repeat(101), "bot_avatar_url": "javascript:alert(1)",
        "ai_handoff_url": "https://a b", "enable_email_capture": "yes", "rate_limit_messages": -1,
        "rate_limit_window": 86_401, "blocked_ips": ["192.0.2.0/33"], "blocked_keywords": [""],
        "domain_whitelist": ["example.com/path"], "timezone": "Mars/Olympus", "llm_provider": "skynet",
        "llm_temperature": 2.1, "llm_max_tokens": 63, "answer_order": "first", "language": "german!",
        "intro_questions": "\u{0}", "business_hours": "\u{0}", "client_id": "x", "industry": 5,
        "welcome_message": "w".repeat(5_001), "widget_specific_llm_key": "sk-secret", "colour": "#000000",
        "privacy_url": "http://a.example", "ai_notice": 1, "consent_required": "no", "texts": {"send": 5}
    });
    let names = names(&wrong);
    let made = world.admin("POST /widgets", wrong.clone()).await;
    let faults = made.assert_faults(&names);
    assert_eq!(faults["colour"], "there is no such field, leave it out");
    assert_eq!(
        faults["domain_whitelist"],
        "entry 1: write a host such as example.com, *.example.com, https://example.com or example.com:8080"
    );
    assert!(!made.body.contains("sk-secret"));
    world.admin("PATCH /widgets/60", wrong.clone()).await.assert_faults(&names);
    world.admin("POST /widgets", json!({})).await.assert_faults(&["widget_name"]);
    world
        .admin("POST /widgets", json!({"widget_name": "A", "client_id": 4711}))
        .await
        .assert_faults(&["client_id"]);
    world.admin("PUT /widgets/60", json!({"client_id": 4711})).await.assert_faults(&["client_id"]);
    assert_eq!(world.dump(), before);
}

#[tokio::test]
async fn a_key_that_another_widget_has_is_a_conflict() {
    let world = World::new().await;
    let before = world.dump();
    let taken = world.admin("POST /widgets", json!({"widget_name": "A", "widget_key": "demo"})).await;
    taken.assert_error(409, "widget_key_taken");
    let taken = world.admin("PUT /widgets/60", json!({"widget_key": "demo", "bot_name": "B"})).await;
    taken.assert_error(409, "widget_key_taken");
    assert_eq!(world.dump(), before);
}

#[tokio::test]
async fn a_row_may_be_sent_back_as_it_came_whatever_an_older_service_stored() {
    let world = World::new().await;
    world.sql(
        "UPDATE widget_configs SET timezone = 'EST5', primary_color = 'red', rate_limit_messages = -5, llm_max_tokens = 10,
            llm_provider = 'Gemini Pro', enable_email_capture = NULL, updated_at = NULL, position = '' WHERE id = 60",
    );
    let before = world.dump();
    let row = world.get_as_admin("/widgets/60").await.json();
    let same = world.admin("PUT /widgets/60", row.clone()).await;
    assert_eq!((same.status, same.json()), (200, row.clone()));
    assert_eq!(world.dump(), before);
    let mut changed = row;
    changed["bot_name"] = "Robot".into();
    let answer = world.admin("PUT /widgets/60", changed.clone()).await;
    changed["updated_at"] = NOW.into();
    assert_eq!(answer.json(), changed);
}

#[tokio::test]
async fn visitors_see_a_change_with_their_next_call() {
    let world = World::new().await;
    let config = || async { world.get("/api/chat-widget/public/widget/other/config").await };
    assert_eq!(config().await.json()["bot_name"], "Assistant");
    world.admin("PATCH /widgets/60", json!({"bot_name": "Robot"})).await;
    assert_eq!(config().await.json()["bot_name"], "Robot");
    world.admin("PATCH /widgets/60", json!({"widget_key": "renamed"})).await;
    config().await.assert_error(404, "widget_not_found");
    world.admin("PATCH /widgets/60", json!({"widget_key": "other", "is_active": false})).await;
    config().await.assert_error(404, "widget_not_found");
    world.admin("PATCH /widgets/60", json!({"is_active": true})).await;
    assert_eq!(config().await.status, 200);
    world.send_as_admin("DELETE /widgets/60", "").await;
    config().await.assert_error(404, "widget_not_found");
}

#[tokio::test]
async fn a_used_widget_is_deactivated_unless_it_is_forced() {
    let world = World::new().await;
    world.post("demo/message", json!({"message_text": "When do you open?"})).await;
    let kept = world.send_as_admin("DELETE /widgets/1", "").await;
    assert_eq!((kept.status, &kept.json()["deleted"]), (200, &json!(false)));
    assert!(kept.json()["message"].as_str().unwrap().contains("force=true"));
    assert_eq!(world.get_as_admin("/widgets/1").await.json()["is_active"], false);
    assert_eq!(world.number("SELECT count(*) FROM llm_request_logs"), 1);
    world.send_as_admin("DELETE /widgets/1?force=perhaps", "").await.assert_faults(&["force"]);
    let gone = world.send_as_admin("DELETE /widgets/1?force=true", "").await;
    assert_eq!(gone.json()["deleted"], true);
    assert_eq!(world.stored(), 0);
}

fn ids(list: &Response) -> Vec<i64> {
    assert_eq!(list.status, 200, "{}", list.body);
    list.json().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn widgets_are_listed_filtered_and_paged() {
    let world = World::new().await;
    for (parameters, expected, total) in [
        ("", vec![1, 60, 61, 62], "4"),
        ("?client_id=50", vec![60, 61], "2"),
        ("?client_id=50&active=true", vec![60], "1"),
        ("?active=false", vec![61], "1"),
        ("?search=ALO", vec![62], "1"),
        ("?limit=2&offset=1", vec![60, 61], "4"),
        ("?limit=&offset=&search=&unknown=1", vec![1, 60, 61, 62], "4"),
    ] {
        let list = world.get_as_admin(&format!("/widgets{parameters}")).await;
        assert_eq!((ids(&list), list.header("x-total-count")), (expected, Some(total)), "{parameters}");
    }
    let wrong = world.get_as_admin("/widgets?limit=0&offset=-1&active=maybe&client_id=x").await;
    wrong.assert_faults(&["active", "client_id", "limit", "offset"]);
    world.get_as_admin("/widgets?limit=1001").await.assert_faults(&["limit"]);
}
