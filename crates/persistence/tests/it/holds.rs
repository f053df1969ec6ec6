//! Holds that nobody settled in time.

use crate::support::*;
use frontdesk_domain::ids::RequestLogId;
use frontdesk_persistence::{LedgerError, Status};
use jiff::ToSpan;
use tokio::task::JoinSet;

contract!(
    an_overdue_hold_is_released_before_a_denial,
    a_hold_in_time_stays,
    a_sweeper_releases_once,
    two_sweepers_release_once,
    a_late_settlement_is_booked_once,
    a_late_settlement_moves_to_its_own_day,
    a_sweep_and_a_late_settlement_meet_in_one_batch,
    a_caller_may_call_its_own_failure_abandoned,
    late_use_is_booked_after_the_account_is_full,
);

const LOG: [&str; 5] =
    ["status", "total_tokens", "error_message", "booked_on", "substr(CAST(settled_at AS TEXT), 1, 19)"];

async fn an_overdue_hold_is_released_before_a_denial(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    store.set(key, "daily_request_limit = 1");
    held(store.ledger(), begin(key, conversation, now)).await;
    let soon = now + 59.seconds();
    let denial = try_begin(store.ledger(), begin(key, conversation, soon)).await.unwrap_err();
    assert!(denial.only_held);
    let late = now + 60.seconds();
    held(store.ledger(), begin(key, conversation, late)).await;
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
    assert_eq!(
        store.rows(&LOG, "llm_request_logs ORDER BY id"),
        [
            "failed|0|abandoned|2026-11-23|2026-11-23 10:01:00",
            "credits_exhausted|0|credits exhausted (daily_request_limit) until 2026-11-24T00:00:00Z|2026-11-23|2026-11-23 10:00:59",
            "pending|0|-|-|-",
        ]
    );
    assert_eq!(store.rows(&["requests", "failed", "credits_exhausted"], "llm_usage_daily"), ["2|1|1"]);
}

async fn a_hold_in_time_stays(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let held = held(store.ledger(), begin(key, conversation, now)).await;
    let (account, log) = (held.reservation.account, held.reservation.log);
    let released =
        store.ledger().release_abandoned(key.widget, account, log, now + 59.seconds()).await.unwrap();
    assert!(!released);
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
    let unknown = store.ledger().release_abandoned(key.widget, account, RequestLogId(4_711), now).await;
    assert!(matches!(unknown, Err(LedgerError::UnknownReservation(_))));
}

async fn a_sweeper_releases_once(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    let second = held(store.ledger(), begin(key, conversation, now)).await;
    store.ledger().finish(second.finish(outcome(Status::Success, 1, 2), now)).await.unwrap();
    let late = now + 1.hour();
    let overdue = store.db.overdue_holds(late, RequestLogId(0), 100).await.unwrap();
    assert_eq!(overdue.len(), 1);
    assert_eq!(
        (overdue[0].log, overdue[0].account, overdue[0].widget),
        (first.reservation.log, first.reservation.account, key.widget)
    );
    for expected in [true, false] {
        let hold = overdue[0];
        let released =
            store.ledger().release_abandoned(hold.widget, hold.account, hold.log, late).await.unwrap();
        assert_eq!(released, expected);
        assert_eq!(store.stored(key), "3/1|3/1|3/1|0/0|open|-");
    }
    let settled = second.reservation;
    assert!(!store.ledger().release_abandoned(key.widget, settled.account, settled.log, late).await.unwrap());
    assert!(store.db.overdue_holds(late, RequestLogId(0), 100).await.unwrap().is_empty());
    assert_eq!(store.rows(&["requests", "successful", "failed"], "llm_usage_daily"), ["2|1|1"]);
}

async fn two_sweepers_release_once(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let other = frontdesk_persistence::Database::open(&store.url, 2).await.unwrap();
    let mut holds = Vec::new();
    for _ in 0..20 {
        holds.push(held(store.ledger(), begin(key, conversation, now)).await.reservation);
    }
    let mut sweeps = JoinSet::new();
    for db in [store.db.clone(), other] {
        for hold in holds.clone() {
            let db = db.clone();
            sweeps.spawn(async move {
                db.ledger()
                    .release_abandoned(key.widget, hold.account, hold.log, now + 1.hour())
                    .await
                    .unwrap()
            });
        }
    }
    let released = sweeps.join_all().await.into_iter().filter(|released| *released).count();
    assert_eq!(released, 20);
    assert_eq!(store.stored(key), "0/0|0/0|0/0|0/0|open|-");
    assert_eq!(store.rows(&["requests", "failed"], "llm_usage_daily"), ["20|20"]);
}

async fn a_late_settlement_is_booked_once(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    let late = now + 90.seconds();
    assert!(
        store
            .ledger()
            .release_abandoned(key.widget, first.reservation.account, first.reservation.log, late)
            .await
            .unwrap()
    );
    store.ledger().finish(first.finish(outcome(Status::Success, 100, 20), late)).await.unwrap();
    assert_eq!(store.stored(key), "120/1|120/1|120/1|0/0|open|-");
    assert_eq!(store.rows(&LOG, "llm_request_logs"), ["success|120|-|2026-11-23|2026-11-23 10:01:30"]);
    assert_eq!(
        store.rows(&["requests", "successful", "failed", "total_tokens"], "llm_usage_daily"),
        ["1|1|0|120"]
    );
    let again = store.ledger().finish(first.finish(outcome(Status::Success, 100, 20), late)).await;
    assert!(is_settled(&again), "{again:?}");
    assert_eq!(store.stored(key), "120/1|120/1|120/1|0/0|open|-");
}

async fn a_late_settlement_moves_to_its_own_day(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let first = held(store.ledger(), begin(key, conversation, at("2026-11-23T23:58:00Z"))).await;
    let swept = at("2026-11-23T23:59:30Z");
    assert!(
        store
            .ledger()
            .release_abandoned(key.widget, first.reservation.account, first.reservation.log, swept)
            .await
            .unwrap()
    );
    let answered = at("2026-11-24T00:00:10Z");
    store.ledger().finish(first.finish(outcome(Status::Success, 100, 20), answered)).await.unwrap();
    assert_eq!(store.stored(key), "120/1|120/1|120/1|0/0|open|-");
    assert_eq!(
        store.rows(&["day", "requests", "successful", "failed"], "llm_usage_daily ORDER BY day"),
        ["2026-11-23|0|0|0", "2026-11-24|1|1|0"]
    );
    assert_eq!(store.rows(&["booked_on"], "llm_request_logs"), ["2026-11-24"]);
}

/// Many sweeps and settlements of the same holds at once end in the same books whatever the order.
async fn a_sweep_and_a_late_settlement_meet_in_one_batch(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let late = now + 90.seconds();
    let mut holds = Vec::new();
    for _ in 0..30 {
        holds.push(held(store.ledger(), begin(key, conversation, now)).await);
    }
    // Nobody may be granted anything: each begin sweeps.
    store.set(key, "monthly_request_limit = 30, daily_request_limit = 30");
    let mut tasks = JoinSet::new();
    for hold in holds {
        let ledger = store.ledger().clone();
        tasks.spawn(async move {
            let reservation = hold.reservation;
            ledger.release_abandoned(key.widget, reservation.account, reservation.log, late).await.unwrap();
        });
        let ledger = store.ledger().clone();
        tasks.spawn(async move {
            ledger.finish(hold.finish(outcome(Status::Success, 10, 0), late)).await.unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!(store.stored(key), "300/30|300/30|300/30|0/0|exhausted|monthly_request_limit");
    assert_eq!(
        store.rows(&["status", "count(*)", "sum(total_tokens)"], "llm_request_logs GROUP BY status"),
        ["success|30|300"]
    );
    assert_eq!(
        store.rows(&["requests", "successful", "failed", "total_tokens"], "llm_usage_daily"),
        ["30|30|0|300"]
    );
}

async fn a_caller_may_call_its_own_failure_abandoned(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    let mut abandoned = outcome(Status::Failed, 100, 0);
    abandoned.error = Some("abandoned".into());
    store.ledger().finish(first.finish(abandoned.clone(), now)).await.unwrap();
    let again = store.ledger().finish(first.finish(abandoned, now)).await;
    assert!(is_settled(&again), "{again:?}");
    assert_eq!(store.stored(key), "100/0|100/0|100/0|0/0|open|-");
}

async fn late_use_is_booked_after_the_account_is_full(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    store.set(key, "daily_request_limit = 1");
    let slow = held(store.ledger(), begin(key, conversation, now)).await;
    let late = now + 2.minutes();
    // The sweep on the spot gives the place to another visitor, whose answer is paid too.
    let quick = held(store.ledger(), begin(key, conversation, late)).await;
    store.ledger().finish(quick.finish(outcome(Status::Success, 1, 0), late)).await.unwrap();
    store.ledger().finish(slow.finish(outcome(Status::Success, 2, 0), late)).await.unwrap();
    assert_eq!(store.stored(key), "3/2|3/2|3/2|0/0|exhausted|daily_request_limit");
}
