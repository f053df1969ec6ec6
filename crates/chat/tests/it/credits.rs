//! Credits, seen by visitors who come at the same time.

use crate::desk::{Desk, Place, message, on_both, settings};
use crate::scripted::{Say, Scripted, providers};
use frontdesk_chat::{CREDIT_NOTICE, Source};
use frontdesk_domain::ProviderName;
use std::time::Duration;

on_both! {
    of_more_parallel_messages_than_requests_the_rest_gets_the_notice,
    the_reply_cap_shrinks_to_what_is_left,
    the_next_day_has_credits_again,
}

async fn of_more_parallel_messages_than_requests_the_rest_gets_the_notice(place: Place) {
    // 100 requests a day, 90 of them used: but tokens must not be what is scarce.
    let gemini = Scripted::gated(ProviderName::GEMINI, [Say::Text("From the model.", 1, 1)], 0);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let mut answers = Vec::new();
    for _ in 0..64 {
        let front = desk.front.clone();
        answers.push(tokio::spawn(async move { front.answer("demo", message("Is there parking?")).await }));
    }
    // 5,000 tokens a day hold a few messages; those that got credits wait at the gate.
    gemini.arrived.acquire().await.unwrap().forget();
    gemini.gate.add_permits(64);
    let (mut by_model, mut noticed) = (0, 0);
    for answer in answers {
        let answer = answer.await.unwrap().unwrap();
        match answer.source {
            Some(Source::Llm) => by_model += 1,
            source => {
                assert_eq!(source, Some(Source::KnowledgeBase));
                assert!(answer.text.ends_with(CREDIT_NOTICE) && answer.notice == Some(CREDIT_NOTICE));
                noticed += 1;
            }
        }
    }
    assert_eq!(by_model + noticed, 64);
    assert!(by_model >= 1 && noticed >= 1, "{by_model} by the model, {noticed} noticed");
    let usage = desk.usage().await.credits;
    assert!(usage.held.is_zero());
    assert_eq!(usage.used_today.requests, by_model);
    let analytics = desk.analytics().await;
    assert_eq!((analytics.successful_requests, analytics.credits_exhausted_count), (by_model, noticed));
}

async fn the_reply_cap_shrinks_to_what_is_left(place: Place) {
    let gemini =
        Scripted::new(ProviderName::GEMINI, [Say::Text("Much.", 3_600, 100), Say::Text("Little.", 1, 1)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    desk.say("Is there parking?").await.unwrap();
    desk.say("Is there parking?").await.unwrap();
    let caps: Vec<u32> = gemini.asked.lock().unwrap().iter().map(|asked| asked.reply_tokens).collect();
    assert_eq!(caps[0], 500);
    assert!((64..500).contains(&caps[1]), "{caps:?}");
}

async fn the_next_day_has_credits_again(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("All of it.", 4_990, 10)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    desk.say("Is there parking?").await.unwrap();
    let exhausted = desk.say("Is there parking?").await.unwrap();
    assert_eq!(exhausted.notice, Some(CREDIT_NOTICE));
    desk.advance(Duration::from_hours(14));
    assert_eq!(desk.say("Is there parking?").await.unwrap().text, "All of it.");
    let usage = desk.usage().await.credits;
    assert_eq!((usage.used_today.tokens, usage.used_this_month.tokens), (5_000, 10_000));
}
