//! Events are stored in the transaction that causes them, once, and where nobody wants them not at all.

use crate::support::*;
use frontdesk_domain::credits::{Amount, Limits};
use frontdesk_domain::ids::{ClientId, WidgetId};
use frontdesk_persistence::{AccountKey, Database, EventKind, Heard, NewWebhook, Status};
use jiff::ToSpan;
use serde_json::{Value, json};
use tokio::task::JoinSet;

contract!(
    a_threshold_is_told_once_to_each_webhook_that_wants_it,
    nobody_who_wants_it_is_told_nothing,
    a_threshold_is_told_once_by_many_at_once,
    a_lowered_limit_is_told_at_once_and_a_new_day_anew,
    a_refused_settlement_tells_nothing,
    a_new_question_is_told_and_a_repetition_is_not,
    an_event_goes_with_its_conversation,
    a_webhook_that_is_deleted_meanwhile_fails_nobody,
);

/// A client's webhook.
async fn webhook(store: &Store, key: AccountKey, events: &[EventKind], is_active: bool) {
    let new = NewWebhook {
        url: "https://example.com/hook".into(),
        secret: "whsec_1".into(),
        events: events.to_vec(),
        is_active,
    };
    store.db.create_webhook(key.client.unwrap(), new, monday()).await.unwrap();
}

/// A widget of which 5,000 tokens a day are free, and nothing else is in the way.
async fn limited(store: &Store) -> (AccountKey, frontdesk_domain::ids::ConversationId) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "daily_token_limit = 5000");
    (key, conversation)
}

fn events(store: &Store) -> Vec<Value> {
    let rows = store.rows(&["payload"], "webhook_events ORDER BY id");
    rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

fn percents(store: &Store) -> Vec<i64> {
    events(store).iter().map(|event| event["percent"].as_i64().unwrap()).collect()
}

async fn a_threshold_is_told_once_to_each_webhook_that_wants_it(store: &Store) {
    let (key, conversation) = limited(store).await;
    webhook(store, key, &[EventKind::CreditsThreshold], true).await;
    webhook(store, key, &EventKind::ALL, true).await;
    webhook(store, key, &[EventKind::LeadCaptured], true).await;
    webhook(store, key, &EventKind::ALL, false).await;
    spend(store, key, conversation, 3_999, monday()).await;
    assert_eq!(events(store), Vec::<Value>::new());
    spend(store, key, conversation, 1, monday()).await;
    assert_eq!(
        events(store),
        [json!({
            "widget_id": key.widget, "widget_name": format!("Widget {}", key.widget), "limit": "daily_token_limit",
            "percent": 80, "used": 4_000, "maximum": 5_000, "resets_at": "2026-11-24T00:00:00.000Z",
        })]
    );
    let columns =
        ["client_id", "conversation_id", "event_type", "length(event_id)", "substr(event_id, 1, 4)"];
    let row = format!("{}|-|credits.threshold|36|evt_", key.client.unwrap());
    assert_eq!(store.rows(&columns, "webhook_events"), [row]);
    assert_eq!(
        store.rows(&["webhook_id", "status", "attempts"], "webhook_deliveries ORDER BY id"),
        ["1|pending|0", "2|pending|0"]
    );
    spend(store, key, conversation, 100, monday()).await;
    assert_eq!(percents(store), [80]);
    spend(store, key, conversation, 900, monday()).await;
    assert_eq!(percents(store), [80, 100]);
    assert_eq!(store.number("count(DISTINCT event_id) FROM webhook_events"), 2);
    // A denial changes nothing more.
    try_begin(store.ledger(), begin(key, conversation, monday())).await.unwrap_err();
    assert_eq!(percents(store), [80, 100]);
}

async fn nobody_who_wants_it_is_told_nothing(store: &Store) {
    let (key, conversation) = limited(store).await;
    let other = store.widget();
    webhook(store, other, &EventKind::ALL, true).await;
    webhook(store, key, &[EventKind::QuestionUnanswered], true).await;
    spend(store, key, conversation, 5_000, monday()).await;
    assert_eq!(store.number("count(*) FROM webhook_events"), 0);
    // It was passed before anybody wanted to know.
    webhook(store, key, &EventKind::ALL, true).await;
    spend_free(store, key, conversation).await;
    assert_eq!(store.number("count(*) FROM webhook_events"), 0);
    // A widget without a client has nobody to tell.
    let alone = store.widget_of(None);
    store.unlimited(alone, monday());
    store.set(alone, "daily_token_limit = 100");
    let conversation = store.conversation(alone, monday()).await;
    let held = held(
        store.ledger(),
        frontdesk_persistence::Begin { attempt: attempt_of(10, 64), ..begin(alone, conversation, monday()) },
    );
    let done = held.await.finish(outcome(Status::Success, 0, 500), monday());
    store.ledger().finish(done).await.unwrap();
    assert_eq!(store.number("count(*) FROM webhook_events"), 0);
}

/// A message that writes the account and uses nothing.
async fn spend_free(store: &Store, key: AccountKey, conversation: frontdesk_domain::ids::ConversationId) {
    store.set(key, "daily_token_limit = 6000");
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    store.ledger().finish(held.finish(outcome(Status::Failed, 0, 0), monday())).await.unwrap();
}

async fn a_threshold_is_told_once_by_many_at_once(store: &Store) {
    let (key, conversation) = limited(store).await;
    webhook(store, key, &EventKind::ALL, true).await;
    store.set(key, "daily_token_limit = 100000");
    let second = Database::connect(&store.url, 2).await.unwrap();
    let mut visitors = JoinSet::new();
    for n in 0..100 {
        let ledger = if n % 2 == 0 { store.ledger().clone() } else { second.ledger().clone() };
        visitors.spawn(async move {
            let Ok(held) = try_begin(&ledger, begin(key, conversation, monday())).await else { return };
            let done = held.finish(outcome(Status::Success, 400, 600), monday());
            ledger.finish(done).await.unwrap();
        });
    }
    visitors.join_all().await;
    assert_eq!(percents(store), [80, 100]);
}

async fn a_lowered_limit_is_told_at_once_and_a_new_day_anew(store: &Store) {
    let (key, conversation) = limited(store).await;
    webhook(store, key, &EventKind::ALL, true).await;
    spend(store, key, conversation, 1_000, monday()).await;
    let all = Amount { tokens: 1_000_000, requests: 1_000 };
    let limits = |tokens| Limits { daily: Amount { tokens, ..all }, monthly: all };
    store.db.set_limits(key, limits(1_200), monday()).await.unwrap();
    assert_eq!(percents(store), [80]);
    store.db.set_limits(key, limits(1_100), monday()).await.unwrap();
    assert_eq!(percents(store), [80]);
    // By hand: the next message tells it.
    store.set(key, "daily_token_limit = 1000");
    try_begin(store.ledger(), begin(key, conversation, monday())).await.unwrap_err();
    assert_eq!(percents(store), [80, 100]);
    store.set(key, "daily_token_limit = 5000");
    spend(store, key, conversation, 3_400, monday()).await;
    assert_eq!(percents(store), [80, 100, 80]);
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    // One operation closes the day and passes the threshold of the next, above which the day was, too.
    let tuesday = monday() + 24.hours();
    store.ledger().finish(held.finish(outcome(Status::Success, 0, 4_500), tuesday)).await.unwrap();
    assert_eq!(percents(store), [80, 100, 80, 80]);
    let resets: Vec<_> = events(store).iter().map(|event| event["resets_at"].clone()).collect();
    assert_eq!(resets[2..], ["2026-11-24T00:00:00.000Z", "2026-11-25T00:00:00.000Z"]);
}

async fn a_refused_settlement_tells_nothing(store: &Store) {
    let (key, conversation) = limited(store).await;
    webhook(store, key, &EventKind::ALL, true).await;
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    let done = held.finish(outcome(Status::Success, 0, 4_100), monday());
    store.ledger().finish(done.clone()).await.unwrap();
    assert!(is_settled(&store.ledger().finish(done).await));
    assert_eq!(percents(store), [80]);
    // What cannot be stored as a whole tells nothing: the batch is undone, and so are its events.
    if store.is_postgres() {
        store.run("ALTER TABLE webhook_deliveries ADD CONSTRAINT none CHECK (id < 0) NOT VALID");
    } else {
        store.run(
            "CREATE TRIGGER none BEFORE INSERT ON webhook_deliveries BEGIN SELECT RAISE(ABORT, 'none'); END",
        );
    }
    let before = store.stored(key);
    let held = try_begin(
        store.ledger(),
        frontdesk_persistence::Begin { attempt: attempt_of(100, 100), ..begin(key, conversation, monday()) },
    );
    let held = held.await.unwrap();
    store.ledger().finish(held.finish(outcome(Status::Success, 0, 900), monday())).await.unwrap_err();
    assert_eq!(percents(store), [80]);
    assert!(before.starts_with("4100/1|"), "{before}");
    assert!(store.stored(key).starts_with("4100/1|"), "{}", store.stored(key));
}

/// A visitor's message that ended in the default; the reply's id.
fn ask(store: &Store, conversation: i32, id: i32, text: &str) -> Heard {
    store.run(&format!(
        "INSERT INTO widget_messages (id, conversation_id, message_type, message_text, created_at)
            VALUES ({id}, {conversation}, 'user', '{text}', '2026-11-23 10:00:00');
        INSERT INTO widget_messages (id, conversation_id, message_type, message_text, reply_to, confidence_score, created_at)
            VALUES ({id} + 1, {conversation}, 'bot', 'r', {id}, 0.3, '2026-11-23 10:00:00')"
    ));
    Heard {
        reply: frontdesk_domain::ids::MessageId(id + 1),
        question: Some(text.to_owned()),
        at: monday(),
        guess: None,
    }
}

async fn group(store: &Store, widget: WidgetId, heard: Vec<Heard>) {
    store.db.waiting_unanswered(100, monday()).await.unwrap();
    let same = |text: &str, known: &[&str]| known.iter().position(|known| *known == text);
    store.db.group_unanswered(widget, heard, same).await.unwrap();
}

async fn a_new_question_is_told_and_a_repetition_is_not(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    webhook(store, key, &[EventKind::QuestionUnanswered], true).await;
    let heard = vec![
        ask(store, conversation.0, 101, "Dogs?"),
        ask(store, conversation.0, 103, "Dogs?"),
        ask(store, conversation.0, 105, "Cats?"),
    ];
    group(store, key.widget, heard.clone()).await;
    group(store, key.widget, heard).await;
    let told: Vec<_> = events(store).iter().map(|event| event["question"].clone()).collect();
    assert_eq!(told, ["Dogs?", "Cats?"]);
    let question = store.number("min(id) FROM unanswered_questions");
    let first = json!({
        "widget_id": key.widget, "widget_name": format!("Widget {}", key.widget), "question_id": question, "question": "Dogs?"
    });
    assert_eq!(events(store)[0], first);
    // A question whose event cannot be stored is not stored either, and is told later.
    store.run("ALTER TABLE webhook_events RENAME COLUMN payload TO hidden");
    let heard = vec![ask(store, conversation.0, 107, "Birds?")];
    store.db.waiting_unanswered(100, monday()).await.unwrap();
    store.db.group_unanswered(key.widget, heard.clone(), |_, _| None).await.unwrap_err();
    assert_eq!(store.number("count(*) FROM unanswered_questions"), 2);
    store.run("ALTER TABLE webhook_events RENAME COLUMN hidden TO payload");
    group(store, key.widget, heard).await;
    assert_eq!(events(store)[2]["question"], "Birds?");
}

async fn an_event_goes_with_its_conversation(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    webhook(store, key, &EventKind::ALL, true).await;
    let heard = vec![ask(store, conversation.0, 101, "Dogs?")];
    group(store, key.widget, heard).await;
    assert_eq!(store.number("count(*) FROM webhook_deliveries"), 1);
    store.run(&format!("DELETE FROM widget_conversations WHERE id = {conversation}"));
    assert_eq!(store.number("count(*) FROM webhook_events"), 0);
    assert_eq!(store.number("count(*) FROM webhook_deliveries"), 0);
}

async fn a_webhook_that_is_deleted_meanwhile_fails_nobody(store: &Store) {
    let (key, conversation) = limited(store).await;
    store.set(key, "daily_token_limit = 1000000, tokens_used_today = 850000");
    let mut visitors = JoinSet::new();
    for _ in 0..8_u32 {
        let ledger = store.ledger().clone();
        visitors.spawn(async move {
            for _ in 0..25 {
                let held = held(&ledger, begin(key, conversation, monday())).await;
                ledger.finish(held.finish(outcome(Status::Success, 0, 10), monday())).await.unwrap();
            }
        });
    }
    let client: ClientId = key.client.unwrap();
    while !visitors.is_empty() {
        for _ in 0..5 {
            webhook(store, key, &EventKind::ALL, true).await;
        }
        // Forgotten by hand: every message that comes next tells it anew.
        for webhook in store.db.webhooks_of_client(client).await.unwrap() {
            store.set(key, "thresholds_passed = 0");
            store.db.delete_webhook(webhook.id).await.unwrap();
        }
        while let Some(done) = visitors.try_join_next() {
            done.unwrap();
        }
    }
    assert!(store.number("count(*) FROM webhook_events") > 0);
    assert_eq!(store.number("requests_made_today FROM client_llm_usage"), 200);
}
