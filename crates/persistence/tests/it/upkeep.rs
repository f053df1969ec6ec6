//! One pass of upkeep, and the sweep that the API does.

use crate::support::*;
use frontdesk_domain::ids::ConversationId;
use frontdesk_persistence::upkeep::{Pass, Summary};
use frontdesk_persistence::{AccountKey, Status};
use jiff::{Timestamp, ToSpan};
use std::ops::ControlFlow;

contract!(
    a_pass_does_all_that_is_due_and_a_second_one_nothing,
    a_dry_run_counts_what_a_pass_does_and_changes_nothing,
    nothing_is_pruned_that_is_kept_for_ever,
    a_pass_works_through_more_than_a_batch,
    a_stopped_pass_is_finished_by_the_next,
    two_passes_at_once_share_the_work,
    a_pass_leaves_running_messages_alone,
    holds_are_released_once_their_time_is_over,
    the_next_midnight_is_that_of_the_first_zone,
);

const HISTORY: &str = "count(*) FROM llm_usage_history";

fn pass(now: Timestamp) -> Pass {
    Pass {
        now,
        log_retention_days: 30,
        conversation_retention_days: 60,
        unanswered_retention_days: 60,
        webhook_retention_days: 60,
        dry_run: false,
    }
}

async fn run(store: &Store, pass: &Pass) -> Summary {
    store.db.run_pass(pass, |_| ControlFlow::Continue(())).await.unwrap()
}

/// Two accounts that have used something, one of which holds something for nobody.
async fn used(store: &Store) -> (AccountKey, ConversationId) {
    for _ in 0..2 {
        let (key, conversation) = store.open(monday()).await;
        spend(store, key, conversation, 100, monday()).await;
    }
    let (key, conversation) = store.open(monday()).await;
    held(store.ledger(), begin(key, conversation, monday())).await;
    (key, conversation)
}

fn everything(store: &Store) -> Vec<Vec<String>> {
    vec![
        store.rows(&ACCOUNT, "client_llm_usage ORDER BY id"),
        store.rows(&["id", "status", "total_tokens"], "llm_request_logs ORDER BY id"),
        store.rows(
            &["period", "period_start", "tokens_used"],
            "llm_usage_history ORDER BY account_id, period",
        ),
        store.rows(&["id"], "widget_conversations ORDER BY id"),
    ]
}

async fn a_pass_does_all_that_is_due_and_a_second_one_nothing(store: &Store) {
    let (key, _) = used(store).await;
    let next_day = pass(monday() + 24.hours());
    let first = run(store, &next_day).await;
    assert_eq!(first, Summary { accounts_rolled: 3, holds_released: 1, ..Summary::default() });
    assert_eq!(store.stored(key), "0/0|0/0|0/0|0/0|open|-");
    assert_eq!(store.number(HISTORY), 2);
    assert_eq!(run(store, &next_day).await, Summary::default());

    let later = run(store, &pass(monday() + (24 * 31).hours())).await;
    // The month has ended, too: December began.
    let expected = Summary {
        accounts_rolled: 3,
        holds_released: 0,
        logs_pruned: 3,
        conversations_pruned: 0,
        unanswered_pruned: 0,
        keys_pruned: 0,
        webhook_events_pruned: 0,
    };
    assert_eq!(later, expected);
    let much_later = run(store, &pass(monday() + (24 * 61).hours())).await;
    assert_eq!(much_later.conversations_pruned, 3);
    assert_eq!(store.number("count(*) FROM widget_messages"), 0);
    assert_eq!(store.number("total_tokens_used FROM client_llm_usage ORDER BY id LIMIT 1"), 100);
}

async fn a_dry_run_counts_what_a_pass_does_and_changes_nothing(store: &Store) {
    used(store).await;
    let before = everything(store);
    let of = |rolled, released, logs, conversations| Summary {
        accounts_rolled: rolled,
        holds_released: released,
        logs_pruned: logs,
        conversations_pruned: conversations,
        unanswered_pruned: 0,
        keys_pruned: 0,
        webhook_events_pruned: 0,
    };
    for (days, expected) in
        [(0, of(0, 0, 0, 0)), (1, of(3, 1, 0, 0)), (31, of(3, 1, 3, 0)), (61, of(3, 1, 3, 3))]
    {
        let dry = Pass { dry_run: true, ..pass(monday() + (24 * days).hours()) };
        assert_eq!(run(store, &dry).await, expected, "{days}");
        assert_eq!(everything(store), before);
    }
    assert_eq!(run(store, &pass(monday() + (24 * 61).hours())).await, of(3, 1, 3, 3));
}

async fn nothing_is_pruned_that_is_kept_for_ever(store: &Store) {
    used(store).await;
    let keep = Pass {
        log_retention_days: 0,
        conversation_retention_days: 0,
        unanswered_retention_days: 0,
        webhook_retention_days: 0,
        ..pass(at("2036-01-01T00:00:00Z"))
    };
    for pass in [Pass { dry_run: true, ..keep }, keep] {
        let summary = run(store, &pass).await;
        assert_eq!((summary.logs_pruned, summary.conversations_pruned), (0, 0));
    }
    assert_eq!(store.number("count(*) FROM llm_request_logs"), 3);
}

async fn a_pass_works_through_more_than_a_batch(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.run(&format!(
        "INSERT INTO llm_request_logs (widget_id, llm_provider, llm_model, status, created_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
            SELECT {}, 'gemini', 'm', 'success', '2026-01-01 00:00:00' FROM n",
        key.widget
    ));
    for _ in 0..520 {
        held(store.ledger(), begin(key, conversation, monday())).await;
    }
    let mut seen = Vec::new();
    let summary = store
        .db
        .run_pass(&pass(monday() + 1.hour()), |so_far| {
            seen.push(*so_far);
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
    assert_eq!((summary.holds_released, summary.logs_pruned), (520, 1_200));
    let holds: Vec<u64> = seen.iter().map(|so_far| so_far.holds_released).collect();
    let logs: Vec<u64> = seen.iter().map(|so_far| so_far.logs_pruned).collect();
    assert_eq!(holds, [500, 520, 520, 520, 520]);
    assert_eq!(logs, [0, 0, 500, 1_000, 1_200]);
    assert_eq!(store.stored(key), "0/0|0/0|0/0|0/0|open|-");
}

async fn a_stopped_pass_is_finished_by_the_next(store: &Store) {
    used(store).await;
    let next_day = pass(monday() + 24.hours());
    let stopped = store.db.run_pass(&next_day, |_| ControlFlow::Break(())).await.unwrap();
    assert_eq!(stopped, Summary { accounts_rolled: 3, ..Summary::default() });
    let rest = run(store, &next_day).await;
    assert_eq!(rest, Summary { holds_released: 1, ..Summary::default() });
}

async fn two_passes_at_once_share_the_work(store: &Store) {
    used(store).await;
    let next_day = pass(monday() + 24.hours());
    let (one, other) = tokio::join!(run(store, &next_day), run(store, &next_day));
    assert_eq!(one.accounts_rolled + other.accounts_rolled, 3);
    assert_eq!(one.holds_released + other.holds_released, 1);
    assert_eq!(store.number(HISTORY), 2);
}

async fn a_pass_leaves_running_messages_alone(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let running = held(store.ledger(), begin(key, conversation, monday())).await;
    let now = monday() + 59.seconds();
    assert_eq!(run(store, &pass(now)).await, Summary::default());
    store.ledger().finish(running.finish(outcome(Status::Success, 5, 5), now)).await.unwrap();
    assert_eq!(store.stored(key), "10/1|10/1|10/1|0/0|open|-");
}

async fn holds_are_released_once_their_time_is_over(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    for _ in 0..3 {
        held(store.ledger(), begin(key, conversation, monday())).await;
    }
    assert_eq!(store.db.release_overdue(monday() + 59.seconds()).await.unwrap(), 0);
    let late = monday() + 60.seconds();
    let (one, other) = tokio::join!(store.db.release_overdue(late), store.db.release_overdue(late));
    assert_eq!(one.unwrap() + other.unwrap(), 3);
    assert_eq!(store.stored(key), "0/0|0/0|0/0|0/0|open|-");
}

async fn the_next_midnight_is_that_of_the_first_zone(store: &Store) {
    assert_eq!(store.db.next_midnight(monday()).await.unwrap(), Timestamp::MAX);
    store.widget();
    assert_eq!(store.db.next_midnight(monday()).await.unwrap(), at("2026-11-24T00:00:00Z"));
    let kolkata = store.widget();
    store.set(kolkata, "reset_timezone = 'Asia/Kolkata'");
    assert_eq!(store.db.next_midnight(monday()).await.unwrap(), at("2026-11-23T18:30:00Z"));
}
