//! The databases that are in production already: both shapes are taken over without the loss of a row.

use crate::migration_files as files;
use crate::migrations::schema;
use crate::support::*;
use frontdesk_domain::ids::{ClientId, EntryId, MessageId, WidgetId};
use frontdesk_persistence::upkeep::Pass;
use frontdesk_persistence::{
    AccountKey, Database, EntryPatch, KnowledgeChange, KnowledgeFilter, Status, StoredEntry, Vote,
};
use frontdesk_tests::{TempPg, psql};
use jiff::civil::date;
use std::ops::ControlFlow;

pub(crate) const BASE: &str = include_str!("../fixtures/base.sql");
pub(crate) const LLM: &str = include_str!("../fixtures/llm.sql");

const HARBOUR: AccountKey = AccountKey { widget: WidgetId(10), client: Some(ClientId(1)) };
const NOBODY: AccountKey = AccountKey { widget: WidgetId(11), client: None };
const SECOND: AccountKey = AccountKey { widget: WidgetId(12), client: Some(ClientId(2)) };

pub(crate) fn database(fixtures: &[&str]) -> String {
    let url = TempPg::shared().create_database();
    for fixture in fixtures {
        psql(&url, fixture).unwrap();
    }
    url
}

async fn taken_over(fixtures: &[&str]) -> Store {
    let url = database(fixtures);
    Database::open(&url, 1).await.unwrap();
    Store::at(&url).await
}

/// Every row of a table as it was, by the columns that it had.
fn rows(url: &str, table: &str, columns: &str) -> String {
    psql(url, &format!("SELECT {columns} FROM {table} ORDER BY id")).unwrap()
}

const TABLES: [&str; 8] = [
    "users",
    "leads",
    "clients",
    "widget_configs",
    "widget_knowledge_base",
    "widget_conversations",
    "widget_messages",
    "llm_request_logs",
];

fn columns(url: &str, table: &str) -> String {
    let sql = format!(
        "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = '{table}'"
    );
    psql(url, &sql).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_is_lost_or_changed() {
    for fixtures in [&[BASE][..], &[BASE, LLM]] {
        let url = database(fixtures);
        let tables = TABLES.iter().filter(|table| !columns(&url, table).is_empty());
        let before: Vec<_> = tables
            .map(|table| (table, columns(&url, table)))
            .map(|(table, columns)| (table, rows(&url, table, &columns), columns))
            .collect();
        assert!(before.len() >= 7);
        Database::open(&url, 1).await.unwrap();
        for (table, rows_before, columns) in before {
            assert_eq!(rows(&url, table, &columns), rows_before, "{table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_shapes_become_ours() {
    let ours = TempPg::shared().create_database();
    Database::open(&ours, 1).await.unwrap();
    let wanted = psql(&ours, COLUMNS).unwrap();
    for fixtures in [&[BASE][..], &[BASE, LLM]] {
        let url = database(fixtures);
        Database::open(&url, 1).await.unwrap();
        let there = psql(&url, COLUMNS).unwrap();
        for line in wanted.lines() {
            assert!(there.lines().any(|other| other == line), "{line} is missing in\n{there}");
        }
    }
}

/// Columns and their types; of texts also how long they may be, but for one that is shorter in production.
const COLUMNS: &str = "SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' ORDER BY 1, 2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_pass_by_hand_changes_nothing() {
    let store = taken_over(&[BASE, LLM]).await;
    let (schema_before, usage) = (schema(&store.url), rows(&store.url, "client_llm_usage", "*"));
    let rollup = psql(&store.url, "SELECT * FROM llm_usage_daily ORDER BY 1, 2, 3").unwrap();
    files::up(&store.url);
    assert_eq!(schema(&store.url), schema_before);
    assert_eq!(rows(&store.url, "client_llm_usage", "*"), usage);
    assert_eq!(psql(&store.url, "SELECT * FROM llm_usage_daily ORDER BY 1, 2, 3").unwrap(), rollup);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_near_their_end_go_on() {
    let store = taken_over(&[BASE, LLM]).await;
    assert_eq!(store.stored(HARBOUR), "2147483000/7|2147483000/7|5000000000/9|0/0|open|-");
    store.set(HARBOUR, "daily_token_limit = 9000000000, monthly_token_limit = 9000000000");
    let conversation = store.conversation(HARBOUR, monday()).await;
    spend(&store, HARBOUR, conversation, 900, monday()).await;
    assert_eq!(store.stored(HARBOUR), "2147483900/8|2147483900/8|5000000900/10|0/0|open|-");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_flag_and_old_dates_block_nobody() {
    let store = taken_over(&[BASE, LLM]).await;
    let conversation = store.conversation(SECOND, monday()).await;
    spend(&store, SECOND, conversation, 5, monday()).await;
    assert_eq!(store.stored(SECOND), "5/1|5/1|12005/100|0/0|open|-");
    assert_eq!(
        store.rows(
            &["period", "period_start", "tokens_used", "requests_made"],
            "llm_usage_history ORDER BY 1"
        ),
        ["day|2026-03-15|300|3", "month|2026-03-01|900|9"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duplicate_accounts_become_one() {
    let store = taken_over(&[BASE, LLM]).await;
    // What was used in October counts for the total only.
    assert_eq!(
        store
            .rows(&["id", "last_daily_reset", "last_monthly_reset"], "client_llm_usage WHERE widget_id = 11"),
        ["3|2026-11-23|2026-11-01"]
    );
    assert_eq!(store.stored(NOBODY), "23/3|57/3|1570/67|0/0|open|-");
    let conversation = store.conversation(NOBODY, monday()).await;
    spend(&store, NOBODY, conversation, 1, monday()).await;
    assert_eq!(store.stored(NOBODY), "24/4|58/4|1571/68|0/0|open|-");
    // The widget that had none has one now.
    assert_eq!(store.rows(&["id"], "client_llm_usage WHERE id <= 7 ORDER BY id"), ["1", "2", "3", "6", "7"]);
    assert_eq!(store.number("widget_id FROM client_llm_usage WHERE id > 7"), 14);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_logged_before_is_in_the_analytics() {
    let store = taken_over(&[BASE, LLM]).await;
    let analytics = store.db.analytics(WidgetId(10), date(2026, 11, 1)).await.unwrap();
    assert_eq!(
        (
            analytics.total_requests,
            analytics.successful_requests,
            analytics.failed_requests,
            analytics.rate_limited_requests
        ),
        (3, 1, 1, 1)
    );
    assert_eq!(
        (analytics.total_tokens, analytics.cost_micro_usd, analytics.avg_response_time_ms()),
        (165, 150, 7_950)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_keep_their_signatures() {
    let signatures = "SELECT proname, pg_get_function_arguments(oid), pg_get_function_result(oid) FROM pg_proc
        WHERE proname IN ('reset_daily_llm_usage', 'reset_monthly_llm_usage', 'check_client_llm_credits') ORDER BY 1";
    let url = database(&[BASE, LLM]);
    let before = psql(&url, signatures).unwrap();
    Database::open(&url, 1).await.unwrap();
    assert_eq!(psql(&url, signatures).unwrap(), before);
    let without = database(&[BASE]);
    Database::open(&without, 1).await.unwrap();
    assert_eq!(psql(&without, signatures).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_entry_can_be_deleted() {
    let url = database(&[BASE, LLM]);
    psql(&url, "DELETE FROM widget_knowledge_base WHERE id = 1").unwrap_err();
    Database::open(&url, 1).await.unwrap();
    psql(&url, "DELETE FROM widget_knowledge_base WHERE id = 1").unwrap();
    assert_eq!(
        psql(&url, "SELECT message_text, knowledge_base_id FROM widget_messages WHERE id = 1001").unwrap(),
        "9 to 5|"
    );
    psql(&url, "INSERT INTO widget_messages (conversation_id, message_type, message_text, knowledge_base_id) VALUES (100, 'bot', 'x', 4711)").unwrap_err();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_knowledge_can_be_kept_up() {
    for fixtures in [&[BASE][..], &[BASE, LLM]] {
        let store = taken_over(fixtures).await;
        let before = store.db.knowledge_base(WidgetId(10)).await.unwrap();
        let edit = EntryPatch { answer: Some("10 to 4".into()), ..EntryPatch::default() };
        let edits = before.iter().map(|entry| KnowledgeChange::Update(entry.id, edit.clone())).collect();
        store.db.change_knowledge(WidgetId(10), edits, monday()).await.unwrap();
        let after = store.db.knowledge_page(WidgetId(10), KnowledgeFilter::default(), 10, 0).await.unwrap();
        let keywords =
            |entries: &[StoredEntry]| entries.iter().map(|entry| entry.keywords.len()).collect::<Vec<_>>();
        assert_eq!((keywords(&after.entries), after.total), (keywords(&before), 2));
        assert!(after.entries.iter().all(|entry| entry.answer == "10 to 4"));

        let vote = Vote { was_helpful: Some(Some(true)), text: None };
        let reply = MessageId(1_001);
        assert_eq!(store.db.vote(WidgetId(12), reply, vote.clone()).await.unwrap(), None);
        let feedback = store.db.vote(WidgetId(10), reply, vote).await.unwrap().unwrap();
        assert_eq!((feedback.entry, feedback.after), (Some(EntryId(1)), Some(true)));
        let helpful =
            store.db.knowledge_entry(WidgetId(10), EntryId(1)).await.unwrap().unwrap().helpful_count;
        assert_eq!(helpful, before[0].helpful_count + 1);
        let gone = vec![KnowledgeChange::Delete(EntryId(1))];
        store.db.change_knowledge(WidgetId(10), gone, monday()).await.unwrap();
        assert_eq!(
            store.rows(&["message_text", "knowledge_base_id"], "widget_messages WHERE id = 1001"),
            ["9 to 5|-"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_rows_are_read() {
    for (fixtures, enabled) in [(&[BASE][..], false), (&[BASE, LLM], false)] {
        let store = taken_over(fixtures).await;
        let widget = store.db.widget_by_key("wk_harbour").await.unwrap().unwrap();
        assert_eq!((widget.id, widget.llm.enabled), (WidgetId(10), enabled));
        assert_eq!(widget.business.name.as_deref(), Some("Harbour Dental"));
        let entries = store.db.knowledge_entries(WidgetId(10)).await.unwrap();
        assert_eq!(
            entries.iter().map(|entry| (entry.id, entry.keywords.len())).collect::<Vec<_>>(),
            [(EntryId(1), 2), (EntryId(2), 0)]
        );
        let nobody = store.db.widget_by_key("wk_nobody").await.unwrap().unwrap();
        assert_eq!((nobody.client, nobody.allowed_origins), (None, vec!["https://example.com".to_owned()]));
        for key in [HARBOUR, NOBODY, SECOND] {
            store.set(key, "daily_token_limit = 9000000000, monthly_token_limit = 9000000000");
            let conversation = store.conversation(key, monday()).await;
            let first = held(store.ledger(), begin(key, conversation, monday())).await;
            store.ledger().finish(first.finish(outcome(Status::Success, 1, 1), monday())).await.unwrap();
        }
    }
}

/// A client who is renamed through the old column is renamed for us.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_older_name_of_the_name_stays_in_use() {
    let store = taken_over(&[BASE]).await;
    store.run("UPDATE clients SET name = 'Renamed' WHERE id = 1; INSERT INTO clients (name, email) VALUES ('New', 'new@example.com')");
    assert_eq!(store.rows(&["client_name"], "clients WHERE id IN (1, 3) ORDER BY id"), ["Renamed", "New"]);
}

/// The counters that an account had are its opening balance, whatever its dates, and stay explained.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_are_right_from_the_first_moment() {
    for fixtures in [&[BASE][..], &[BASE, LLM]] {
        let store = taken_over(fixtures).await;
        let audit = async || store.db.audit(|_| ControlFlow::Continue(())).await.unwrap();
        let findings = audit().await.findings;
        assert_eq!(findings, [], "after the migration of {} fixtures", fixtures.len());
        let accounts = store.rows(
            &["widget_id", "COALESCE(client_id, 0)"],
            "client_llm_usage WHERE widget_id IS NOT NULL ORDER BY id",
        );
        assert!(accounts.len() >= 4);
        for days in [0, 1, 40] {
            let now = monday() + jiff::SignedDuration::from_hours(24 * days);
            for account in &accounts {
                let (widget, client) = account.split_once('|').unwrap();
                let client = Some(ClientId(client.parse().unwrap())).filter(|client| client.0 > 0);
                let key = AccountKey { widget: WidgetId(widget.parse().unwrap()), client };
                store.set(key, "daily_token_limit = 9000000000, monthly_token_limit = 9000000000");
                let conversation = store.conversation(key, now).await;
                spend(&store, key, conversation, 5, now).await;
            }
            assert_eq!(audit().await.findings, [], "after {days} days");
        }
    }
}

/// Also an account of no widget, and one in which everything is NULL.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_of_the_worker_closes_what_is_old() {
    let store = taken_over(&[BASE, LLM]).await;
    // That of the widget which had none is dated by the database's clock.
    store.run("DELETE FROM client_llm_usage WHERE id > 7");
    let pass = Pass {
        now: monday(),
        log_retention_days: 3650,
        conversation_retention_days: 0,
        unanswered_retention_days: 0,
        webhook_retention_days: 0,
        dry_run: false,
    };
    let first = store.db.run_pass(&pass, |_| ControlFlow::Continue(())).await.unwrap();
    assert_eq!((first.accounts_rolled, first.holds_released), (2, 0), "{first:?}");
    let dates = ["id", "last_daily_reset", "last_monthly_reset", "credits_exhausted"];
    assert_eq!(
        store.rows(&dates, "client_llm_usage ORDER BY id"),
        [
            "1|2026-11-23|2026-11-01|false",
            "2|2026-11-23|2026-11-01|false",
            "3|2026-11-23|2026-11-01|false",
            "6|2026-11-23|2026-11-01|false",
            "7|2026-11-23|2026-11-01|true"
        ]
    );
    let second = store.db.run_pass(&pass, |_| ControlFlow::Continue(())).await.unwrap();
    assert_eq!(second.accounts_rolled, 0);
}
