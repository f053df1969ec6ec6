//! The knowledge base in the answer flow.

use crate::desk::{Desk, Place, message, on_both, settings};
use crate::scripted::{Say, Scripted, providers};
use crate::streams::rest;
use frontdesk_chat::{Answer, IncomingMessage, Source};
use frontdesk_domain::ProviderName;
use std::sync::Arc;
use std::time::{Duration, Instant};

const HOURS: &str = "What are your business hours?";
/// The longest time until a change by hand takes effect.
const SEEN: Duration = Duration::from_secs(2);
const SPENT: &str = "SELECT tokens_used_today, requests_made_today, tokens_reserved, total_requests_made
    FROM client_llm_usage WHERE widget_id = 1";

on_both! {
    a_change_by_hand_is_seen_within_two_seconds,
    a_sure_knowledge_base_goes_first_without_a_log_row_or_a_credit,
    a_knowledge_base_that_goes_first_leaves_to_the_model_what_it_is_not_sure_of,
    an_order_set_by_hand_is_seen_within_two_seconds,
    a_repeated_message_gets_the_suggestions_of_the_first_answer,
    a_model_gets_the_fitting_entries_whole,
}

async fn open(place: Place, setting: &str) -> (Desk, Arc<Scripted>) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("From the model.", 400, 50)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    if !setting.is_empty() {
        desk.sql(&format!("UPDATE widget_configs SET {setting} WHERE id = 1"));
    }
    (desk, gemini)
}

/// Says `text` until the answer is as wanted. One that is begun two seconds after the change has to be.
async fn until(desk: &Desk, text: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
    let changed = Instant::now();
    loop {
        let began = changed.elapsed();
        let answer = desk.say(text).await.unwrap();
        if wanted(&answer) {
            return answer;
        }
        assert!(began < SEEN, "after {began:?} still {answer:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_change_by_hand_is_seen_within_two_seconds(place: Place) {
    let no = if place.url.starts_with("sqlite:") { "0" } else { "false" };
    let (desk, _) = open(place, &format!("llm_enabled = {no}")).await;
    assert!(desk.say(HOURS).await.unwrap().text.starts_with("We're open Monday to Friday"));
    desk.sql("UPDATE widget_knowledge_base SET answer = 'At night.' WHERE question = 'What are your business hours?'");
    until(&desk, HOURS, |answer| answer.text == "At night.").await;

    let zebra = "Do you treat zebras?";
    assert_eq!(desk.say(zebra).await.unwrap().source, Some(Source::Default));
    desk.sql(
        "INSERT INTO widget_knowledge_base (widget_id, question, answer)
        VALUES (1, 'Do you treat zebras?', 'Only on Mondays.')",
    );
    until(&desk, zebra, |answer| answer.text == "Only on Mondays.").await;
    desk.sql(&format!("UPDATE widget_knowledge_base SET is_active = {no} WHERE answer = 'Only on Mondays.'"));
    until(&desk, zebra, |answer| answer.text != "Only on Mondays.").await;
    // An entry that has been given as an answer cannot be deleted before the message is.
    desk.sql("UPDATE widget_messages SET knowledge_base_id = NULL; DELETE FROM widget_knowledge_base");
    until(&desk, HOURS, |answer| answer.source == Some(Source::Default)).await;
}

async fn a_sure_knowledge_base_goes_first_without_a_log_row_or_a_credit(place: Place) {
    let (desk, gemini) = open(place, "answer_order = 'knowledge_first'").await;
    let before = desk.sql(SPENT);
    let answer = desk.say(HOURS).await.unwrap();
    assert_eq!(answer.source, Some(Source::KnowledgeBase));
    assert!(answer.text.starts_with("We're open Monday to Friday") && answer.confidence >= 0.85);
    assert!(answer.suggestions.is_empty());
    let (text, streamed) = rest(desk.front.answer_streamed("demo", message(HOURS)).unwrap()).await;
    assert_eq!((&text, streamed.source), (&answer.text, Some(Source::KnowledgeBase)));
    assert_eq!(gemini.calls(), 0);
    assert_eq!(desk.sql("SELECT count(*) FROM llm_request_logs"), "0");
    assert_eq!(desk.sql(SPENT), before);
    assert_eq!(desk.sql("SELECT count(*) FROM widget_messages WHERE message_type = 'bot'"), "2");
    assert_eq!(desk.sql("SELECT sum(times_used) FROM widget_knowledge_base"), "2");
    desk.assert_books_are_right().await;
}

async fn a_knowledge_base_that_goes_first_leaves_to_the_model_what_it_is_not_sure_of(place: Place) {
    let no = if place.url.starts_with("sqlite:") { "0" } else { "false" };
    let (desk, gemini) = open(place, "answer_order = 'knowledge_first'").await;
    assert_eq!(desk.say("how high is mount everest").await.unwrap().text, "From the model.");
    assert_eq!(gemini.calls(), 1);
    desk.sql(&format!("UPDATE widget_configs SET fallback_to_knowledge_base = {no}"));
    until(&desk, HOURS, |answer| answer.source == Some(Source::Llm)).await;
    desk.assert_books_are_right().await;
}

async fn an_order_set_by_hand_is_seen_within_two_seconds(place: Place) {
    let (desk, _) = open(place, "").await;
    desk.lift_limits().await;
    assert_eq!(desk.say(HOURS).await.unwrap().source, Some(Source::Llm));
    desk.sql("UPDATE widget_configs SET answer_order = 'knowledge_first'");
    until(&desk, HOURS, |answer| answer.source == Some(Source::KnowledgeBase)).await;
    desk.sql("UPDATE widget_configs SET answer_order = 'whoever'");
    until(&desk, HOURS, |answer| answer.source == Some(Source::Llm)).await;
    desk.sql("UPDATE widget_configs SET answer_order = NULL");
    assert_eq!(desk.say(HOURS).await.unwrap().source, Some(Source::Llm));
    desk.assert_books_are_right().await;
}

async fn a_repeated_message_gets_the_suggestions_of_the_first_answer(place: Place) {
    let no = if place.url.starts_with("sqlite:") { "0" } else { "false" };
    let (desk, _) = open(place, &format!("llm_enabled = {no}")).await;
    let opened = desk.say("Hello").await.unwrap();
    let unsure = [
        "can my child cancel the insurance",
        "emergency appointment for insured children",
        "cost of moving a booking",
        "pay by phone",
    ];
    let mut offered = None;
    for (n, text) in unsure.into_iter().enumerate() {
        let message = IncomingMessage {
            conversation: Some(opened.conversation),
            client_message_id: Some(format!("m-{n}")),
            ..message(text)
        };
        let first = desk.front.answer("demo", message.clone()).await.unwrap();
        assert!(first.suggestions.len() <= 3);
        assert!(first.suggestions.is_empty() || first.confidence < 0.85);
        if !first.suggestions.is_empty() {
            offered = Some((message, first));
        }
    }
    let (message, first) = offered.expect("one of the questions is related to an entry");
    desk.sql("UPDATE widget_messages SET knowledge_base_id = NULL; DELETE FROM widget_knowledge_base");
    let elsewhere = desk.another(providers(&[]), settings(&[]));
    let again = elsewhere.answer("demo", message).await.unwrap();
    assert_eq!((again.message, &again.text), (first.message, &first.text));
    assert_eq!(again.suggestions, first.suggestions);
}

async fn a_model_gets_the_fitting_entries_whole(place: Place) {
    let (desk, gemini) = open(place, "").await;
    let long = "Ask at the desk about the timetable of the ferry, which changes with the tide. ".repeat(90);
    desk.sql(&format!(
        "INSERT INTO widget_knowledge_base (widget_id, question, answer) VALUES
            (1, 'Do you treat zebras?', 'Only striped zebras.'),
            (1, 'When do you treat zebras and other animals?', '{long}'),
            (1, 'What do zebras pay?', 'Zebras pay in carrots.')"
    ));
    desk.say("Do you treat zebras?").await.unwrap();
    let system = gemini.asked.lock().unwrap()[0].system.clone();
    for whole in [
        "Q: Do you treat zebras?\nA: Only striped zebras.",
        "Q: What do zebras pay?\nA: Zebras pay in carrots.",
    ] {
        assert!(system.contains(whole), "{system}");
    }
    assert!(!system.contains("timetable of the ferry"), "{system}");
}
