//! Each shape of database that there is, migrated in each way that there is: no row and no column of others is
//! lost, and all ways end at the same.

use crate::migration_files as files;
use crate::migrations::{schema, use_it};
use crate::production::{BASE, LLM, database};
use crate::support::*;
use frontdesk_domain::ids::{ClientId, WidgetId};
use frontdesk_persistence::{AccountKey, Database};
use frontdesk_tests::psql;
use tokio::task::JoinSet;

/// Some databases of the newer shape call the column so, too.
const OLD_NAME: &str = "ALTER TABLE clients RENAME COLUMN client_name TO name";

#[derive(Debug, Clone, Copy)]
enum Way {
    ByProgram,
    ByProgramTwice,
    ByThreeAtOnce,
    ByHand,
    ByHandTwice,
    ByHandThenProgram,
    ByProgramThenHand,
    DownAndUpByHand,
    DownByHandAndUpByProgram,
}

const WAYS: [Way; 9] = [
    Way::ByProgram,
    Way::ByProgramTwice,
    Way::ByThreeAtOnce,
    Way::ByHand,
    Way::ByHandTwice,
    Way::ByHandThenProgram,
    Way::ByProgramThenHand,
    Way::DownAndUpByHand,
    Way::DownByHandAndUpByProgram,
];

impl Way {
    async fn go(self, url: &str, kept: &Kept) {
        match self {
            Self::ByProgram => by_program(url).await,
            Self::ByProgramTwice => {
                by_program(url).await;
                by_program(url).await;
            }
            Self::ByThreeAtOnce => by_three_at_once(url).await,
            Self::ByHand => files::up(url),
            Self::ByHandTwice => {
                files::up(url);
                files::up(url);
            }
            Self::ByHandThenProgram => {
                files::up(url);
                by_program(url).await;
            }
            Self::ByProgramThenHand => {
                by_program(url).await;
                files::up(url);
            }
            Self::DownAndUpByHand => {
                files::up(url);
                files::down(url);
                kept.check(url);
                files::up(url);
            }
            Self::DownByHandAndUpByProgram => {
                by_program(url).await;
                files::down(url);
                kept.check(url);
                by_program(url).await;
            }
        }
    }
}

async fn by_program(url: &str) {
    Database::open(url, 1).await.unwrap();
}

async fn by_three_at_once(url: &str) {
    let mut starters = JoinSet::new();
    for _ in 0..3 {
        let url = url.to_owned();
        starters.spawn(async move { Database::connect(&url, 1).await.unwrap().migrate().await.unwrap() });
    }
    let ran: Vec<String> = starters.join_all().await.into_iter().flatten().collect();
    assert_eq!(ran, files::names("postgres"), "each migration by one of them");
}

/// What was there before us.
struct Kept {
    /// Tables with their columns and rows.
    rows: Vec<(String, String, String)>,
    objects: Vec<String>,
    used: String,
}

/// The accounts that are no duplicates. Those become one row, and widgets without an account get one.
const ACCOUNTS: &str = "WHERE id IN (1, 2, 6, 7)";
const USED: &str = "SELECT sum(total_tokens_used), sum(total_requests_made) FROM client_llm_usage";

/// Everything but rows that others may miss: columns with their defaults, keys, indexes, triggers, views and
/// functions. Counters become wider, and three foreign keys change on purpose.
const OBJECTS: &str = "
    SELECT 'column', table_name, column_name, CASE WHEN table_name = 'client_llm_usage' AND data_type = 'integer' THEN 'bigint' ELSE data_type END,
        character_maximum_length::text, column_default, is_nullable
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '' FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conname NOT IN ('widget_messages_knowledge_base_id_fkey', 'llm_request_logs_conversation_id_fkey', 'llm_request_logs_client_id_fkey') AND conrelid::regclass::text NOT LIKE '\\_\\_%'
    UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%'
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', '', '' FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'view', viewname, definition, '', '', '', '' FROM pg_views WHERE schemaname = 'public'
    UNION ALL SELECT 'function', proname, pg_get_function_arguments(oid), pg_get_function_result(oid), '', '', '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace";

impl Kept {
    fn of(url: &str) -> Self {
        let tables = psql(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'").unwrap();
        let with_rows = |table: &str| {
            let columns = format!(
                "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped"
            );
            let columns = psql(url, &columns).unwrap();
            let rows = rows(url, table, &columns);
            assert!(!rows.is_empty(), "{table} has no rows to lose");
            (table.to_owned(), columns, rows)
        };
        let rows: Vec<_> = tables.lines().map(with_rows).collect();
        let has_accounts = rows.iter().any(|(table, ..)| table == "client_llm_usage");
        let used = if has_accounts { psql(url, USED).unwrap() } else { "0|0".into() };
        Self { rows, objects: psql(url, OBJECTS).unwrap().lines().map(str::to_owned).collect(), used }
    }

    fn check(&self, url: &str) {
        for (table, columns, before) in &self.rows {
            assert_eq!(rows(url, table, columns), *before, "{table}");
        }
        let objects = psql(url, OBJECTS).unwrap();
        for object in &self.objects {
            assert!(objects.lines().any(|other| other == object), "{object} is missing in\n{objects}");
        }
        if !self.rows.is_empty() {
            assert_eq!(psql(url, USED).unwrap(), self.used);
        }
    }
}

fn rows(url: &str, table: &str, columns: &str) -> String {
    let which = if table == "client_llm_usage" { ACCOUNTS } else { "" };
    psql(url, &format!("SELECT ROW ({columns}) FROM {table} {which} ORDER BY 1")).unwrap()
}

/// What a migrated database holds; ids, dates of today and times of the migration aside.
fn end_of(url: &str) -> String {
    let ours = psql(
        url,
        "SELECT widget_id, client_id, monthly_token_limit, daily_token_limit, tokens_used_this_month, tokens_used_today, total_tokens_used,
            total_requests_made, credits_exhausted, tokens_reserved, reset_timezone, exhausted_limit FROM client_llm_usage ORDER BY 1, 2;
        SELECT widget_id, llm_provider, llm_model, requests, successful, failed, rate_limited, blocked, credits_exhausted, prompt_tokens,
            completion_tokens, total_tokens, timed_requests, response_time_ms, cost_micro_usd FROM llm_usage_daily ORDER BY widget_id, day, 2, 3;
        SELECT to_regclass('llm_usage_backfill'), (SELECT count(*) FROM pg_index WHERE NOT indisvalid)",
    );
    schema(url) + &ours.unwrap()
}

/// The account in which everything is NULL.
const THIRD: AccountKey = AccountKey { widget: WidgetId(13), client: Some(ClientId(2)) };

async fn works(url: &str, is_empty: bool) {
    let store = Store::at(url).await;
    if is_empty {
        use_it(&store).await;
        return;
    }
    store.unlimited(THIRD, monday());
    let conversation = store.conversation(THIRD, monday()).await;
    spend(&store, THIRD, conversation, 10, monday()).await;
    assert_eq!(store.stored(THIRD), "10/1|10/1|10/1|0/0|open|-");
    let entry = "message_text, knowledge_base_id FROM widget_messages WHERE id = 1001";
    assert_eq!(psql(url, &format!("SELECT {entry}")).unwrap(), "9 to 5|1");
    store.run("DELETE FROM widget_knowledge_base WHERE id = 1");
    assert_eq!(psql(url, &format!("SELECT {entry}")).unwrap(), "9 to 5|");
}

async fn in_every_way(fixtures: &[&str]) {
    let mut ends: Vec<(Way, String)> = Vec::new();
    for way in WAYS {
        let url = database(fixtures);
        let kept = Kept::of(&url);
        way.go(&url, &kept).await;
        kept.check(&url);
        ends.push((way, end_of(&url)));
        works(&url, fixtures.is_empty()).await;
    }
    let (_, end) = &ends[0];
    for (way, other) in &ends {
        assert_eq!(other, end, "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_database_is_migrated_in_every_way() {
    in_every_way(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_older_shape_is_migrated_in_every_way() {
    in_every_way(&[BASE]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newer_shape_is_migrated_in_every_way() {
    in_every_way(&[BASE, LLM]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newer_shape_with_the_old_name_is_migrated_in_every_way() {
    in_every_way(&[BASE, LLM, OLD_NAME]).await;
}

/// A view on the counters keeps them from becoming wider; that is for its owner to decide.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_on_the_counters_is_named() {
    let url =
        database(&[BASE, LLM, "CREATE VIEW report AS SELECT id, tokens_used_today FROM client_llm_usage"]);
    let error = Database::open(&url, 1).await.unwrap_err().to_string();
    assert!(error.contains("003_ledger") && error.contains("view report"), "{error}");
    psql(&url, "DROP VIEW report").unwrap();
    Database::open(&url, 1).await.unwrap();
}
