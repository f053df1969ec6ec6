//! Migrations of a database that is all ours: from nothing, twice, by many at once, by hand, down and up.

use crate::migration_files as files;
use crate::support::*;
use frontdesk_persistence::{Database, Status};
use frontdesk_tests::{ScratchDir, TempPg, psql};
use tokio::task::JoinSet;

/// All tables, columns, indexes, constraints, functions and triggers, as texts to compare.
pub(crate) fn schema(url: &str) -> String {
    let of = |sql: &str| psql(url, sql).unwrap();
    [
        "SELECT table_name, column_name, data_type, character_maximum_length, column_default, is_nullable FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' ORDER BY 1, 2",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%' ORDER BY 1",
        "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
         AND conrelid::regclass::text NOT LIKE '\\_\\_%' ORDER BY 1::text, 2",
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname",
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    ]
    .map(of)
    .join("\n")
}

pub(crate) async fn use_it(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    spend(store, key, conversation, 10, monday()).await;
    assert_eq!(store.stored(key), "10/1|10/1|10/1|0/0|open|-");
}

/// An empty database of each kind, with the names of its migrations.
fn both(dir: &ScratchDir) -> [(String, Vec<String>); 2] {
    [
        (TempPg::shared().create_database(), files::names("postgres")),
        (dir.sqlite_url(), files::names("sqlite")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_database_is_migrated_once() {
    let dir = ScratchDir::new();
    for (url, expected) in both(&dir) {
        let db = Database::connect(&url, 1).await.unwrap();
        assert_eq!(db.migrate().await.unwrap(), expected);
        assert!(db.migrate().await.unwrap().is_empty());
        assert!(Database::connect(&url, 1).await.unwrap().migrate().await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_migrate_at_once() {
    let dir = ScratchDir::new();
    for (url, expected) in both(&dir) {
        let mut starters = JoinSet::new();
        for _ in 0..8 {
            let url = url.clone();
            starters.spawn(async move {
                let db = Database::connect(&url, 1).await.unwrap();
                db.migrate().await.unwrap()
            });
        }
        let ran: Vec<String> = starters.join_all().await.into_iter().flatten().collect();
        assert_eq!(ran, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_run_by_hand_are_the_same() {
    let by_hand = TempPg::shared().create_database();
    files::up(&by_hand);
    files::up(&by_hand);
    let schema_by_hand = schema(&by_hand);
    // The program keeps a list of its own: it finds everything there, and its list empty.
    let db = Database::connect(&by_hand, 1).await.unwrap();
    assert_eq!(db.migrate().await.unwrap(), files::names("postgres"));
    assert!(db.migrate().await.unwrap().is_empty());
    assert_eq!(schema(&by_hand), schema_by_hand);
    let by_program = TempPg::shared().create_database();
    Database::open(&by_program, 1).await.unwrap();
    assert_eq!(schema(&by_program), schema_by_hand);
    use_it(&Store::at(&by_hand).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn down_and_up_again_keeps_the_rows() {
    let store = Store::postgres().await;
    use_it(&store).await;
    let (key, conversation) = store.open(monday()).await;
    held(store.ledger(), begin(key, conversation, monday())).await;
    let before = schema(&store.url);
    let kept = |url: &str| {
        psql(
            url,
            "SELECT count(*), sum(total_tokens) FROM llm_request_logs; SELECT id, total_tokens_used, total_requests_made FROM client_llm_usage ORDER BY id;
            SELECT count(*) FROM widget_messages; SELECT count(*) FROM widget_conversations; SELECT count(*) FROM widget_configs",
        )
        .unwrap()
    };
    let rows = kept(&store.url);
    files::down(&store.url);
    assert_eq!(kept(&store.url), rows);
    // The operators' functions stay, and work.
    let functions = "SELECT reset_daily_llm_usage(), reset_monthly_llm_usage(), check_client_llm_credits(1, 1), check_client_llm_credits(1, 1, 100000000), check_client_llm_credits(9, 9)";
    assert_eq!(psql(&store.url, functions).unwrap(), "||t|t|t");
    let store = Store::at(&store.url).await;
    assert_eq!(store.db.migrate().await.unwrap(), files::names("postgres"));
    assert_eq!(kept(&store.url), rows);
    assert_eq!(schema(&store.url), before);
    assert_eq!(
        psql(&store.url, "SELECT status FROM llm_request_logs ORDER BY id").unwrap(),
        "success\nfailed"
    );
    let again = store.conversation(key, monday()).await;
    let first = held(store.ledger(), begin(key, again, monday())).await;
    store.ledger().finish(first.finish(outcome(Status::Success, 1, 1), monday())).await.unwrap();
    assert_eq!(
        store.rows(&["tokens_reserved", "total_tokens_used"], "client_llm_usage WHERE id = 2"),
        ["0|2"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_goes_down_and_up_again() {
    let store = Store::sqlite().await;
    use_it(&store).await;
    let names = files::names("sqlite");
    for name in names.iter().rev() {
        store.run(&files::text(&format!("sqlite/{name}/down.sql")));
    }
    assert!(
        store
            .rows(
                &["name"],
                "sqlite_master WHERE name NOT LIKE '\\_\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'"
            )
            .is_empty()
    );
    // Once: SQLite has no `ADD COLUMN IF NOT EXISTS`.
    for name in &names {
        store.run(&files::text(&format!("sqlite/{name}/up.sql")));
    }
    use_it(&store).await;
}
