//! The passwords of the database and of Redis show nowhere: not at a start that fails, not while they are refused,
//! not at the most talkative level of the log.

use crate::place::{HOURS, MESSAGE, say};
use frontdesk_tests::stub::gemini_ok;
use frontdesk_tests::{Api, Finished, Process, Stub, TempPg, TempRedis, psql};
use serde_json::json;
use std::time::{Duration, Instant};

/// What all passwords of these tests have in common.
const MARK: &str = "hush4711";
const LIMIT: Duration = Duration::from_secs(30);

fn silent_on_passwords(finished: &Finished) {
    let all = format!("{}{}", finished.stdout, finished.stderr);
    let leak = all.lines().find(|line| line.contains(MARK));
    assert_eq!(leak, None);
}

/// A server with a user `app` who has this password, and its database's URL over the socket.
fn database(password: &str) -> (TempPg, String) {
    let server = TempPg::start_with_tls().unwrap();
    let url = server.create_database();
    let role = format!("CREATE ROLE app SUPERUSER LOGIN PASSWORD '{password}'");
    psql(&url, &role).unwrap();
    (server, url)
}

#[test]
fn a_refused_password_of_the_database_is_not_repeated() {
    let (server, url) = database("hush4711-right");
    let wrong = server.hosted_url(&url, "hush4711-wrong");
    for level in ["info", "trace"] {
        for (program, arguments) in [
            ("api", &["serve"][..]),
            ("api", &["migrate"]),
            ("reset-worker", &[]),
            ("reset-worker", &["audit"]),
        ] {
            let environment = [("DATABASE_URL", wrong.as_str()), ("RUST_LOG", level), ("PORT", "0")];
            let finished = Process::run(program, arguments, &environment);
            assert_eq!(finished.status.code(), Some(1), "{finished:?}");
            let line = finished.stderr.lines().last().unwrap();
            assert!(line.contains("password authentication failed for user \"app\""), "{line}");
            silent_on_passwords(&finished);
        }
    }
}

#[test]
fn an_address_that_cannot_be_read_is_not_repeated() {
    for url in [
        "postgres://app:hush4711@127.0.0.1:99999/desk",
        "postgres://app:hush4711@[::1/desk",
        "postgres://app:hush4711@nowhere.invalid/desk",
        "postgres://app:hush4711%@127.0.0.1/desk",
        "postgres://app:hush4711/4711@127.0.0.1/desk",
        "postgres://app:hush4711@hush4711@127.0.0.1/desk",
        "postgres://app:hush4711@127.0.0.1/desk?hush4711",
        "postgres://app:hush4711@127.0.0.1/desk?sslmode=sometimes",
        "postgres://app:hush4711@127.0.0.1/desk?no_such=1",
        "postgres://app:x@127.0.0.1/desk?password=hush4711&",
        "mysql://app:hush4711@127.0.0.1/desk",
    ] {
        for arguments in [&["serve"][..], &["migrate"]] {
            let environment = [("DATABASE_URL", url), ("RUST_LOG", "trace"), ("PORT", "0")];
            let finished = Process::run("api", arguments, &environment);
            assert!(matches!(finished.status.code(), Some(1 | 2)), "{url}: {finished:?}");
            silent_on_passwords(&finished);
        }
    }
}

/// Asks until the status is this.
fn wait_for(api: &Api, status: u16) -> String {
    let began = Instant::now();
    loop {
        let answer = api.post(MESSAGE, &json!({ "message_text": HOURS }));
        if answer.status == status {
            return answer.text;
        }
        assert!(began.elapsed() < LIMIT, "{}", answer.text);
    }
}

#[test]
fn a_password_that_is_changed_under_way_is_not_repeated() {
    let (server, url) = database("hush4711-right");
    let own = server.hosted_url(&url, "hush4711-right");
    let environment = [("DATABASE_URL", own.as_str()), ("RUST_LOG", "trace"), ("DATABASE_POOL_SIZE", "2")];
    let api = Api::start_with(&["serve", "--demo"], &environment);
    say(&api, HOURS);
    psql(&url, "ALTER ROLE app PASSWORD 'hush4711-other'").unwrap();
    let cut = "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE usename = 'app'";
    assert_eq!(psql(&url, cut).unwrap(), "t");
    let refusal = wait_for(&api, 503);
    assert!(!refusal.contains("password") && !refusal.contains(MARK), "{refusal}");
    psql(&url, "ALTER ROLE app PASSWORD 'hush4711-right'").unwrap();
    wait_for(&api, 200);
    let finished = api.terminate();
    assert!(finished.stdout.contains("TRACE"), "the log is talkative");
    silent_on_passwords(&finished);
}

#[test]
fn a_refused_password_of_redis_is_not_repeated() {
    let redis = TempRedis::start_with_tls("hush4711-right");
    let wrong = redis.url().replace("right", "wrong");
    let provider = Stub::start(|_| gemini_ok("Nine to five.", 50, 10));
    let place = crate::place::Place::sqlite();
    let api = place.demo(&[
        ("GEMINI_API_KEY", "a-key"),
        ("GEMINI_BASE_URL", &provider.url()),
        ("REDIS_URL", &wrong),
        ("REDIS_TLS_VERIFY", "false"),
        ("RUST_LOG", "trace"),
    ]);
    assert_eq!(say(&api, HOURS)["response"], "Nine to five.");
    api.process().wait_for_line(|line| line.contains("Redis does not answer (authentication failed"));
    silent_on_passwords(&api.terminate());
}
