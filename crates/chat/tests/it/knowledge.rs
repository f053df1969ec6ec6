//! The knowledge base in the answer flow.

use crate::desk::{Desk, Place, message, on_both, settings};
use crate::scripted::{Say, Scripted, providers};
use crate::streams::rest;
use frontdesk_chat::{IncomingMessage, Settings, Source};
use frontdesk_domain::ProviderName;
use frontdesk_domain::ids::WidgetId;
use std::time::{Duration, Instant};

const HOURS: &str = "What are your business hours?";
/// How soon a change by hand is the answer.
const SOON: Duration = Duration::from_secs(2);

on_both! {
    an_entry_changed_by_hand_is_the_answer_within_two_seconds,
    a_replaced_entry_is_no_answer_of_the_widget_that_had_it,
    a_base_is_read_when_it_changes_and_not_for_each_message,
    knowledge_first_answers_without_a_credit,
    knowledge_first_asks_a_model_where_it_is_not_sure,
    an_answer_order_that_nobody_knows_counts_as_the_default,
    knowledge_first_needs_the_permission_to_fall_back,
    many_widgets_do_not_hold_many_indexes,
    knowledge_first_is_one_piece_where_the_answer_is_streamed,
    a_repeated_message_gets_the_suggestions_of_the_first_answer,
    a_model_gets_the_fitting_entries_whole,
}

async fn keyless(place: Place, settings: Settings) -> Desk {
    Desk::open(place, providers(&[]), settings).await
}

/// Asks until the answer is as wanted, for at most two seconds.
async fn becomes(desk: &Desk, question: &str, wanted: impl Fn(&str) -> bool) {
    let end = Instant::now() + SOON;
    loop {
        let answer = desk.say(question).await.unwrap();
        if wanted(&answer.text) {
            return;
        }
        assert!(Instant::now() < end, "{}", answer.text);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn an_entry_changed_by_hand_is_the_answer_within_two_seconds(place: Place) {
    let desk = keyless(place, settings(&[])).await;
    assert_eq!(desk.say("Do you sell gift cards?").await.unwrap().source, Source::Default);
    desk.sql("INSERT INTO widget_knowledge_base (widget_id, question, answer) VALUES (1, 'Do you sell gift cards?', 'Yes, from 20 dollars.')");
    becomes(&desk, "Do you sell gift cards?", |text| text == "Yes, from 20 dollars.").await;
    desk.sql("UPDATE widget_knowledge_base SET answer = 'Not any more.' WHERE question LIKE '%gift cards%'");
    becomes(&desk, "Do you sell gift cards?", |text| text == "Not any more.").await;
    desk.sql("UPDATE widget_knowledge_base SET is_active = false WHERE question LIKE '%gift cards%'");
    becomes(&desk, "Do you sell gift cards?", |text| text.starts_with("Thanks for your message!")).await;
    desk.sql("UPDATE widget_knowledge_base SET is_active = true WHERE question LIKE '%gift cards%'");
    becomes(&desk, "Do you sell gift cards?", |text| text == "Not any more.").await;
    desk.sql("DELETE FROM widget_knowledge_base WHERE question LIKE '%gift cards%'");
    becomes(&desk, "Do you sell gift cards?", |text| text.starts_with("Thanks for your message!")).await;
}

async fn a_replaced_entry_is_no_answer_of_the_widget_that_had_it(place: Place) {
    let replace = if place.url.starts_with("sqlite") {
        "INSERT OR REPLACE INTO widget_knowledge_base (id, widget_id, question, answer) VALUES (900, 9, 'Do you sell gift cards?', 'No.')"
    } else {
        "UPDATE widget_knowledge_base SET widget_id = 9, answer = 'No.' WHERE id = 900"
    };
    let desk = keyless(place, settings(&[])).await;
    desk.sql("INSERT INTO widget_configs (id, widget_key, widget_name) VALUES (9, 'other', 'Other')");
    desk.sql("INSERT INTO widget_knowledge_base (id, widget_id, question, answer) VALUES (900, 1, 'Do you sell gift cards?', 'Yes.')");
    becomes(&desk, "Do you sell gift cards?", |text| text == "Yes.").await;
    desk.sql(replace);
    becomes(&desk, "Do you sell gift cards?", |text| text.starts_with("Thanks for your message!")).await;
}

async fn a_base_is_read_when_it_changes_and_not_for_each_message(place: Place) {
    let desk = keyless(place, settings(&[])).await;
    let version = || desk.sql("SELECT knowledge_version FROM widget_configs WHERE id = 1");
    let before = version();
    assert_eq!(desk.say(HOURS).await.unwrap().source, Source::KnowledgeBase);
    assert_eq!(desk.sql("SELECT sum(times_used) FROM widget_knowledge_base"), "1");
    assert_eq!(version(), before, "counting the use of an entry is no change of the base");
    desk.sql("UPDATE widget_knowledge_base SET priority = 1 WHERE id = 1");
    assert_ne!(version(), before);
}

async fn knowledge_first_answers_without_a_credit(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("Nine to five.", 400, 50)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    desk.lift_limits().await;
    assert_eq!(desk.say(HOURS).await.unwrap().source, Source::Llm);
    desk.sql("UPDATE widget_configs SET answer_order = 'knowledge_first' WHERE id = 1");
    becomes(&desk, HOURS, |text| text.starts_with("We're open Monday to Friday")).await;
    let (calls, used) = (gemini.calls(), desk.usage().await.credits.used_total);
    let rows = desk.sql("SELECT count(*) FROM llm_request_logs");
    let answer = desk.say(HOURS).await.unwrap();
    assert_eq!((answer.source, answer.notice), (Source::KnowledgeBase, None));
    assert!(answer.confidence >= 0.85, "{}", answer.confidence);
    assert_eq!((gemini.calls(), desk.usage().await.credits.used_total), (calls, used));
    assert_eq!(desk.sql("SELECT count(*) FROM llm_request_logs"), rows);
    desk.assert_books_are_right().await;
}

async fn knowledge_first_asks_a_model_where_it_is_not_sure(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("8,849 metres.", 400, 50)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    desk.sql("UPDATE widget_configs SET answer_order = 'knowledge_first' WHERE id = 1");
    let answer = desk.say("how high is mount everest").await.unwrap();
    assert_eq!((answer.source, answer.text.as_str()), (Source::Llm, "8,849 metres."));
}

async fn an_answer_order_that_nobody_knows_counts_as_the_default(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("Nine to five.", 400, 50)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    desk.sql("UPDATE widget_configs SET answer_order = 'whoever' WHERE id = 1");
    assert_eq!(desk.say(HOURS).await.unwrap().source, Source::Llm);
}

async fn knowledge_first_needs_the_permission_to_fall_back(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("Nine to five.", 400, 50)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    desk.sql("UPDATE widget_configs SET answer_order = 'knowledge_first', fallback_to_knowledge_base = false WHERE id = 1");
    assert_eq!(desk.say(HOURS).await.unwrap().source, Source::Llm);
}

async fn many_widgets_do_not_hold_many_indexes(place: Place) {
    const WIDGETS: i32 = 40;
    let desk = keyless(place, settings(&[])).await;
    desk.front.explain(WidgetId(1), HOURS, None).await.unwrap();
    let one = desk.front.knowledge_bytes().await;
    assert!(one > 0);
    for widget in 100..100 + WIDGETS {
        desk.sql(&format!(
            "INSERT INTO widget_configs (id, client_id, widget_key, widget_name) VALUES ({widget}, 1, 'w{widget}', 'W');
            INSERT INTO widget_knowledge_base (widget_id, category, question, answer, keywords)
                SELECT {widget}, category, question, answer || ' ({widget})', keywords FROM widget_knowledge_base WHERE widget_id = 1"
        ));
    }
    let bound = 4 * one;
    let small = desk.another(providers(&[]), Settings { knowledge_cache_bytes: bound, ..settings(&[]) });
    for round in 0..2 {
        for widget in 100..100 + WIDGETS {
            let answer = small.answer(&format!("w{widget}"), message(HOURS)).await.unwrap();
            assert!(answer.text.ends_with(&format!("({widget})")), "{round}: {}", answer.text);
        }
        let bytes = small.knowledge_bytes().await;
        assert!(bytes <= bound && bytes > 0, "{bytes} of {bound}");
    }
    let none = desk.another(providers(&[]), Settings { knowledge_cache_bytes: 1, ..settings(&[]) });
    let explained = none.explain(WidgetId(100), HOURS, None).await.unwrap();
    assert_eq!(explained.outcome.source, Source::KnowledgeBase, "what has no room answers all the same");
    assert_eq!(none.knowledge_bytes().await, 1, "it stays alone");
}

async fn knowledge_first_is_one_piece_where_the_answer_is_streamed(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("Nine to five.", 400, 50)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    desk.sql("UPDATE widget_configs SET answer_order = 'knowledge_first' WHERE id = 1");
    let (text, answer) = rest(desk.front.answer_streamed("demo", message(HOURS)).unwrap()).await;
    assert_eq!((&text, answer.source), (&answer.text, Source::KnowledgeBase));
    assert_eq!(gemini.calls(), 0);
    assert_eq!(desk.sql("SELECT count(*) FROM llm_request_logs"), "0");
    assert_eq!(desk.sql("SELECT sum(times_used) FROM widget_knowledge_base"), "1");
    desk.assert_books_are_right().await;
}

async fn a_repeated_message_gets_the_suggestions_of_the_first_answer(place: Place) {
    let desk = keyless(place, settings(&[])).await;
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
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Text("Only striped ones.", 400, 50)]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
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
