//! Databases with widgets whose limits are in nobody's way. Widget N has the client N, the account N and the
//! conversation N, so that whoever measures needs no look-up.

use super::Failure;
use frontdesk_persistence::Database;
use frontdesk_tests::{TempPg, psql};

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

/// The same for both databases. Accounts are opened by the triggers, in the order of the widgets.
pub(crate) fn sql(widgets: u32) -> String {
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
