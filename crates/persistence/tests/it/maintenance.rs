//! What the worker does in batches, and the demo.

use crate::sessions::OtherSession;
use crate::support::*;
use frontdesk_domain::ids::{AccountId, ConversationId, RequestLogId, WidgetId};
use frontdesk_persistence::Status;
use jiff::ToSpan;

contract!(
    old_requests_are_pruned_in_batches,
    pruning_keeps_counters_and_rollup,
    a_hold_is_never_pruned,
    old_conversations_are_pruned_in_batches,
    overdue_holds_come_in_pages,
    due_accounts_come_in_pages,
    zones_are_due_by_the_day_that_it_is_there,
    the_demo_is_planted_once,
    the_demo_is_for_empty_databases,
);

const START: ConversationId = ConversationId(0);

async fn old_requests_are_pruned_in_batches(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    for day in 0..10 {
        spend(store, key, conversation, 1, monday() + (24 * day).hours()).await;
    }
    let before = monday() + (24 * 7).hours();
    let mut pruned = Vec::new();
    loop {
        pruned.push(store.db.prune_request_logs(before, 3).await.unwrap());
        if pruned.last() == Some(&0) {
            break;
        }
    }
    assert_eq!(pruned, [3, 3, 1, 0]);
    assert_eq!(store.rows(&["count(*)", "min(booked_on)"], "llm_request_logs"), ["3|2026-11-30"]);
}

async fn pruning_keeps_counters_and_rollup(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    spend(store, key, conversation, 5, monday()).await;
    spend(store, key, conversation, 7, monday() + 24.hours()).await;
    let tables = |store: &Store| {
        (
            store.stored(key),
            store.rows(&["day", "requests", "total_tokens"], "llm_usage_daily ORDER BY day"),
            store.rows(&["period_start", "tokens_used"], "llm_usage_history"),
            store.number("count(*) FROM widget_messages"),
        )
    };
    let before = tables(store);
    assert_eq!(store.db.prune_request_logs(monday() + 1.second(), 100).await.unwrap(), 1);
    assert_eq!(tables(store), before);
}

async fn a_hold_is_never_pruned(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    let late = monday() + 1_000.hours();
    assert_eq!(store.db.prune_request_logs(late, 100).await.unwrap(), 0);
    assert_eq!(store.db.prune_conversations(late, START, 100).await.unwrap().count, 0);
    store.ledger().finish(held.finish(outcome(Status::Success, 1, 0), monday())).await.unwrap();
    // A row from before the ledger, without a status.
    store.run(&format!("INSERT INTO llm_request_logs (widget_id, llm_provider, llm_model, status, created_at) VALUES ({}, 'gemini', 'm', NULL, '2026-01-01')", key.widget));
    assert_eq!(store.db.prune_request_logs(late, 100).await.unwrap(), 2);
    assert_eq!(store.db.prune_conversations(late, START, 100).await.unwrap().count, 1);
}

async fn old_conversations_are_pruned_in_batches(store: &Store) {
    let (key, _) = store.open(monday()).await;
    for day in 1..6 {
        let now = monday() + (24 * day).hours();
        let conversation = store.conversation(key, now).await;
        spend(store, key, conversation, 3, now).await;
    }
    let before = monday() + (24 * 4).hours();
    let used = store.stored(key);
    let mut after = START;
    for expected in [3, 1, 0] {
        let pruned = store.db.prune_conversations(before, after, 3).await.unwrap();
        assert_eq!(pruned.count, expected);
        after = pruned.last;
    }
    assert_eq!(store.number("count(*) FROM widget_conversations"), 2);
    assert_eq!(store.number("count(*) FROM widget_messages"), 4);
    // The log explains the counters: it stays.
    assert_eq!(
        store.rows(&["count(*)", "count(conversation_id)", "sum(total_tokens)"], "llm_request_logs"),
        ["5|2|15"]
    );
    assert_eq!(store.stored(key), used);
}

async fn overdue_holds_come_in_pages(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let mut holds = Vec::new();
    for _ in 0..5 {
        holds.push(held(store.ledger(), begin(key, conversation, monday())).await.reservation.log);
    }
    held(store.ledger(), begin(key, conversation, monday() + 30.seconds())).await;
    let now = monday() + 60.seconds();
    let mut found = Vec::new();
    let mut after = RequestLogId(0);
    loop {
        let page = store.db.overdue_holds(now, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.log;
        found.extend(page.iter().map(|hold| hold.log));
    }
    assert_eq!(found, holds);
}

async fn due_accounts_come_in_pages(store: &Store) {
    let mut widgets = Vec::new();
    for _ in 0..5 {
        widgets.push(store.widget());
    }
    store.set(widgets[1], "last_daily_reset = NULL");
    store.set(widgets[2], "last_monthly_reset = '2026-10-01'");
    store.set(widgets[3], "reset_timezone = 'Pacific/Kiritimati'");
    let mut due = Vec::new();
    for zones in &store.db.due_zones(monday()).await.unwrap() {
        let page = store.db.due_accounts(zones, AccountId(0), 1).await.unwrap();
        due.extend(page.iter().map(|account| (account.id, account.widget)));
        if let Some(first) = page.first() {
            let rest = store.db.due_accounts(zones, first.id, 100).await.unwrap();
            due.extend(rest.iter().map(|account| (account.id, account.widget)));
        }
    }
    due.sort();
    // In Kiritimati it is Tuesday already.
    let expected = [1, 2, 3].map(|n| (store.account(widgets[n]), Some(widgets[n].widget)));
    assert_eq!(due, expected);
}

/// The zones that are due at `now`, each with the day that it is there.
async fn due_zones(store: &Store, now: &str) -> Vec<String> {
    let days = store.db.due_zones(at(now)).await.unwrap();
    let mut zones: Vec<String> =
        days.iter().flat_map(|day| day.names.iter().map(|name| format!("{name} {}", day.today))).collect();
    zones.sort();
    zones
}

async fn zones_are_due_by_the_day_that_it_is_there(store: &Store) {
    let names = ["Pacific/Kiritimati", "Asia/Kolkata", "Europe/Berlin", "Mars/Olympus", "America/New_York"];
    let widgets = names.map(|name| {
        let widget = store.widget();
        let id = store.account(widget);
        store
            .run_unchecked(&format!("UPDATE client_llm_usage SET reset_timezone = '{name}' WHERE id = {id}"));
        widget
    });
    let morning = "2026-11-23T10:00:00Z";
    assert_eq!(due_zones(store, morning).await, ["Pacific/Kiritimati 2026-11-24"]);
    store.set(widgets[0], "last_daily_reset = '2026-11-24'");
    assert_eq!(due_zones(store, morning).await, [""; 0]);
    store.set(widgets[1], "last_monthly_reset = NULL");
    store.set(widgets[2], "last_monthly_reset = '2026-10-01'");
    store.set(widgets[3], "last_daily_reset = NULL");
    // A zone that is unknown counts as UTC.
    let expected = ["Asia/Kolkata 2026-11-23", "Europe/Berlin 2026-11-23", "Mars/Olympus 2026-11-23"];
    assert_eq!(due_zones(store, morning).await, expected);
    let expected = ["Asia/Kolkata 2026-11-24", "Europe/Berlin 2026-11-24", "Mars/Olympus 2026-11-23"];
    assert_eq!(due_zones(store, "2026-11-23T23:00:00Z").await, expected);
    if store.is_postgres() {
        store.run(
            "UPDATE client_llm_usage SET last_daily_reset = 'infinity', last_monthly_reset = 'infinity'",
        );
        assert_eq!(due_zones(store, morning).await, [""; 0]);
        store.set(widgets[4], "last_daily_reset = '-infinity'");
        assert_eq!(due_zones(store, morning).await, ["America/New_York 2026-11-23"]);
    }
}

async fn the_demo_is_planted_once(store: &Store) {
    for _ in 0..2 {
        assert_eq!(store.db.seed_demo().await.unwrap(), Some("demo"));
    }
    let widget = store.db.widget_by_key("demo").await.unwrap().unwrap();
    assert!(widget.llm.enabled && widget.client.is_some());
    assert_eq!(store.number("count(*) FROM widget_configs"), 1);
    let entries = store.db.knowledge_entries(widget.id).await.unwrap();
    assert_eq!(entries.len(), 12);
    assert!(entries.iter().all(|entry| !entry.keywords.is_empty()));
    let usage = store.db.usage_of_widget(widget.id, monday()).await.unwrap().unwrap();
    assert_eq!(usage.credits.limits, frontdesk_domain::credits::Limits::default());
}

async fn the_demo_is_for_empty_databases(store: &Store) {
    store.widget();
    assert_eq!(store.db.seed_demo().await.unwrap(), None);
    assert_eq!(store.number("count(*) FROM widget_configs"), 1);
    assert!(!store.db.widget_exists(WidgetId(2)).await.unwrap());
}

/// A visitor comes back at the moment at which the conversation is old enough to go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_in_which_somebody_writes_is_not_pruned() {
    let store = Store::postgres().await;
    store.open(monday()).await;
    let visitor = OtherSession::open(&store.url);
    visitor.run("BEGIN; UPDATE widget_conversations SET last_activity_at = '2026-12-31 00:00:00'");
    let before = monday() + 24.hours();
    assert_eq!(store.db.prune_conversations(before, START, 10).await.unwrap().count, 0);
    visitor.run("COMMIT");
    assert_eq!(store.db.prune_conversations(before, START, 10).await.unwrap().count, 0);
    assert_eq!(store.number("count(*) FROM widget_conversations"), 1);
}
