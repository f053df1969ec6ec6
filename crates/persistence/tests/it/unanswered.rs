//! Unanswered questions: each reply that did not help counts once, in the question that it belongs to.

use crate::support::*;
use frontdesk_domain::ids::{MessageId, WidgetId};
use frontdesk_persistence::{
    AccountKey, Heard, MAX_OPEN, MAX_SAMPLES, NewEntry, QuestionStatus, UnansweredError, UnansweredQuestion,
    Vote,
};
use jiff::{SignedDuration, Timestamp};

contract!(
    a_reply_that_ended_in_the_default_is_found_and_counted_once,
    what_was_said_before_the_tables_is_left_alone,
    a_reply_that_becomes_visible_late_is_found,
    two_groupers_at_once_count_each_reply_once,
    a_vote_joins_and_leaves,
    a_default_that_was_voted_on_counts_once_and_stays,
    an_answer_makes_one_entry_and_opens_again_when_asked_again,
    a_dismissed_question_is_counted_on_quietly,
    a_vote_taken_back_leaves_a_dismissed_question_alone,
    questions_are_found_after_the_newest_messages_were_deleted,
    a_list_with_something_else_than_texts_is_read,
    another_widgets_question_is_unknown,
    open_questions_and_samples_are_bounded,
    what_is_old_is_pruned,
    notes_on_messages_go_with_their_question,
    a_count_stays_when_its_conversations_go,
);

/// A visitor's message and the reply to it; the reply's id.
fn ask(
    store: &Store,
    conversation: i32,
    id: i32,
    text: &str,
    entry: &str,
    confidence: &str,
    at: Timestamp,
) -> i32 {
    store.run(&format!(
        "INSERT INTO widget_messages (id, conversation_id, message_type, message_text, created_at)
            VALUES ({id}, {conversation}, 'user', '{text}', '{at}');
        INSERT INTO widget_messages (id, conversation_id, message_type, message_text, reply_to, knowledge_base_id,
            confidence_score, created_at) VALUES ({id} + 1, {conversation}, 'bot', 'r', {id}, {entry}, {confidence}, '{at}')",
        at = at.strftime("%Y-%m-%d %H:%M:%S")
    ));
    id + 1
}

/// What is the same letter for letter asks the same.
fn same(text: &str, known: &[&str]) -> Option<usize> {
    known.iter().position(|known| known.eq_ignore_ascii_case(text))
}

/// Groups all that waits; how many there were.
async fn group(store: &Store, widget: WidgetId, now: Timestamp) -> usize {
    let waiting = store.db.waiting_unanswered(5_000, now).await.unwrap();
    let heard = waiting.into_iter().filter(|reply| reply.widget == widget).map(|reply| Heard {
        reply: reply.reply,
        question: (!reply.text.is_empty()).then_some(reply.text),
        at: reply.at,
        guess: None,
    });
    store.db.group_unanswered(widget, heard.collect(), same).await.unwrap()
}

async fn open_ones(store: &Store, key: AccountKey) -> Vec<UnansweredQuestion> {
    let page = store.db.unanswered_questions(key.widget, QuestionStatus::Open, 5_000, 0).await.unwrap();
    assert_eq!(page.total, i64::try_from(page.questions.len()).unwrap());
    page.questions
}

async fn counts(store: &Store, key: AccountKey) -> Vec<(String, i64)> {
    open_ones(store, key)
        .await
        .into_iter()
        .map(|question| (question.question, question.occurrences))
        .collect()
}

fn entry() -> NewEntry {
    NewEntry {
        question: "q".into(),
        answer: "a".into(),
        keywords: Vec::new(),
        category: None,
        priority: 0,
        is_active: true,
        context: None,
    }
}

async fn a_reply_that_ended_in_the_default_is_found_and_counted_once(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.run(&format!(
        "INSERT INTO widget_knowledge_base (id, widget_id, question, answer) VALUES (1, {}, 'q', 'a')",
        key.widget
    ));
    ask(store, conversation.0, 101, "Dogs?", "NULL", "0.3", monday());
    ask(store, conversation.0, 103, "dogs?", "NULL", "0.3", monday());
    ask(store, conversation.0, 105, "", "NULL", "0.3", monday());
    ask(store, conversation.0, 107, "known", "1", "0.95", monday());
    ask(store, conversation.0, 109, "model", "NULL", "0.95", monday());
    assert_eq!(group(store, key.widget, monday()).await, 3);
    assert_eq!(counts(store, key).await, [("Dogs?".to_owned(), 2)]);
    let question = open_ones(store, key).await.remove(0);
    assert_eq!(question.samples, ["dogs?", "Dogs?"]);
    assert_eq!((question.first_seen, question.last_seen), (monday(), monday()));
    for later in [0, 30, 3_600] {
        assert_eq!(group(store, key.widget, monday() + SignedDuration::from_secs(later)).await, 0);
    }
    assert_eq!(counts(store, key).await, [("Dogs?".to_owned(), 2)]);
    assert_eq!(store.number("message_id FROM unanswered_progress"), 110);
}

async fn what_was_said_before_the_tables_is_left_alone(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    ask(store, conversation.0, 101, "Dogs?", "NULL", "0.3", monday());
    let down = if store.is_postgres() {
        include_str!("../../../../migrations/postgres/008_unanswered/down.sql")
    } else {
        include_str!("../../../../migrations/sqlite/005_unanswered/down.sql")
    };
    let up = if store.is_postgres() {
        include_str!("../../../../migrations/postgres/008_unanswered/up.sql")
    } else {
        include_str!("../../../../migrations/sqlite/005_unanswered/up.sql")
    };
    store.run(down);
    store.run(up);
    store.run(up);
    assert_eq!(group(store, key.widget, monday()).await, 0);
    ask(store, conversation.0, 103, "Cats?", "NULL", "0.3", monday());
    assert_eq!(group(store, key.widget, monday()).await, 1);
}

async fn a_reply_that_becomes_visible_late_is_found(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    ask(store, conversation.0, 201, "Dogs?", "NULL", "0.3", monday());
    assert_eq!(group(store, key.widget, monday() + SignedDuration::from_secs(59)).await, 1);
    ask(store, conversation.0, 101, "Cats?", "NULL", "0.3", monday());
    assert_eq!(group(store, key.widget, monday() + SignedDuration::from_secs(59)).await, 1);
    assert_eq!(open_ones(store, key).await.len(), 2);
}

async fn two_groupers_at_once_count_each_reply_once(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let heard: Vec<Heard> = (0..40)
        .map(|n| Heard {
            reply: MessageId(ask(store, conversation.0, 101 + 2 * n, "Dogs?", "NULL", "0.3", monday())),
            question: Some("Dogs?".into()),
            at: monday(),
            guess: None,
        })
        .collect();
    store.db.waiting_unanswered(100, monday()).await.unwrap();
    let groupers: Vec<_> = (0..4)
        .map(|_| {
            let (db, heard) = (store.db.clone(), heard.clone());
            tokio::spawn(async move { db.group_unanswered(key.widget, heard, same).await.unwrap() })
        })
        .collect();
    let mut counted = 0;
    for grouper in groupers {
        counted += grouper.await.unwrap();
    }
    assert_eq!((counted, counts(store, key).await), (40, vec![("Dogs?".to_owned(), 40)]));
}

async fn vote(store: &Store, key: AccountKey, reply: i32, helpful: Option<bool>) {
    let vote = Vote { was_helpful: Some(helpful), text: None };
    store.db.vote(key.widget, MessageId(reply), vote).await.unwrap().unwrap();
}

async fn a_vote_joins_and_leaves(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let first = ask(store, conversation.0, 101, "Dogs?", "NULL", "0.95", monday());
    let second = ask(store, conversation.0, 103, "Dogs?", "NULL", "0.95", monday());
    for reply in [first, second, first] {
        vote(store, key, reply, Some(false)).await;
    }
    assert_eq!(group(store, key.widget, monday()).await, 2);
    assert_eq!(counts(store, key).await, [("Dogs?".to_owned(), 2)]);
    vote(store, key, first, None).await;
    assert_eq!(counts(store, key).await, [("Dogs?".to_owned(), 1)]);
    vote(store, key, second, Some(true)).await;
    assert_eq!(counts(store, key).await, []);
    vote(store, key, first, Some(false)).await;
    vote(store, key, first, None).await;
    assert_eq!(group(store, key.widget, monday()).await, 0);
}

async fn a_default_that_was_voted_on_counts_once_and_stays(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let reply = ask(store, conversation.0, 101, "Dogs?", "NULL", "0.3", monday());
    vote(store, key, reply, Some(false)).await;
    assert_eq!(group(store, key.widget, monday()).await, 1);
    vote(store, key, reply, None).await;
    assert_eq!(group(store, key.widget, monday()).await, 0);
    assert_eq!(counts(store, key).await, [("Dogs?".to_owned(), 1)]);
}

async fn an_answer_makes_one_entry_and_opens_again_when_asked_again(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    ask(store, conversation.0, 101, "Dogs?", "NULL", "0.3", monday());
    group(store, key.widget, monday()).await;
    let id = open_ones(store, key).await[0].id;
    let made = store.db.answer_question(key.widget, id, entry(), monday()).await.unwrap();
    let again = store.db.answer_question(key.widget, id, entry(), monday()).await;
    assert!(matches!(again, Err(UnansweredError::AlreadyAnswered(_))), "{again:?}");
    let dismissed = store.db.dismiss_question(key.widget, id).await;
    assert!(matches!(dismissed, Err(UnansweredError::AlreadyAnswered(_))), "{dismissed:?}");
    assert_eq!(store.number("count(*) FROM widget_knowledge_base"), 1);
    let page = store.db.unanswered_questions(key.widget, QuestionStatus::Answered, 10, 0).await.unwrap();
    assert_eq!(page.questions[0].answered_by, Some(made));
    ask(store, conversation.0, 103, "dogs?", "NULL", "0.3", monday());
    group(store, key.widget, monday()).await;
    assert_eq!(counts(store, key).await, [("Dogs?".to_owned(), 2)]);
    assert_eq!(open_ones(store, key).await[0].answered_by, Some(made));
}

async fn a_dismissed_question_is_counted_on_quietly(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    ask(store, conversation.0, 101, "Dogs?", "NULL", "0.3", monday());
    group(store, key.widget, monday()).await;
    let id = open_ones(store, key).await[0].id;
    for _ in 0..2 {
        store.db.dismiss_question(key.widget, id).await.unwrap();
    }
    ask(store, conversation.0, 103, "dogs?", "NULL", "0.3", monday());
    group(store, key.widget, monday()).await;
    assert_eq!(counts(store, key).await, []);
    let page = store.db.unanswered_questions(key.widget, QuestionStatus::Dismissed, 10, 0).await.unwrap();
    assert_eq!((page.total, page.questions[0].occurrences), (1, 2));
}

async fn a_vote_taken_back_leaves_a_dismissed_question_alone(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let reply = ask(store, conversation.0, 101, "Dogs?", "NULL", "0.95", monday());
    vote(store, key, reply, Some(false)).await;
    group(store, key.widget, monday()).await;
    let id = open_ones(store, key).await[0].id;
    store.db.dismiss_question(key.widget, id).await.unwrap();
    vote(store, key, reply, None).await;
    let page = store.db.unanswered_questions(key.widget, QuestionStatus::Dismissed, 10, 0).await.unwrap();
    assert_eq!(page.total, 1);
    vote(store, key, reply, Some(false)).await;
    group(store, key.widget, monday()).await;
    assert_eq!(counts(store, key).await, []);
}

/// SQLite uses the ids of messages again.
async fn questions_are_found_after_the_newest_messages_were_deleted(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    ask(store, conversation.0, 11, "Cats?", "NULL", "0.3", monday());
    ask(store, conversation.0, 101, "Dogs?", "NULL", "0.3", monday());
    let later = monday() + SignedDuration::from_hours(1);
    group(store, key.widget, later).await;
    assert_eq!(store.number("message_id FROM unanswered_progress"), 102);
    store.run("DELETE FROM widget_messages WHERE id > 100");
    let next = if store.is_postgres() { 103 } else { 13 };
    ask(store, conversation.0, next, "Birds?", "NULL", "0.3", later);
    assert_eq!(group(store, key.widget, later).await, 1);
}

async fn a_list_with_something_else_than_texts_is_read(store: &Store) {
    let key = store.widget();
    let keywords = if store.is_postgres() { "ARRAY['a', NULL]" } else { r#"'["a", null, 1, {"b": "c"}]'"# };
    store.run(&format!(
        "INSERT INTO widget_knowledge_base (widget_id, question, answer, keywords) VALUES ({}, 'q', 'a', {keywords})",
        key.widget
    ));
    let entries = store.db.knowledge_entries(key.widget).await.unwrap();
    assert_eq!(entries[0].keywords, ["a"]);
}

async fn another_widgets_question_is_unknown(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let (other, _) = store.open(monday()).await;
    ask(store, conversation.0, 101, "Dogs?", "NULL", "0.3", monday());
    group(store, key.widget, monday()).await;
    let id = open_ones(store, key).await[0].id;
    let answered = store.db.answer_question(other.widget, id, entry(), monday()).await;
    assert!(matches!(answered, Err(UnansweredError::Unknown(_))), "{answered:?}");
    let dismissed = store.db.dismiss_question(other.widget, id).await;
    assert!(matches!(dismissed, Err(UnansweredError::Unknown(_))), "{dismissed:?}");
    assert_eq!((counts(store, other).await.len(), counts(store, key).await.len()), (0, 1));
}

async fn open_questions_and_samples_are_bounded(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let most = i32::try_from(MAX_OPEN).unwrap();
    let later = |n: i32| monday() + SignedDuration::from_secs(i64::from(n));
    for n in 0..2 {
        ask(store, conversation.0, 101 + 2 * n, "often", "NULL", "0.3", monday());
    }
    for n in 0..most {
        ask(store, conversation.0, 1_001 + 2 * n, &format!("question {n}"), "NULL", "0.3", later(n));
    }
    group(store, key.widget, later(most)).await;
    let known = counts(store, key).await;
    assert_eq!((known.len(), known[0].clone()), (1_000, ("often".to_owned(), 2)));
    // Asked once and the longest ago.
    assert!(!known.iter().any(|(question, _)| question == "question 0"));
    for (n, text) in (0..).zip(["oFten", "ofTen", "oftEn", "ofteN", "OFTEN", "OFTEN", "Often"]) {
        ask(store, conversation.0, 5_001 + 2 * n, text, "NULL", "0.3", later(most));
    }
    group(store, key.widget, later(most)).await;
    let often = open_ones(store, key).await.remove(0);
    assert_eq!((often.occurrences, often.samples.len()), (9, MAX_SAMPLES));
    assert_eq!(often.samples[..2], ["Often", "OFTEN"]);
}

async fn what_is_old_is_pruned(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let later = monday() + SignedDuration::from_hours(24);
    ask(store, conversation.0, 101, "Dogs?", "NULL", "0.3", monday());
    ask(store, conversation.0, 103, "Cats?", "NULL", "0.3", later);
    group(store, key.widget, later).await;
    assert_eq!(store.db.count_old_unanswered(later).await.unwrap(), 1);
    assert_eq!(store.db.prune_unanswered(later, 10).await.unwrap(), 1);
    assert_eq!(store.db.prune_unanswered(later, 10).await.unwrap(), 0);
    assert_eq!(counts(store, key).await, [("Cats?".to_owned(), 1)]);
    // Its message is still there, and does not bring it back.
    assert_eq!(group(store, key.widget, later).await, 0);
}

async fn notes_on_messages_go_with_their_question(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let (before, later) =
        (monday() + SignedDuration::from_hours(12), monday() + SignedDuration::from_hours(24));
    ask(store, conversation.0, 101, "Dogs?", "NULL", "0.3", monday());
    ask(store, conversation.0, 103, "", "NULL", "0.3", monday());
    ask(store, conversation.0, 105, "Cats?", "NULL", "0.3", monday());
    ask(store, conversation.0, 107, "Cats?", "NULL", "0.3", later);
    ask(store, conversation.0, 109, "", "NULL", "0.3", later);
    group(store, key.widget, later + SignedDuration::from_hours(1)).await;
    let notes = |store: &Store| store.rows(&["message_id"], "unanswered_messages ORDER BY message_id");
    assert_eq!(notes(store), ["102", "104", "106", "108", "110"]);
    assert_eq!(store.db.prune_unanswered(before, 10).await.unwrap(), 1);
    assert_eq!(store.db.prune_unanswered_messages(before, 1).await.unwrap(), 1);
    assert_eq!(store.db.prune_unanswered_messages(before, 10).await.unwrap(), 1);
    assert_eq!(store.db.prune_unanswered_messages(before, 10).await.unwrap(), 0);
    // A question that is still asked keeps its own, and what is young keeps it from being counted twice.
    assert_eq!(notes(store), ["106", "108", "110"]);
    assert_eq!(group(store, key.widget, later + SignedDuration::from_hours(2)).await, 0);
    assert_eq!(counts(store, key).await, [("Cats?".to_owned(), 2)]);
}

async fn a_count_stays_when_its_conversations_go(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    ask(store, conversation.0, 101, "Dogs?", "NULL", "0.3", monday());
    group(store, key.widget, monday()).await;
    store.run("DELETE FROM widget_conversations");
    assert_eq!(counts(store, key).await, [("Dogs?".to_owned(), 1)]);
    assert_eq!(store.number("count(*) FROM unanswered_messages"), 0);
}
