//! Uses and votes of entries that someone else holds: nobody waits, and nothing is lost.

use crate::support::*;
use frontdesk_domain::ids::{EntryId, MessageId};
use frontdesk_persistence::{AccountKey, Database, Finish, Reply, Status, Vote};

contract!(a_full_count_fails_no_answer, what_nobody_holds_is_counted_at_once,);

const COUNTS: [&str; 3] = ["times_used", "helpful_count", "not_helpful_count"];

/// A widget with the entry 7.
fn widget(store: &Store) -> AccountKey {
    let key = store.widget();
    store.run(&format!(
        "INSERT INTO widget_knowledge_base (id, widget_id, question, answer) VALUES (7, {}, 'q', 'a')",
        key.widget
    ));
    key
}

/// Answers a message with the entry 7; the reply's id.
async fn answer(store: &Store, key: AccountKey) -> MessageId {
    let conversation = store.conversation(key, monday()).await;
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    let done = held.finish(outcome(Status::Success, 1, 1), monday());
    let reply = Reply { entry: Some(EntryId(7)), ..reply() };
    store.ledger().finish(Finish { reply, ..done }).await.unwrap().reply()
}

async fn vote(store: &Store, key: AccountKey, reply: MessageId, helpful: Option<bool>) {
    let vote = Vote { was_helpful: Some(helpful), text: None };
    store.db.vote(key.widget, reply, vote).await.unwrap().unwrap();
}

/// As another session sees them: uses, votes for and against.
async fn counts(store: &Store, key: AccountKey) -> (i32, i32, i32) {
    let entry = store.db.knowledge_entry(key.widget, EntryId(7)).await.unwrap().unwrap();
    (entry.times_used, entry.helpful_count, entry.not_helpful_count)
}

fn waiting(store: &Store) -> i64 {
    store.number("count(*) FROM knowledge_counts")
}

async fn a_full_count_fails_no_answer(store: &Store) {
    let key = widget(store);
    store.run("UPDATE widget_knowledge_base SET times_used = 2147483647");
    answer(store, key).await;
    assert_eq!(counts(store, key).await.0, i32::MAX);
}

async fn what_nobody_holds_is_counted_at_once(store: &Store) {
    let key = widget(store);
    let reply = answer(store, key).await;
    vote(store, key, reply, Some(true)).await;
    assert_eq!(counts(store, key).await, (1, 1, 0));
    assert_eq!(store.db.count_knowledge().await.unwrap(), 0);
    assert_eq!(counts(store, key).await, (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_does_not_wait_for_an_entry_that_someone_is_changing() {
    let store = Store::postgres().await;
    let key = widget(&store);
    store.run("BEGIN; UPDATE widget_knowledge_base SET answer = 'b' WHERE id = 7");
    let replies = [answer(&store, key).await, answer(&store, key).await];
    for reply in replies {
        vote(&store, key, reply, Some(true)).await;
    }
    vote(&store, key, replies[1], Some(false)).await;
    assert_eq!(store.db.count_knowledge().await.unwrap(), 0, "it is still held");
    assert_eq!(counts(&store, key).await, (0, 0, 0));
    store.run("COMMIT");
    assert_eq!(store.db.count_knowledge().await.unwrap(), 1);
    assert_eq!((counts(&store, key).await, waiting(&store)), ((2, 1, 1), 0));
    assert_eq!(store.db.count_knowledge().await.unwrap(), 0);
    let named = "widget_messages WHERE knowledge_base_id = 7 ORDER BY id";
    assert_eq!(store.rows(&["id"], named), replies.map(|reply| reply.to_string()));
    assert_eq!(store.rows(&["answer"], "widget_knowledge_base"), ["b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_that_is_taken_back_before_it_was_counted_counts_nowhere() {
    let store = Store::postgres().await;
    let key = widget(&store);
    let reply = answer(&store, key).await;
    store.run("BEGIN; UPDATE widget_knowledge_base SET answer = 'b'");
    vote(&store, key, reply, Some(true)).await;
    store.run("COMMIT");
    vote(&store, key, reply, None).await;
    store.db.count_knowledge().await.unwrap();
    assert_eq!(counts(&store, key).await, (1, 0, 0));
}

/// Whoever may delete an entry keeps replies from naming it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_is_told_its_entry_once_that_is_free() {
    let store = Store::postgres().await;
    let key = widget(&store);
    store.run("BEGIN; SELECT id FROM widget_knowledge_base WHERE id = 7 FOR UPDATE");
    let reply = answer(&store, key).await;
    assert_eq!(store.rows(&["knowledge_base_id"], "widget_messages WHERE message_type = 'bot'"), ["-"]);
    vote(&store, key, reply, Some(true)).await;
    store.run("ROLLBACK");
    assert_eq!(store.db.count_knowledge().await.unwrap(), 1);
    assert_eq!((counts(&store, key).await, waiting(&store)), ((1, 1, 0), 0));
    assert_eq!(store.rows(&["knowledge_base_id"], "widget_messages WHERE message_type = 'bot'"), ["7"]);
    vote(&store, key, reply, None).await;
    assert_eq!(counts(&store, key).await, (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_that_is_not_over_holds_up_no_answer() {
    let store = Store::postgres().await;
    let key = widget(&store);
    store.run("BEGIN; DELETE FROM widget_knowledge_base WHERE id = 7");
    answer(&store, key).await;
    store.run("COMMIT");
    assert_eq!(store.db.count_knowledge().await.unwrap(), 0);
    assert_eq!((waiting(&store), store.number("count(*) FROM widget_knowledge_base")), (0, 0));
    assert_eq!(store.rows(&["knowledge_base_id"], "widget_messages WHERE message_type = 'bot'"), ["-"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_count_at_once_count_each_use_once() {
    let store = Store::postgres().await;
    let key = widget(&store);
    let other = Database::connect(&store.url, 4).await.unwrap();
    store.run("BEGIN; UPDATE widget_knowledge_base SET answer = 'b'");
    for _ in 0..10 {
        answer(&store, key).await;
    }
    store.run("COMMIT");
    let counters: Vec<_> = (0..8)
        .map(|n| {
            let db = if n % 2 == 0 { store.db.clone() } else { other.clone() };
            tokio::spawn(async move { db.count_knowledge().await.unwrap() })
        })
        .collect();
    for _ in 0..10 {
        answer(&store, key).await;
    }
    for counter in counters {
        counter.await.unwrap();
    }
    store.db.count_knowledge().await.unwrap();
    assert_eq!((counts(&store, key).await.0, waiting(&store)), (20, 0));
    assert_eq!(store.rows(&COUNTS, "widget_knowledge_base"), ["20|0|0"]);
}
