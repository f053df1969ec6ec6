//! This release on the database of a newer one: `docs/deploy/upgrade.md` promises that it serves there.

use crate::place::{ADMIN_KEY, HOURS, Place, on_both, say, usage};
use frontdesk_tests::stub::gemini_ok;
use frontdesk_tests::{Process, Stub};
use serde_json::{Value, json};

on_both! {
    this_release_serves_while_a_newer_one_migrates_and_starts_on_what_it_left,
}

fn tables(place: &Place) -> Vec<String> {
    let tables = if place.url.starts_with("sqlite") {
        place.sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    } else {
        place.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    };
    tables.lines().map(str::to_owned).collect()
}

/// What a release may do to the database of the one before: a column in every table, a table, an index, and its
/// own line in the list of migrations.
fn expand(place: &Place) {
    for table in tables(place).iter().filter(|table| *table != "__diesel_schema_migrations") {
        place.sql(&format!("ALTER TABLE {table} ADD COLUMN of_a_newer_release TEXT NOT NULL DEFAULT 'new'"));
        place.sql(&format!("CREATE INDEX idx_{table}_newer ON {table} (of_a_newer_release)"));
    }
    place.sql("CREATE TABLE table_of_a_newer_release (id INTEGER PRIMARY KEY)");
    place.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('999')");
}

/// A visitor, an administrator and the worker do what they do.
fn everything_works(place: &Place, api: &frontdesk_tests::Api, question: &str) {
    let before = usage(api)["requests_made_today"].as_i64().unwrap();
    let answer = say(api, HOURS);
    assert_eq!(answer["response"], "Nine to five.");
    assert_eq!(usage(api)["requests_made_today"], before + 1);
    let feedback = json!({"message_id": answer["message_id"], "was_helpful": true});
    assert_eq!(api.post("/api/chat-widget/public/widget/demo/feedback", &feedback).status, 200);
    let bearer = format!("Bearer {ADMIN_KEY}");
    let admin = |method: &str, path: &str, body: Option<&Value>| {
        let path = format!("/api/chat-widget/widgets/1/{path}");
        let answer = api.send(method, &path, &[("Authorization", &bearer)], body);
        assert!(answer.status < 300, "{method} {path}: {}", answer.text);
        answer.json
    };
    let made = admin("POST", "knowledge", Some(&json!({"question": question, "answer": "Yes."})));
    let entry = format!("knowledge/{}", made["id"]);
    assert_eq!(admin("PATCH", &entry, Some(&json!({"answer": "No."})))["answer"], "No.");
    admin("DELETE", &entry, None);
    for path in ["llm-analytics", "knowledge", "unanswered"] {
        admin("GET", path, None);
    }
    for arguments in [&[][..], &["audit"]] {
        let finished = Process::run("reset-worker", arguments, &[("DATABASE_URL", &place.url)]);
        assert!(finished.status.success(), "{arguments:?}: {finished:?}");
    }
}

fn this_release_serves_while_a_newer_one_migrates_and_starts_on_what_it_left(place: &Place) {
    let provider = Stub::start(|_| gemini_ok("Nine to five.", 50, 10));
    let url = provider.url();
    let environment = [("GEMINI_API_KEY", "a-key"), ("GEMINI_BASE_URL", url.as_str())];
    let api = place.demo(&environment);
    // Its statements are prepared by now.
    everything_works(place, &api, "Before?");
    expand(place);
    everything_works(place, &api, "Meanwhile?");
    assert!(api.terminate().status.success());
    let migrated = Process::run("api", &["migrate"], &[("DATABASE_URL", &place.url)]);
    assert_eq!(migrated.stdout, "nothing to do\n", "{migrated:?}");
    everything_works(place, &place.demo(&environment), "Afterwards?");
    assert_eq!(place.sql("SELECT count(*) FROM widget_messages WHERE of_a_newer_release <> 'new'"), "0");
}
