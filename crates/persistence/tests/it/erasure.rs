//! Erasure: no text of a visitor is left anywhere, and no number of the ledger changes.

use crate::support::*;
use frontdesk_domain::ids::{ConversationId, MessageId, PublicConversationId, WidgetId};
use frontdesk_persistence::{
    AccountKey, ConversationKey, ConversationRef, EraseError, Erased, Finish, Heard, IdempotencyKey, Lead,
    LedgerError, NewConversation, Opening, Operation, QuestionStatus, Record, Reserve, Status, Visitor,
    VisitorMessage, Vote,
};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

contract!(
    an_erased_conversation_leaves_no_text_and_every_number,
    a_conversation_whose_message_is_being_answered_is_not_erased,
    a_visitor_is_found_by_address_in_any_case_and_by_session,
    a_visitor_with_many_conversations_is_erased_whole,
    a_wording_that_others_share_stays_in_its_question,
    a_question_is_told_in_the_words_of_those_who_are_left,
    what_comes_for_an_erased_conversation_is_refused_and_fails_no_other,
    erasure_stands_in_nobodys_way,
);

const SECRET: &str = "my secret is 4711";

fn named(store: &Store, account: AccountKey, conversation: ConversationId) -> ConversationKey {
    let id = store.number(&format!("public_id FROM widget_conversations WHERE id = {conversation}"));
    ConversationKey { id: PublicConversationId::new(id), widget: Some(account.widget) }
}

/// How many rows hold the secret or the visitor's address, over all tables that hold texts.
fn traces(store: &Store) -> i64 {
    let columns = [
        (
            "widget_conversations",
            "COALESCE(visitor_email, '') || COALESCE(visitor_name, '') || COALESCE(last_message, '') || COALESCE(CAST(intro_data AS TEXT), '')",
        ),
        (
            "widget_messages",
            "message_text || COALESCE(feedback_text, '') || COALESCE(CAST(metadata AS TEXT), '')",
        ),
        (
            "llm_request_logs",
            "COALESCE(prompt_text, '') || COALESCE(response_text, '') || COALESCE(error_message, '')",
        ),
        ("unanswered_questions", "question || CAST(samples AS TEXT)"),
        ("webhook_events", "CAST(payload AS TEXT)"),
        ("idempotency_keys", "CAST(answer AS TEXT)"),
    ];
    let count = |(table, text): (&str, &str)| {
        store.number(&format!(
            "count(*) FROM {table} WHERE {text} LIKE '%4711%' OR {text} LIKE '%ada@example.com%'"
        ))
    };
    columns.into_iter().map(count).sum()
}

/// All numbers of the ledger.
fn numbers(store: &Store) -> Vec<String> {
    let mut all = store.rows(&ACCOUNT, "client_llm_usage ORDER BY id");
    let log = [
        "id",
        "account_id",
        "widget_id",
        "total_tokens",
        "status",
        "booked_on",
        "estimated_cost",
        "reserved_tokens",
    ];
    all.extend(store.rows(&log, "llm_request_logs ORDER BY id"));
    all.extend(store.rows(&["widget_id", "requests", "total_tokens"], "llm_usage_daily ORDER BY widget_id"));
    all
}

async fn assert_books(store: &Store) {
    let audit = store.db.audit(|_| ControlFlow::Continue(())).await.unwrap();
    assert_eq!(audit.findings, []);
}

/// A visitor's message that a model answers; both hold the secret.
async fn say(store: &Store, account: AccountKey, conversation: ConversationId) {
    let mut begin = begin(account, conversation, monday());
    begin.message = message(SECRET);
    begin.attempt.prompt_text = SECRET.into();
    let held = held(store.ledger(), begin).await;
    let mut outcome = outcome(Status::Success, 40, 10);
    outcome.response_text = Some(format!("So {SECRET}?"));
    store.ledger().finish(held.finish(outcome, monday())).await.unwrap();
}

/// A visitor's message that ends in the default; the reply's id.
async fn ask(store: &Store, account: AccountKey, conversation: ConversationId, text: &str) -> MessageId {
    let record = Record {
        account,
        conversation: ConversationRef::Existing(conversation),
        message: VisitorMessage { text: text.into(), client_message_id: None },
        reply: frontdesk_persistence::Reply { confidence: 0.3, ..reply() },
        now: monday(),
    };
    match store.ledger().record(record).await.unwrap() {
        frontdesk_persistence::Recorded::Stored { reply, .. } => reply,
        other @ frontdesk_persistence::Recorded::Duplicate(_) => panic!("{other:?}"),
    }
}

/// Groups all replies that wait, in one question.
async fn group(store: &Store, widget: WidgetId) -> usize {
    let waiting = store.db.waiting_unanswered(5_000, monday()).await.unwrap();
    let heard = waiting.into_iter().filter(|reply| reply.widget == widget).map(|reply| Heard {
        reply: reply.reply,
        question: Some(reply.text.trim().chars().take(500).collect()),
        at: reply.at,
        guess: None,
    });
    let one = |_: &str, known: &[&str]| (!known.is_empty()).then_some(0);
    store.db.group_unanswered(widget, heard.collect(), one).await.unwrap()
}

async fn wordings(store: &Store, account: AccountKey) -> Vec<(String, Vec<String>)> {
    let page = store.db.unanswered_questions(account.widget, QuestionStatus::Open, 10, 0).await.unwrap();
    page.questions.into_iter().map(|question| (question.question, question.samples)).collect()
}

async fn an_erased_conversation_leaves_no_text_and_every_number(store: &Store) {
    let (account, conversation) = store.open(monday()).await;
    let other = store.conversation(account, monday()).await;
    spend(store, account, other, 70, monday()).await;
    let key = named(store, account, conversation);
    say(store, account, conversation).await;
    ask(store, account, conversation, SECRET).await;
    let lead = Lead { email: Some("ada@example.com".into()), ..Lead::default() };
    let once = IdempotencyKey { key: "k".into(), request_hash: "r".into() };
    store.db.capture_lead(account.widget, key.id, lead, Some(once), monday()).await.unwrap();
    store.db.store_intro(key, serde_json::json!({"pin": 4711}), monday()).await.unwrap();
    group(store, account.widget).await;
    assert_eq!(traces(store), 5);
    let before = numbers(store);
    let erased = store.db.erase_conversation(key).await.unwrap();
    assert_eq!(erased, Some(Erased { conversations: 1, messages: 4, requests: 1, questions: 1 }));
    assert_eq!(traces(store), 0);
    assert_eq!(numbers(store), before);
    assert_books(store).await;
    assert_eq!(store.number("count(*) FROM idempotency_keys"), 0);
    assert_eq!(store.number("count(*) FROM unanswered_questions"), 0);
    assert_eq!(store.rows(&["id"], "widget_conversations"), [other.to_string()]);
    assert_eq!(store.number("count(*) FROM llm_request_logs WHERE prompt_text IS NOT NULL"), 1);
    assert_eq!(store.db.erase_conversation(key).await.unwrap(), None);
}

async fn a_conversation_whose_message_is_being_answered_is_not_erased(store: &Store) {
    let (account, conversation) = store.open(monday()).await;
    let key = named(store, account, conversation);
    let held = held(store.ledger(), begin(account, conversation, monday())).await;
    let refused = store.db.erase_conversation(key).await;
    assert!(matches!(refused, Err(EraseError::StillAnswering)), "{refused:?}");
    let visitor = Visitor::Email("visitor@example.com".into());
    let refused = store.db.erase_visitor(account.widget, visitor.clone()).await;
    assert!(matches!(refused, Err(EraseError::StillAnswering)), "{refused:?}");
    assert_eq!(store.number("count(*) FROM widget_messages"), 1);
    store.ledger().finish(held.finish(outcome(Status::Success, 0, 50), monday())).await.unwrap();
    let erased = store.db.erase_visitor(account.widget, visitor).await.unwrap();
    assert_eq!(erased, Erased { conversations: 1, messages: 2, requests: 1, questions: 0 });
    assert_books(store).await;
}

async fn a_visitor_is_found_by_address_in_any_case_and_by_session(store: &Store) {
    let (key, other) = (store.widget(), store.widget());
    store.run(&format!(
        "INSERT INTO widget_conversations (id, public_id, widget_id, session_id, visitor_session_id, visitor_email) VALUES
            (1, 11, {w}, 'one', 'visitor', 'Ada@Example.com'), (2, 12, {w}, 'two', 'visitor', NULL), (3, 13, {w}, 'three', NULL, 'bob@example.com'),
            (4, 14, {o}, 'one', 'visitor', 'ada@example.com')",
        w = key.widget,
        o = other.widget
    ));
    let found = async |visitor: Visitor, rows| -> (Vec<i64>, i64) {
        let ids = || PublicConversationId::new(1);
        let data = store.db.visitor_data(key.widget, visitor, rows, ids).await.unwrap();
        (data.conversations.iter().map(|one| one.conversation.id.get()).collect(), data.total)
    };
    let email = |email: &str| Visitor::Email(email.into());
    let session = |session: &str| Visitor::Session(session.into());
    assert_eq!(found(email("ADA@example.COM"), (10, 0)).await, (vec![11], 1));
    assert_eq!(found(email("ada"), (10, 0)).await, (vec![], 0));
    assert_eq!(found(session("visitor"), (10, 0)).await, (vec![12, 11], 2));
    assert_eq!(found(session("visitor"), (1, 1)).await, (vec![11], 2));
    assert_eq!(found(session("two"), (10, 0)).await, (vec![12], 1));
    let erased = store.db.erase_visitor(key.widget, session("visitor")).await.unwrap();
    assert_eq!(erased, Erased { conversations: 2, ..Erased::default() });
    assert_eq!(store.rows(&["id"], "widget_conversations ORDER BY id"), ["3", "4"]);
}

async fn a_visitor_with_many_conversations_is_erased_whole(store: &Store) {
    let account = store.widget();
    store.run(&format!(
        "INSERT INTO widget_conversations (public_id, widget_id, session_id, visitor_email)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 350)
            SELECT i, {}, 's', CASE WHEN i % 7 = 0 THEN 'bob@example.com' ELSE 'ada@example.com' END FROM n",
        account.widget
    ));
    let erased = store.db.erase_visitor(account.widget, Visitor::Email("ada@example.com".into())).await;
    assert_eq!(erased.unwrap().conversations, 300);
    assert_eq!(store.number("count(*) FROM widget_conversations"), 50);
}

async fn a_wording_that_others_share_stays_in_its_question(store: &Store) {
    let (account, first) = store.open(monday()).await;
    let second = store.conversation(account, monday()).await;
    ask(store, account, first, "Do you take dogs?").await;
    ask(store, account, second, " Do you take dogs?  ").await;
    group(store, account.widget).await;
    let before = wordings(store, account).await;
    let erased = store.db.erase_conversation(named(store, account, first)).await.unwrap().unwrap();
    assert_eq!((erased.questions, wordings(store, account).await), (0, before));
    let erased = store.db.erase_conversation(named(store, account, second)).await.unwrap().unwrap();
    assert_eq!((erased.questions, wordings(store, account).await), (1, vec![]));
}

async fn a_question_is_told_in_the_words_of_those_who_are_left(store: &Store) {
    let (account, first) = store.open(monday()).await;
    let second = store.conversation(account, monday()).await;
    let long = format!("{SECRET} {}", "and more ".repeat(100));
    ask(store, account, first, &long).await;
    ask(store, account, second, "Are dogs welcome?").await;
    ask(store, account, first, "Dogs?").await;
    group(store, account.widget).await;
    assert_eq!(wordings(store, account).await[0].0.chars().count(), 500);
    let erased = store.db.erase_conversation(named(store, account, first)).await.unwrap().unwrap();
    assert_eq!(erased.questions, 1);
    let left = "Are dogs welcome?".to_owned();
    assert_eq!(wordings(store, account).await, [(left.clone(), vec![left])]);
    assert_eq!(store.number("occurrences FROM unanswered_questions"), 3);
    assert_eq!(traces(store), 0);
}

/// A message that had found its conversation when that was erased: at each step at which nothing is held for it.
async fn what_comes_for_an_erased_conversation_is_refused_and_fails_no_other(store: &Store) {
    let (account, gone) = store.open(monday()).await;
    let other = store.conversation(account, monday()).await;
    let reserve =
        |conversation, message| Reserve { account, conversation, message, attempt: attempt(), now: monday() };
    let record = |conversation| Record {
        account,
        conversation: ConversationRef::Existing(conversation),
        message: message("Are you there?"),
        reply: reply(),
        now: monday(),
    };
    store.ledger().record(record(gone)).await.unwrap();
    let asked = store.number("id FROM widget_messages WHERE message_type = 'user'");
    let message = MessageId(i32::try_from(asked).unwrap());
    store.db.erase_conversation(named(store, account, gone)).await.unwrap().unwrap();
    let before = numbers(store);
    let ledger = store.ledger();
    let is_unknown = |error: LedgerError| matches!(error, LedgerError::UnknownConversation(id) if id == gone);
    assert!(is_unknown(ledger.begin(begin(account, gone, monday())).await.unwrap_err()));
    assert!(is_unknown(ledger.reserve(reserve(gone, message)).await.unwrap_err()));
    let finish = Finish { account, settle: None, conversation: gone, message, reply: reply(), now: monday() };
    assert!(is_unknown(ledger.finish(finish).await.unwrap_err()));
    assert_eq!(numbers(store), before);
    // Whatever becomes one transaction: who writes elsewhere notices nothing.
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let (db, record) = (store.db.clone(), record(if n % 4 == 0 { gone } else { other }));
            tokio::spawn(async move { db.ledger().record(record).await })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        match task.await.unwrap() {
            Err(error) if n % 4 == 0 => assert!(is_unknown(error)),
            stored => assert!(stored.is_ok() && n % 4 != 0, "{n}: {stored:?}"),
        }
    }
    assert_eq!(store.number("count(*) FROM widget_messages"), 60);
    assert_books(store).await;
}

/// Visitors who are answered, vote, leave their details and are grouped while others are erased: nothing fails, nothing
/// deadlocks, and the books stay right.
async fn erasure_stands_in_nobodys_way(store: &Store) {
    let (account, _) = store.open(monday()).await;
    let stop = Arc::new(AtomicBool::new(false));
    let grouping = {
        let (db, widget, stop) = (store.db.clone(), account.widget, Arc::clone(&stop));
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let waiting = db.waiting_unanswered(100, monday()).await.unwrap();
                let heard = waiting.into_iter().map(|reply| Heard {
                    reply: reply.reply,
                    question: Some(reply.text),
                    at: reply.at,
                    guess: None,
                });
                let same = |text: &str, known: &[&str]| known.iter().position(|one| *one == text);
                db.group_unanswered(widget, heard.collect(), same).await.unwrap();
            }
        })
    };
    let visitors: Vec<_> = (0..8).map(|n| tokio::spawn(visit(store.db.clone(), account, n))).collect();
    for visitor in visitors {
        visitor.await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    grouping.await.unwrap();
    assert_books(store).await;
    assert_eq!(store.number("count(*) FROM widget_messages"), 0);
    assert_eq!(store.number("count(*) FROM llm_request_logs WHERE prompt_text IS NOT NULL"), 0);
    assert_eq!(store.number("tokens_reserved FROM client_llm_usage"), 0);
}

async fn visit(db: frontdesk_persistence::Database, account: AccountKey, number: u64) {
    for round in 0..6_u64 {
        let id = PublicConversationId::from_random(rand::random());
        let fields =
            NewConversation { session_id: format!("session {number}"), ..NewConversation::default() };
        let new = ConversationRef::New(id, Box::new(fields));
        let conversation = db.ledger().open_conversation(account, new, monday()).await.unwrap();
        let held = held(db.ledger(), begin(account, conversation, monday())).await;
        db.ledger().finish(held.finish(outcome(Status::Success, 5, 5), monday())).await.unwrap();
        let record = Record {
            account,
            conversation: ConversationRef::Existing(conversation),
            message: message(&format!("question {}", round % 3)),
            reply: frontdesk_persistence::Reply { confidence: 0.3, ..reply() },
            now: monday(),
        };
        let frontdesk_persistence::Recorded::Stored { reply, .. } = db.ledger().record(record).await.unwrap()
        else {
            panic!("a duplicate");
        };
        db.vote(account.widget, reply, Vote { was_helpful: Some(Some(false)), text: None }).await.unwrap();
        let once = IdempotencyKey { key: format!("{number}.{round}"), request_hash: String::new() };
        let opening = Opening { conversation: id, existing: false };
        db.claim_conversation(account.widget, Operation::FirstMessage, once.clone(), opening, monday())
            .await
            .unwrap();
        let lead = Lead { name: Some("Ada".into()), ..Lead::default() };
        db.capture_lead(account.widget, id, lead, Some(once), monday()).await.unwrap();
        let key = ConversationKey { id, widget: Some(account.widget) };
        let erased = db.erase_conversation(key).await.unwrap().unwrap();
        assert_eq!((erased.conversations, erased.messages, erased.requests), (1, 4, 1));
    }
}
