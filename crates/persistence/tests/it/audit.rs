//! The books against the log: what explains a counter, what does not, and what a repair does.

use crate::migration_files as files;
use crate::support::*;
use frontdesk_domain::credits::Limit;
use frontdesk_domain::credits::audit::{Difference, Figure};
use frontdesk_domain::ids::{ConversationId, RequestLogId};
use frontdesk_domain::period::Period;
use frontdesk_persistence::audit::{Audit, Finding};
use frontdesk_persistence::{AccountKey, Status};
use frontdesk_tests::psql;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::ops::ControlFlow;
use tokio::task::JoinSet;

contract!(
    the_books_of_a_busy_widget_are_right,
    a_counter_that_was_changed_by_hand_is_found_and_repaired,
    a_hold_that_nobody_has_is_found_and_repaired,
    a_closed_period_that_was_changed_by_hand_is_found_and_repaired,
    a_rollup_that_was_changed_by_hand_is_found_and_repaired,
    a_deleted_log_row_is_missed,
    a_repair_to_zero_is_no_manual_reset,
    a_manual_reset_is_explained,
    an_account_that_is_put_in_with_counters_starts_from_them,
    pruned_rows_stay_explained,
    a_lowered_limit_is_listed_and_no_difference,
    what_a_provider_reports_beyond_its_hold_is_listed,
    a_late_settlement_is_listed_as_used_without_a_hold,
    a_pending_row_without_an_account_is_found,
    a_deleted_conversation_takes_no_row_of_the_log_along,
    an_audit_beside_traffic_sees_no_half_transaction,
    a_month_that_began_in_its_middle_is_repaired_as_a_whole,
    the_use_of_a_moved_account_is_not_forgotten,
    a_client_whose_widget_moved_takes_no_row_of_the_log_along,
    a_rollup_row_with_pruned_requests_is_repaired_as_far_as_it_is_known,
    an_account_without_dates_stays_right_after_its_repair,
    a_repair_beside_pruning_counts_nothing_twice,
);

async fn audit(store: &Store) -> Audit {
    store.db.audit(|_| ControlFlow::Continue(())).await.unwrap()
}

/// Repairs what the audit found, and checks that nothing is left of it.
async fn repaired(store: &Store, found: &Audit) -> u64 {
    let repaired = store.db.repair(found, monday(), |_| ControlFlow::Continue(())).await.unwrap();
    assert_eq!(audit(store).await.findings, []);
    repaired
}

/// Everything that a repair may change.
fn books(store: &Store) -> Vec<String> {
    let mut books = store.rows(&ACCOUNT, "client_llm_usage ORDER BY id");
    books.extend(store.rows(
        &["account_id", "period", "period_start", "tokens_used", "requests_made", "closed_at"],
        "llm_usage_history ORDER BY account_id, period, period_start",
    ));
    books.extend(store.rows(
        &["day", "llm_model", "requests", "successful", "total_tokens", "unlogged_requests"],
        "llm_usage_daily ORDER BY widget_id, day",
    ));
    books.extend(store.rows(&["id", "tokens_today"], "llm_usage_adjustments ORDER BY id"));
    books
}

/// Three days of use, over the end of a month, with a hold that is still pending.
async fn used(store: &Store) -> (AccountKey, ConversationId) {
    let start = at("2026-11-29T12:00:00Z");
    let (key, conversation) = store.open(start).await;
    for day in 0..3 {
        let now = start + (24 * day).hours();
        spend(store, key, conversation, 100, now).await;
        let failing = held(store.ledger(), begin(key, conversation, now)).await;
        store.ledger().finish(failing.finish(outcome(Status::Failed, 7, 0), now)).await.unwrap();
    }
    held(store.ledger(), begin(key, conversation, start + 48.hours())).await;
    assert_eq!(store.stored(key), "107/1|107/1|321/3|900/1|open|-");
    (key, conversation)
}

fn differences(audit: &Audit) -> Vec<Difference> {
    let of = |finding: &Finding| match finding {
        Finding::Account(_, difference) => *difference,
        other => panic!("{other:?}"),
    };
    audit.findings.iter().map(of).collect()
}

async fn the_books_of_a_busy_widget_are_right(store: &Store) {
    used(store).await;
    let (other, conversation) = store.open(monday()).await;
    spend(store, other, conversation, 5, monday()).await;
    let found = audit(store).await;
    assert_eq!((found.findings, found.excesses), (vec![], vec![]));
    assert_eq!((found.accounts, found.rollup_rows), (2, 4));
}

async fn a_counter_that_was_changed_by_hand_is_found_and_repaired(store: &Store) {
    let (key, _) = used(store).await;
    let before = books(store);
    store.set(
        key,
        "tokens_used_today = tokens_used_today + 7, requests_made_this_month = 9, total_tokens_used = 1",
    );
    let found = audit(store).await;
    let expected = [
        Difference { figure: Figure::Today, stored: amount(114, 1), expected: amount(107, 1) },
        Difference { figure: Figure::ThisMonth, stored: amount(107, 9), expected: amount(107, 1) },
        Difference { figure: Figure::Total, stored: amount(1, 3), expected: amount(321, 3) },
    ];
    assert_eq!(differences(&found), expected);
    assert_eq!(repaired(store, &found).await, 1);
    assert_eq!(books(store), before);
}

async fn a_hold_that_nobody_has_is_found_and_repaired(store: &Store) {
    let (key, _) = used(store).await;
    let before = books(store);
    store.set(key, "tokens_reserved = 5000, requests_reserved = 4");
    let found = audit(store).await;
    let expected = Difference { figure: Figure::Held, stored: amount(5_000, 4), expected: amount(900, 1) };
    assert_eq!(differences(&found), [expected]);
    repaired(store, &found).await;
    assert_eq!(books(store), before);
}

async fn a_closed_period_that_was_changed_by_hand_is_found_and_repaired(store: &Store) {
    used(store).await;
    let before = books(store);
    store.run(
        "UPDATE llm_usage_history SET tokens_used = 1 WHERE period = 'month';
         DELETE FROM llm_usage_history WHERE period_start = '2026-11-29';
         INSERT INTO llm_usage_history VALUES (1, 'day', '2026-11-02', 4, 1, '2026-11-03 00:00:00')",
    );
    let found = audit(store).await;
    let closed = |period, day: i8, stored, expected| Difference {
        figure: Figure::Closed(period, date(2026, 11, day)),
        stored,
        expected,
    };
    assert_eq!(
        differences(&found),
        [
            closed(Period::Day, 2, amount(4, 1), amount(0, 0)),
            closed(Period::Day, 29, amount(0, 0), amount(107, 1)),
            closed(Period::Month, 1, amount(1, 2), amount(214, 2)),
        ]
    );
    repaired(store, &found).await;
    let without_times = |books: Vec<String>| -> Vec<String> {
        books.iter().map(|row| row.rsplit_once('|').map_or(row.clone(), |(row, _)| row.to_owned())).collect()
    };
    assert_eq!(without_times(books(store)), without_times(before));
}

async fn a_rollup_that_was_changed_by_hand_is_found_and_repaired(store: &Store) {
    let (key, _) = used(store).await;
    let before = books(store);
    store.run(
        "UPDATE llm_usage_daily SET total_tokens = 5, successful = 0 WHERE day = '2026-11-29';
         DELETE FROM llm_usage_daily WHERE day = '2026-11-30'",
    );
    let found = audit(store).await;
    let columns: Vec<_> = found
        .findings
        .iter()
        .map(|finding| match finding {
            Finding::Rollup { row, column, stored, expected } => {
                assert_eq!((row.widget, row.model.as_str()), (key.widget, "gemini-pro"));
                (row.day.day(), *column, *stored, *expected)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(columns[..2], [(29, "successful", 0, 1), (29, "total_tokens", 5, 107)]);
    assert_eq!(columns[2], (30, "requests", 0, 2));
    assert_eq!(repaired(store, &found).await, 1);
    assert_eq!(books(store), before);
}

async fn a_deleted_log_row_is_missed(store: &Store) {
    let (key, _) = used(store).await;
    store.run("DELETE FROM llm_request_logs WHERE id = 1");
    let found = audit(store).await;
    let figures: Vec<_> = found
        .findings
        .iter()
        .filter_map(|finding| match finding {
            Finding::Account(_, difference) => Some(difference.figure),
            _ => None,
        })
        .collect();
    let day = Figure::Closed(Period::Day, date(2026, 11, 29));
    assert_eq!(figures, [Figure::Total, day, Figure::Closed(Period::Month, date(2026, 11, 1))]);
    repaired(store, &found).await;
    assert_eq!(store.stored(key), "107/1|107/1|221/2|900/1|open|-");
}

async fn a_repair_to_zero_is_no_manual_reset(store: &Store) {
    let (key, _) = store.open(monday()).await;
    store.set(key, "tokens_used_today = 12, tokens_used_this_month = 12, total_tokens_used = 12");
    let found = audit(store).await;
    assert_eq!(differences(&found).len(), 3);
    repaired(store, &found).await;
    assert_eq!(store.stored(key), "0/0|0/0|0/0|0/0|open|-");
    assert_eq!(store.number("count(*) FROM llm_usage_adjustments"), 0);
}

/// The guide's statement.
async fn a_manual_reset_is_explained(store: &Store) {
    let (key, conversation) = used(store).await;
    store.set(key, "tokens_used_today = 0, requests_made_today = 0, credits_exhausted = false");
    assert_eq!(audit(store).await.findings, []);
    let now = at("2026-12-01T13:00:00Z");
    spend(store, key, conversation, 50, now).await;
    assert_eq!(store.stored(key), "50/1|157/2|371/4|900/1|open|-");
    assert_eq!(audit(store).await.findings, []);
    store.set(key, "tokens_used_this_month = 0, requests_made_this_month = 0");
    assert_eq!(audit(store).await.findings, []);
    spend(store, key, conversation, 1, now + SignedDuration::from_hours(24 * 40)).await;
    assert_eq!(store.stored(key), "1/1|1/1|372/5|900/1|open|-");
    assert_eq!(audit(store).await.findings, []);
    // Half of a reset is a mistake.
    store.set(key, "tokens_used_today = 0");
    assert_eq!(differences(&audit(store).await)[0].figure, Figure::Today);
}

async fn an_account_that_is_put_in_with_counters_starts_from_them(store: &Store) {
    let key = store.widget();
    store.run(&format!(
        "DELETE FROM client_llm_usage WHERE widget_id = {0};
         INSERT INTO client_llm_usage (client_id, widget_id, tokens_used_today, requests_made_today, tokens_used_this_month,
            requests_made_this_month, total_tokens_used, total_requests_made, last_daily_reset, last_monthly_reset)
         VALUES (1, {0}, 10, 1, 60, 4, 1000, 70, NULL, NULL)",
        key.widget
    ));
    assert_eq!(audit(store).await.findings, []);
    let conversation = store.conversation(key, monday()).await;
    spend(store, key, conversation, 5, monday()).await;
    assert_eq!(store.stored(key), "5/1|5/1|1005/71|0/0|open|-");
    assert_eq!(audit(store).await.findings, []);
}

async fn pruned_rows_stay_explained(store: &Store) {
    let (key, conversation) = used(store).await;
    let counters = store.stored(key);
    let prune = async |before: Timestamp, expected: usize| {
        assert_eq!(store.db.prune_request_logs(before, 100).await.unwrap(), expected);
        assert_eq!(audit(store).await.findings, []);
    };
    // In the middle of the running month, then in the middle of the running day.
    prune(at("2026-11-30T00:00:00Z"), 2).await;
    prune(at("2026-12-01T00:00:00Z"), 2).await;
    prune(at("2026-12-01T12:00:01Z"), 2).await;
    assert_eq!(store.stored(key), counters);
    assert_eq!(
        store.rows(
            &["reason", "day", "month", "tokens_today", "total_requests"],
            "llm_usage_adjustments ORDER BY day"
        ),
        [
            "pruned|2026-11-29|2026-11-01|107|1",
            "pruned|2026-11-30|2026-11-01|107|1",
            "pruned|2026-12-01|2026-12-01|107|1"
        ]
    );
    assert_eq!(
        store.rows(&["requests", "unlogged_requests"], "llm_usage_daily ORDER BY day"),
        ["2|2", "2|2", "2|2"]
    );
    spend(store, key, conversation, 3, at("2026-12-01T13:00:00Z")).await;
    assert_eq!(store.db.prune_request_logs(at("2026-12-01T13:00:01Z"), 100).await.unwrap(), 1);
    assert_eq!(store.number("tokens_today FROM llm_usage_adjustments WHERE day = '2026-12-01'"), 110);
    let later = at("2027-01-05T00:00:00Z");
    store.db.ledger().roll(Some(key.widget), store.account(key), later).await.unwrap();
    assert_eq!(audit(store).await.findings, []);
    // What is gone from the log is not forgotten by a repair.
    store.set(key, "total_tokens_used = 5");
    let found = audit(store).await;
    repaired(store, &found).await;
    assert_eq!(store.number("total_tokens_used FROM client_llm_usage"), 324);
}

async fn a_lowered_limit_is_listed_and_no_difference(store: &Store) {
    let (key, _) = used(store).await;
    store.set(key, "daily_token_limit = 100");
    let found = audit(store).await;
    assert_eq!(found.findings, []);
    let [(subject, excess)] = found.excesses[..] else { panic!("{:?}", found.excesses) };
    assert_eq!(subject.account, store.account(key));
    assert_eq!(
        (excess.limit, excess.allowed, excess.taken, excess.unheld),
        (Limit::DailyTokens, 100, 1_007, 0)
    );
}

async fn what_a_provider_reports_beyond_its_hold_is_listed(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "daily_token_limit = 1000");
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    store.ledger().finish(held.finish(outcome(Status::Success, 400, 1_100), monday())).await.unwrap();
    let found = audit(store).await;
    assert_eq!(found.findings, []);
    let excess = found.excesses[0].1;
    assert_eq!((excess.limit, excess.taken, excess.unheld), (Limit::DailyTokens, 1_500, 600));
}

async fn a_late_settlement_is_listed_as_used_without_a_hold(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    store.set(key, "daily_request_limit = 1");
    let slow = held(store.ledger(), begin(key, conversation, now)).await;
    let late = now + 2.minutes();
    let quick = held(store.ledger(), begin(key, conversation, late)).await;
    store.ledger().finish(quick.finish(outcome(Status::Success, 1, 0), late)).await.unwrap();
    store.ledger().finish(slow.finish(outcome(Status::Success, 2, 0), late)).await.unwrap();
    let found = audit(store).await;
    assert_eq!(found.findings, []);
    let excess = found.excesses[0].1;
    assert_eq!((excess.limit, excess.taken, excess.unheld), (Limit::DailyRequests, 2, 1));
}

async fn a_pending_row_without_an_account_is_found(store: &Store) {
    used(store).await;
    store.run("INSERT INTO llm_request_logs (id, llm_provider, llm_model, status, account_id) VALUES (500, 'gemini', 'm', 'pending', 77)");
    let found = audit(store).await;
    assert_eq!(found.findings, [Finding::Orphan(RequestLogId(500))]);
    // A worker of the future ends it, and so does a repair.
    assert_eq!(repaired(store, &found).await, 0);
    assert_eq!(
        store.rows(&["status", "error_message"], "llm_request_logs WHERE id = 500"),
        ["failed|abandoned"]
    );
}

async fn a_deleted_conversation_takes_no_row_of_the_log_along(store: &Store) {
    let (key, conversation) = used(store).await;
    let pending = store.number("count(*) FROM llm_request_logs WHERE status = 'pending'");
    store.run(&format!("DELETE FROM widget_conversations WHERE id = {conversation}"));
    assert_eq!(store.number("count(*) FROM llm_request_logs WHERE status = 'pending'"), pending);
    assert_eq!(audit(store).await.findings, []);
    // The hold ends with its time.
    assert_eq!(store.db.release_overdue(at("2026-12-01T14:00:00Z")).await.unwrap(), 1);
    assert_eq!(store.stored(key), "107/1|107/1|321/3|0/0|open|-");
}

async fn an_audit_beside_traffic_sees_no_half_transaction(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let mut visitors = JoinSet::new();
    for _ in 0..8 {
        let ledger = store.ledger().clone();
        visitors.spawn(async move {
            for _ in 0..30 {
                let held = held(&ledger, begin(key, conversation, monday())).await;
                ledger.finish(held.finish(outcome(Status::Success, 1, 1), monday())).await.unwrap();
            }
        });
    }
    while !visitors.is_empty() {
        assert_eq!(audit(store).await.findings, []);
        while let Some(done) = visitors.try_join_next() {
            done.unwrap();
        }
    }
    assert_eq!(store.stored(key), "480/240|480/240|480/240|0/0|open|-");
    assert_eq!(audit(store).await.findings, []);
}

/// The guide says first of the month; by hand it may be any day.
async fn a_month_that_began_in_its_middle_is_repaired_as_a_whole(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    spend(store, key, conversation, 100, monday()).await;
    store.set(key, "last_monthly_reset = '2026-11-24'");
    assert_eq!(audit(store).await.findings, []);
    spend(store, key, conversation, 21, monday() + 24.hours()).await;
    assert_eq!(audit(store).await.findings, []);
    store.set(key, "tokens_used_this_month = 1");
    let found = audit(store).await;
    repaired(store, &found).await;
    assert_eq!(store.number("tokens_used_this_month FROM client_llm_usage"), 121);
}

async fn the_use_of_a_moved_account_is_not_forgotten(store: &Store) {
    let (key, _) = used(store).await;
    let account = store.account(key);
    store
        .run(&format!("UPDATE client_llm_usage SET widget_id = NULL, client_id = NULL WHERE id = {account}"));
    assert_eq!(audit(store).await.findings, []);
    store.run(&format!("UPDATE client_llm_usage SET tokens_used_today = 1 WHERE id = {account}"));
    let found = audit(store).await;
    repaired(store, &found).await;
    assert_eq!(store.number("tokens_used_today FROM client_llm_usage"), 107);
}

async fn a_client_whose_widget_moved_takes_no_row_of_the_log_along(store: &Store) {
    let (key, _) = used(store).await;
    let old = key.client.unwrap();
    store.run(
        "INSERT INTO clients (id, client_name, email) VALUES (9, 'Other', 'other@example.com');
         UPDATE widget_configs SET client_id = 9",
    );
    store.run(&format!("DELETE FROM clients WHERE id = {old}"));
    assert_eq!(store.number("count(*) FROM llm_request_logs WHERE client_id IS NULL"), 7);
    // What is left is the hold of an account that is gone.
    let found = audit(store).await;
    assert!(matches!(found.findings[..], [Finding::Orphan(_)]), "{:?}", found.findings);
}

async fn a_rollup_row_with_pruned_requests_is_repaired_as_far_as_it_is_known(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    spend(store, key, conversation, 5, monday()).await;
    spend(store, key, conversation, 7, monday() + 1.hour()).await;
    assert_eq!(store.db.prune_request_logs(monday() + 1.minute(), 10).await.unwrap(), 1);
    store.run("UPDATE llm_usage_daily SET requests = 9, total_tokens = 3, successful = 2");
    let found = audit(store).await;
    assert_eq!(found.findings.len(), 2);
    repaired(store, &found).await;
    let figures = ["requests", "unlogged_requests", "successful", "total_tokens"];
    assert_eq!(store.rows(&figures, "llm_usage_daily"), ["2|1|2|7"]);
}

async fn an_account_without_dates_stays_right_after_its_repair(store: &Store) {
    let (key, conversation) = used(store).await;
    store.set(
        key,
        "last_daily_reset = NULL, last_monthly_reset = NULL, tokens_used_today = NULL, total_tokens_used = 3",
    );
    let found = audit(store).await;
    let now = at("2026-12-01T13:00:00Z");
    store.db.repair(&found, now, |_| ControlFlow::Continue(())).await.unwrap();
    assert_eq!(audit(store).await.findings, []);
    spend(store, key, conversation, 3, now).await;
    assert_eq!(store.stored(key), "110/2|110/2|324/4|900/1|open|-");
    assert_eq!(audit(store).await.findings, []);
}

/// Many batches of pruning beside repairs: whoever comes first, nothing counts twice and nothing is lost.
async fn a_repair_beside_pruning_counts_nothing_twice(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    for minute in 0..60 {
        spend(store, key, conversation, 10, monday() + minute.minutes()).await;
    }
    let before = books(store);
    let db = store.db.clone();
    let pruning =
        tokio::spawn(
            async move { while db.prune_request_logs(monday() + 30.minutes(), 1).await.unwrap() > 0 {} },
        );
    while !pruning.is_finished() {
        store.set(key, "tokens_used_today = tokens_used_today + 1");
        store.run("UPDATE llm_usage_daily SET blocked = blocked + 1");
        let found = audit(store).await;
        store.db.repair(&found, monday(), |_| ControlFlow::Continue(())).await.unwrap();
    }
    pruning.await.unwrap();
    let found = audit(store).await;
    repaired(store, &found).await;
    assert_eq!(books(store)[0], before[0]);
    let rollup = store.rows(&["requests", "unlogged_requests", "successful"], "llm_usage_daily");
    assert_eq!(rollup, ["60|30|60"]);
}

/// A day that was reset by hand and closed with nothing has rows in the log and none in the history.
async fn reset_on_its_first_day() -> Store {
    let store = Store::postgres().await;
    let (key, conversation) = store.open(monday()).await;
    spend(&store, key, conversation, 100, monday()).await;
    store.set(key, "tokens_used_today = 0, requests_made_today = 0");
    spend(&store, key, conversation, 7, monday() + 24.hours()).await;
    files::run(&store.url, "004_audit", "down");
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_baseline_covers_a_manual_reset_of_the_past() {
    let store = reset_on_its_first_day().await;
    files::run(&store.url, "004_audit", "up");
    assert_eq!(audit(&store).await.findings, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_baseline_that_was_cut_off_counts_nothing_twice() {
    let store = reset_on_its_first_day().await;
    let script = files::text("postgres/004_audit/up.sql");
    let (first, _) = script.split_once("-- What is in the rollup").unwrap();
    psql(&store.url, first.trim_end().strip_suffix("BEGIN;").unwrap()).unwrap();
    assert_eq!(store.db.prune_request_logs(monday() + 1.hour(), 10).await.unwrap(), 1);
    files::run(&store.url, "004_audit", "up");
    assert_eq!(audit(&store).await.findings, []);
}
