//! Keys of the administration: found by their hash, ended by whomever, and none of them too powerful.

use crate::support::*;
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::{ApiKey, ApiKeyError, ApiKeyId, KeyHash, KeyState, NewApiKey, Role};
use jiff::SignedDuration;

contract!(
    a_key_is_found_by_its_hash_alone,
    a_key_ends_with_its_time_or_when_it_is_revoked,
    a_key_that_is_revoked_by_hand_is_revoked,
    a_revocation_keeps_its_time,
    the_use_of_a_key_is_written_once_a_minute,
    a_key_goes_with_its_client,
    no_role_gets_the_wrong_client,
    the_database_refuses_what_would_open_too_much,
    a_key_that_somebody_holds_keeps_nobody_waiting_for_long,
    the_migration_can_go_down_and_up_again,
);

fn hash(byte: u8) -> KeyHash {
    KeyHash::new([byte; 32])
}

fn new(role: Role, client: Option<ClientId>, byte: u8) -> NewApiKey {
    NewApiKey {
        name: "Front end".into(),
        role,
        client,
        prefix: format!("fd_{byte:08x}"),
        hash: hash(byte),
        expires_at: None,
    }
}

async fn make(store: &Store, new: NewApiKey) -> ApiKey {
    store.db.create_api_key(new, monday()).await.unwrap()
}

async fn find(store: &Store, byte: u8) -> ApiKey {
    store.db.api_key_by_hash(hash(byte)).await.unwrap().unwrap()
}

fn client(store: &Store) -> ClientId {
    store.run("INSERT INTO clients (id, client_name, email) VALUES (5, 'Shop', 'shop@example.com')");
    ClientId(5)
}

async fn a_key_is_found_by_its_hash_alone(store: &Store) {
    let client = client(store);
    let end = monday() + SignedDuration::from_hours(24);
    let made = make(store, NewApiKey { expires_at: Some(end), ..new(Role::Client, Some(client), 1) }).await;
    make(store, new(Role::Admin, None, 2)).await;
    let expected = ApiKey {
        id: made.id,
        name: "Front end".into(),
        role: Role::Client,
        client: Some(client),
        prefix: "fd_00000001".into(),
        created_at: monday(),
        expires_at: Some(end),
        last_used_at: None,
        revoked_at: None,
    };
    assert_eq!(made, expected);
    assert_eq!(find(store, 1).await, expected);
    assert_eq!(store.db.api_key_by_hash(hash(3)).await.unwrap(), None);
    let all = store.db.api_keys().await.unwrap();
    assert_eq!(all.iter().map(|key| key.role).collect::<Vec<_>>(), [Role::Client, Role::Admin]);
    assert_eq!(all[0], expected);
}

async fn a_key_ends_with_its_time_or_when_it_is_revoked(store: &Store) {
    let end = monday() + SignedDuration::from_hours(24);
    let key = make(store, NewApiKey { expires_at: Some(end), ..new(Role::Admin, None, 1) }).await;
    let microsecond = SignedDuration::from_micros(1);
    assert_eq!(key.state(end - microsecond), KeyState::Valid);
    assert_eq!(key.state(end), KeyState::Expired);
    let revoked = store.db.revoke_api_key(key.id, monday()).await.unwrap();
    assert_eq!((revoked.state(monday()), revoked.revoked_at), (KeyState::Revoked, Some(monday())));
    assert_eq!(find(store, 1).await, revoked);
    let unknown = store.db.revoke_api_key(ApiKeyId(99), monday()).await.unwrap_err();
    assert!(matches!(unknown, ApiKeyError::Unknown(ApiKeyId(99))), "{unknown}");
}

async fn a_key_that_is_revoked_by_hand_is_revoked(store: &Store) {
    make(store, new(Role::Admin, None, 1)).await;
    // In the future, as a session in another time zone may have it.
    store.run("UPDATE api_keys SET revoked_at = '2030-01-01 00:00:00' WHERE prefix = 'fd_00000001'");
    assert_eq!(find(store, 1).await.state(monday()), KeyState::Revoked);
}

async fn a_revocation_keeps_its_time(store: &Store) {
    let key = make(store, new(Role::Viewer, None, 1)).await;
    store.db.revoke_api_key(key.id, monday()).await.unwrap();
    let later = monday() + SignedDuration::from_hours(1);
    assert_eq!(store.db.revoke_api_key(key.id, later).await.unwrap().revoked_at, Some(monday()));
}

async fn the_use_of_a_key_is_written_once_a_minute(store: &Store) {
    let key = make(store, new(Role::Admin, None, 1)).await;
    make(store, new(Role::Admin, None, 2)).await;
    for (seconds, written) in [(0, 0), (59, 0), (60, 60), (61, 60), (10, 60), (200, 200)] {
        let at = monday() + SignedDuration::from_secs(seconds);
        store.db.api_key_used(key.id, at).await.unwrap();
        let expected = monday() + SignedDuration::from_secs(written);
        assert_eq!(find(store, 1).await.last_used_at, Some(expected), "after {seconds} s");
    }
    assert_eq!(find(store, 2).await.last_used_at, None);
}

async fn a_key_goes_with_its_client(store: &Store) {
    let client = client(store);
    make(store, new(Role::Client, Some(client), 1)).await;
    make(store, new(Role::Viewer, Some(client), 2)).await;
    make(store, new(Role::Viewer, None, 3)).await;
    store.run("DELETE FROM clients WHERE id = 5");
    let left = store.db.api_keys().await.unwrap();
    assert_eq!(left.iter().map(|key| key.prefix.as_str()).collect::<Vec<_>>(), ["fd_00000003"]);
}

async fn no_role_gets_the_wrong_client(store: &Store) {
    let client = client(store);
    for (role, client) in [(Role::Client, None), (Role::Admin, Some(client))] {
        let error = store.db.create_api_key(new(role, client, 1), monday()).await.unwrap_err();
        assert!(matches!(error, ApiKeyError::Holder(own) if own == role), "{error}");
    }
    for role in [Role::Client, Role::Viewer] {
        let error = store.db.create_api_key(new(role, Some(ClientId(99)), 1), monday()).await.unwrap_err();
        assert!(matches!(error, ApiKeyError::UnknownClient(ClientId(99))), "{error}");
    }
    assert_eq!(store.db.api_keys().await.unwrap(), []);
}

async fn the_database_refuses_what_would_open_too_much(store: &Store) {
    client(store);
    let insert = |role: &str, client: &str, hash: &str| {
        store.try_run(&format!(
            "INSERT INTO api_keys (role, client_id, prefix, hash, created_at)
            VALUES ('{role}', {client}, 'fd_1', '{hash}', '2026-11-23 10:00:00')"
        ))
    };
    let (one, two) = ("a".repeat(64), "b".repeat(64));
    let refused = [
        ("client", "NULL", one.as_str()),
        ("admin", "5", &one),
        ("owner", "5", &one),
        ("viewer", "99", &one),
        ("viewer", "5", "plain"),
        ("viewer", "5", &"A".repeat(64)),
    ];
    for (role, client, hash) in refused {
        assert!(insert(role, client, hash).is_err(), "{role} {client} {hash}");
    }
    insert("client", "5", &one).unwrap();
    insert("viewer", "NULL", &two).unwrap();
    assert!(insert("viewer", "5", &one).is_err(), "two keys with one hash");
}

async fn a_key_that_somebody_holds_keeps_nobody_waiting_for_long(store: &Store) {
    if !store.is_postgres() {
        return; // there the lock is the database's, and `busy_timeout` bounds the wait
    }
    let key = make(store, new(Role::Admin, None, 1)).await;
    store.run("BEGIN; UPDATE api_keys SET name = 'mine'");
    let error = store.db.api_key_used(key.id, monday()).await.unwrap_err();
    assert!(error.to_string().contains("lock timeout"), "{error}");
    assert_eq!(find(store, 1).await.name, "Front end");
    store.run("ROLLBACK");
    store.db.api_key_used(key.id, monday()).await.unwrap();
}

async fn the_migration_can_go_down_and_up_again(store: &Store) {
    make(store, new(Role::Admin, None, 1)).await;
    let (down, up) = if store.is_postgres() {
        (
            include_str!("../../../../migrations/postgres/024_api_keys/down.sql"),
            include_str!("../../../../migrations/postgres/024_api_keys/up.sql"),
        )
    } else {
        (
            include_str!("../../../../migrations/sqlite/006_api_keys/down.sql"),
            include_str!("../../../../migrations/sqlite/006_api_keys/up.sql"),
        )
    };
    for script in [up, down, down, up, up] {
        store.run(script);
    }
    assert_eq!(store.db.api_keys().await.unwrap(), []);
    make(store, new(Role::Admin, None, 1)).await;
}
