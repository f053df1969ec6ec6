//! What operators do to the tables by hand takes effect at once and breaks nothing.

use crate::support::*;
use frontdesk_domain::credits::{DenialReason, Limit};
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::{AccountKey, DatabaseError, LedgerError, Status};

contract!(
    a_manual_reset_lets_in,
    raised_limits_take_effect,
    a_flag_set_by_hand_holds_for_the_day,
    a_flag_taken_down_and_raised_again_holds,
    a_negative_limit_denies,
    a_limit_above_i64_is_refused_when_it_is_written,
    the_largest_limit_and_counter_do_not_wrap,
    a_missing_limit_is_the_free_one,
    an_unknown_zone_is_utc,
    an_unknown_zone_is_refused_when_it_is_written,
    a_deleted_account_is_opened_again,
    a_widget_without_a_client_has_credits,
    a_new_client_has_an_account_of_its_own,
    a_deleted_widget_is_an_error,
    holds_changed_by_hand_do_not_go_below_zero,
    a_date_that_is_none_fails_alone,
);

async fn denied(store: &Store, key: AccountKey) -> Option<DenialReason> {
    let conversation = store.conversation(key, monday()).await;
    try_begin(store.ledger(), begin(key, conversation, monday())).await.err().map(|denial| denial.reason)
}

async fn a_manual_reset_lets_in(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "daily_token_limit = 900");
    spend(store, key, conversation, 900, monday()).await;
    assert_eq!(store.stored(key), "900/1|900/1|900/1|0/0|exhausted|daily_token_limit");
    assert_eq!(denied(store, key).await, Some(DenialReason::Limit(Limit::DailyTokens)));
    store.set(key, "tokens_used_today = 0, requests_made_today = 0, credits_exhausted = false");
    assert_eq!(denied(store, key).await, None);
    assert_eq!(store.stored(key), "0/0|900/1|900/1|900/1|open|-");
}

async fn raised_limits_take_effect(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "daily_token_limit = 900");
    spend(store, key, conversation, 900, monday()).await;
    // The flag stays as it was: the limit alone counts.
    store.set(key, "daily_token_limit = 10000");
    assert_eq!(denied(store, key).await, None);
    assert_eq!(store.stored(key), "900/1|900/1|900/1|900/1|open|-");
    store.set(key, "daily_token_limit = 900");
    assert_eq!(denied(store, key).await, Some(DenialReason::Limit(Limit::DailyTokens)));
    assert_eq!(store.stored(key), "900/1|900/1|900/1|900/1|exhausted|daily_token_limit");
}

async fn a_flag_set_by_hand_holds_for_the_day(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "credits_exhausted = true");
    let denial = try_begin(store.ledger(), begin(key, conversation, monday())).await.unwrap_err();
    assert_eq!(denial.reason, DenialReason::SetByHand);
    assert_eq!(denial.resets_at, at("2026-11-24T00:00:00Z"));
    assert_eq!(store.stored(key), "0/0|0/0|0/0|0/0|exhausted|-");
    held(store.ledger(), begin(key, conversation, at("2026-11-24T00:00:00Z"))).await;
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
}

async fn a_flag_taken_down_and_raised_again_holds(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "daily_token_limit = 900");
    spend(store, key, conversation, 900, monday()).await;
    store.set(key, "tokens_used_today = 0, requests_made_today = 0, credits_exhausted = false");
    store.set(key, "credits_exhausted = true");
    assert_eq!(denied(store, key).await, Some(DenialReason::SetByHand));
}

async fn a_negative_limit_denies(store: &Store) {
    let (key, _) = store.open(monday()).await;
    for limit in [Limit::MonthlyRequests, Limit::MonthlyTokens, Limit::DailyRequests, Limit::DailyTokens] {
        let column = limit.as_str();
        store.set(key, &format!("{column} = -1"));
        assert_eq!(denied(store, key).await, Some(DenialReason::Limit(limit)));
        store.set(key, &format!("{column} = 100000"));
    }
    assert_eq!(denied(store, key).await, None);
}

async fn a_limit_above_i64_is_refused_when_it_is_written(store: &Store) {
    let (key, _) = store.open(monday()).await;
    for limit in Limit::ALL {
        for value in ["9223372036854775808", "-9223372036854775809", "1e30", "'many'"] {
            let update = format!("UPDATE client_llm_usage SET {} = {value}", limit.as_str());
            let refused = store.try_run(&update);
            assert!(refused.is_err(), "{update}: {refused:?}");
        }
    }
    assert_eq!(
        store.rows(&["daily_token_limit", "monthly_request_limit"], "client_llm_usage"),
        ["1000000000|1000000"]
    );
    assert_eq!(denied(store, key).await, None);
}

async fn the_largest_limit_and_counter_do_not_wrap(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let most = i64::MAX;
    store.set(
        key,
        &format!(
            "daily_token_limit = {most}, monthly_token_limit = {most}, daily_request_limit = {most},
            monthly_request_limit = {most}, total_tokens_used = {most}, total_requests_made = {most}"
        ),
    );
    spend(store, key, conversation, 900, monday()).await;
    assert_eq!(store.stored(key), format!("900/1|900/1|{most}/{most}|0/0|open|-"));
    store.set(key, &format!("tokens_used_today = {most}, tokens_reserved = {most}"));
    assert_eq!(denied(store, key).await, Some(DenialReason::Limit(Limit::MonthlyTokens)));
}

async fn a_missing_limit_is_the_free_one(store: &Store) {
    let (key, _) = store.open(monday()).await;
    store.set(key, "daily_token_limit = NULL, tokens_used_today = 4999, tokens_used_this_month = NULL, credits_exhausted = NULL");
    assert_eq!(denied(store, key).await, Some(DenialReason::Limit(Limit::DailyTokens)));
    store.set(key, "tokens_used_today = NULL");
    assert_eq!(denied(store, key).await, None);
}

async fn an_unknown_zone_is_refused_when_it_is_written(store: &Store) {
    let key = store.widget();
    for zone in ["Mars/Olympus", "", "FOO+5", "posix/Europe/Berlin", "localtime"] {
        let update =
            format!("UPDATE client_llm_usage SET reset_timezone = '{zone}' WHERE widget_id = {}", key.widget);
        let error = store.try_run(&update).unwrap_err();
        assert!(error.contains("unknown time zone") && error.contains("Europe/Berlin"), "{zone}: {error}");
        let insert = format!(
            "INSERT INTO client_llm_usage (client_id, widget_id, reset_timezone) VALUES (NULL, NULL, '{zone}')"
        );
        assert!(store.try_run(&insert).unwrap_err().contains("unknown time zone"), "{zone}");
    }
    assert_eq!(store.rows(&["reset_timezone"], "client_llm_usage"), ["UTC"]);
    for zone in ["America/New_York", "Asia/Kathmandu", "europe/berlin", "UTC"] {
        store.set(key, &format!("reset_timezone = '{zone}'"));
        let stored = store.rows(&["reset_timezone"], "client_llm_usage").remove(0);
        assert!(stored.eq_ignore_ascii_case(zone), "{stored}");
    }
}

/// The names that SQLite checks against are those that the rules know.
#[tokio::test]
async fn sqlite_knows_the_time_zones_that_the_rules_know() {
    let store = Store::sqlite().await;
    let known = store.rows(&["name"], "iana_time_zones ORDER BY name");
    let mut rules: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    rules.retain(|name| !["Factory", "localtime", "posixrules"].contains(&name.as_str()));
    rules.sort_by_key(|name| name.to_ascii_lowercase());
    assert_eq!(known, rules);
}

async fn an_unknown_zone_is_utc(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.run_unchecked("UPDATE client_llm_usage SET reset_timezone = 'Mars/Olympus'");
    spend(store, key, conversation, 5, at("2026-11-23T23:59:59Z")).await;
    spend(store, key, conversation, 6, at("2026-11-24T00:00:00Z")).await;
    assert_eq!(store.stored(key), "6/1|11/2|11/2|0/0|open|-");
    assert_eq!(store.rows(&["reset_timezone"], "client_llm_usage"), ["Mars/Olympus"]);
}

async fn a_deleted_account_is_opened_again(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    store.run("DELETE FROM client_llm_usage");
    let late = store.ledger().finish(held.finish(outcome(Status::Success, 1, 1), monday())).await;
    assert!(
        matches!(late, Err(LedgerError::UnknownAccount(id)) if id == held.reservation.account),
        "{late:?}"
    );
    assert_eq!(denied(store, key).await, None);
    let limits = [
        "daily_token_limit",
        "monthly_token_limit",
        "daily_request_limit",
        "monthly_request_limit",
        "last_daily_reset",
        "last_monthly_reset",
    ];
    assert_eq!(store.rows(&limits, "client_llm_usage"), ["5000|100000|100|1000|2026-11-23|2026-11-01"]);
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
}

async fn a_widget_without_a_client_has_credits(store: &Store) {
    let key = store.widget_of(None);
    let conversation = store.conversation(key, monday()).await;
    spend(store, key, conversation, 10, monday()).await;
    spend(store, key, conversation, 10, monday()).await;
    assert_eq!(store.rows(&["client_id", "total_tokens_used"], "client_llm_usage"), ["-|20"]);
    assert_eq!(
        store.rows(&["client_id", "widget_id"], "llm_request_logs"),
        vec![format!("-|{}", key.widget); 2]
    );
}

async fn a_new_client_has_an_account_of_its_own(store: &Store) {
    let (old, conversation) = store.open(monday()).await;
    let held = held(store.ledger(), begin(old, conversation, monday())).await;
    store.run("INSERT INTO clients (id, client_name, email) VALUES (99, 'New', 'new@example.com')");
    store.run(&format!("UPDATE widget_configs SET client_id = 99 WHERE id = {}", old.widget));
    let new = AccountKey { client: Some(ClientId(99)), ..old };
    // The account is there before the first message, so that its limits can be set.
    assert_ne!(store.account(new), store.account(old));
    spend(store, new, conversation, 7, at("2026-11-23T10:00:01Z")).await;
    // Who was asked for the credits pays.
    store.ledger().finish(held.finish(outcome(Status::Success, 5, 0), monday())).await.unwrap();
    let used = |key| {
        store.number(&format!("total_tokens_used FROM client_llm_usage WHERE id = {}", store.account(key)))
    };
    assert_eq!((used(old), used(new)), (5, 7));
    let usage = store.db.usage_of_widget(old.widget, monday()).await.unwrap().unwrap();
    assert_eq!((usage.client, usage.credits.used_total.tokens), (Some(ClientId(99)), 7));
}

async fn a_deleted_widget_is_an_error(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let (neighbour, other) = store.open(monday()).await;
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    store.run(&format!("DELETE FROM widget_configs WHERE id = {}", key.widget));
    let begun = store.ledger().begin(begin(key, conversation, monday())).await;
    assert!(matches!(begun, Err(LedgerError::UnknownConversation(_))), "{begun:?}");
    let finished = store.ledger().finish(held.finish(outcome(Status::Success, 1, 1), monday())).await;
    assert!(matches!(finished, Err(LedgerError::UnknownAccount(_))), "{finished:?}");
    spend(store, neighbour, other, 7, monday()).await;
    assert_eq!(store.stored(neighbour), "7/1|7/1|7/1|0/0|open|-");
}

async fn holds_changed_by_hand_do_not_go_below_zero(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    store.set(key, "tokens_reserved = 0, requests_reserved = 0");
    store.ledger().finish(held.finish(outcome(Status::Success, 5, 5), monday())).await.unwrap();
    assert_eq!(store.stored(key), "10/1|10/1|10/1|0/0|open|-");
}

async fn a_date_that_is_none_fails_alone(store: &Store) {
    let (bad, bad_conversation) = store.open(monday()).await;
    let (good, good_conversation) = store.open(monday()).await;
    let none = if store.is_postgres() { "infinity" } else { "yesterday" };
    store.set(bad, &format!("last_daily_reset = '{none}'"));
    let (bad, good) = tokio::join!(
        store.ledger().begin(begin(bad, bad_conversation, monday())),
        store.ledger().begin(begin(good, good_conversation, monday()))
    );
    assert!(matches!(bad, Err(LedgerError::Database(DatabaseError::Data(_)))), "{bad:?}");
    assert!(good.is_ok(), "{good:?}");
}
