//! Calls that are repeated: one of them is the first, whichever process it comes from.

use crate::support::*;
use frontdesk_domain::ids::PublicConversationId;
use frontdesk_persistence::{Captured, Claimed, Database, IdempotencyKey, Lead, Opening, Operation};
use jiff::SignedDuration;

contract!(
    one_of_many_calls_at_once_is_the_first,
    a_key_is_refused_with_another_request,
    widgets_and_calls_have_keys_of_their_own,
    leads_at_once_are_stored_once_and_get_the_same_answer,
    a_lead_that_was_refused_leaves_its_key_free,
    keys_go_with_their_widget_and_after_a_day,
);

fn key(key: &str, request: &str) -> IdempotencyKey {
    IdempotencyKey { key: key.into(), request_hash: request.into() }
}

fn opening(id: i64) -> Opening {
    Opening { conversation: PublicConversationId::new(id), existing: id % 2 == 0 }
}

async fn one_of_many_calls_at_once_is_the_first(store: &Store) {
    let widget = store.widget().widget;
    let second = Database::connect(&store.url, 4).await.unwrap();
    let tasks: Vec<_> = (0..30)
        .map(|n| {
            let db = if n % 2 == 0 { store.db.clone() } else { second.clone() };
            tokio::spawn(async move {
                let once = key("k", "r");
                let claimed =
                    db.claim_conversation(widget, Operation::FirstMessage, once, opening(n), monday());
                (n, claimed.await.unwrap())
            })
        })
        .collect();
    let (mut first, mut repeated) = (Vec::new(), Vec::new());
    for task in tasks {
        match task.await.unwrap() {
            (n, Claimed::Own) => first.push(opening(n)),
            (_, Claimed::Earlier(earlier)) => repeated.push(earlier),
            (_, Claimed::KeyReused) => panic!("the same request"),
        }
    }
    assert_eq!((first.len(), repeated.len()), (1, 29));
    assert!(repeated.iter().all(|earlier| *earlier == first[0]));
}

async fn a_key_is_refused_with_another_request(store: &Store) {
    let widget = store.widget().widget;
    let claim = async |request| {
        let once = key("k", request);
        let operation = Operation::OpenConversation;
        store.db.claim_conversation(widget, operation, once, opening(4), monday()).await.unwrap()
    };
    assert_eq!(claim("one").await, Claimed::Own);
    assert_eq!(claim("two").await, Claimed::KeyReused);
    assert_eq!(claim("one").await, Claimed::Earlier(opening(4)));
}

async fn widgets_and_calls_have_keys_of_their_own(store: &Store) {
    let (widget, other) = (store.widget().widget, store.widget().widget);
    for (widget, operation) in [
        (widget, Operation::OpenConversation),
        (widget, Operation::FirstMessage),
        (other, Operation::OpenConversation),
        (other, Operation::FirstMessage),
    ] {
        let claimed = store.db.claim_conversation(widget, operation, key("k", "r"), opening(1), monday());
        assert_eq!(claimed.await.unwrap(), Claimed::Own);
    }
}

async fn leads_at_once_are_stored_once_and_get_the_same_answer(store: &Store) {
    let (account, conversation) = store.open(monday()).await;
    store.run(&format!("UPDATE widget_conversations SET lead_id = 5 WHERE id = {conversation}"));
    let id = PublicConversationId::new(store.number("public_id FROM widget_conversations"));
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let db = store.db.clone();
            tokio::spawn(async move {
                // What each writes tells which of them wrote.
                let lead = Lead { name: Some(format!("visitor {n}")), ..Lead::default() };
                let at = monday() + SignedDuration::from_secs(n);
                db.capture_lead(account.widget, id, lead, Some(key("k", "r")), at).await.unwrap()
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Captured::Stored { lead_id: Some(5) });
    }
    let once = "widget_conversations c JOIN idempotency_keys k ON k.conversation = c.public_id AND k.created_at = c.updated_at";
    assert_eq!(store.number(&format!("count(*) FROM {once}")), 1);
    let again = Lead { name: Some("somebody else".into()), ..Lead::default() };
    let reused = store.db.capture_lead(account.widget, id, again, Some(key("k", "other")), monday()).await;
    assert_eq!(reused.unwrap(), Captured::KeyReused);
    assert_eq!(store.number("count(*) FROM widget_conversations WHERE visitor_name LIKE 'visitor %'"), 1);
}

async fn a_lead_that_was_refused_leaves_its_key_free(store: &Store) {
    let (account, _) = store.open(monday()).await;
    let id = PublicConversationId::new(store.number("public_id FROM widget_conversations"));
    let capture = async |id, request| {
        let lead = Lead { name: Some("Ada".into()), ..Lead::default() };
        store.db.capture_lead(account.widget, id, lead, Some(key("k", request)), monday()).await.unwrap()
    };
    let nobodys = PublicConversationId::new(id.get() ^ 1);
    assert_eq!(capture(nobodys, "one").await, Captured::UnknownConversation);
    assert_eq!(store.number("count(*) FROM idempotency_keys"), 0);
    assert_eq!(capture(id, "two").await, Captured::Stored { lead_id: None });
}

async fn keys_go_with_their_widget_and_after_a_day(store: &Store) {
    let (widget, other) = (store.widget().widget, store.widget().widget);
    for n in 0..5 {
        let at = monday() + SignedDuration::from_hours(n);
        let once = key(&format!("k{n}"), "r");
        store.db.claim_conversation(widget, Operation::FirstMessage, once, opening(n), at).await.unwrap();
    }
    let claimed =
        store.db.claim_conversation(other, Operation::FirstMessage, key("k", "r"), opening(1), monday());
    claimed.await.unwrap();
    let before = monday() + SignedDuration::from_hours(3);
    assert_eq!(store.db.prune_idempotency_keys(before, 2).await.unwrap(), 2);
    assert_eq!(store.db.prune_idempotency_keys(before, 2).await.unwrap(), 2);
    assert_eq!(store.db.prune_idempotency_keys(before, 2).await.unwrap(), 0);
    assert_eq!(store.rows(&["idempotency_key"], "idempotency_keys ORDER BY 1"), ["k3", "k4"]);
    store.run(&format!("DELETE FROM widget_configs WHERE id = {widget}"));
    assert_eq!(store.number("count(*) FROM idempotency_keys"), 0);
}
