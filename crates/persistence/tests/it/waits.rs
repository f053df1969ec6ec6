//! A denial that only other messages' holds cause: its caller waits for a settlement and tries once more.

use crate::support::*;
use frontdesk_domain::credits::{DenialReason, Limit};
use frontdesk_domain::ids::ConversationId;
use frontdesk_persistence::{
    AccountKey, Attempt, Begin, Begun, Finished, HoldsWait, LedgerError, Refusal, Reservation, Reserve,
    Status,
};
use jiff::ToSpan;
use std::time::Duration;

contract!(
    a_settlement_wakes_who_waits_and_the_second_try_is_granted,
    a_denial_that_may_wait_is_not_logged_until_the_second_try,
    a_denial_by_use_has_nothing_to_wait_for,
    one_settlement_wakes_one_and_a_grant_the_next,
    a_released_hold_wakes_too,
    a_retry_may_wait,
    a_message_is_answered_once_by_its_repetitions,
    a_late_answer_does_not_replace_the_one_that_was_given,
);

const LIMIT: Duration = Duration::from_secs(30);

fn patient() -> Attempt {
    Attempt { may_wait: true, ..attempt() }
}

async fn refused(store: &Store, key: AccountKey, conversation: ConversationId) -> (Reserve, Refusal) {
    let begin = Begin { attempt: patient(), ..begin(key, conversation, monday()) };
    match store.ledger().begin(begin).await.unwrap() {
        Begun::Stored { conversation, message, reserved } => {
            let again = Reserve { account: key, conversation, message, attempt: attempt(), now: monday() };
            (again, reserved.unwrap_err())
        }
        Begun::Duplicate(id) => panic!("a duplicate of {id}"),
    }
}

async fn woken(wait: Option<HoldsWait>) {
    tokio::time::timeout(LIMIT, wait.expect("a wait").settled()).await.expect("nobody woke it");
}

fn asleep(wait: &mut std::pin::Pin<Box<impl Future<Output = ()>>>) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    wait.as_mut().poll(&mut context).is_pending()
}

/// Room for one message at a time.
async fn narrow(store: &Store) -> (AccountKey, ConversationId) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "daily_token_limit = 1000");
    (key, conversation)
}

async fn settle(store: &Store, held: Held, tokens: u32) {
    store.ledger().finish(held.finish(outcome(Status::Success, tokens, 0), monday())).await.unwrap();
}

async fn reserve(store: &Store, again: Reserve) -> Result<Reservation, Refusal> {
    store.ledger().reserve(again).await.unwrap()
}

async fn a_settlement_wakes_who_waits_and_the_second_try_is_granted(store: &Store) {
    let (key, conversation) = narrow(store).await;
    let first = held(store.ledger(), begin(key, conversation, monday())).await;
    let (again, refusal) = refused(store, key, conversation).await;
    assert!(refusal.denial.only_held);
    settle(store, first, 50).await;
    woken(refusal.wait).await;
    let reservation = reserve(store, again).await.unwrap();
    assert_eq!(reservation.hold, amount(900, 1));
    assert_eq!(store.stored(key), "50/1|50/1|50/1|900/1|open|-");
    assert_eq!(store.rows(&["status"], "llm_request_logs ORDER BY id"), ["success", "pending"]);
}

async fn a_denial_that_may_wait_is_not_logged_until_the_second_try(store: &Store) {
    let (key, conversation) = narrow(store).await;
    held(store.ledger(), begin(key, conversation, monday())).await;
    let (again, refusal) = refused(store, key, conversation).await;
    assert!(refusal.wait.is_some());
    assert_eq!(store.number("count(*) FROM llm_request_logs"), 1);
    assert_eq!(store.number("count(*) FROM llm_usage_daily"), 0);
    let second = reserve(store, again).await.unwrap_err();
    assert!(second.denial.only_held && second.wait.is_none());
    assert_eq!(store.rows(&["status"], "llm_request_logs ORDER BY id"), ["pending", "credits_exhausted"]);
    assert_eq!(store.rows(&["requests", "credits_exhausted"], "llm_usage_daily"), ["1|1"]);
}

async fn a_denial_by_use_has_nothing_to_wait_for(store: &Store) {
    let (key, conversation) = narrow(store).await;
    spend(store, key, conversation, 990, monday()).await;
    let (_, refusal) = refused(store, key, conversation).await;
    assert_eq!(refusal.denial.reason, DenialReason::Limit(Limit::DailyTokens));
    assert!(refusal.wait.is_none() && !refusal.denial.only_held);
    assert_eq!(store.number("count(*) FROM llm_request_logs WHERE status = 'credits_exhausted'"), 1);
}

async fn one_settlement_wakes_one_and_a_grant_the_next(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    // Two holds of 900 fit.
    store.set(key, "daily_token_limit = 1900");
    let first = held(store.ledger(), begin(key, conversation, monday())).await;
    let second = held(store.ledger(), begin(key, conversation, monday())).await;
    let (again, waiting) = refused(store, key, conversation).await;
    let (_, behind) = refused(store, key, conversation).await;
    let mut behind = Box::pin(behind.wait.unwrap().settled());
    settle(store, first, 1).await;
    woken(waiting.wait).await;
    assert!(asleep(&mut behind), "one settlement woke two");
    settle(store, second, 1).await;
    reserve(store, again).await.unwrap();
    tokio::time::timeout(LIMIT, behind).await.expect("nobody woke the next");
}

async fn a_released_hold_wakes_too(store: &Store) {
    let (key, conversation) = narrow(store).await;
    let lost = held(store.ledger(), begin(key, conversation, monday())).await.reservation;
    let (again, refusal) = refused(store, key, conversation).await;
    let late = monday() + 61.seconds();
    assert!(store.ledger().release_abandoned(key.widget, lost.account, lost.log, late).await.unwrap());
    woken(refusal.wait).await;
    reserve(store, again).await.unwrap();
}

async fn a_retry_may_wait(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.set(key, "daily_token_limit = 1900");
    let failed = held(store.ledger(), begin(key, conversation, monday())).await;
    let other = held(store.ledger(), begin(key, conversation, monday())).await;
    let mut retry = failed.retry(outcome(Status::Failed, 900, 0), monday());
    retry.attempt.may_wait = true;
    let refusal = store.ledger().retry(key.widget, retry).await.unwrap().unwrap_err();
    settle(store, other, 50).await;
    woken(refusal.wait).await;
    let Held { conversation, message, .. } = failed;
    let again = Reserve { account: key, conversation, message, attempt: attempt(), now: monday() };
    reserve(store, again).await.unwrap();
    assert_eq!(store.stored(key), "950/1|950/1|950/1|900/1|open|-");
}

/// Two repetitions of a message whose first sender's process died give it up at once.
async fn a_message_is_answered_once_by_its_repetitions(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let given_up = held(store.ledger(), begin(key, conversation, monday())).await;
    let other = frontdesk_persistence::Database::open(&store.url, 1).await.unwrap();
    let late = monday() + 2.minutes();
    let mut answers = Vec::new();
    for db in [&store.db, &store.db, &other, &other] {
        let mut finish = given_up.finish(outcome(Status::Success, 0, 0), late);
        finish.settle = None;
        let ledger = db.ledger().clone();
        answers.push(tokio::spawn(async move { ledger.finish(finish).await.unwrap() }));
    }
    let mut stored = Vec::new();
    let mut replies = Vec::new();
    for answer in answers {
        let answer = answer.await.unwrap();
        stored.extend(matches!(answer, Finished::Stored(_)).then_some(()));
        replies.push(answer.reply());
    }
    assert_eq!(stored.len(), 1);
    replies.dedup();
    assert_eq!(store.rows(&["id"], "widget_messages WHERE message_type = 'bot'"), [replies[0].to_string()]);
    assert_eq!(replies.len(), 1);
    assert_eq!(store.number("message_count FROM widget_conversations"), 2);
}

async fn a_late_answer_does_not_replace_the_one_that_was_given(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let slow = held(store.ledger(), begin(key, conversation, monday())).await;
    let late = monday() + 2.minutes();
    let mut repetition = slow.finish(outcome(Status::Success, 0, 0), late);
    repetition.settle = None;
    let given = store.ledger().finish(repetition).await.unwrap();
    let finished = store.ledger().finish(slow.finish(outcome(Status::Success, 100, 20), late)).await.unwrap();
    assert_eq!(finished, Finished::Duplicate(given.reply()));
    // The provider was paid all the same.
    assert_eq!(store.stored(key), "120/1|120/1|120/1|0/0|open|-");
    let again = store.ledger().finish(slow.finish(outcome(Status::Success, 100, 20), late)).await;
    assert!(matches!(again, Err(LedgerError::AlreadySettled(_))), "{again:?}");
    assert_eq!(store.number("count(*) FROM widget_messages WHERE message_type = 'bot'"), 1);
}
