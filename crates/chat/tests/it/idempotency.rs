//! The same message twice.

use crate::desk::{Desk, Place, message, on_both, settings};
use crate::scripted::{Say, Scripted, providers};
use frontdesk_chat::{Answer, ChatError, IncomingMessage, Settings};
use frontdesk_domain::ProviderName;
use std::time::Duration;

on_both! {
    a_repeated_message_gets_the_first_answer_and_costs_nothing,
    a_repeat_waits_for_the_answer_that_is_being_made,
    a_message_whose_process_died_is_answered_when_it_is_repeated,
}

fn same(first: &Answer, text: &str) -> IncomingMessage {
    IncomingMessage {
        conversation: Some(first.conversation),
        client_message_id: Some("m-1".into()),
        ..message(text)
    }
}

async fn a_repeated_message_gets_the_first_answer_and_costs_nothing(place: Place) {
    let gemini =
        Scripted::new(ProviderName::GEMINI, [Say::Text("Hello.", 10, 5), Say::Text("Once.", 100, 5)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let hello = desk.say("Hello").await.unwrap();
    let first = desk.front.answer("demo", same(&hello, "Is there parking?")).await.unwrap();
    let again = desk.front.answer("demo", same(&hello, "Is there parking?")).await.unwrap();
    assert_eq!((again.message, &again.text, again.confidence), (first.message, &first.text, 0.95));
    assert_eq!(gemini.calls(), 2);
    assert_eq!(desk.usage().await.credits.used_today.tokens, 120);
}

async fn a_repeat_waits_for_the_answer_that_is_being_made(place: Place) {
    let gemini = Scripted::gated(ProviderName::GEMINI, [Say::Text("Once.", 100, 5)], 1);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let hello = desk.say("Hello").await.unwrap();
    gemini.arrived.acquire().await.unwrap().forget();
    let start = |text| {
        let (front, message) = (desk.front.clone(), same(&hello, text));
        tokio::spawn(async move { front.answer("demo", message).await })
    };
    let first = start("Is there parking?");
    gemini.arrived.acquire().await.unwrap().forget();
    let second = start("Is there parking?");
    gemini.gate.add_permits(1);
    let (first, second) = (first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
    assert_eq!((first.message, &first.text), (second.message, &second.text));
    assert_eq!(gemini.calls(), 2);
}

async fn a_message_whose_process_died_is_answered_when_it_is_repeated(place: Place) {
    let gemini = Scripted::gated(ProviderName::GEMINI, [Say::Text("Too late.", 100, 5)], 1);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let hello = desk.say("Hello").await.unwrap();
    gemini.arrived.acquire().await.unwrap().forget();
    let (front, first) = (desk.front.clone(), same(&hello, "Is there parking?"));
    // Never let through the gate: as if its process had been killed.
    tokio::spawn(async move { front.answer("demo", first).await });
    gemini.arrived.acquire().await.unwrap().forget();
    let impatient = Settings { answer_deadline: Duration::ZERO, ..settings(&[]) };
    let survivor = desk.another(providers(&[&gemini]), impatient);
    let early = survivor.answer("demo", same(&hello, "Is there parking?")).await.unwrap_err();
    assert!(matches!(early, ChatError::StillAnswering));
    desk.advance(Duration::from_secs(121));
    let answer = survivor.answer("demo", same(&hello, "Is there parking?")).await.unwrap();
    assert!(answer.text.starts_with("Yes: parking"), "{}", answer.text);
    let again = survivor.answer("demo", same(&hello, "Is there parking?")).await.unwrap();
    assert_eq!(again.message, answer.message);
    assert_eq!(gemini.calls(), 2);
}
