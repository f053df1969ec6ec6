//! Webhooks, as administrators and clients keep them.

use crate::client::{Response, send};
use crate::world::World;
use frontdesk_tests::{Reply, Stub};
use serde_json::{Value, json};

const LIST: &str = "/clients/50/webhooks";

fn hook(url: &str) -> Value {
    json!({"url": url, "events": ["credits.threshold", "question.unanswered", "credits.threshold"]})
}

async fn made(world: &World, url: &str) -> Value {
    let answer = world.admin(&format!("POST {LIST}"), hook(url)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

async fn as_key(world: &World, key: &str, call: &str, body: Value) -> Response {
    let (method, path) = call.split_once(' ').unwrap();
    let head = format!(
        "{method} /api/chat-widget{path}\nAuthorization: Bearer {key}\nContent-Type: application/json"
    );
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(world.address, &head, body.as_bytes()).await
}

#[tokio::test]
async fn a_webhook_is_made_with_a_secret_that_is_shown_once() {
    let world = World::new().await;
    let made = made(&world, "https://example.com/hook").await;
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 70, "{secret}");
    let row = json!({
        "id": 1, "client_id": 50, "url": "https://example.com/hook",
        "events": ["credits.threshold", "question.unanswered"], "is_active": true, "inactive_reason": null,
        "previous_secret_until": null, "created_at": crate::world::NOW, "updated_at": crate::world::NOW,
    });
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("secret");
    assert_eq!(shown, row);
    assert_eq!(world.get_as_admin("/webhooks/1").await.json(), row);
    assert_eq!(world.get_as_admin(LIST).await.json(), json!([row]));
    assert_eq!(world.get_as_admin("/clients/1/webhooks").await.json(), json!([]));
    assert_eq!(world.number("SELECT count(*) FROM webhooks WHERE length(secret) = 70"), 1);
}

#[tokio::test]
async fn all_faults_of_a_webhook_are_named() {
    let world = World::new().await;
    let refused = world
        .admin(
            &format!("POST {LIST}"),
            json!({"url": "http://10.0.0.1/", "events": ["nothing"], "colour": 1}),
        )
        .await;
    let events =
        "write a list with one or more of credits.threshold, conversation.lead_captured, question.unanswered";
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json()["fields"],
        json!({
            "url": "its host is not public, use one that can be reached from everywhere",
            "events": events, "colour": "there is no such field, leave it out",
        })
    );
    for (field, value, fault) in [
        ("url", json!("ftp://example.com/"), "it begins with ftp://, use https://"),
        (
            "url",
            json!("https://localhost/"),
            "its host is not public, use one that can be reached from everywhere",
        ),
        (
            "url",
            json!("https://a:b@example.com/"),
            "it names a user or a password, leave them out: the signature says who sends",
        ),
        ("url", json!(5), "it is a number, write a text"),
        ("events", json!([]), events),
        ("events", json!("credits.threshold"), events),
        ("events", json!(["webhook.test"]), events),
        ("is_active", json!("yes"), "it is a text, write true or false"),
    ] {
        let mut body = hook("https://example.com/");
        body[field] = value;
        let refused = world.admin(&format!("POST {LIST}"), body).await;
        assert_eq!((refused.status, &refused.json()["fields"]), (400, &json!({field: fault})));
    }
    let missing = world.admin(&format!("POST {LIST}"), json!({})).await.json();
    assert_eq!(
        missing["fields"],
        json!({"url": "it is missing, send it", "events": "it is missing, send it"})
    );
    assert_eq!(world.number("SELECT count(*) FROM webhooks"), 0);
    for client in ["4711", "x"] {
        let call = format!("POST /clients/{client}/webhooks");
        world.admin(&call, hook("https://example.com/")).await.assert_error(404, "client_not_found");
        world
            .get_as_admin(&format!("/clients/{client}/webhooks"))
            .await
            .assert_error(404, "client_not_found");
    }
}

#[tokio::test]
async fn what_is_sent_changes_and_nothing_else() {
    let world = World::new().await;
    let first = made(&world, "https://example.com/hook").await;
    let changed = world.admin("PATCH /webhooks/1", json!({"is_active": false})).await.json();
    assert_eq!((&changed["is_active"], &changed["url"]), (&json!(false), &first["url"]));
    assert_eq!(changed.get("secret"), None);
    let changed = world.admin(
        "PATCH /webhooks/1",
        json!({"url": "https://example.org/", "events": ["conversation.lead_captured"]}),
    );
    let changed = changed.await.json();
    assert_eq!(
        (&changed["url"], &changed["events"]),
        (&json!("https://example.org/"), &json!(["conversation.lead_captured"]))
    );
    let rotated = world.admin("PATCH /webhooks/1", json!({"rotate_secret": true})).await.json();
    assert_ne!(rotated["secret"], first["secret"]);
    assert_eq!(rotated["previous_secret_until"], "2026-11-24T10:00:00.123Z");
    let refused = world.admin("PATCH /webhooks/1", json!({"secret": "mine"})).await;
    assert_eq!(refused.json()["fields"], json!({"secret": "there is no such field, leave it out"}));
    let done = world.send_as_admin("DELETE /webhooks/1", "").await;
    assert_eq!((done.status, done.json()), (200, json!({"success": true})));
    for call in [
        "GET /webhooks/1",
        "PATCH /webhooks/1",
        "DELETE /webhooks/x",
        "POST /webhooks/1/test",
        "GET /webhooks/1/deliveries",
    ] {
        let answer = world.admin(call, json!({})).await;
        answer.assert_error(404, "webhook_not_found");
    }
}

#[tokio::test]
async fn a_client_can_have_so_many_webhooks() {
    let world = World::new().await;
    for _ in 0..20 {
        made(&world, "https://example.com/").await;
    }
    let refused = world.admin(&format!("POST {LIST}"), hook("https://example.com/")).await;
    refused.assert_error(409, "too_many_webhooks");
}

#[tokio::test]
async fn a_test_says_what_the_receiver_said_and_is_logged() {
    let world = World::new().await;
    let receiver = Stub::replies([
        Reply::json(200, &json!({"ok": true})),
        Reply::json(500, &json!({"error": "no"})),
        Reply::CutConnection,
    ]);
    made(&world, &receiver.url()).await;
    let first = world.admin("POST /webhooks/1/test", json!({})).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let first = first.json();
    assert_eq!(
        (&first["delivered"], &first["status_code"], &first["error"], &first["response"]),
        (&json!(true), &json!(200), &Value::Null, &json!(r#"{"ok":true}"#))
    );
    let second = world.admin("POST /webhooks/1/test", json!({})).await.json();
    assert_eq!(
        (&second["delivered"], &second["status_code"], &second["error"]),
        (&json!(false), &json!(500), &json!("it answered 500"))
    );
    let third = world.admin("POST /webhooks/1/test", json!({})).await.json();
    assert_eq!((&third["delivered"], &third["status_code"]), (&json!(false), &Value::Null));
    assert_eq!(receiver.requests()[0].json()["type"], "webhook.test");

    let page = world.get_as_admin("/webhooks/1/deliveries?limit=2").await.json();
    let ids: Vec<_> = page["deliveries"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
    assert_eq!((ids, &page["next_cursor"]), (vec![json!(3), json!(2)], &json!(2)));
    let rest = world.get_as_admin("/webhooks/1/deliveries?limit=2&cursor=2").await.json();
    assert_eq!(rest["next_cursor"], Value::Null);
    let row = &rest["deliveries"][0];
    assert!(row["event_id"].as_str().unwrap().starts_with("evt_") && row["duration_ms"].is_number(), "{row}");
    for (field, expected) in [
        ("id", json!(1)),
        ("webhook_id", json!(1)),
        ("event", json!("webhook.test")),
        ("created_at", json!(crate::world::NOW)),
        ("status", json!("delivered")),
        ("attempts", json!(1)),
        ("next_attempt_at", Value::Null),
        ("last_attempt_at", json!(crate::world::NOW)),
        ("last_status_code", json!(200)),
        ("last_error", Value::Null),
        ("delivered_at", json!(crate::world::NOW)),
    ] {
        assert_eq!(row[field], expected, "{field}");
    }
    let failed = world.get_as_admin("/webhooks/1/deliveries?status=failed").await.json();
    assert_eq!(failed["deliveries"].as_array().unwrap().len(), 2);
    for query in ["status=new", "limit=0", "limit=201", "cursor=x"] {
        let refused = world.get_as_admin(&format!("/webhooks/1/deliveries?{query}")).await;
        assert_eq!((refused.status, &refused.json()["code"]), (400, &json!("invalid_field")), "{query}");
    }
}

#[tokio::test]
async fn a_delivery_is_sent_again_while_its_webhook_is_on() {
    let world = World::new().await;
    let receiver = Stub::start(|_| Reply::json(200, &json!({})));
    made(&world, &receiver.url()).await;
    world.admin("POST /webhooks/1/test", json!({})).await;
    let again = world.admin("POST /deliveries/1/redeliver", json!({})).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(
        (&again.json()["status"], &again.json()["next_attempt_at"]),
        (&json!("pending"), &json!(crate::world::NOW))
    );
    world.admin("PATCH /webhooks/1", json!({"is_active": false})).await;
    world.admin("POST /deliveries/1/redeliver", json!({})).await.assert_error(409, "webhook_inactive");
    for id in ["4711", "x"] {
        let unknown = world.admin(&format!("POST /deliveries/{id}/redeliver"), json!({})).await;
        unknown.assert_error(404, "delivery_not_found");
    }
}

#[tokio::test]
async fn a_client_keeps_its_own_webhooks_and_sees_no_others() {
    let world = World::new().await;
    made(&world, "http://127.0.0.1:1/").await;
    world.admin("POST /webhooks/1/test", json!({})).await;
    let key = async |role: &str, client: i32| {
        let made = world.admin("POST /api-keys", json!({"role": role, "client_id": client})).await;
        made.json()["key"].as_str().unwrap().to_owned()
    };
    let (own, viewer, other) = (key("client", 50).await, key("viewer", 50).await, key("client", 1).await);
    assert_eq!(as_key(&world, &own, &format!("POST {LIST}"), hook("https://example.org/")).await.status, 201);
    for call in ["GET /webhooks/1", "GET /webhooks/1/deliveries", &format!("GET {LIST}")] {
        assert_eq!(as_key(&world, &own, call, Value::Null).await.status, 200, "{call}");
        assert_eq!(as_key(&world, &viewer, call, Value::Null).await.status, 200, "{call}");
        assert_eq!(as_key(&world, &other, call, Value::Null).await.status, 404, "{call}");
    }
    let writes = [
        "PATCH /webhooks/1",
        "DELETE /webhooks/1",
        "POST /webhooks/1/test",
        "POST /deliveries/1/redeliver",
        "POST /clients/50/webhooks",
    ];
    for call in writes {
        assert_eq!(as_key(&world, &viewer, call, json!({})).await.status, 403, "{call}");
        assert_eq!(as_key(&world, &other, call, json!({})).await.status, 404, "{call}");
    }
    assert_eq!(as_key(&world, &own, "PATCH /webhooks/1", json!({"is_active": false})).await.status, 200);
}
