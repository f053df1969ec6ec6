//! Accounts that are due, and what a pass has to make of them.

use crate::shared::Failure;
use frontdesk_tests::psql;

/// Accounts on top whose day has begun already.
pub(crate) const NOT_DUE: u32 = 1_000;

/// What each due account has used on the day that has ended.
const USED: u32 = 450;

/// Gives the first `due` accounts a day that has ended and a time zone, and the others the day that goes on.
pub(crate) fn make_due(url: &str, due: u32, zones: u32) -> Result<(), Failure> {
    let sql = format!(
        "CREATE TEMPORARY TABLE zones AS SELECT row_number() OVER (ORDER BY name) - 1 AS n, name
            FROM pg_timezone_names WHERE name LIKE 'America/%' ORDER BY name LIMIT {zones};
        UPDATE client_llm_usage a SET reset_timezone = z.name, tokens_used_today = {USED}, requests_made_today = 1,
            tokens_used_this_month = {USED}, requests_made_this_month = 1, total_tokens_used = {USED}, total_requests_made = 1
        FROM zones z WHERE z.n = a.id % {zones} AND a.id <= {due};
        UPDATE client_llm_usage SET last_daily_reset = '2026-11-24' WHERE id > {due};
        VACUUM (ANALYZE) client_llm_usage"
    );
    psql(url, &sql)?;
    let missing = psql(
        url,
        &format!("SELECT count(*) FROM client_llm_usage WHERE id <= {due} AND tokens_used_today <> {USED}"),
    )?;
    if missing != "0" {
        return Err(
            format!("{missing} accounts have no time zone: are there {zones} zones of America?").into()
        );
    }
    Ok(())
}

/// Whether each account was closed once, with all that it had used, whoever closed it.
pub(crate) fn check(url: &str, due: u32) -> Result<(), Failure> {
    let found = psql(
        url,
        &format!(
            "SELECT count(*), count(*) FILTER (WHERE tokens_used <> {USED} OR requests_made <> 1),
                (SELECT count(*) FROM client_llm_usage WHERE last_daily_reset < '2026-11-24'),
                (SELECT count(*) FROM client_llm_usage WHERE tokens_reserved <> 0)
            FROM llm_usage_history WHERE period = 'day' AND period_start = '2026-11-23'"
        ),
    )?;
    let expected = format!("{due}|0|0|0");
    if found == expected {
        Ok(())
    } else {
        Err(format!("the history holds {found} instead of {expected}").into())
    }
}
