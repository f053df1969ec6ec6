//! Others go on while a database is migrated, and a migration that was cut off is finished by the next.

use crate::migration_files as files;
use crate::migrations::schema;
use crate::production::{BASE, LLM, database};
use crate::sessions::{OtherSession, wait_for};
use frontdesk_persistence::{Database, DatabaseError};
use frontdesk_tests::psql;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tokio::task::JoinHandle;

/// What the older service and its operators do all day. Whoever is kept waiting for a lock fails here.
const WRITES: &str = "SET lock_timeout = '10s';
    INSERT INTO widget_conversations (widget_id, session_id) VALUES (12, 'live');
    INSERT INTO widget_messages (conversation_id, message_type, message_text) VALUES (102, 'user', 'and now?');
    INSERT INTO llm_request_logs (client_id, widget_id, conversation_id, llm_provider, llm_model, total_tokens, created_at)
        VALUES (2, 12, 102, 'live', 'gemini-pro', 7, '2026-11-23 10:00:00');
    UPDATE widget_conversations SET message_count = COALESCE(message_count, 0) + 1 WHERE id = 102;
    UPDATE llm_request_logs SET response_text = 'read' WHERE id = 5;
    UPDATE client_llm_usage SET tokens_used_today = tokens_used_today + 7 WHERE id = 2;
    DELETE FROM widget_messages WHERE message_text = 'and now?';
    SELECT count(*) FROM llm_request_logs";

fn migrate(url: &str) -> JoinHandle<Result<Vec<String>, DatabaseError>> {
    let url = url.to_owned();
    tokio::spawn(async move { Database::connect(&url, 1).await?.migrate().await })
}

/// The process id of whoever waits for a lock with such a query.
fn wait_until_waiting(url: &str, query: &str) -> String {
    let sql = format!(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND query LIKE '%{query}%' AND now() - query_start > '50 ms'"
    );
    wait_for(|| Some(psql(url, &sql).unwrap()).filter(|pid| !pid.is_empty()))
}

fn database_of_the_first_release() -> String {
    let url = database(&[BASE, LLM]);
    files::up(&url);
    psql(
        &url,
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY, run_on TIMESTAMP NOT NULL DEFAULT now());
        INSERT INTO __diesel_schema_migrations (version) VALUES ('001'), ('002'), ('003')",
    )
    .unwrap();
    url
}

/// All that the first release made is there, made another way, and is left as it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_first_release_stays_as_it_is() {
    let url = database_of_the_first_release();
    let rollup = "SELECT * FROM llm_usage_daily ORDER BY 1, 2, 3, 4";
    let before = (schema(&url), psql(&url, rollup).unwrap());
    let ran = migrate(&url).await.unwrap().unwrap();
    assert_eq!(ran, files::names("postgres")[3..]);
    assert_eq!((schema(&url), psql(&url, rollup).unwrap()), before);
}

/// A transaction that is older than the building of an index holds the building up for as long as it likes, and
/// nobody else. Timeouts that the operators have set for everybody do not cut it off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_go_on_while_indexes_are_built() {
    let url = database(&[BASE, LLM]);
    psql(
        &url,
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = 10', current_database()); END $$",
    )
    .unwrap();
    let report = OtherSession::open(&url);
    report.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    let migrating = migrate(&url);
    wait_until_waiting(&url, "CREATE INDEX CONCURRENTLY");
    psql(&url, WRITES).unwrap();
    assert!(!migrating.is_finished());
    report.run("COMMIT");
    assert_eq!(migrating.await.unwrap().unwrap(), files::names("postgres"));
    assert_eq!(psql(&url, "SELECT count(*) FROM pg_index WHERE NOT indisvalid").unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_was_cut_off_is_built_anew() {
    let url = database(&[BASE, LLM]);
    // One of somebody else, to be left alone.
    psql(&url, "CREATE UNIQUE INDEX CONCURRENTLY theirs ON widget_messages ((1))").unwrap_err();
    let invalid =
        "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid ORDER BY indexrelid::regclass::text";
    let report = OtherSession::open(&url);
    report.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    for _ in 0..2 {
        let migrating = migrate(&url);
        let pid = wait_until_waiting(&url, "CONCURRENTLY");
        psql(&url, &format!("SELECT pg_terminate_backend({pid})")).unwrap();
        migrating.await.unwrap().unwrap_err();
        assert_eq!(psql(&url, invalid).unwrap(), "idx_conversations_session\ntheirs");
    }
    report.run("COMMIT");
    let ran = migrate(&url).await.unwrap().unwrap();
    assert_eq!(ran.first().map(String::as_str), Some("011_idx_conversations_session"));
    assert_eq!(psql(&url, invalid).unwrap(), "theirs");
    let by_hand = database(&[BASE, LLM]);
    files::up(&by_hand);
    psql(&url, "DROP INDEX theirs").unwrap();
    assert_eq!(schema(&url), schema(&by_hand));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_somebody_is_building_is_waited_for() {
    let url = database(&[BASE, LLM]);
    migrate(&url).await.unwrap().unwrap();
    psql(&url, "DROP INDEX idx_messages_conversation").unwrap();
    psql(&url, "DELETE FROM __diesel_schema_migrations WHERE version = '014'").unwrap();
    let report = OtherSession::open(&url);
    report.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    let by_hand = {
        let url = url.clone();
        thread::spawn(move || files::run(&url, "014_idx_messages_conversation", "up"))
    };
    wait_until_waiting(&url, "idx_messages_conversation");
    let oid = "SELECT 'idx_messages_conversation'::regclass::oid";
    let theirs = psql(&url, oid).unwrap();
    let migrating = migrate(&url);
    let looks = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'frontdesk migrate' AND query LIKE '%indisvalid%'";
    wait_for(|| Some(psql(&url, looks).unwrap()).filter(|pid| !pid.is_empty()));
    report.run("COMMIT");
    by_hand.join().unwrap();
    assert_eq!(migrating.await.unwrap().unwrap(), ["014_idx_messages_conversation"]);
    assert_eq!(psql(&url, oid).unwrap(), theirs);
}

/// `005_count_logged`, stopped where it has read the log and is about to write what it counted: somebody changes a
/// widget. Returns the process id of its session.
fn counting(url: &str, widget: &OtherSession) -> (thread::JoinHandle<bool>, String) {
    widget.run("BEGIN; UPDATE widget_configs SET widget_key = 'changed' WHERE id = 10");
    let counting = {
        let url = url.to_owned();
        thread::spawn(move || files::try_run(&url, "005_count_logged", "up").is_ok())
    };
    let pid = wait_until_waiting(url, "llm_usage_backfill");
    (counting, pid)
}

fn up_to_counting(url: &str) {
    for name in files::names("postgres").iter().take_while(|name| !name.starts_with("005")) {
        files::run(url, name, "up");
    }
}

const COUNTED: &str = "SELECT widget_id, day, llm_provider, requests, total_tokens FROM llm_usage_daily
    WHERE day = '2026-11-20' ORDER BY 1, 2, 3";

/// What our service adds for an answer of its own.
const OURS: &str = "SET lock_timeout = '10s';
    INSERT INTO llm_request_logs (account_id, client_id, widget_id, llm_provider, llm_model, total_tokens, created_at)
        VALUES (2, 2, 12, 'openai', 'gpt-4', 1000, '2026-11-20 10:00:00');
    INSERT INTO llm_usage_daily AS d (widget_id, day, llm_provider, llm_model, requests, total_tokens)
        VALUES (12, '2026-11-20', 'openai', 'gpt-4', 1, 1000)
        ON CONFLICT (widget_id, day, llm_provider, llm_model)
        DO UPDATE SET requests = d.requests + 1, total_tokens = d.total_tokens + 1000";

#[test]
fn writers_go_on_while_the_log_is_counted() {
    let url = database(&[BASE, LLM]);
    up_to_counting(&url);
    psql(&url, OURS).unwrap();
    let widget = OtherSession::open(&url);
    let (counting, _) = counting(&url, &widget);
    psql(&url, WRITES).unwrap();
    psql(&url, OURS).unwrap();
    widget.run("COMMIT");
    assert!(counting.join().unwrap());
    // Three of the older service and two of ours, each counted once.
    let counted = "10|2026-11-20|gemini|2|150\n12|2026-11-20|claude|1|10\n12|2026-11-20|openai|5|4294969294";
    assert_eq!(psql(&url, COUNTED).unwrap(), counted);
    files::run(&url, "005_count_logged", "up");
    assert_eq!(psql(&url, COUNTED).unwrap(), counted);
}

#[test]
fn counting_that_was_cut_off_is_done_by_the_next() {
    let url = database(&[BASE, LLM]);
    up_to_counting(&url);
    let widget = OtherSession::open(&url);
    let (counting, pid) = counting(&url, &widget);
    psql(&url, &format!("SELECT pg_terminate_backend({pid})")).unwrap();
    assert!(!counting.join().unwrap());
    widget.run("ROLLBACK");
    assert_eq!(psql(&url, "SELECT count(*) FROM llm_usage_daily").unwrap(), "0");
    // Between the two, the older service and ours go on.
    psql(&url, WRITES).unwrap();
    psql(&url, OURS).unwrap();
    files::run(&url, "005_count_logged", "up");
    files::run(&url, "005_count_logged", "up");
    let counted = "10|2026-11-20|gemini|2|150\n12|2026-11-20|claude|1|10\n12|2026-11-20|openai|4|4294968294";
    assert_eq!(psql(&url, COUNTED).unwrap(), counted);
    let live = "SELECT requests, total_tokens FROM llm_usage_daily WHERE llm_provider = 'live'";
    assert_eq!(psql(&url, live).unwrap(), "1|7");
}

#[test]
fn a_widget_that_is_deleted_meanwhile_is_not_counted() {
    let url = database(&[BASE, LLM]);
    up_to_counting(&url);
    let widget = OtherSession::open(&url);
    let (counting, _) = counting(&url, &widget);
    widget.run("DELETE FROM appointments WHERE widget_id = 10; DELETE FROM widget_messages; DELETE FROM compliance_events;
        DELETE FROM widget_configs WHERE id = 10; COMMIT");
    assert!(counting.join().unwrap());
    let counted = "12|2026-11-20|claude|1|10\n12|2026-11-20|openai|3|4294967294";
    assert_eq!(psql(&url, COUNTED).unwrap(), counted);
}

/// Many rows, by day, widget and model.
const FILL: &str = "SET session_replication_role = replica;
    INSERT INTO widget_conversations (widget_id, session_id) SELECT 10 + n % 4, 's' || n FROM generate_series(1, 50000) n;
    INSERT INTO widget_messages (conversation_id, message_type, message_text, knowledge_base_id)
        SELECT 200 + n % 40000, 'user', 'text ' || n, CASE WHEN n % 5 = 0 THEN 1 END FROM generate_series(1, 200000) n;
    INSERT INTO llm_request_logs (client_id, widget_id, conversation_id, llm_provider, llm_model, prompt_text, total_tokens, status, created_at)
        SELECT 1, 10 + n % 4, 200 + n % 40000, 'gemini', 'model ' || n % 7, repeat('x', 100), 10, CASE WHEN n % 9 = 0 THEN 'failed' ELSE 'success' END,
            '2026-01-01'::timestamp + n * interval '2 minutes' FROM generate_series(1, 200000) n";

/// Who holds a lock at this moment that keeps writers out of a big table.
const STRONG: &str = "SELECT a.query FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND l.relation IN ('widget_conversations'::regclass, 'widget_messages'::regclass, 'llm_request_logs'::regclass)
        AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')";

/// Without a pause, while all of it is migrated, somebody writes, and somebody looks who keeps writers out: nobody
/// but the short steps, which set a `lock_timeout` for themselves. Not a row is lost or counted twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_database_is_migrated_under_traffic() {
    let url = database(&[BASE, LLM, FILL]);
    let (stop, url) = (AtomicBool::new(false), &url);
    let written = thread::scope(|scope| {
        let stopped = || stop.load(Ordering::Relaxed);
        let writer = scope.spawn(move || {
            let session = OtherSession::open(url);
            let mut written = 0;
            while !stopped() {
                session.run(WRITES);
                written += 1;
            }
            written
        });
        let watcher = scope.spawn(move || {
            while !stopped() {
                let holders = psql(url, STRONG).unwrap();
                let blocks = holders.split("CREATE INDEX CONCURRENTLY").count() - 1;
                assert!(blocks == 0 && !holders.contains("$count$"), "{holders}");
            }
        });
        let migrated = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async { migrate(url).await.unwrap() })
        });
        stop.store(true, Ordering::Relaxed);
        watcher.join().unwrap();
        assert_eq!(migrated.unwrap(), files::names("postgres"));
        writer.join().unwrap()
    });
    assert!(written > 0);
    let count =
        |sql: &str| psql(url, &format!("SELECT count(*) FROM {sql}")).unwrap().parse::<u64>().unwrap();
    assert_eq!(count("llm_request_logs WHERE llm_provider = 'live'"), written);
    assert_eq!(count("widget_conversations WHERE session_id = 'live'"), written);
    assert_eq!(count("llm_request_logs WHERE llm_model LIKE 'model %'"), 200_000);
    assert_eq!(count("widget_messages WHERE message_text LIKE 'text %'"), 200_000);
    let rollup = "SELECT sum(requests), sum(failed), sum(total_tokens) FROM llm_usage_daily WHERE llm_model LIKE 'model %'";
    assert_eq!(psql(url, rollup).unwrap(), "200000|22222|2000000");
}
