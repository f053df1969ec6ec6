//! Calls that a provider's circuit breaker or quota does not let through.

use crate::desk::{Desk, Place, message, on_both, settings};
use crate::scripted::{Say, Scripted};
use frontdesk_chat::{CREDIT_NOTICE, IncomingMessage, Source};
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::QuotaSettings;
use frontdesk_providers::{ChatModel, Providers, Resilience};
use std::sync::Arc;

const HOURS: &str = "What are your business hours?";
const ROWS: &str = "SELECT llm_provider, attempt, status FROM llm_request_logs ORDER BY id";

on_both! {
    a_provider_whose_breaker_is_open_is_passed_over_without_a_trace_in_the_books,
    where_no_provider_admits_the_call_the_message_is_answered_without_a_model,
    a_call_for_which_there_are_no_credits_takes_nothing_from_the_quota,
    a_repeated_message_takes_nothing_from_the_quota,
    another_key_is_asked_at_once_when_one_is_refused,
}

pub(crate) fn guarded(models: &[&Arc<Scripted>], quota: QuotaSettings) -> Providers {
    let resilience = Resilience { quota, free_tier: false, ..Resilience::default() };
    let models = models.iter().map(|model| Arc::clone(model) as Arc<dyn ChatModel>);
    let start = crate::desk::START.parse().unwrap();
    Providers::guarded(models, resilience, &(Arc::new(move || start) as _))
}

pub(crate) fn per_minute(requests: u64) -> QuotaSettings {
    QuotaSettings {
        requests_per_minute: Some(requests),
        tenant_share_percent: 100,
        ..QuotaSettings::default()
    }
}

async fn a_provider_whose_breaker_is_open_is_passed_over_without_a_trace_in_the_books(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Fail(Failure::Timeout)]);
    let groq = Scripted::new(ProviderName::GROQ, [Say::Text("From Groq.", 1, 1)]);
    let providers = guarded(&[&gemini, &groq], QuotaSettings::default());
    let desk = Desk::open(place, providers, settings(&[ProviderName::GROQ])).await;
    desk.lift_limits().await;
    for _ in 0..5 {
        assert_eq!(desk.say(HOURS).await.unwrap().text, "From Groq.");
    }
    assert_eq!((gemini.calls(), groq.calls()), (5, 5));
    let before = desk.sql(ROWS);
    assert_eq!(desk.say(HOURS).await.unwrap().text, "From Groq.");
    assert_eq!((gemini.calls(), groq.calls()), (5, 6));
    assert_eq!(desk.sql(ROWS), format!("{before}\ngroq|1|success"));
    desk.assert_books_are_right().await;
}

async fn where_no_provider_admits_the_call_the_message_is_answered_without_a_model(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("Once a minute.", 1, 1)]);
    let groq = Scripted::new(ProviderName::GROQ, [Say::Text("Once a minute, too.", 1, 1)]);
    let providers = guarded(&[&gemini, &groq], per_minute(1));
    let desk = Desk::open(place, providers, settings(&[ProviderName::GROQ])).await;
    assert_eq!(desk.say(HOURS).await.unwrap().text, "Once a minute.");
    assert_eq!(desk.say(HOURS).await.unwrap().text, "Once a minute, too.");
    let third = desk.say(HOURS).await.unwrap();
    assert_eq!((third.source, third.notice), (Source::KnowledgeBase, None));
    assert_eq!(desk.sql(ROWS), "gemini|1|success\ngroq|1|success");
    assert_eq!(desk.sql("SELECT count(*) FROM widget_messages"), "6");
    desk.assert_books_are_right().await;
}

async fn a_call_for_which_there_are_no_credits_takes_nothing_from_the_quota(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("Once a minute.", 1, 1)]);
    let desk = Desk::open(place, guarded(&[&gemini], per_minute(1)), settings(&[])).await;
    desk.sql("UPDATE client_llm_usage SET daily_token_limit = 10");
    for _ in 0..3 {
        assert_eq!(desk.say(HOURS).await.unwrap().notice, Some(CREDIT_NOTICE));
    }
    desk.lift_limits().await;
    assert_eq!(desk.say(HOURS).await.unwrap().text, "Once a minute.");
    assert_eq!(desk.say(HOURS).await.unwrap().source, Source::KnowledgeBase);
}

async fn a_repeated_message_takes_nothing_from_the_quota(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("Twice a minute.", 1, 1)]);
    let desk = Desk::open(place, guarded(&[&gemini], per_minute(2)), settings(&[])).await;
    let hello = desk.say("Hello").await.unwrap();
    let repeated = IncomingMessage {
        conversation: Some(hello.conversation),
        client_message_id: Some("m-1".into()),
        ..message(HOURS)
    };
    for _ in 0..3 {
        let answer = desk.front.answer("demo", repeated.clone()).await.unwrap();
        assert_eq!(answer.text, "Twice a minute.");
    }
    assert_eq!(gemini.calls(), 2);
}

async fn another_key_is_asked_at_once_when_one_is_refused(place: Place) {
    let limited = Say::Fail(Failure::RateLimited { retry_after: None });
    let first = Scripted::new(ProviderName::GEMINI, [limited]);
    let second = Scripted::new(ProviderName::GEMINI, [Say::Text("From the second key.", 1, 1)]);
    let providers = guarded(&[&first, &second], QuotaSettings::default());
    let desk = Desk::open(place, providers, settings(&[])).await;
    assert_eq!(desk.say(HOURS).await.unwrap().text, "From the second key.");
    assert_eq!((first.calls(), second.calls()), (1, 1));
    assert_eq!(desk.sql(ROWS), "gemini|1|rate_limited\ngemini|2|success");
    desk.assert_books_are_right().await;
}
