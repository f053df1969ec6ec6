//! Widgets, their knowledge bases and a request log from before.

use crate::Options;
use frontdesk_tests::{Process, psql};
use std::process::Command;

/// Makes the tables and fills them: the first `asked` widgets have a knowledge base.
pub(crate) fn fill(url: &str, options: &Options, asked: u32) {
    let migrated = Process::run("api", &["migrate"], &[("DATABASE_URL", url)]);
    assert!(migrated.status.success(), "{migrated:?}");
    sql(url, &widgets(options.widgets));
    sql(url, &entries(asked, options.entries));
    let indexes = if url.starts_with("sqlite:") { Vec::new() } else { drop_indexes(url) };
    sql(url, &log(options.widgets, options.log_rows, url.starts_with("sqlite:")));
    for index in &indexes {
        sql(url, index);
    }
    sql(
        url,
        if url.starts_with("sqlite:") { "PRAGMA optimize = 0x10002" } else { "VACUUM (FREEZE, ANALYZE)" },
    );
}

/// Runs SQL by hand; rows as lines, columns with `|` between them.
pub(crate) fn sql(url: &str, sql: &str) -> String {
    let Some(path) = url.strip_prefix("sqlite://") else {
        return psql(url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    };
    let output = Command::new("sqlite3").args(["-bail", "-cmd", ".timeout 10000", path, sql]).output();
    let output = output.unwrap_or_else(|error| panic!("sqlite3: {error}: tests/run --prepare installs it"));
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Rows are written faster without them. What makes them again.
fn drop_indexes(url: &str) -> Vec<String> {
    let of_log = "FROM pg_indexes WHERE tablename = 'llm_request_logs' AND indexname LIKE 'idx_%'";
    let definitions = sql(url, &format!("SELECT indexdef {of_log}"));
    sql(
        url,
        &format!(
            "DO $$ DECLARE i TEXT; BEGIN FOR i IN SELECT indexname {of_log} LOOP EXECUTE 'DROP INDEX ' || i; END LOOP; END $$"
        ),
    );
    definitions.lines().map(str::to_owned).collect()
}

fn numbers(name: &str, most: impl std::fmt::Display) -> String {
    format!("{name} (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM {name} WHERE n < {most})")
}

/// Widget N has the client N and the key `key-N`. Limits are in nobody's way.
fn widgets(count: u32) -> String {
    let numbers = numbers("numbers", count);
    format!(
        "BEGIN;
        WITH RECURSIVE {numbers} INSERT INTO clients (id, client_name, email)
            SELECT n, 'Client ' || n, 'client' || n || '@example.com' FROM numbers;
        WITH RECURSIVE {numbers} INSERT INTO widget_configs
                (id, client_id, widget_key, widget_name, llm_enabled, llm_provider, rate_limit_messages)
            SELECT n, n, 'key-' || n, 'Widget ' || n, true, 'gemini', 1000000 FROM numbers;
        UPDATE client_llm_usage SET daily_token_limit = 1000000000000, monthly_token_limit = 1000000000000,
            daily_request_limit = 1000000000, monthly_request_limit = 1000000000;
        COMMIT;"
    )
}

/// Entries of a few sentences each; no two have a number of their question in common.
fn entries(widgets: u32, count: u32) -> String {
    let (widgets, count) = (numbers("widgets", widgets), numbers("entries", count));
    format!(
        "WITH RECURSIVE {widgets}, {count} INSERT INTO widget_knowledge_base (widget_id, category, question, answer)
            SELECT widgets.n, 'Topic ' || entries.n % 10, 'How do I change topic ' || entries.n || ' of my order?',
                'Topic ' || entries.n || ' can be changed until the parcel has left our warehouse, which takes two working days. '
                || 'Write to us with the number of your order, and we answer within one working day.'
            FROM widgets, entries;"
    )
}

/// A year of rows, spread over all widgets, and their sums by day.
fn log(widgets: u32, rows: u64, is_sqlite: bool) -> String {
    let (time, day) = if is_sqlite {
        ("strftime('%Y-%m-%d %H:%M:%S.000000', 'now', -(n % 366 + 1) || ' days')", "date(created_at)")
    } else {
        (
            "date_trunc('second', now() AT TIME ZONE 'UTC') - (n % 366 + 1) * interval '1 day'",
            "created_at::date",
        )
    };
    let settings =
        if is_sqlite { "PRAGMA foreign_keys = OFF" } else { "SET session_replication_role = replica" };
    let numbers = numbers("numbers", rows);
    format!(
        "{settings};
        BEGIN;
        WITH RECURSIVE {numbers} INSERT INTO llm_request_logs (client_id, widget_id, llm_provider, llm_model,
                prompt_text, response_text, prompt_tokens, completion_tokens, total_tokens, status, response_time_ms, created_at)
            SELECT w, w, 'gemini', 'earlier', 'When are you open on a holiday?', 'We are open from nine to five.', 400, 50,
                450, 'success', 800, at
            FROM (SELECT 1 + n % {widgets} AS w, {time} AS at FROM numbers) AS x;
        INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model, requests, successful, total_tokens)
            SELECT widget_id, {day}, llm_provider, llm_model, count(*), count(*), sum(total_tokens)
            FROM llm_request_logs GROUP BY 1, 2, 3, 4;
        COMMIT;"
    )
}
