//! From a message to its answer.

use crate::desk::{Desk, Place, message, on_both, settings};
use crate::scripted::{Say, Scripted, providers};
use frontdesk_chat::{ChatError, IncomingMessage, InvalidMessage, Settings, Source};
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::ids::PublicConversationId;
use frontdesk_persistence::Database;
use std::sync::Arc;
use std::time::Duration;

const HOURS: &str = "What are your business hours?";

on_both! {
    a_model_answers_and_its_tokens_are_booked,
    a_failing_provider_is_followed_by_the_next,
    an_overloaded_provider_is_asked_again,
    after_the_deadline_no_call_begins,
    without_a_key_the_knowledge_base_answers,
    an_unknown_question_gets_the_default,
    a_blocked_answer_is_charged_and_not_asked_elsewhere,
    bad_messages_change_nothing,
    a_conversation_is_carried_on,
    a_conversation_of_another_widget_is_not_found,
    a_caller_who_hangs_up_strands_nothing,
    a_draining_desk_takes_no_message,
}

async fn a_model_answers_and_its_tokens_are_booked(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("Nine to five.", 400, 50)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let answer = desk.say(HOURS).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.confidence), ("Nine to five.", 0.95));
    assert_eq!((answer.source, answer.suggestions.len()), (Source::Llm, 0));
    let usage = desk.usage().await.credits;
    assert_eq!((usage.used_today.tokens, usage.used_today.requests), (450, 1));
    assert_eq!((usage.used_total.tokens, usage.used_total.requests), (450, 1));
    assert!(usage.held.is_zero());
    let analytics = desk.analytics().await;
    assert_eq!(
        (analytics.total_requests, analytics.successful_requests, analytics.total_tokens),
        (1, 1, 450)
    );
    let asked = gemini.asked.lock().unwrap()[0].clone();
    assert_eq!(asked.model, "gemini-3.5-flash-lite"); // the database's default, gemini-pro, is retired
    assert_eq!(asked.reply_tokens, 500);
    assert!(asked.system.contains("We're open Monday to Friday"), "{}", asked.system);
}

async fn a_failing_provider_is_followed_by_the_next(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Fail(Failure::Timeout)]);
    let groq = Scripted::new(ProviderName::GROQ, [Say::Text("From Groq.", 300, 20)]);
    let desk = Desk::open(place, providers(&[&gemini, &groq]), settings(&[ProviderName::GROQ])).await;
    let answer = desk.say(HOURS).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.source), ("From Groq.", Source::Llm));
    assert_eq!((gemini.calls(), groq.calls()), (1, 1));
    let usage = desk.usage().await.credits;
    assert_eq!((usage.used_today.tokens, usage.used_today.requests), (320, 1));
    let analytics = desk.analytics().await;
    assert_eq!(
        (analytics.total_requests, analytics.failed_requests, analytics.successful_requests),
        (2, 1, 1)
    );
    assert_eq!(groq.asked.lock().unwrap()[0].model, "openai/gpt-oss-20b");
}

async fn an_overloaded_provider_is_asked_again(place: Place) {
    let overloaded = Say::Fail(Failure::Overloaded { retry_after: Some(Duration::ZERO) });
    let gemini = Scripted::new(ProviderName::GEMINI, [overloaded, Say::Text("Second try.", 10, 5)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    assert_eq!(desk.say(HOURS).await.unwrap().text, "Second try.");
    assert_eq!(gemini.calls(), 2);
    assert!(desk.usage().await.credits.held.is_zero());
}

async fn after_the_deadline_no_call_begins(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("never", 1, 1)]);
    let late = Settings { answer_deadline: Duration::ZERO, ..settings(&[]) };
    let desk = Desk::open(place, providers(&[&gemini]), late).await;
    assert_eq!(desk.say(HOURS).await.unwrap().source, Source::KnowledgeBase);
    assert_eq!(gemini.calls(), 0);
    assert_eq!(desk.sql("SELECT count(*) FROM llm_request_logs"), "0");
    desk.assert_books_are_right().await;
}

async fn without_a_key_the_knowledge_base_answers(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Fail(Failure::NotConfigured)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let answer = desk.say(HOURS).await.unwrap();
    assert_eq!(answer.source, Source::KnowledgeBase);
    assert!(answer.text.starts_with("We're open Monday to Friday"));
    assert!(answer.confidence >= 0.85 && answer.confidence <= 1.0);
    let usage = desk.usage().await.credits;
    assert!(usage.used_total.is_zero() && usage.held.is_zero());
    let analytics = desk.analytics().await;
    assert_eq!((analytics.failed_requests, analytics.timed_requests), (1, 0));
}

async fn an_unknown_question_gets_the_default(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Fail(Failure::NotConfigured)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let answer = desk.say("how high is mount everest").await.unwrap();
    assert_eq!((answer.source, answer.confidence), (Source::Default, 0.3));
    assert!(!answer.text.is_empty() && answer.notice.is_none());
}

async fn a_blocked_answer_is_charged_and_not_asked_elsewhere(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Billed(Failure::Blocked, 31, 0)]);
    let groq = Scripted::new(ProviderName::GROQ, [Say::Text("never", 1, 1)]);
    let desk = Desk::open(place, providers(&[&gemini, &groq]), settings(&[ProviderName::GROQ])).await;
    assert_eq!(desk.say(HOURS).await.unwrap().source, Source::KnowledgeBase);
    assert_eq!(groq.calls(), 0);
    let usage = desk.usage().await.credits;
    assert_eq!((usage.used_today.tokens, usage.used_today.requests), (31, 0));
    assert_eq!(desk.analytics().await.blocked_requests, 1);
}

async fn bad_messages_change_nothing(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("never", 1, 1)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let refused = |error| matches!(error, ChatError::InvalidMessage(_));
    for text in ["", " \n ", "a\0b"] {
        assert!(refused(desk.say(text).await.unwrap_err()), "{text:?}");
    }
    let long = desk.say(&"x".repeat(4_001)).await.unwrap_err();
    assert!(matches!(long, ChatError::InvalidMessage(InvalidMessage::TooLong(4_001))));
    let unknown = desk.front.answer("no-such-widget", message(HOURS)).await.unwrap_err();
    assert!(matches!(unknown, ChatError::WidgetNotFound));
    assert_eq!(gemini.calls(), 0);
    assert_eq!(desk.analytics().await.total_requests, 0);
}

async fn a_conversation_is_carried_on(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("First.", 1, 1), Say::Text("Second.", 1, 1)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let first = desk.say("Do you have parking?").await.unwrap();
    desk.advance(Duration::from_secs(1));
    let next = IncomingMessage { conversation: Some(first.conversation), ..message("And on Sunday?") };
    let second = desk.front.answer("demo", next).await.unwrap();
    assert_eq!(second.conversation, first.conversation);
    let turns: Vec<_> = gemini.asked.lock().unwrap()[1].turns.iter().map(|turn| turn.text.clone()).collect();
    assert_eq!(
        turns,
        ["<visitor>\nDo you have parking?\n</visitor>", "First.", "<visitor>\nAnd on Sunday?\n</visitor>"]
    );
}

async fn a_conversation_of_another_widget_is_not_found(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("never", 1, 1)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let unknown = IncomingMessage { conversation: Some(PublicConversationId::new(1)), ..message(HOURS) };
    let error = desk.front.answer("demo", unknown).await.unwrap_err();
    assert!(matches!(error, ChatError::ConversationNotFound));
    assert_eq!(gemini.calls(), 0);
}

async fn a_caller_who_hangs_up_strands_nothing(place: Place) {
    let gemini = Scripted::gated(ProviderName::GEMINI, [Say::Text("Nine to five.", 400, 50)], 0);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let front = desk.front.clone();
    let caller = tokio::spawn(async move { front.answer("demo", message(HOURS)).await });
    gemini.arrived.acquire().await.unwrap().forget();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    assert_eq!(desk.usage().await.credits.held.requests, 1);
    gemini.gate.add_permits(1);
    desk.front.drain().await;
    let usage = desk.usage().await.credits;
    assert!(usage.held.is_zero());
    assert_eq!((usage.used_today.tokens, usage.used_today.requests), (450, 1));
}

async fn a_draining_desk_takes_no_message(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("never", 1, 1)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    desk.front.drain().await;
    assert!(matches!(desk.say(HOURS).await.unwrap_err(), ChatError::Overloaded));
    assert_eq!(Arc::clone(&gemini).calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_means_no_call_to_a_provider() {
    let server = frontdesk_tests::TempPg::start().unwrap();
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("Nine to five.", 400, 50)]);
    let place = Place::at(server.create_database());
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    desk.say(HOURS).await.unwrap();
    server.stop();
    // The widget may still be in memory: it is the ledger that refuses.
    assert!(desk.say(HOURS).await.is_err());
    assert_eq!(gemini.calls(), 1);
    server.restart();
    assert_eq!(desk.say(HOURS).await.unwrap().text, "Nine to five.");
    assert!(desk.usage().await.credits.held.is_zero());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_answer_is_booked_when_the_database_comes_back() {
    let server = frontdesk_tests::TempPg::start().unwrap();
    let gemini = Scripted::gated(ProviderName::GEMINI, [Say::Text("Nine to five.", 400, 50)], 0);
    let place = Place::at(server.create_database());
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let front = desk.front.clone();
    let answer = tokio::spawn(async move { front.answer("demo", message(HOURS)).await });
    gemini.arrived.acquire().await.unwrap().forget();
    server.stop();
    gemini.gate.add_permits(1);
    server.restart();
    assert_eq!(answer.await.unwrap().unwrap().text, "Nine to five.");
    let usage = desk.usage().await.credits;
    assert_eq!((usage.used_today.tokens, usage.used_today.requests), (450, 1));
    assert!(usage.held.is_zero());
}

#[tokio::test(flavor = "multi_thread")]
async fn demos_that_start_together_share_one_client() {
    let place = Place::postgres();
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let url = place.url.clone();
            tokio::spawn(async move { Database::open(&url, 1).await?.seed_demo().await })
        })
        .collect();
    for start in starts {
        assert_eq!(start.await.unwrap().unwrap(), Some("demo"));
    }
    assert_eq!(frontdesk_tests::psql(&place.url, "SELECT count(*) FROM clients").unwrap(), "1");
}
