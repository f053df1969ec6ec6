//! Databases with widgets whose limits are in nobody's way. Widget N has the client N, the account N and the
//! conversation N, so that whoever measures needs no look-up.

use super::Failure;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontdesk_persistence::Database;
use frontdesk_tests::{ScratchDir, TempPg, psql};
use std::path::PathBuf;

/// A template with so many widgets on `server`, to be copied; nobody is connected to it.
pub(crate) async fn postgres(server: &TempPg, widgets: u32) -> Result<String, Failure> {
    let url = server.create_database();
    drop(Database::open(&url, 1).await?);
    psql(&url, &sql(widgets))?;
    let sequences = "SELECT setval('widget_conversations_id_seq', max(id)) FROM widget_conversations;
        VACUUM (FREEZE, ANALYZE);
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    psql(&url, sequences)?;
    Ok(url)
}

/// An SQLite file with so many widgets in `dir`, to be copied with [`copy_sqlite`].
pub(crate) async fn sqlite(dir: &ScratchDir, widgets: u32) -> Result<PathBuf, Failure> {
    let url = dir.sqlite_url();
    drop(Database::open(&url, 1).await?);
    let path = PathBuf::from(url.trim_start_matches("sqlite://"));
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
    connection.batch_execute("PRAGMA busy_timeout = 10000")?;
    connection.batch_execute(&sql(widgets))?;
    connection.batch_execute("ANALYZE")?;
    Ok(path)
}

/// Copies a database that may be open.
pub(crate) fn copy_sqlite(from: &std::path::Path, to: &std::path::Path) -> Result<String, Failure> {
    let mut connection = SqliteConnection::establish(&from.to_string_lossy())?;
    connection.batch_execute(&format!("VACUUM INTO '{}'", to.display()))?;
    Ok(format!("sqlite://{}", to.display()))
}

/// The same for both databases. Accounts are opened by the triggers, in the order of the widgets.
fn sql(widgets: u32) -> String {
    let numbers = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {widgets})"
    );
    format!(
        "BEGIN;
        {numbers} INSERT INTO clients (id, client_name, email)
            SELECT n, 'Client ' || n, 'client' || n || '@example.com' FROM numbers;
        {numbers} INSERT INTO widget_configs (id, client_id, widget_key, widget_name)
            SELECT n, n, 'key-' || n, 'Widget ' || n FROM numbers;
        UPDATE client_llm_usage SET daily_token_limit = 1000000000000, monthly_token_limit = 1000000000000,
            daily_request_limit = 1000000000, monthly_request_limit = 1000000000,
            last_daily_reset = '2026-11-23', last_monthly_reset = '2026-11-01';
        {numbers} INSERT INTO widget_conversations (id, public_id, widget_id, session_id)
            SELECT n, n, n, 'session-' || n FROM numbers;
        COMMIT;"
    )
}
