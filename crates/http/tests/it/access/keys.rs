//! Keys in the database: how they are made, how they end, and what of them shows.

use super::site::{OTHER, OWN, Site, on_both};
use crate::world::{ADMIN_KEY, NOW, Options};
use frontdesk_persistence::Role;
use frontdesk_tests::{ScratchDir, TempPg};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both! {
    a_key_is_shown_once,
    what_a_new_key_cannot_be_is_said_by_field,
    a_revoked_key_is_refused_at_once,
    a_key_of_a_deleted_client_is_refused_at_once_though_another_gets_its_id,
    a_key_that_is_revoked_by_hand_is_refused_within_two_seconds,
    the_use_of_a_key_shows_in_the_list,
    keys_open_the_administration_without_an_admin_key,
}

const LIST: &str = "GET /api-keys";
const CREATE: &str = "POST /api-keys";

async fn list(site: &Site) -> Value {
    site.as_admin(LIST, "").await.json()
}

async fn a_key_is_shown_once(site: &Site) {
    let wanted =
        json!({"name": " Front end ", "role": "client", "client_id": OWN.client, "expires_in_days": 30});
    let made = site.as_admin(CREATE, &wanted.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let mut row = made.json();
    let key = row.as_object_mut().unwrap().remove("key").unwrap();
    let key = key.as_str().unwrap();
    let (prefix, secret) = key.split_at(11);
    let expected = json!({
        "id": row["id"], "name": "Front end", "role": "client", "client_id": OWN.client, "prefix": prefix,
        "state": "valid", "created_at": NOW, "expires_at": "2026-12-23T10:00:00.123Z", "last_used_at": null,
        "revoked_at": null
    });
    assert_eq!(row, expected);
    assert_eq!((prefix.starts_with("fd_"), secret.len()), (true, 65));
    assert_eq!(list(site).await, json!([row]));

    let own = site.call(&format!("GET /clients/{}/llm-usage", OWN.client), key, "").await;
    assert_eq!(own.status, 200, "{}", own.body);
    let other = site.call(&format!("GET /clients/{}/llm-usage", OTHER.client), key, "").await;
    other.assert_error(404, "client_not_found");
}

async fn what_a_new_key_cannot_be_is_said_by_field(site: &Site) {
    let table = [
        (json!({}), vec!["role"]),
        (json!({"role": "owner"}), vec!["role"]),
        (json!({"role": "client"}), vec!["client_id"]),
        (json!({"role": "client", "client_id": null}), vec!["client_id"]),
        (json!({"role": "client", "client_id": 999}), vec!["client_id"]),
        (json!({"role": "admin", "client_id": OWN.client}), vec!["client_id"]),
        (
            json!({"role": "admin", "expires_in_days": 0, "name": "x".repeat(101)}),
            vec!["expires_in_days", "name"],
        ),
        (json!({"role": "admin", "expires_in_days": 3651, "hash": "x"}), vec!["expires_in_days", "hash"]),
        (json!({"role": "admin", "name": "a\u{0}"}), vec!["name"]),
    ];
    for (body, names) in table {
        site.as_admin(CREATE, &body.to_string()).await.assert_faults(&names);
    }
    for id in ["99", "0", "-1", "x", "99999999999"] {
        site.as_admin(&format!("POST /api-keys/{id}/revoke"), "")
            .await
            .assert_error(404, "api_key_not_found");
    }
    assert_eq!(list(site).await, json!([]));
}

async fn a_revoked_key_is_refused_at_once(site: &Site) {
    let (key, secret) = site.key(Role::Admin, None, None).await;
    assert_eq!(site.call(LIST, &secret, "").await.status, 200);
    let revoked = site.as_admin(&format!("POST /api-keys/{}/revoke", key.id), "").await;
    assert_eq!((revoked.status, &revoked.json()["state"]), (200, &json!("revoked")), "{}", revoked.body);
    assert_eq!(revoked.json()["revoked_at"], NOW);
    site.call(LIST, &secret, "").await.assert_error(401, "wrong_admin_key");
    assert_eq!(list(site).await[0]["state"], "revoked");
}

async fn a_key_of_a_deleted_client_is_refused_at_once_though_another_gets_its_id(site: &Site) {
    let (_, secret) = site.key(Role::Client, Some(OWN), None).await;
    assert_eq!(site.call("GET /clients", &secret, "").await.status, 200);
    let deleted = site.as_admin(&format!("DELETE /clients/{}?force=true", OWN.client), "").await;
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    site.sql(&format!(
        "INSERT INTO clients (id, client_name, email) VALUES ({}, 'newcomer', 'new@example.com')",
        OWN.client
    ));
    site.call("GET /clients", &secret, "").await.assert_error(401, "wrong_admin_key");
}

async fn a_key_that_is_revoked_by_hand_is_refused_within_two_seconds(site: &Site) {
    let (_, secret) = site.key(Role::Viewer, None, None).await;
    let call = format!("GET /widgets/{}/knowledge", OWN.id("widget"));
    assert_eq!(site.call(&call, &secret, "").await.status, 200);
    site.sql("UPDATE api_keys SET revoked_at = '2026-11-23 11:00:00'");
    let since = Instant::now();
    while site.call(&call, &secret, "").await.status != 401 {
        assert!(since.elapsed() < Duration::from_secs(10), "the key still opens {call}");
    }
}

async fn the_use_of_a_key_shows_in_the_list(site: &Site) {
    let (_, secret) = site.key(Role::Viewer, Some(OWN), None).await;
    assert_eq!(list(site).await[0]["last_used_at"], Value::Null);
    // Refused, but used.
    site.call(CREATE, &secret, "{}").await.assert_error(403, "forbidden");
    let since = Instant::now();
    // It is written down while nobody waits for it.
    while list(site).await[0]["last_used_at"] != NOW {
        assert!(since.elapsed() < Duration::from_secs(30), "{}", list(site).await);
    }
}

async fn keys_open_the_administration_without_an_admin_key(site: &Site) {
    // The same database, another server.
    let (_, secret) = site.key(Role::Admin, None, None).await;
    let options = Options { admin_key: None, ..Options::default() };
    let closed = crate::world::World::on(site.world.database.clone(), ScratchDir::new(), options);
    let head = |key: &str| format!("GET /api/chat-widget/api-keys\nAuthorization: Bearer {key}");
    let answer = crate::client::send(closed.address, &head(&secret), b"").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    for key in [ADMIN_KEY, &site.revoked().await] {
        let answer = crate::client::send(closed.address, &head(key), b"").await;
        let text = answer.assert_error(401, "admin_key_not_set");
        assert!(text.contains("api keys create"), "{text}");
    }
}

#[tokio::test]
async fn without_the_database_the_admin_key_is_known_and_others_hear_to_come_again() {
    let server = TempPg::start().unwrap();
    let site = Site::at(server.create_database(), ScratchDir::new(), "{}", Options::default()).await;
    let (_, secret) = site.key(Role::Admin, None, None).await;
    server.stop();
    let answer = site.call(LIST, &secret, "").await;
    answer.assert_error(503, "database_unavailable");
    assert_eq!(answer.header("retry-after"), Some("5"));
    // Refused before anything is looked up.
    site.call(LIST, "nonsense", "").await.assert_error(401, "wrong_admin_key");
    site.as_admin("PUT /api-keys", "").await.assert_error(405, "method_not_allowed");
    server.restart();
    assert_eq!(site.call(LIST, &secret, "").await.status, 200);
}
