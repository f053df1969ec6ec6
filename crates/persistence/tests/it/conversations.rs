//! Conversations beside asking and answering: how they stand, end and begin anew, who may see them, and the inbox.

use crate::support::*;
use frontdesk_domain::ids::{ConversationId, MessageId, PublicConversationId, WidgetId};
use frontdesk_persistence::{
    AccountKey, Captured, ConversationKey, ConversationState, Ended, HumanReply, IdempotencyKey, InboxFilter,
    Lead, MOST_COUNTED, MessageRange, Replied, Status, StoredMessage, TranscriptWish,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;

contract!(
    a_conversation_of_another_widget_is_found_by_no_call,
    a_conversation_is_ended_once_and_opened_again,
    a_wish_for_a_transcript_needs_an_address_and_is_told_to_the_business,
    a_close_hands_the_conversation_back_to_the_bot,
    a_visitors_message_opens_a_closed_conversation_and_a_late_reply_does_not,
    messages_are_the_newest_in_their_order_or_those_after_one,
    a_person_who_replies_is_counted_and_may_take_over,
    a_reply_that_is_repeated_is_stored_once,
    a_lead_changes_what_was_filled_in_and_nothing_else,
    an_introduction_is_stored_in_place_of_the_last_one,
    a_conversation_of_the_older_service_gets_one_public_id_by_many_at_once,
    the_inbox_is_filtered_paged_and_one_widgets_alone,
    an_inbox_is_counted_up_to_a_bound,
);

const ALL: MessageRange = MessageRange { limit: 200, before: None, after: None };

fn later(seconds: i64) -> Timestamp {
    monday() + SignedDuration::from_secs(seconds)
}

/// The key under which a widget's visitor names a conversation.
fn named(store: &Store, widget: WidgetId, conversation: ConversationId) -> ConversationKey {
    let id = store.number(&format!("public_id FROM widget_conversations WHERE id = {conversation}"));
    ConversationKey { id: PublicConversationId::new(id), widget: Some(widget) }
}

async fn opened(store: &Store) -> (AccountKey, ConversationId, ConversationKey) {
    let (key, conversation) = store.open(monday()).await;
    (key, conversation, named(store, key.widget, conversation))
}

async fn state(store: &Store, key: ConversationKey) -> ConversationState {
    store.db.conversation_state(key).await.unwrap().unwrap()
}

async fn messages(store: &Store, key: ConversationKey, range: MessageRange) -> Vec<StoredMessage> {
    store.db.messages(key, range).await.unwrap().unwrap()
}

fn human(text: &str, handoff: Option<bool>) -> HumanReply {
    HumanReply { text: text.into(), agent_name: Some("Grace".into()), agent_handoff: handoff }
}

async fn replied(store: &Store, key: ConversationKey, reply: HumanReply, at: Timestamp) -> StoredMessage {
    stored(store.db.reply_as_human(key, reply, None, at).await.unwrap())
}

fn stored(replied: Replied) -> StoredMessage {
    match replied {
        Replied::Stored(message) => *message,
        other => panic!("{other:?}"),
    }
}

/// New ids, for conversations that have none.
fn new_ids() -> impl FnMut() -> PublicConversationId + Send + 'static {
    || PublicConversationId::from_random(rand::random())
}

async fn a_conversation_of_another_widget_is_found_by_no_call(store: &Store) {
    let (key, conversation, own) = opened(store).await;
    spend(store, key, conversation, 100, monday()).await;
    let other = store.widget();
    let columns = ["status", "message_count", "intro_completed", "lead_captured", "updated_at"];
    let before = store.rows(&columns, "widget_conversations");
    let beyond = PublicConversationId::new(i64::MAX);
    store.run(&format!(
        "INSERT INTO widget_conversations (id, public_id, widget_id, session_id) VALUES (900, {beyond}, {}, 's')",
        key.widget
    ));
    for foreign in [
        ConversationKey { widget: Some(other.widget), ..own },
        ConversationKey { id: PublicConversationId::new(own.id.get() ^ 1), ..own },
        ConversationKey { id: PublicConversationId::new(conversation.0.into()), ..own },
        ConversationKey { id: beyond, ..own },
    ] {
        let db = &store.db;
        assert_eq!(db.conversation_state(foreign).await.unwrap(), None);
        assert_eq!(db.messages(foreign, ALL).await.unwrap(), None);
        assert!(!db.store_intro(foreign, json!({}), later(9)).await.unwrap());
        assert_eq!(db.end_conversation(foreign, None, later(9)).await.unwrap(), None);
        assert!(!db.close_conversation(foreign, None, later(9)).await.unwrap());
        assert!(!db.reopen_conversation(foreign, later(9)).await.unwrap());
        let reply = db.reply_as_human(foreign, human("hi", None), None, later(9)).await.unwrap();
        assert_eq!(reply, Replied::UnknownConversation);
        let lead =
            db.capture_lead(foreign.widget.unwrap(), foreign.id, Lead::default(), None, later(9)).await;
        assert_eq!(lead.unwrap(), Captured::UnknownConversation);
        assert_eq!(db.erase_conversation(foreign).await.unwrap(), None);
    }
    assert_eq!(store.rows(&columns, "widget_conversations WHERE id <> 900"), before);
    assert!(store.db.conversation_state(ConversationKey { widget: None, ..own }).await.unwrap().is_some());
}

async fn a_conversation_is_ended_once_and_opened_again(store: &Store) {
    let (_, _, key) = opened(store).await;
    assert_eq!(state(store, key).await.status, "active");
    for seconds in [60, 120] {
        let ended = store.db.end_conversation(key, None, later(seconds)).await.unwrap();
        assert_eq!(ended, Some(Ended::Done));
    }
    let ended = state(store, key).await;
    assert_eq!((ended.status.as_str(), ended.closed_at), ("ended", Some(later(60))));
    assert_eq!(ended.close_reason.as_deref(), Some("ended by the visitor"));
    // Silence is counted from what was said, not from the end.
    assert_eq!(ended.last_activity_at, Some(monday()));
    assert!(store.db.reopen_conversation(key, later(180)).await.unwrap());
    let open = state(store, key).await;
    assert_eq!((open.status.as_str(), open.closed_at, open.close_reason), ("active", None, None));
    assert_eq!(open.last_activity_at, Some(later(180)));
    assert_eq!(store.rows(&["ended_at"], "widget_conversations"), ["-"]);
}

async fn a_wish_for_a_transcript_needs_an_address_and_is_told_to_the_business(store: &Store) {
    let (_, conversation, key) = opened(store).await;
    store.run("UPDATE widget_conversations SET visitor_email = ' '");
    let nowhere = Some(TranscriptWish { email: None });
    assert_eq!(
        store.db.end_conversation(key, nowhere.clone(), later(1)).await.unwrap(),
        Some(Ended::NoAddress)
    );
    assert_eq!(state(store, key).await.status, "active");
    let wish = Some(TranscriptWish { email: Some("ada@example.com".into()) });
    assert_eq!(store.db.end_conversation(key, wish, later(2)).await.unwrap(), Some(Ended::Done));
    assert_eq!(store.db.end_conversation(key, nowhere, later(3)).await.unwrap(), Some(Ended::Done));
    let told = messages(store, key, ALL).await;
    let expected = json!({"transcript_requested": true, "email": "ada@example.com"});
    assert_eq!(told.len(), 2);
    for message in told {
        assert_eq!((message.kind.as_str(), message.metadata.as_ref()), ("system", Some(&expected)));
        assert!(message.text.contains("ada@example.com"));
    }
    let row = format!("widget_conversations WHERE id = {conversation}");
    assert_eq!(store.rows(&["visitor_email", "message_count"], &row), ["ada@example.com|2"]);
    // No model is told of it.
    let found = store.db.conversation(key.widget.unwrap(), key.id, 6).await.unwrap().unwrap();
    assert_eq!(found.turns, []);
}

async fn a_close_hands_the_conversation_back_to_the_bot(store: &Store) {
    let (_, _, key) = opened(store).await;
    replied(store, key, human("Shall I call?", Some(true)), later(1)).await;
    assert!(state(store, key).await.agent_handoff);
    assert!(store.db.close_conversation(key, Some("solved".into()), later(60)).await.unwrap());
    assert!(store.db.close_conversation(key, None, later(120)).await.unwrap());
    let closed = state(store, key).await;
    assert_eq!((closed.status.as_str(), closed.closed_at), ("closed", Some(later(60))));
    assert_eq!((closed.close_reason.as_deref(), closed.agent_handoff), (Some("solved"), false));
    // What the business has closed the visitor cannot end any more.
    store.db.end_conversation(key, None, later(180)).await.unwrap();
    assert_eq!(state(store, key).await.status, "closed");
}

async fn a_visitors_message_opens_a_closed_conversation_and_a_late_reply_does_not(store: &Store) {
    let (account, conversation, key) = opened(store).await;
    store.db.close_conversation(key, Some("solved".into()), later(1)).await.unwrap();
    let held = held(store.ledger(), begin(account, conversation, later(2))).await;
    let open = state(store, key).await;
    assert_eq!((open.status.as_str(), open.closed_at, open.close_reason), ("active", None, None));
    store.db.close_conversation(key, Some("again".into()), later(3)).await.unwrap();
    store.ledger().finish(held.finish(outcome(Status::Success, 0, 50), later(4))).await.unwrap();
    let closed = state(store, key).await;
    assert_eq!((closed.status.as_str(), closed.closed_at), ("closed", Some(later(3))));
    assert_eq!((closed.close_reason.as_deref(), closed.last_activity_at), (Some("again"), Some(later(4))));
}

async fn messages_are_the_newest_in_their_order_or_those_after_one(store: &Store) {
    let (key, conversation, own) = opened(store).await;
    let (_, another) = (key, store.conversation(key, monday()).await);
    for id in 101..=110 {
        let place = if id == 105 { another } else { conversation };
        store.run(&format!(
            "INSERT INTO widget_messages (id, conversation_id, message_type, message_text, confidence_score)
            VALUES ({id}, {place}, 'user', 'm{id}', 0.5)"
        ));
    }
    let ids = async |range| -> Vec<i32> {
        messages(store, own, range).await.into_iter().map(|message| message.id.0).collect()
    };
    assert_eq!(ids(ALL).await, [101, 102, 103, 104, 106, 107, 108, 109, 110]);
    assert_eq!(ids(MessageRange { limit: 3, ..ALL }).await, [108, 109, 110]);
    let before = MessageRange { limit: 3, before: Some(MessageId(107)), after: None };
    assert_eq!(ids(before).await, [103, 104, 106]);
    let after = MessageRange { limit: 2, before: None, after: Some(MessageId(104)) };
    assert_eq!(ids(after).await, [106, 107]);
    assert_eq!(ids(MessageRange { after: Some(MessageId(110)), ..ALL }).await, [0; 0]);
    assert_eq!(messages(store, own, ALL).await[0].confidence, Some(0.5));
}

async fn a_person_who_replies_is_counted_and_may_take_over(store: &Store) {
    let (_, conversation, key) = opened(store).await;
    store.run("UPDATE widget_conversations SET message_count = NULL, human_response_count = NULL");
    let first = replied(store, key, human("One.", None), later(1)).await;
    assert_eq!((first.kind.as_str(), first.text.as_str()), ("human", "One."));
    assert_eq!((first.agent_name.as_deref(), first.created_at), (Some("Grace"), Some(later(1))));
    assert!(!state(store, key).await.agent_handoff);
    replied(store, key, human("Two.", Some(true)), later(2)).await;
    replied(store, key, human("Three.", None), later(3)).await;
    let found = store.db.conversation(key.widget.unwrap(), key.id, 6).await.unwrap().unwrap();
    assert!(found.agent_handoff && found.turns.iter().all(|turn| !turn.by_visitor));
    assert_eq!(found.turns.len(), 3);
    let row = format!("widget_conversations WHERE id = {conversation}");
    let columns = ["message_count", "human_response_count", "bot_response_count", "last_message"];
    assert_eq!(store.rows(&columns, &row), ["3|3|0|Three."]);
    assert_eq!(state(store, key).await.last_activity_at, Some(later(3)));
}

async fn a_reply_that_is_repeated_is_stored_once(store: &Store) {
    let (account, conversation, key) = opened(store).await;
    let once = |hash: &str| Some(IdempotencyKey { key: "k".into(), request_hash: hash.into() });
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (db, once) = (store.db.clone(), once("one"));
            tokio::spawn(async move { db.reply_as_human(key, human("One.", None), once, later(1)).await })
        })
        .collect();
    let mut ids = BTreeSet::new();
    for task in tasks {
        ids.insert(stored(task.await.unwrap().unwrap()).id);
    }
    assert_eq!(ids.len(), 1);
    let row = format!("widget_conversations WHERE id = {conversation}");
    let counted = || store.rows(&["message_count", "human_response_count", "agent_handoff"], &row);
    assert_eq!(counted(), [if store.is_postgres() { "1|1|false" } else { "1|1|0" }]);
    let reused =
        store.db.reply_as_human(key, human("Two.", Some(true)), once("two"), later(2)).await.unwrap();
    assert_eq!(reused, Replied::KeyReused);
    assert_eq!(counted(), [if store.is_postgres() { "1|1|false" } else { "1|1|0" }]);
    replied(store, key, human("Two.", None), later(3)).await;
    // The key goes with the conversation.
    store.db.erase_conversation(key).await.unwrap().unwrap();
    assert_eq!(store.number("count(*) FROM idempotency_keys"), 0);
    let gone = store.db.reply_as_human(key, human("One.", None), once("one"), later(4)).await.unwrap();
    assert_eq!(gone, Replied::UnknownConversation);
    assert_eq!(
        store.number(&format!("count(*) FROM widget_conversations WHERE widget_id = {}", account.widget)),
        0
    );
}

async fn a_lead_changes_what_was_filled_in_and_nothing_else(store: &Store) {
    let (key, conversation, own) = opened(store).await;
    let capture = async |lead| store.db.capture_lead(key.widget, own.id, lead, None, later(5)).await.unwrap();
    let lead = Lead { name: Some("Ada".into()), phone: Some("+1 555 0100".into()), ..Lead::default() };
    assert_eq!(capture(lead).await, Captured::Stored { lead_id: None });
    let row = format!("widget_conversations WHERE id = {conversation}");
    let columns = ["visitor_name", "visitor_email", "visitor_phone", "handoff_type", "status"];
    assert_eq!(store.rows(&columns, &row), ["Ada|visitor@example.com|+1 555 0100|-|active"]);
    store.run(&format!("UPDATE widget_conversations SET lead_id = 77 WHERE id = {conversation}"));
    let more = Lead {
        handoff_type: Some("callback".into()),
        handoff_details: Some(json!({"when": "noon"})),
        ..Lead::default()
    };
    assert_eq!(capture(more).await, Captured::Stored { lead_id: Some(77) });
    assert_eq!(store.rows(&columns, &row), ["Ada|visitor@example.com|+1 555 0100|callback|active"]);
    assert_eq!(store.number(&format!("count(*) FROM {row} AND lead_captured")), 1);
    let page = store.db.inbox(key.widget, InboxFilter::default(), (1, 0), new_ids()).await.unwrap();
    assert_eq!(page.conversations[0].handoff_details, Some(json!({"when": "noon"})));
}

async fn an_introduction_is_stored_in_place_of_the_last_one(store: &Store) {
    let (_, _, key) = opened(store).await;
    assert!(!state(store, key).await.intro_completed);
    for data in [json!({"name": "Ada"}), json!(["any", {"json": [1.5, null]}])] {
        assert!(store.db.store_intro(key, data.clone(), later(1)).await.unwrap());
        let stored = state(store, key).await;
        assert_eq!((stored.intro_completed, stored.intro_data), (true, Some(data)));
    }
}

async fn a_conversation_of_the_older_service_gets_one_public_id_by_many_at_once(store: &Store) {
    let key = store.widget();
    store.run(&format!(
        "INSERT INTO widget_conversations (id, widget_id, session_id, visitor_session_id, status, public_id) VALUES
            (1, {w}, 'older-session-1', 'older-visitor-1', NULL, NULL), (2, {w}, 'older-session-2', NULL, 'ended', -5),
            (3, {w}, 'older-session-3', NULL, 'closed', 9007199254740992)",
        w = key.widget
    ));
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let db = store.db.clone();
            tokio::spawn(
                async move { db.inbox(key.widget, InboxFilter::default(), (10, 0), new_ids()).await },
            )
        })
        .collect();
    let mut pages = Vec::new();
    for task in tasks {
        let page = task.await.unwrap().unwrap();
        pages.push(page.conversations.iter().map(|row| row.id).collect::<Vec<_>>());
    }
    assert!(pages.iter().all(|page| page.len() == 3 && *page == pages[0]), "{pages:?}");
    assert!(pages[0].iter().all(|id| (0..=PublicConversationId::MAX.get()).contains(&id.get())));
    let session = || "older-visitor-1".to_owned();
    let found = store.db.visitor_conversation(key.widget, session(), new_ids()).await.unwrap().unwrap();
    assert_eq!((found.0, found.1.status.as_str()), (pages[0][2], "active"));
    let other = store.widget();
    assert_eq!(store.db.visitor_conversation(other.widget, session(), new_ids()).await.unwrap(), None);
    assert_eq!(store.number("count(*) FROM widget_conversations WHERE public_id IS NULL"), 0);
}

async fn the_inbox_is_filtered_paged_and_one_widgets_alone(store: &Store) {
    let (key, other) = (store.widget(), store.widget());
    store.run(&format!(
        "INSERT INTO widget_conversations (id, public_id, widget_id, session_id, status, visitor_name, visitor_email, lead_captured,
            last_message) VALUES
            (1, 11, {w}, 's', 'active', 'Ada 100%', 'ada@example.com', true, NULL), (2, 12, {w}, 's', NULL, NULL, NULL, NULL, 'Where?'),
            (3, 13, {w}, 's', 'closed', 'Bob', NULL, false, 'bye'), (4, 14, {o}, 's', 'active', 'Ada', NULL, true, 'foreign')",
        w = key.widget,
        o = other.widget
    ));
    let page = async |filter: InboxFilter, rows| -> (Vec<i64>, i64) {
        let page = store.db.inbox(key.widget, filter, rows, new_ids()).await.unwrap();
        (page.conversations.iter().map(|row| row.id.get()).collect(), page.total)
    };
    let any = InboxFilter::default;
    assert_eq!(page(any(), (10, 0)).await, (vec![13, 12, 11], 3));
    assert_eq!(page(any(), (1, 1)).await, (vec![12], 3));
    let status = |status: &str| InboxFilter { status: Some(status.into()), ..any() };
    assert_eq!(page(status("active"), (10, 0)).await, (vec![12, 11], 2));
    assert_eq!(page(status("closed"), (10, 0)).await, (vec![13], 1));
    let captured = |is| InboxFilter { lead_captured: Some(is), ..any() };
    assert_eq!(page(captured(true), (10, 0)).await, (vec![11], 1));
    assert_eq!(page(captured(false), (10, 0)).await, (vec![13, 12], 2));
    let search = |part: &str| InboxFilter { search: Some(part.into()), ..any() };
    for (part, found) in
        [("ADA@ex", vec![11]), ("here", vec![12]), ("0%", vec![11]), ("%", vec![11]), ("_", vec![])]
    {
        assert_eq!(page(search(part), (10, 0)).await.0, found, "{part}");
    }
    let before = |id| InboxFilter { before: Some(PublicConversationId::new(id)), ..any() };
    assert_eq!(page(before(13), (10, 0)).await, (vec![12, 11], 3));
    assert_eq!(page(before(11), (10, 0)).await.0, [0; 0]);
    // Another widget's conversation is no place in this one's.
    assert_eq!(page(before(14), (10, 0)).await.0, [0; 0]);
}

async fn an_inbox_is_counted_up_to_a_bound(store: &Store) {
    let key = store.widget();
    store.run(&format!(
        "INSERT INTO widget_conversations (public_id, widget_id, session_id, status)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})
            SELECT i, {}, 's', CASE WHEN i = 5 THEN 'closed' ELSE 'active' END FROM n",
        MOST_COUNTED + 1,
        key.widget
    ));
    let look = async |status: Option<&str>, rows| {
        let filter = InboxFilter { status: status.map(str::to_owned), ..InboxFilter::default() };
        let page = store.db.inbox(key.widget, filter, rows, new_ids()).await.unwrap();
        (page.conversations.len(), page.total, page.is_capped)
    };
    assert_eq!(look(None, (10, 0)).await, (10, MOST_COUNTED, true));
    assert_eq!(look(Some("active"), (10, 20)).await, (10, MOST_COUNTED, false));
    assert_eq!(look(Some("closed"), (10, 0)).await, (1, 1, false));
    // The pages go on beyond what is counted, and the last one knows the number anyway.
    assert_eq!(look(None, (200, 10_000)).await, (1, MOST_COUNTED, true));
    assert_eq!(look(Some("active"), (200, 9_990)).await, (10, MOST_COUNTED, false));
    assert_eq!(look(None, (200, 10_001)).await, (0, MOST_COUNTED, true));
}
