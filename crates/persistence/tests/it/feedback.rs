//! Votes on replies: each counts once, on the entry that the reply was, and on nobody else's.

use crate::support::*;
use frontdesk_domain::ids::{EntryId, MessageId};
use frontdesk_persistence::{AccountKey, Feedback, KnowledgeChange, Vote};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

contract!(
    a_vote_counts_once_however_often_it_is_sent,
    a_vote_that_changes_moves,
    a_vote_can_be_taken_back,
    what_is_left_out_stays,
    a_reply_without_an_entry_counts_nowhere,
    a_message_of_another_widget_is_unknown_and_changes_nothing,
    only_a_bots_reply_can_be_voted_on,
    a_vote_is_no_change_of_the_knowledge_base,
    counts_never_fall_below_zero,
    a_vote_on_a_reply_whose_entry_is_gone_is_stored,
    votes_at_once_do_not_drift,
    votes_and_deletions_at_once_do_not_fail,
    counts_are_the_votes_whatever_is_voted,
);

const COUNTS: [&str; 2] = ["COALESCE(helpful_count, 0)", "not_helpful_count"];

fn says(helpful: bool) -> Vote {
    Vote { was_helpful: Some(Some(helpful)), text: None }
}

fn taken_back() -> Vote {
    Vote { was_helpful: Some(None), text: None }
}

/// A widget with the entry 1 and so many replies that were it, with ids from 101.
async fn answered(store: &Store, replies: i32) -> AccountKey {
    let (key, conversation) = store.open(monday()).await;
    store.run(&format!(
        "INSERT INTO widget_knowledge_base (id, widget_id, question, answer) VALUES (1, {}, 'q', 'a'), (2, {0}, 'q2', 'a2')",
        key.widget
    ));
    for id in 101..101 + replies {
        say(store, conversation.0, id, "bot", "1");
    }
    key
}

fn say(store: &Store, conversation: i32, id: i32, kind: &str, entry: &str) {
    store.run(&format!(
        "INSERT INTO widget_messages (id, conversation_id, message_type, message_text, knowledge_base_id)
        VALUES ({id}, {conversation}, '{kind}', 'text', {entry})"
    ));
}

async fn vote(
    store: &Store,
    key: AccountKey,
    message: i32,
    vote: Vote,
) -> Option<(Option<bool>, Option<bool>)> {
    let stored = store.db.vote(key.widget, MessageId(message), vote).await.unwrap();
    stored.map(|feedback| (feedback.before, feedback.after))
}

fn counts(store: &Store) -> String {
    store.rows(&COUNTS, "widget_knowledge_base WHERE id = 1").remove(0)
}

async fn a_vote_counts_once_however_often_it_is_sent(store: &Store) {
    let key = answered(store, 2).await;
    let feedback = store.db.vote(key.widget, MessageId(101), says(true)).await.unwrap();
    let expected =
        Feedback { message: MessageId(101), entry: Some(EntryId(1)), before: None, after: Some(true) };
    assert_eq!(feedback, Some(expected));
    assert_eq!(vote(store, key, 101, says(true)).await, Some((Some(true), Some(true))));
    assert_eq!(counts(store), "1|0");
    vote(store, key, 102, says(true)).await;
    assert_eq!(counts(store), "2|0");
    assert_eq!(store.rows(&COUNTS, "widget_knowledge_base WHERE id = 2"), ["0|0"]);
}

async fn a_vote_that_changes_moves(store: &Store) {
    let key = answered(store, 1).await;
    store.run("UPDATE widget_knowledge_base SET helpful_count = NULL");
    vote(store, key, 101, says(true)).await;
    assert_eq!(vote(store, key, 101, says(false)).await, Some((Some(true), Some(false))));
    assert_eq!(counts(store), "0|1");
    vote(store, key, 101, says(true)).await;
    assert_eq!(counts(store), "1|0");
}

async fn a_vote_can_be_taken_back(store: &Store) {
    let key = answered(store, 1).await;
    for helpful in [true, false] {
        vote(store, key, 101, says(helpful)).await;
        assert_eq!(vote(store, key, 101, taken_back()).await, Some((Some(helpful), None)));
        assert_eq!(counts(store), "0|0");
        assert_eq!(store.rows(&["was_helpful"], "widget_messages WHERE id = 101"), ["-"]);
    }
    assert_eq!(vote(store, key, 101, taken_back()).await, Some((None, None)));
    assert_eq!(counts(store), "0|0");
}

async fn what_is_left_out_stays(store: &Store) {
    let key = answered(store, 1).await;
    let stored = |store: &Store| {
        let columns =
            ["CASE WHEN was_helpful THEN 'yes' WHEN NOT was_helpful THEN 'no' END", "feedback_text"];
        store.rows(&columns, "widget_messages WHERE id = 101").remove(0)
    };
    let text = |text: Option<&str>| Vote { was_helpful: None, text: Some(text.map(Into::into)) };
    let both = Vote { text: Some(Some("Thanks, \"it's\" fine 🙂".into())), ..says(true) };
    vote(store, key, 101, both).await;
    assert_eq!(stored(store), "yes|Thanks, \"it's\" fine 🙂");
    assert_eq!(vote(store, key, 101, text(Some("Hm"))).await, Some((Some(true), Some(true))));
    assert_eq!(stored(store), "yes|Hm");
    vote(store, key, 101, says(false)).await;
    assert_eq!(stored(store), "no|Hm");
    vote(store, key, 101, text(None)).await;
    assert_eq!(stored(store), "no|-");
    assert_eq!(vote(store, key, 101, Vote::default()).await, Some((Some(false), Some(false))));
    assert_eq!((stored(store).as_str(), counts(store).as_str()), ("no|-", "0|1"));
}

async fn a_reply_without_an_entry_counts_nowhere(store: &Store) {
    let key = answered(store, 0).await;
    let conversation = store.conversation(key, monday()).await;
    say(store, conversation.0, 200, "bot", "NULL");
    let feedback = store.db.vote(key.widget, MessageId(200), says(false)).await.unwrap().unwrap();
    assert_eq!((feedback.entry, feedback.after), (None, Some(false)));
    assert_eq!(counts(store), "0|0");
}

async fn a_message_of_another_widget_is_unknown_and_changes_nothing(store: &Store) {
    answered(store, 1).await;
    let (other, _) = store.open(monday()).await;
    let theirs = Vote { text: Some(Some("not mine".into())), ..says(false) };
    assert_eq!(vote(store, other, 101, theirs).await, None);
    assert_eq!(counts(store), "0|0");
    assert_eq!(store.rows(&["was_helpful", "feedback_text"], "widget_messages"), ["-|-"]);
}

async fn only_a_bots_reply_can_be_voted_on(store: &Store) {
    let key = answered(store, 0).await;
    let conversation = store.conversation(key, monday()).await;
    for (id, kind) in [(201, "user"), (202, "system"), (203, "human"), (204, "agent")] {
        say(store, conversation.0, id, kind, "1");
        assert_eq!(vote(store, key, id, says(true)).await, None, "{kind}");
    }
    assert_eq!(vote(store, key, 4_711, says(true)).await, None);
    store.run("INSERT INTO widget_messages (id, message_type, message_text, knowledge_base_id) VALUES (205, 'bot', 'of nobody', 1)");
    assert_eq!(vote(store, key, 205, says(true)).await, None);
    assert_eq!(counts(store), "0|0");
}

async fn a_vote_is_no_change_of_the_knowledge_base(store: &Store) {
    let key = answered(store, 1).await;
    let state = |store: &Store| {
        store.rows(
            &["knowledge_version", "k.updated_at"],
            "widget_configs, widget_knowledge_base k WHERE k.id = 1",
        )
    };
    let before = state(store);
    vote(store, key, 101, says(true)).await;
    assert_eq!((counts(store).as_str(), state(store)), ("1|0", before));
}

async fn counts_never_fall_below_zero(store: &Store) {
    let key = answered(store, 2).await;
    vote(store, key, 101, says(true)).await;
    vote(store, key, 102, says(false)).await;
    store.run("UPDATE widget_knowledge_base SET helpful_count = 0, not_helpful_count = -5");
    vote(store, key, 101, taken_back()).await;
    assert_eq!(counts(store), "0|0");
    store.run("UPDATE widget_knowledge_base SET helpful_count = 2147483647");
    vote(store, key, 102, says(true)).await;
    assert_eq!(counts(store), "2147483647|0");
}

async fn a_vote_on_a_reply_whose_entry_is_gone_is_stored(store: &Store) {
    let key = answered(store, 1).await;
    store.db.change_knowledge(key.widget, vec![KnowledgeChange::Delete(EntryId(1))], monday()).await.unwrap();
    let feedback = store.db.vote(key.widget, MessageId(101), says(true)).await.unwrap().unwrap();
    assert_eq!((feedback.entry, feedback.after), (None, Some(true)));
    assert_eq!(store.number("count(*) FROM widget_messages WHERE was_helpful"), 1);
}

async fn votes_at_once_do_not_drift(store: &Store) {
    let key = answered(store, 3).await;
    let mut tasks = Vec::new();
    for n in 0..60 {
        let db = store.db.clone();
        let vote = [says(true), says(false), taken_back()][n % 3].clone();
        let message = MessageId(101 + i32::try_from(n / 2 % 3).unwrap());
        tasks.push(tokio::spawn(async move { db.vote(key.widget, message, vote).await.unwrap().unwrap() }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    // Those that met on the entry wait for their turn.
    store.db.count_knowledge().await.unwrap();
    assert_eq!(counts(store), voted(store));
}

/// The counts as the votes make them.
fn voted(store: &Store) -> String {
    let count = |condition: &str| store.number(&format!("count(*) FROM widget_messages WHERE {condition}"));
    format!("{}|{}", count("was_helpful"), count("NOT was_helpful"))
}

async fn votes_and_deletions_at_once_do_not_fail(store: &Store) {
    let key = answered(store, 8).await;
    let votes: Vec<_> = (101..109)
        .map(|id| {
            let db = store.db.clone();
            tokio::spawn(
                async move { db.vote(key.widget, MessageId(id), says(true)).await.unwrap().unwrap() },
            )
        })
        .collect();
    store.db.change_knowledge(key.widget, vec![KnowledgeChange::Delete(EntryId(1))], monday()).await.unwrap();
    for vote in votes {
        assert_eq!(vote.await.unwrap().after, Some(true));
    }
    assert_eq!(store.number("count(*) FROM widget_messages WHERE was_helpful"), 8);
}

async fn counts_are_the_votes_whatever_is_voted(store: &Store) {
    let key = answered(store, 3).await;
    let votes = prop::collection::vec((101..104, prop::option::of(any::<bool>())), 1..20);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut runner =
            TestRunner::new(Config { cases: 20, failure_persistence: None, ..Config::default() });
        runner
            .run(&votes, |votes| {
                for (message, helpful) in votes {
                    let sent = Vote { was_helpful: Some(helpful), text: None };
                    runtime.block_on(vote(store, key, message, sent)).unwrap();
                }
                prop_assert_eq!(counts(store), voted(store));
                Ok(())
            })
            .unwrap();
    });
}
