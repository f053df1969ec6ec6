//! Explaining an answer tells what would happen, and nothing happens.

use crate::admission::{guarded, per_minute};
use crate::desk::{Desk, Place, message, on_both, settings};
use crate::scripted::{Say, Scripted, providers};
use frontdesk_chat::{CREDIT_NOTICE, ChatError, Explanation, IncomingMessage, Source};
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::{AnswerOrder, Failure};
use frontdesk_domain::ids::{PublicConversationId, WidgetId};
use frontdesk_domain::quota::QuotaSettings;
use frontdesk_knowledge::Contribution;
use std::sync::Arc;

const HOURS: &str = "What are your business hours?";
const EVEREST: &str = "how high is mount everest";

on_both! {
    an_explanation_changes_nothing_and_calls_no_provider,
    the_prompt_and_the_hold_are_those_of_the_real_flow,
    the_confidence_is_what_its_parts_add_up_to,
    the_step_that_is_told_is_the_one_that_answers,
    a_provider_that_would_be_passed_over_is_told_and_its_quota_stays,
    an_inactive_widget_can_be_explained_and_an_unknown_one_cannot,
}

fn model(name: ProviderName) -> Arc<Scripted> {
    Scripted::new(name, [Say::Text("From the model.", 400, 50)])
}

async fn explain(desk: &Desk, question: &str) -> Explanation {
    desk.front.explain(WidgetId(1), question, None).await.unwrap()
}

/// Every row of every table.
fn everything(desk: &Desk) -> String {
    if desk.is_sqlite() {
        return desk.sql(".dump");
    }
    let tables = desk.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
    let rows = |table| desk.sql(&format!("SELECT t::text FROM \"{table}\" t ORDER BY 1"));
    tables.lines().flat_map(|table| [table.to_owned(), rows(table)]).collect::<Vec<_>>().join("\n")
}

async fn an_explanation_changes_nothing_and_calls_no_provider(place: Place) {
    let gemini = model(ProviderName::GEMINI);
    let providers = guarded(&[&gemini], per_minute(1));
    let desk = Desk::open(place, providers, settings(&[])).await;
    let opened = desk.front.open_conversation("demo", Default::default(), None).await.unwrap();
    let before = everything(&desk);
    assert!(before.contains("business hours"));
    for question in [HOURS, EVEREST, "😀 ???", &"a".repeat(4_000)] {
        for conversation in [None, Some(opened.conversation)] {
            desk.front.explain(WidgetId(1), question, conversation).await.unwrap();
        }
    }
    assert_eq!(everything(&desk), before);
    assert_eq!(gemini.calls(), 0);
    // The minute's only call is still there.
    assert_eq!(desk.say(HOURS).await.unwrap().source, Source::Llm);
    desk.assert_books_are_right().await;
}

async fn the_prompt_and_the_hold_are_those_of_the_real_flow(place: Place) {
    let gemini = model(ProviderName::GEMINI);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let hello = desk.say("Hello, is there parking?").await.unwrap();
    let explained = desk.front.explain(WidgetId(1), HOURS, Some(hello.conversation)).await.unwrap();
    let next = IncomingMessage { conversation: Some(hello.conversation), ..message(HOURS) };
    desk.front.answer("demo", next).await.unwrap();
    let asked = gemini.asked.lock().unwrap()[1].clone();
    assert_eq!((&explained.system, &explained.turns), (&asked.system, &asked.turns));
    assert_eq!(explained.turns.len(), 3);
    let attempt = &explained.attempts[0];
    assert_eq!((&attempt.model, attempt.reply_tokens), (&asked.model, asked.reply_tokens));
    let held = attempt.credits.as_ref().unwrap().hold.tokens;
    assert_eq!(held, i64::from(attempt.prompt_tokens + attempt.reply_tokens));
    let logged = desk.sql("SELECT max(reserved_tokens) FROM llm_request_logs WHERE id = 2");
    assert_eq!(logged, held.to_string());
    let packed: usize = explained.ranking.iter().filter(|one| one.packed).map(|one| one.tokens).sum();
    assert_eq!(packed, explained.context_tokens);
    assert!(packed > 0 && packed <= explained.context_budget && explained.ranking.len() <= 10);
}

async fn the_confidence_is_what_its_parts_add_up_to(place: Place) {
    let desk = Desk::open(place, providers(&[&model(ProviderName::GEMINI)]), settings(&[])).await;
    for question in [HOURS, "can my child cancel the insurance", "parking"] {
        let best = explain(&desk, question).await.best.unwrap();
        let log_odds: f64 =
            best.intercept + best.contributions.iter().map(Contribution::log_odds).sum::<f64>();
        let confidence = best.undisputed / (1.0 + (-log_odds).exp());
        assert!((confidence - best.confidence).abs() < 1e-9, "{question}: {confidence} {best:?}");
    }
    assert!(explain(&desk, "😀").await.best.is_none());
}

async fn the_step_that_is_told_is_the_one_that_answers(place: Place) {
    let gemini = model(ProviderName::GEMINI);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let no = if desk.is_sqlite() { "0" } else { "false" };
    let llm_off = format!("UPDATE widget_configs SET llm_enabled = {no}");
    let no_knowledge = format!("UPDATE widget_configs SET fallback_to_knowledge_base = {no}");
    let changes = [
        ("SELECT 1", Source::Llm, Source::Llm),
        ("UPDATE widget_configs SET answer_order = 'knowledge_first'", Source::KnowledgeBase, Source::Llm),
        (
            "UPDATE widget_configs SET answer_order = NULL; UPDATE client_llm_usage SET daily_token_limit = 10",
            Source::KnowledgeBase,
            Source::Default,
        ),
        (&llm_off, Source::KnowledgeBase, Source::Default),
        (&no_knowledge, Source::Default, Source::Default),
    ];
    for (change, hours, everest) in changes {
        desk.sql(change);
        for (question, source) in [(HOURS, hours), (EVEREST, everest)] {
            let told = explain(&desk, question).await.outcome;
            // With nothing remembered of the widget's settings.
            let fresh = desk.another(providers(&[&gemini]), settings(&[]));
            let opened = desk.front.open_conversation("demo", Default::default(), None).await.unwrap();
            let message = IncomingMessage { conversation: Some(opened.conversation), ..message(question) };
            let answer = fresh.answer("demo", message).await.unwrap();
            assert_eq!((told.source, answer.source), (source, source), "{change}: {}", told.reason);
            match told.text {
                Some(text) => assert_eq!(text, answer.text),
                None => assert_eq!(told.provider, Some(ProviderName::GEMINI)),
            }
            let denied = change.contains("daily_token_limit");
            assert_eq!(answer.text.ends_with(CREDIT_NOTICE), denied, "{change}");
        }
    }
    assert!(explain(&desk, HOURS).await.attempts.is_empty());
}

async fn a_provider_that_would_be_passed_over_is_told_and_its_quota_stays(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Fail(Failure::Timeout)]);
    let groq = model(ProviderName::GROQ);
    let providers = guarded(&[&gemini, &groq], QuotaSettings::default());
    let desk = Desk::open(place, providers, settings(&[ProviderName::GROQ])).await;
    desk.lift_limits().await;
    let first = explain(&desk, HOURS).await;
    assert_eq!(first.outcome.provider, Some(ProviderName::GEMINI));
    for _ in 0..5 {
        desk.say(HOURS).await.unwrap();
    }
    let after = explain(&desk, HOURS).await;
    assert_eq!(after.answer_order, AnswerOrder::LlmFirst);
    assert!(after.attempts[0].turned_away.as_ref().unwrap().contains("circuit breaker open"), "{after:?}");
    assert_eq!(after.attempts[1].turned_away, None);
    assert_eq!((after.outcome.source, after.outcome.provider), (Source::Llm, Some(ProviderName::GROQ)));
}

async fn an_inactive_widget_can_be_explained_and_an_unknown_one_cannot(place: Place) {
    let desk = Desk::open(place, providers(&[&model(ProviderName::GEMINI)]), settings(&[])).await;
    let no = if desk.is_sqlite() { "0" } else { "false" };
    desk.sql(&format!("UPDATE widget_configs SET is_active = {no}"));
    assert!(matches!(desk.say(HOURS).await, Err(ChatError::WidgetNotFound)));
    assert_eq!(explain(&desk, HOURS).await.best.unwrap().entry.0, 1);
    let unknown = desk.front.explain(WidgetId(99), HOURS, None).await;
    assert!(matches!(unknown, Err(ChatError::WidgetNotFound)));
    let elsewhere = Some(PublicConversationId::new(5));
    let unknown = desk.front.explain(WidgetId(1), HOURS, elsewhere).await;
    assert!(matches!(unknown, Err(ChatError::ConversationNotFound)));
}
