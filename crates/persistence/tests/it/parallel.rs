//! Many at once, from one process and from two: limits hold, nothing is stored twice, a bad neighbour harms nobody.

use crate::support::*;
use frontdesk_domain::ids::{ConversationId, MessageId};
use frontdesk_persistence::{
    AccountKey, Begin, Begun, ConversationRef, Database, Finished, LedgerError, NewConversation, Record,
    Recorded, Status, VisitorMessage,
};
use std::collections::HashSet;
use tokio::task::JoinSet;

contract!(
    one_request_is_granted_once,
    ten_requests_are_granted_ten_times,
    tokens_are_granted_while_they_last,
    an_idempotency_key_is_stored_once,
    a_batch_keeps_one_of_two_equal_keys,
    two_processes_keep_one_of_two_equal_keys,
    a_bad_row_fails_alone,
    texts_with_a_nul_are_refused,
    many_widgets_at_once_stay_apart,
);

/// The database a second time: another process's writers and readers.
async fn twin(store: &Store) -> Database {
    Database::open(&store.url, 2).await.unwrap()
}

/// Sixty-four visitors at once, on two processes.
async fn rush(
    store: &Store,
    key: AccountKey,
    conversation: ConversationId,
    tokens: (u32, u32),
) -> (Vec<Held>, usize) {
    let other = twin(store).await;
    let mut visitors = JoinSet::new();
    for n in 0..64 {
        let db = if n % 2 == 0 { store.db.clone() } else { other.clone() };
        let begin = Begin { attempt: attempt_of(tokens.0, tokens.1), ..begin(key, conversation, monday()) };
        visitors.spawn(async move { try_begin(db.ledger(), begin).await });
    }
    let results = visitors.join_all().await;
    let denied = results.iter().filter(|result| result.is_err()).count();
    (results.into_iter().flatten().collect(), denied)
}

async fn one_request_is_granted_once(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "daily_request_limit = 1");
    let (granted, denied) = rush(store, key, conversation, (400, 500)).await;
    assert_eq!((granted.len(), denied), (1, 63));
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
}

async fn ten_requests_are_granted_ten_times(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "daily_request_limit = 10");
    let (granted, denied) = rush(store, key, conversation, (400, 500)).await;
    assert_eq!((granted.len(), denied), (10, 54));
    assert_eq!(store.stored(key), "0/0|0/0|0/0|9000/10|open|-");
    let other = twin(store).await;
    let mut finishing = JoinSet::new();
    for (n, held) in granted.into_iter().enumerate() {
        let db = if n % 2 == 0 { store.db.clone() } else { other.clone() };
        let done = held.finish(outcome(Status::Success, 40, 2), monday());
        finishing.spawn(async move { db.ledger().finish(done).await.unwrap() });
    }
    let replies: HashSet<MessageId> = finishing.join_all().await.into_iter().map(Finished::reply).collect();
    assert_eq!(replies.len(), 10);
    assert_eq!(store.stored(key), "420/10|420/10|420/10|0/0|exhausted|daily_request_limit");
    assert_eq!(store.number("count(*) FROM llm_request_logs WHERE status = 'credits_exhausted'"), 54);
    assert_eq!(
        store.rows(&["requests", "successful", "credits_exhausted", "total_tokens"], "llm_usage_daily"),
        ["64|10|54|420"]
    );
    assert_eq!(store.rows(&["message_count", "bot_response_count"], "widget_conversations"), ["74|10"]);
}

async fn tokens_are_granted_while_they_last(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    // Nine holds of 500, and a tenth with a shorter reply: 400 + 80.
    store.set(key, "monthly_token_limit = 4980");
    let (granted, denied) = rush(store, key, conversation, (400, 100)).await;
    assert_eq!((granted.len(), denied), (10, 54));
    assert_eq!(store.stored(key), "0/0|0/0|0/0|4980/10|open|-");
    let shortest = granted.iter().map(|held| held.reservation.reply_tokens).min();
    assert_eq!(shortest, Some(80));
}

fn keyed(account: AccountKey, conversation: ConversationId, key: &str) -> Begin {
    let message = VisitorMessage { client_message_id: Some(key.into()), ..message("When are you open?") };
    Begin { message, ..begin(account, conversation, monday()) }
}

async fn an_idempotency_key_is_stored_once(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let first = held(store.ledger(), keyed(key, conversation, "a")).await;
    let again = store.ledger().begin(keyed(key, conversation, "a")).await.unwrap();
    assert!(matches!(again, Begun::Duplicate(id) if id == first.message), "{again:?}");
    let record = Record {
        account: key,
        conversation: ConversationRef::Existing(conversation),
        message: keyed(key, conversation, "a").message,
        reply: reply(),
        now: monday(),
    };
    let again = store.ledger().record(record).await.unwrap();
    assert!(matches!(again, Recorded::Duplicate(id) if id == first.message), "{again:?}");
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
    assert_eq!(store.number("count(*) FROM widget_messages"), 1);
    // The key means nothing in another conversation.
    let elsewhere = store.conversation(key, monday()).await;
    held(store.ledger(), keyed(key, elsewhere, "a")).await;
    held(store.ledger(), keyed(key, conversation, "b")).await;
    assert_eq!(store.number("count(*) FROM widget_messages"), 3);
}

async fn at_once(store: &Store, ledgers: [Database; 2]) {
    let (key, conversation) = store.open(monday()).await;
    let mut visitors = JoinSet::new();
    for n in 0..40 {
        let db = ledgers[n % 2].clone();
        let begin = keyed(key, conversation, &format!("key {}", n / 4));
        visitors.spawn(async move { (n / 4, db.ledger().begin(begin).await.unwrap()) });
    }
    let mut stored = [None; 10];
    let mut repeated = Vec::new();
    for (n, begun) in visitors.join_all().await {
        match begun {
            Begun::Stored { message, .. } => assert_eq!(stored[n].replace(message), None, "stored twice"),
            Begun::Duplicate(id) => repeated.push((n, id)),
        }
    }
    assert_eq!(repeated.len(), 30);
    assert!(repeated.iter().all(|(n, id)| stored[*n] == Some(*id)));
    assert_eq!(store.number("count(*) FROM widget_messages"), 10);
    assert_eq!(store.stored(key), "0/0|0/0|0/0|9000/10|open|-");
}

async fn a_batch_keeps_one_of_two_equal_keys(store: &Store) {
    at_once(store, [store.db.clone(), store.db.clone()]).await;
}

async fn two_processes_keep_one_of_two_equal_keys(store: &Store) {
    at_once(store, [store.db.clone(), twin(store).await]).await;
}

async fn a_bad_row_fails_alone(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let mut visitors = JoinSet::new();
    for n in 0..50 {
        let ledger = store.ledger().clone();
        let conversation = if n == 17 { ConversationId(4_711) } else { conversation };
        visitors.spawn(async move { (n, ledger.begin(begin(key, conversation, monday())).await) });
    }
    for (n, begun) in visitors.join_all().await {
        match begun {
            Ok(Begun::Stored { reserved: Ok(_), .. }) => assert_ne!(n, 17),
            Err(LedgerError::UnknownConversation(id)) => assert_eq!((n, id.0), (17, 4_711)),
            other => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(store.stored(key), "0/0|0/0|0/0|44100/49|open|-");
    assert_eq!(store.number("count(*) FROM widget_messages"), 49);
    assert_eq!(store.number("count(*) FROM llm_request_logs"), 49);
}

async fn texts_with_a_nul_are_refused(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let said = Begin { message: message("a\0b"), ..begin(key, conversation, monday()) };
    let fields = NewConversation { session_id: "a\0b".into(), ..NewConversation::default() };
    let ConversationRef::New(public_id, _) = new_conversation() else { panic!() };
    let named = Begin {
        conversation: ConversationRef::New(public_id, Box::new(fields)),
        ..begin(key, conversation, monday())
    };
    for begin in [said, keyed(key, conversation, "a\0b"), named] {
        let begun = store.ledger().begin(begin).await;
        assert!(matches!(begun, Err(LedgerError::Database(_))), "{begun:?}");
    }
    assert_eq!(store.number("count(*) FROM widget_messages"), 0);
    assert_eq!(store.stored(key), "0/0|0/0|0/0|0/0|open|-");
    assert!(store.db.widget_by_key("a\0b").await.unwrap().is_none());
}

async fn many_widgets_at_once_stay_apart(store: &Store) {
    let other = twin(store).await;
    let mut accounts = Vec::new();
    for _ in 0..20 {
        accounts.push(store.open(monday()).await);
    }
    let mut visitors = JoinSet::new();
    for n in 0..200 {
        let (key, conversation) = accounts[n % 20];
        let db = if n % 3 == 0 { other.clone() } else { store.db.clone() };
        visitors.spawn(async move {
            let held = held(db.ledger(), begin(key, conversation, monday())).await;
            let used = u32::try_from(n % 20).unwrap();
            db.ledger().finish(held.finish(outcome(Status::Success, used, 0), monday())).await.unwrap();
        });
    }
    visitors.join_all().await;
    for (n, (key, _)) in accounts.iter().enumerate() {
        let used = format!("{}/10", n * 10);
        assert_eq!(store.stored(*key), format!("{used}|{used}|{used}|0/0|open|-"));
    }
}
