//! Keys as an operator handles them: made, listed and revoked with `api keys`, and refused by servers that run.

use crate::place::{ADMIN_KEY, Place, on_both};
use frontdesk_tests::{Api, Finished, Process};
use serde_json::json;
use std::time::{Duration, Instant};

on_both! {
    a_key_opens_what_its_role_may_see_until_it_is_revoked,
    a_wrong_command_says_what_to_do,
    the_first_key_needs_no_admin_key,
}

const USAGE: &str = "/api/chat-widget/clients/1/llm-usage";
const KEYS: &str = "/api/chat-widget/api-keys";

fn keys(place: &Place, arguments: &[&str]) -> Finished {
    Process::run("api", &[&["keys"], arguments].concat(), &[("DATABASE_URL", &place.url)])
}

/// The key that a command prints.
fn create(place: &Place, arguments: &[&str]) -> String {
    let done = keys(place, &[&["create"], arguments].concat());
    assert!(done.status.success(), "{done:?}");
    let key = done.stdout.trim_end().to_owned();
    assert_eq!((key.len(), key.lines().count(), key.starts_with("fd_")), (76, 1, true), "{done:?}");
    assert!(done.stderr.contains(&key[..11]) && !done.stderr.contains(&key[12..]), "{}", done.stderr);
    key
}

fn status(api: &Api, method: &str, path: &str, key: &str) -> u16 {
    let bearer = format!("Bearer {key}");
    let body = (method == "POST").then(|| json!({"role": "admin"}));
    api.send(method, path, &[("Authorization", &bearer)], body.as_ref()).status
}

fn a_key_opens_what_its_role_may_see_until_it_is_revoked(place: &Place) {
    let api = place.demo(&[]);
    place.sql("INSERT INTO clients (id, client_name, email) VALUES (50, 'Other', 'other@example.com')");
    let own = create(
        place,
        &["--role", "client", "--client", "1", "--name", "Front end", "--expires-in-days", "7"],
    );
    let other = create(place, &["--role", "viewer", "--client", "50"]);
    assert_eq!(status(&api, "GET", USAGE, &own), 200);
    assert_eq!(status(&api, "GET", USAGE, &other), 404);
    for key in [&own, &other] {
        assert_eq!(status(&api, "POST", KEYS, key), 403);
        assert_eq!(status(&api, "GET", KEYS, key), 403);
    }

    let list = keys(place, &["list"]).stdout;
    let lines: Vec<_> = list.lines().collect();
    assert!(
        lines[0].contains("client 1 ") && lines[0].contains("until ") && lines[0].ends_with("Front end"),
        "{list}"
    );
    assert!(lines[1].contains("viewer  client 50") && lines[1].contains("  valid  "), "{list}");
    assert!(!list.contains(&own[12..]), "{list}");

    let id = lines[0].split_whitespace().next().unwrap();
    let revoked = keys(place, &["revoke", id]);
    assert!(revoked.status.success() && revoked.stdout.starts_with("revoked key "), "{revoked:?}");
    let since = Instant::now();
    while status(&api, "GET", USAGE, &own) != 401 {
        assert!(since.elapsed() < Duration::from_secs(10), "a revoked key still opens {USAGE}");
    }
    assert!(keys(place, &["list"]).stdout.lines().next().unwrap().contains("  revoked  "));
    assert_eq!(status(&api, "GET", KEYS, ADMIN_KEY), 200);

    // No key is stored or written to the log, whatever became of it.
    let (hashes, done) = (place.sql("SELECT hash FROM api_keys"), api.terminate());
    for key in [&own, &other] {
        let secret = &key[12..];
        assert!(!hashes.contains(secret) && !format!("{}{}", done.stdout, done.stderr).contains(secret));
    }
}

fn a_wrong_command_says_what_to_do(place: &Place) {
    let early = keys(place, &["list"]);
    assert_eq!(early.status.code(), Some(1), "{early:?}");
    assert!(early.stderr.contains("(has `api migrate` been run?)"), "{}", early.stderr);

    assert!(Process::run("api", &["migrate"], &[("DATABASE_URL", &place.url)]).status.success());
    let table: [(&[&str], i32, &str); 6] = [
        (&["create"], 2, "--role"),
        (&["create", "--role", "owner"], 2, "admin, client or viewer"),
        (&["create", "--role", "client"], 2, "--client"),
        (&["create", "--role", "admin", "--client", "1"], 2, "leave --client out"),
        (&["create", "--role", "viewer", "--client", "99"], 1, "there is no client 99"),
        (&["revoke", "99"], 1, "`api keys list`"),
    ];
    for (arguments, code, words) in table {
        let done = keys(place, arguments);
        assert_eq!(done.status.code(), Some(code), "{arguments:?}: {done:?}");
        assert!(done.stderr.contains(words) && done.stdout.is_empty(), "{arguments:?}: {done:?}");
    }
    assert_eq!(keys(place, &["list"]).stdout, "");
    let help = keys(place, &["create", "--help"]).stdout;
    assert!(help.contains("client: reads and writes what belongs to one client"), "{help}");
}

fn the_first_key_needs_no_admin_key(place: &Place) {
    let api = Api::start_with(&["serve", "--demo"], &[("DATABASE_URL", &place.url)]);
    assert_eq!(status(&api, "GET", KEYS, ADMIN_KEY), 401);
    let key = create(place, &["--role", "admin"]);
    assert_eq!(status(&api, "GET", KEYS, &key), 200);
    assert_eq!(status(&api, "POST", KEYS, &key), 201);
    let expired = create(place, &["--role", "admin", "--expires-in-days", "1"]);
    assert_eq!(status(&api, "GET", KEYS, &expired), 200);
    place.sql("UPDATE api_keys SET expires_at = '2020-01-01 00:00:00' WHERE expires_at IS NOT NULL");
    let since = Instant::now();
    while status(&api, "GET", KEYS, &expired) != 401 {
        assert!(since.elapsed() < Duration::from_secs(10), "an expired key still opens {KEYS}");
    }
}
