//! A log of a year. Indexes are built after it, for that is faster.

use super::Failure;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use frontdesk_tests::psql;

/// Seconds of a year and a day.
const YEAR: u32 = 366 * 86_400;

pub(super) fn postgres(url: &str, widgets: u32, rows: u32) -> Result<(), Failure> {
    let time = |seconds: &str| format!("timestamp '2025-11-24 14:00:00' + interval '1 second' * {seconds}");
    let indexes =
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'llm_request_logs' AND indexname LIKE 'idx_%'";
    let definitions = psql(url, indexes)?;
    psql(
        url,
        "DO $$ DECLARE i TEXT; BEGIN
            FOR i IN SELECT indexname FROM pg_indexes WHERE tablename = 'llm_request_logs' AND indexname LIKE 'idx_%'
            LOOP EXECUTE 'DROP INDEX ' || i; END LOOP; END $$",
    )?;
    psql(url, &format!("SET session_replication_role = replica; {}", sql(widgets, rows, &time, "::date")))?;
    for definition in definitions.lines() {
        psql(url, definition)?;
    }
    psql(url, "VACUUM (FREEZE, ANALYZE)")?;
    Ok(())
}

pub(super) fn sqlite(url: &str, widgets: u32, rows: u32) -> Result<(), Failure> {
    let time =
        |seconds: &str| format!("strftime('%Y-%m-%d %H:%M:%S.000000', 1764000000 + {seconds}, 'unixepoch')");
    let path = url.strip_prefix("sqlite://").ok_or("no path of SQLite's")?;
    let mut connection = SqliteConnection::establish(path)?;
    connection.batch_execute("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF")?;
    connection.batch_execute(&sql(widgets, rows, &time, ""))?;
    connection.batch_execute("PRAGMA optimize = 0x10002")?;
    Ok(())
}

/// The same for both, but for times: every second row is of widget 1, one in ten thousand is `blocked`, and there are
/// two providers with three models each.
fn sql(widgets: u32, rows: u32, time: &dyn Fn(&str) -> String, to_date: &str) -> String {
    let numbers = |most: u32| {
        format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {most})"
        )
    };
    let (of_widgets, of_rows) = (numbers(widgets), numbers(rows));
    let time = time(&format!("(CAST(n AS BIGINT) * {YEAR} / {rows})"));
    let day = if to_date.is_empty() { "date(created_at)".to_owned() } else { format!("created_at{to_date}") };
    format!(
        "BEGIN;
        {of_widgets} INSERT INTO clients (id, client_name, email)
            SELECT n, 'Client ' || n, 'client' || n || '@example.com' FROM numbers;
        {of_widgets} INSERT INTO widget_configs (id, client_id, widget_key, widget_name)
            SELECT n, n, 'key-' || n, 'Widget ' || n FROM numbers;
        INSERT INTO client_llm_usage (client_id, widget_id, tokens_used_this_month, total_tokens_used, last_daily_reset,
                last_monthly_reset)
            SELECT client_id, id, id % 1000, id % 1000, '2026-11-24', '2026-11-01' FROM widget_configs WHERE true
            ON CONFLICT DO NOTHING;
        {of_rows} INSERT INTO llm_request_logs (id, client_id, widget_id, llm_provider, llm_model, prompt_text,
                response_text, prompt_tokens, completion_tokens, total_tokens, status, response_time_ms, created_at)
            SELECT n, w, w, p, p || '-' || n % 3, 'When are you open on a holiday?', 'We are open from nine to five.', 400, 50,
                450, CASE WHEN n % 10000 = 0 THEN 'blocked' ELSE 'success' END, 800, at
            FROM (SELECT n, CASE WHEN n % 2 = 0 THEN 1 ELSE 1 + n % {widgets} END AS w,
                CASE WHEN n % 4 < 2 THEN 'gemini' ELSE 'groq' END AS p, {time} AS at FROM numbers) AS x;
        INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model, requests, successful, total_tokens)
            SELECT widget_id, {day}, llm_provider, llm_model, count(*), count(*), sum(total_tokens)
            FROM llm_request_logs GROUP BY 1, 2, 3, 4;
        COMMIT;"
    )
}
