//! Limits and time zones that an administrator sets.

use crate::support::*;
use frontdesk_domain::credits::{DenialReason, InvalidLimit, Limit, Limits, MAX_LIMIT};
use frontdesk_domain::ids::{ClientId, WidgetId};
use frontdesk_domain::period::{ResetZone, UnknownZone};
use frontdesk_persistence::{AccountError, AccountKey, Database, DatabaseError, Status};
use jiff::ToSpan;
use tokio::task::JoinSet;

contract!(
    limits_take_effect_with_the_next_message,
    one_limit_is_changed_and_the_others_stay,
    the_flag_follows_the_limits_at_once,
    a_limit_below_zero_or_too_large_is_refused_and_changes_nothing,
    a_missing_account_is_opened,
    an_account_of_nobody_is_refused_and_changes_nothing,
    an_account_of_a_former_client_can_be_set,
    a_change_of_limits_loses_no_write_of_the_ledger,
    a_zone_moves_midnight,
    a_zone_whose_day_has_begun_closes_the_day,
    a_zone_that_the_database_does_not_know_is_refused,
);

const LIMITS: [&str; 4] =
    ["daily_token_limit", "daily_request_limit", "monthly_token_limit", "monthly_request_limit"];

fn limits(tokens: i64) -> Limits {
    Limits { daily: amount(tokens, 500), monthly: amount(tokens * 10, 5_000) }
}

fn stored_limits(store: &Store) -> Vec<String> {
    store.rows(&LIMITS, "client_llm_usage ORDER BY id")
}

fn zone(name: &str) -> ResetZone {
    name.parse().unwrap()
}

async fn limits_take_effect_with_the_next_message(store: &Store) {
    let now = monday();
    let key = store.widget();
    let conversation = store.conversation(key, now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    let report = store.db.set_limits(key, limits(1_000), now).await.unwrap();
    assert_eq!(report.credits.limits, limits(1_000));
    assert_eq!(
        (report.id, report.widget, report.updated_at),
        (store.account(key), Some(key.widget), Some(now))
    );
    assert_eq!(stored_limits(store), ["1000|500|10000|5000"]);
    // What is held already counts against the new limits.
    let denial = try_begin(store.ledger(), begin(key, conversation, now)).await.unwrap_err();
    assert_eq!(denial.reason, DenialReason::Limit(Limit::DailyTokens));
    store.db.set_limits(key, limits(1_800), now).await.unwrap();
    held(store.ledger(), begin(key, conversation, now)).await;
    store.ledger().finish(first.finish(outcome(Status::Success, 10, 0), now)).await.unwrap();
    assert_eq!(store.stored(key), "10/1|10/1|10/1|900/1|open|-");
}

async fn one_limit_is_changed_and_the_others_stay(store: &Store) {
    let now = monday();
    let key = store.widget();
    store.run("UPDATE client_llm_usage SET monthly_token_limit = NULL, updated_at = NULL");
    let opened = store.db.change_limits(key, &[], now).await.unwrap();
    assert_eq!((opened.updated_at, opened.credits.limits), (None, Limits::default()));
    let some = [(Limit::DailyTokens, 7), (Limit::DailyRequests, 1), (Limit::DailyTokens, 8)];
    let changed = store.db.change_limits(key, &some, now).await.unwrap();
    assert_eq!(changed.credits.limits.daily, amount(8, 1));
    let from = "client_llm_usage WHERE monthly_token_limit IS NULL";
    assert_eq!(store.rows(&["monthly_request_limit"], from), ["1000"]);
    let wrong = [(Limit::DailyTokens, 9), (Limit::MonthlyTokens, -1)];
    let refused = store.db.change_limits(key, &wrong, now).await;
    assert!(
        matches!(&refused, Err(AccountError::InvalidLimit(error)) if error.limit() == Limit::MonthlyTokens),
        "{refused:?}"
    );
    store.run("DELETE FROM client_llm_usage");
    store.db.change_limits(key, &[(Limit::MonthlyRequests, 3)], now).await.unwrap();
    assert_eq!(stored_limits(store), ["5000|100|100000|3"]);
}

async fn the_flag_follows_the_limits_at_once(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    spend(store, key, conversation, 900, now).await;
    let lowered = store.db.set_limits(key, limits(900), now).await.unwrap();
    assert_eq!(lowered.credits.reached(), Some(Limit::DailyTokens));
    assert_eq!(store.stored(key), "900/1|900/1|900/1|0/0|exhausted|daily_token_limit");
    store.db.set_limits(key, limits(901), now).await.unwrap();
    assert_eq!(store.stored(key), "900/1|900/1|900/1|0/0|open|-");
    // One that was set by hand is not the limits' to take down.
    store.set(key, "credits_exhausted = true");
    store.db.set_limits(key, limits(9_000), now).await.unwrap();
    assert_eq!(store.stored(key), "900/1|900/1|900/1|0/0|exhausted|-");
}

async fn a_limit_below_zero_or_too_large_is_refused_and_changes_nothing(store: &Store) {
    let key = store.widget();
    let before = store.rows(&[&LIMITS[..], &["updated_at"]].concat(), "client_llm_usage");
    for value in [-1, i64::MIN, MAX_LIMIT + 1, i64::MAX] {
        for limit in Limit::ALL {
            let mut wrong = limits(1_000);
            *match limit {
                Limit::DailyTokens => &mut wrong.daily.tokens,
                Limit::DailyRequests => &mut wrong.daily.requests,
                Limit::MonthlyTokens => &mut wrong.monthly.tokens,
                Limit::MonthlyRequests => &mut wrong.monthly.requests,
            } = value;
            let error = store.db.set_limits(key, wrong, monday()).await.unwrap_err();
            let AccountError::InvalidLimit(error) = error else { panic!("{error:?}") };
            assert_eq!(error.limit(), limit);
            assert_eq!(matches!(error, InvalidLimit::BelowZero { .. }), value < 0, "{error:?}");
            let text = format!(
                "{} must be a whole number from 0 to 9007199254740991, not `{value}`",
                limit.as_str()
            );
            assert_eq!(error.to_string(), text);
        }
    }
    assert_eq!(store.rows(&[&LIMITS[..], &["updated_at"]].concat(), "client_llm_usage"), before);
    for value in [0, MAX_LIMIT] {
        let limits = Limits { daily: amount(value, value), monthly: amount(value, value) };
        assert_eq!(store.db.set_limits(key, limits, monday()).await.unwrap().credits.limits, limits);
    }
    assert_eq!(stored_limits(store), [[MAX_LIMIT.to_string().as_str(); 4].join("|")]);
}

async fn a_missing_account_is_opened(store: &Store) {
    let now = monday();
    let key = store.widget();
    let alone = store.widget_of(None);
    for key in [key, alone] {
        store.run("DELETE FROM client_llm_usage");
        store.db.set_limits(key, limits(2_000), now).await.unwrap();
        assert_eq!(stored_limits(store), ["2000|500|20000|5000"]);
        assert_eq!(store.stored(key), "0/0|0/0|0/0|0/0|open|-");
        store.run("DELETE FROM client_llm_usage");
        store.db.set_reset_zone(key, &zone("Europe/Berlin"), now).await.unwrap();
        assert_eq!(stored_limits(store), ["5000|100|100000|1000"]);
        assert_eq!(store.rows(&["reset_timezone"], "client_llm_usage"), ["Europe/Berlin"]);
    }
}

async fn an_account_of_nobody_is_refused_and_changes_nothing(store: &Store) {
    let key = store.widget();
    let other = store.widget();
    let before = store.rows(&["id", "client_id", "widget_id", "daily_token_limit"], "client_llm_usage");
    for nobody in [
        AccountKey { widget: WidgetId(4_711), client: key.client },
        AccountKey { widget: WidgetId(4_711), client: None },
        AccountKey { client: Some(ClientId(4_711)), ..key },
        AccountKey { client: other.client, ..key },
        AccountKey { client: None, ..key },
    ] {
        let limits = store.db.set_limits(nobody, limits(1_000), monday()).await;
        assert!(matches!(limits, Err(AccountError::UnknownAccount(key)) if key == nobody), "{limits:?}");
        let zone = store.db.set_reset_zone(nobody, &zone("Europe/Berlin"), monday()).await;
        assert!(matches!(zone, Err(AccountError::UnknownAccount(key)) if key == nobody), "{zone:?}");
    }
    let said =
        store.db.set_limits(AccountKey { client: None, ..key }, limits(1), monday()).await.unwrap_err();
    assert_eq!(said.to_string(), format!("there is no widget {} without a client", key.widget));
    assert_eq!(
        store.rows(&["id", "client_id", "widget_id", "daily_token_limit"], "client_llm_usage"),
        before
    );
}

/// Its late answers are still charged to it.
async fn an_account_of_a_former_client_can_be_set(store: &Store) {
    let former = store.widget();
    let next = store.widget();
    store.run(&format!(
        "UPDATE widget_configs SET client_id = {} WHERE id = {}",
        next.client.unwrap(),
        former.widget
    ));
    store.db.set_limits(former, limits(1_000), monday()).await.unwrap();
    let own = format!("client_llm_usage WHERE id = {}", store.account(former));
    assert_eq!(store.rows(&["daily_token_limit"], &own), ["1000"]);
    let new = AccountKey { client: next.client, ..former };
    assert_eq!(
        store.rows(&["daily_token_limit"], &format!("client_llm_usage WHERE id = {}", store.account(new))),
        ["5000"]
    );
}

async fn a_change_of_limits_loses_no_write_of_the_ledger(store: &Store) {
    const VISITORS: i64 = 8;
    const MESSAGES: i64 = 15;
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let other = Database::connect(&store.url, 2).await.unwrap();
    let mut visitors = JoinSet::new();
    for visitor in 0..VISITORS {
        let db = if visitor % 2 == 0 { store.db.clone() } else { other.clone() };
        visitors.spawn(async move {
            for _ in 0..MESSAGES {
                let held = held(db.ledger(), begin(key, conversation, now)).await;
                db.ledger().finish(held.finish(outcome(Status::Success, 7, 0), now)).await.unwrap();
            }
        });
    }
    let mut changes = 0;
    while !visitors.is_empty() {
        changes += 1;
        other.set_limits(key, limits(1_000_000 + changes), now).await.unwrap();
        while let Some(done) = visitors.try_join_next() {
            done.unwrap();
        }
    }
    let (tokens, requests) = (VISITORS * MESSAGES * 7, VISITORS * MESSAGES);
    let used = format!("{tokens}/{requests}");
    assert_eq!(store.stored(key), format!("{used}|{used}|{used}|0/0|open|-"));
    let limit = 1_000_000 + changes;
    assert_eq!(stored_limits(store), [format!("{limit}|500|{}|5000", limit * 10)]);
}

async fn a_zone_moves_midnight(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "daily_request_limit = 1");
    let report = store.db.set_reset_zone(key, &zone("America/New_York"), monday()).await.unwrap();
    assert_eq!(report.credits.zone.to_string(), "America/New_York");
    spend(store, key, conversation, 5, monday()).await;
    let denial =
        try_begin(store.ledger(), begin(key, conversation, at("2026-11-24T04:59:59Z"))).await.unwrap_err();
    assert_eq!(denial.resets_at, at("2026-11-24T05:00:00Z"));
    held(store.ledger(), begin(key, conversation, at("2026-11-24T05:00:00Z"))).await;
}

async fn a_zone_whose_day_has_begun_closes_the_day(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    spend(store, key, conversation, 5, monday()).await;
    store.db.set_reset_zone(key, &zone("Pacific/Kiritimati"), monday()).await.unwrap();
    assert_eq!(store.stored(key), "0/0|5/1|5/1|0/0|open|-");
    let dates = ["last_daily_reset", "last_monthly_reset"];
    assert_eq!(store.rows(&dates, "client_llm_usage"), ["2026-11-24|2026-11-01"]);
    assert_eq!(
        store.rows(&["period", "period_start", "tokens_used", "requests_made"], "llm_usage_history"),
        ["day|2026-11-23|5|1"]
    );
    // Back again: the day that has begun goes on until it is over in the old zone.
    spend(store, key, conversation, 6, monday()).await;
    store.db.set_reset_zone(key, &ResetZone::default(), monday()).await.unwrap();
    assert_eq!(store.stored(key), "6/1|11/2|11/2|0/0|open|-");
    store.ledger().roll(None, store.account(key), at("2026-11-24T23:59:59Z")).await.unwrap();
    assert_eq!(store.stored(key), "6/1|11/2|11/2|0/0|open|-");
    store.ledger().roll(None, store.account(key), at("2026-11-25T00:00:00Z")).await.unwrap();
    assert_eq!(store.stored(key), "0/0|11/2|11/2|0/0|open|-");
}

async fn a_zone_that_the_database_does_not_know_is_refused(store: &Store) {
    let key = store.widget();
    // A name is checked before it gets here.
    assert_eq!("Mars/Olympus".parse::<ResetZone>(), Err(UnknownZone("Mars/Olympus".into())));
    // A zone that is newer than the database's list of them.
    if store.is_postgres() {
        store.run(
            "CREATE OR REPLACE FUNCTION frontdesk_check_timezone() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'unknown time zone \"%\"', NEW.reset_timezone; END $$",
        );
    } else {
        store.run("DELETE FROM iana_time_zones WHERE name = 'Asia/Kathmandu'");
    }
    let refused = store.db.set_reset_zone(key, &zone("Asia/Kathmandu"), monday()).await;
    assert!(
        matches!(&refused, Err(AccountError::UnknownZone(UnknownZone(name))) if name == "Asia/Kathmandu"),
        "{refused:?}"
    );
    assert_eq!(store.rows(&["reset_timezone"], "client_llm_usage"), ["UTC"]);
}

/// SQLite has one lock for all, for which every writer waits ten seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_an_operator_has_locked_is_busy_and_stays_as_it_is() {
    let store = Store::postgres().await;
    let (key, _) = store.open(monday()).await;
    let before = stored_limits(&store);
    store.run("BEGIN");
    store.set(key, "daily_token_limit = daily_token_limit");
    let busy = store.db.set_limits(key, limits(1_000), monday() + 1.second()).await;
    assert!(matches!(busy, Err(AccountError::Database(DatabaseError::Busy(_)))), "{busy:?}");
    store.run("ROLLBACK");
    assert_eq!(stored_limits(&store), before);
}
