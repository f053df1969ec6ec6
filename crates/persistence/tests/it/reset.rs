//! Days and months end: at midnight of the account's zone, once, whoever notices.

use crate::support::*;
use frontdesk_domain::ids::AccountId;
use frontdesk_persistence::{AccountKey, Database};
use jiff::{Timestamp, ToSpan};

contract!(
    midnight_closes_the_day,
    a_month_ends_with_its_day,
    a_leap_day_is_a_day,
    midnight_is_where_the_account_is,
    missing_and_old_dates_are_due,
    a_clock_that_goes_back_changes_nothing,
    history_and_the_present_make_the_total,
    an_exhausted_month_outlives_the_day,
    one_account_is_rolled,
    ninety_nine_accounts_are_rolled,
    a_hundred_accounts_are_rolled,
    a_hundred_and_one_accounts_are_rolled,
    ten_thousand_accounts_are_rolled,
    two_rollers_close_a_period_once,
    a_hold_survives_midnight,
);

const HISTORY: [&str; 4] = ["period", "period_start", "tokens_used", "requests_made"];

async fn spend_at(store: &Store, key: AccountKey, tokens: u32, time: &str) {
    let now = at(time);
    let conversation = store.conversation(key, now).await;
    spend(store, key, conversation, tokens, now).await;
}

async fn midnight_closes_the_day(store: &Store) {
    let (key, _) = store.open(monday()).await;
    spend_at(store, key, 100, "2026-11-23T23:59:59.999999Z").await;
    assert!(store.rows(&HISTORY, "llm_usage_history").is_empty());
    spend_at(store, key, 7, "2026-11-24T00:00:00Z").await;
    assert_eq!(store.stored(key), "7/1|107/2|107/2|0/0|open|-");
    assert_eq!(store.rows(&HISTORY, "llm_usage_history"), ["day|2026-11-23|100|1"]);
}

async fn a_month_ends_with_its_day(store: &Store) {
    let (key, _) = store.open(at("2026-12-31T10:00:00Z")).await;
    spend_at(store, key, 100, "2026-12-31T23:00:00Z").await;
    spend_at(store, key, 7, "2027-01-01T00:00:00Z").await;
    assert_eq!(store.stored(key), "7/1|7/1|107/2|0/0|open|-");
    assert_eq!(
        store.rows(&HISTORY, "llm_usage_history ORDER BY period"),
        ["day|2026-12-31|100|1", "month|2026-12-01|100|1"]
    );
    assert_eq!(
        store.rows(&["last_daily_reset", "last_monthly_reset"], "client_llm_usage"),
        ["2027-01-01|2027-01-01"]
    );
}

async fn a_leap_day_is_a_day(store: &Store) {
    let (key, _) = store.open(at("2028-02-28T10:00:00Z")).await;
    for (tokens, time) in
        [(1, "2028-02-28T12:00:00Z"), (2, "2028-02-29T12:00:00Z"), (4, "2028-03-01T12:00:00Z")]
    {
        spend_at(store, key, tokens, time).await;
    }
    assert_eq!(store.stored(key), "4/1|4/1|7/3|0/0|open|-");
    assert_eq!(
        store.rows(&HISTORY, "llm_usage_history ORDER BY period, period_start"),
        ["day|2028-02-28|1|1", "day|2028-02-29|2|1", "month|2028-02-01|3|2"]
    );
}

async fn midnight_is_where_the_account_is(store: &Store) {
    // The account's dates are those of its own zone.
    for (zone, before, after) in [
        ("America/New_York", "2026-11-24T04:59:59Z", "2026-11-24T05:00:00Z"),
        ("Asia/Kolkata", "2026-11-23T18:29:59Z", "2026-11-23T18:30:00Z"),
        ("Pacific/Kiritimati", "2026-11-23T09:59:59Z", "2026-11-23T10:00:00Z"),
    ] {
        let key = store.widget();
        store.set(key, &format!("reset_timezone = '{zone}', last_daily_reset = '2026-11-23', last_monthly_reset = '2026-11-01'"));
        spend_at(store, key, 5, before).await;
        assert_eq!(store.stored(key), "5/1|5/1|5/1|0/0|open|-", "{zone}");
        spend_at(store, key, 6, after).await;
        assert_eq!(store.stored(key), "6/1|11/2|11/2|0/0|open|-", "{zone}");
        let booked = format!("llm_request_logs WHERE widget_id = {} ORDER BY id", key.widget);
        assert_eq!(store.rows(&["booked_on"], &booked), ["2026-11-23", "2026-11-24"], "{zone}");
    }
    // The day of 25 hours on which clocks are set back.
    let key = store.widget();
    store.set(key, "reset_timezone = 'Europe/Berlin', last_daily_reset = '2026-10-25', last_monthly_reset = '2026-10-01'");
    spend_at(store, key, 5, "2026-10-24T22:00:00Z").await;
    spend_at(store, key, 5, "2026-10-25T22:59:59Z").await;
    assert_eq!(store.stored(key), "10/2|10/2|10/2|0/0|open|-");
    spend_at(store, key, 1, "2026-10-25T23:00:00Z").await;
    assert_eq!(store.stored(key), "1/1|11/3|11/3|0/0|open|-");
}

async fn missing_and_old_dates_are_due(store: &Store) {
    let used = "tokens_used_today = 70, requests_made_today = 7, tokens_used_this_month = 700, requests_made_this_month = 70,
        total_tokens_used = 9000, total_requests_made = 900";
    let key = store.widget();
    store.set(key, &format!("{used}, last_daily_reset = NULL, last_monthly_reset = NULL"));
    spend_at(store, key, 1, "2026-11-23T10:00:00Z").await;
    assert_eq!(store.stored(key), "1/1|1/1|9001/901|0/0|open|-");
    assert_eq!(
        store.rows(&HISTORY, "llm_usage_history ORDER BY period"),
        ["day|2026-11-22|70|7", "month|2026-10-01|700|70"]
    );
    let key = store.widget();
    store.set(key, &format!("{used}, last_daily_reset = '2026-03-15', last_monthly_reset = '2026-03-01'"));
    spend_at(store, key, 1, "2026-11-23T10:00:00Z").await;
    assert_eq!(store.stored(key), "1/1|1/1|9001/901|0/0|open|-");
    let own = format!("llm_usage_history WHERE account_id = {} ORDER BY period", store.account(key));
    assert_eq!(store.rows(&HISTORY, &own), ["day|2026-03-15|70|7", "month|2026-03-01|700|70"]);
}

async fn a_clock_that_goes_back_changes_nothing(store: &Store) {
    let (key, _) = store.open(at("2026-12-01T00:00:00Z")).await;
    spend_at(store, key, 10, "2026-12-01T00:00:01Z").await;
    spend_at(store, key, 5, "2026-11-30T23:59:59Z").await;
    assert_eq!(store.stored(key), "15/2|15/2|15/2|0/0|open|-");
    spend_at(store, key, 1, "2026-12-01T00:00:02Z").await;
    assert_eq!(store.stored(key), "16/3|16/3|16/3|0/0|open|-");
    assert!(store.rows(&HISTORY, "llm_usage_history").is_empty());
    assert_eq!(store.rows(&["booked_on"], "llm_request_logs GROUP BY booked_on"), ["2026-12-01"]);
}

async fn history_and_the_present_make_the_total(store: &Store) {
    let mut now = at("2026-01-30T08:00:00Z");
    let (key, conversation) = store.open(now).await;
    for n in 0..40 {
        spend(store, key, conversation, n, now).await;
        now += 17.hours();
    }
    for period in ["day", "month"] {
        let closed = store.number(&format!(
            "COALESCE(sum(tokens_used), 0) FROM llm_usage_history WHERE period = '{period}'"
        ));
        let column = if period == "day" { "tokens_used_today" } else { "tokens_used_this_month" };
        let current = store.number(&format!("{column} FROM client_llm_usage"));
        assert_eq!(closed + current, (0..40).sum::<i64>(), "{period}");
    }
    // A day of the log is a day of the history.
    let days = "llm_usage_history h WHERE period = 'day' AND tokens_used <>
        (SELECT sum(total_tokens) FROM llm_request_logs WHERE booked_on = h.period_start)";
    assert!(store.rows(&HISTORY, days).is_empty());
}

async fn an_exhausted_month_outlives_the_day(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "monthly_request_limit = 1");
    spend(store, key, conversation, 5, monday()).await;
    assert_eq!(store.stored(key), "5/1|5/1|5/1|0/0|exhausted|monthly_request_limit");
    store.ledger().roll(Some(key.widget), store.account(key), at("2026-11-24T00:00:00Z")).await.unwrap();
    assert_eq!(store.stored(key), "0/0|5/1|5/1|0/0|exhausted|monthly_request_limit");
    assert!(try_begin(store.ledger(), begin(key, conversation, at("2026-11-30T23:59:59Z"))).await.is_err());
    store.ledger().roll(Some(key.widget), store.account(key), at("2026-12-01T00:00:00Z")).await.unwrap();
    assert_eq!(store.stored(key), "0/0|0/0|5/1|0/0|open|-");
}

/// What a worker's pass does; returns how many accounts it rolled.
async fn pass(db: &Database, now: Timestamp, most: i64) -> usize {
    let mut rolled = 0;
    for zones in db.due_zones(now).await.unwrap() {
        let mut after = AccountId(0);
        loop {
            let due = db.due_accounts(&zones, after, most).await.unwrap();
            let Some(last) = due.last() else { break };
            after = last.id;
            let rolls: tokio::task::JoinSet<bool> = due
                .iter()
                .map(|account| {
                    let (ledger, account) = (db.ledger().clone(), *account);
                    async move { ledger.roll(account.widget, account.id, now).await.unwrap() }
                })
                .collect();
            rolled += rolls.join_all().await.into_iter().filter(|rolled| *rolled).count();
        }
    }
    rolled
}

/// So many accounts on Monday, each with 10 tokens used.
fn accounts(store: &Store, count: usize) {
    store.run(&format!(
        "WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < {count})
        INSERT INTO widget_configs (id, widget_key, widget_name) SELECT id, 'k' || id, 'Widget' FROM n"
    ));
    store.run(
        "UPDATE client_llm_usage SET tokens_used_today = 10, requests_made_today = 1, tokens_used_this_month = 10,
        requests_made_this_month = 1, last_daily_reset = '2026-11-23', last_monthly_reset = '2026-11-01'",
    );
    store.run_unchecked("UPDATE client_llm_usage SET reset_timezone = 'Mars/Olympus' WHERE id % 7 = 0");
}

async fn rolled(store: &Store, count: usize) {
    accounts(store, count);
    let db = &store.db;
    assert_eq!(pass(db, at("2026-11-23T23:59:59Z"), 100).await, 0);
    assert_eq!(pass(db, at("2026-11-24T00:00:00Z"), 100).await, count);
    assert_eq!(pass(db, at("2026-11-24T00:00:00Z"), 100).await, 0);
    let expected = i64::try_from(count).unwrap();
    assert_eq!(
        store
            .number("count(*) FROM llm_usage_history WHERE tokens_used = 10 AND period_start = '2026-11-23'"),
        expected
    );
    assert_eq!(
        store.number(
            "count(*) FROM client_llm_usage WHERE tokens_used_today = 0 AND last_daily_reset = '2026-11-24'"
        ),
        expected
    );
}

async fn one_account_is_rolled(store: &Store) {
    rolled(store, 1).await;
}

async fn ninety_nine_accounts_are_rolled(store: &Store) {
    rolled(store, 99).await;
}

async fn a_hundred_accounts_are_rolled(store: &Store) {
    rolled(store, 100).await;
}

async fn a_hundred_and_one_accounts_are_rolled(store: &Store) {
    rolled(store, 101).await;
}

async fn ten_thousand_accounts_are_rolled(store: &Store) {
    rolled(store, 10_000).await;
}

async fn two_rollers_close_a_period_once(store: &Store) {
    accounts(store, 300);
    let other = Database::open(&store.url, 2).await.unwrap();
    let now = at("2026-12-01T00:00:00Z");
    let (one, two) = tokio::join!(pass(&store.db, now, 50), pass(&other, now, 50));
    assert_eq!(one + two, 300);
    assert_eq!(
        store.rows(
            &["period", "count(*)", "sum(tokens_used)"],
            "llm_usage_history GROUP BY period ORDER BY period"
        ),
        ["day|300|3000", "month|300|3000"]
    );
    assert_eq!(store.db.due_zones(now).await.unwrap(), []);
}

async fn a_hold_survives_midnight(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let held = held(store.ledger(), begin(key, conversation, at("2026-11-30T23:59:50Z"))).await;
    let answered = at("2026-12-01T00:00:05Z");
    store.ledger().roll(Some(key.widget), store.account(key), answered).await.unwrap();
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
    store
        .ledger()
        .finish(held.finish(outcome(frontdesk_persistence::Status::Success, 5, 5), answered))
        .await
        .unwrap();
    assert_eq!(store.stored(key), "10/1|10/1|10/1|0/0|open|-");
    assert_eq!(store.rows(&["booked_on"], "llm_request_logs"), ["2026-12-01"]);
}
