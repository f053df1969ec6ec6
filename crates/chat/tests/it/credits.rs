//! Credits, seen by visitors who come at the same time.

use crate::desk::{Desk, Place, message, on_both, settings};
use crate::scripted::{Say, Scripted, providers};
use frontdesk_chat::{CREDIT_NOTICE, ChatError, FrontDesk, IncomingMessage, Settings, Source};
use frontdesk_domain::ProviderName;
use frontdesk_domain::ids::WidgetId;
use frontdesk_persistence::{ConversationKey, NewConversation};
use std::time::{Duration, Instant};

on_both! {
    of_more_parallel_messages_than_requests_the_rest_gets_the_notice,
    the_reply_cap_shrinks_to_what_is_left,
    the_next_day_has_credits_again,
    a_visitor_whom_only_others_hold_back_gets_the_model_after_their_settlement,
    a_message_whose_conversation_is_erased_while_it_waits_for_credits_is_told_so,
}

async fn of_more_parallel_messages_than_requests_the_rest_gets_the_notice(place: Place) {
    let gemini = Scripted::gated(ProviderName::GEMINI, [Say::Text("From the model.", 1, 1)], 0);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let (sender, mut answers) = tokio::sync::mpsc::channel(64);
    for _ in 0..64 {
        let (front, sender) = (desk.front.clone(), sender.clone());
        tokio::spawn(async move {
            let answer = front.answer("demo", message("Is there parking?")).await.unwrap();
            sender.send(answer).await.unwrap();
        });
    }
    // 5,000 tokens a day hold a few messages; those that got credits wait at the gate until all others have
    // been told.
    let (mut by_model, mut noticed) = (0, 0);
    while by_model + noticed < 64 {
        tokio::select! {
            arrived = gemini.arrived.acquire() => {
                arrived.unwrap().forget();
                by_model += 1;
            }
            Some(answer) = answers.recv() => {
                assert_eq!(answer.source, Source::KnowledgeBase);
                assert!(answer.text.ends_with(CREDIT_NOTICE) && answer.notice == Some(CREDIT_NOTICE));
                noticed += 1;
            }
        }
    }
    gemini.gate.add_permits(64);
    for _ in 0..by_model {
        assert_eq!(answers.recv().await.unwrap().source, Source::Llm);
    }
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

async fn a_visitor_whom_only_others_hold_back_gets_the_model_after_their_settlement(place: Place) {
    let gemini = Scripted::gated(ProviderName::GEMINI, [Say::Text("From the model.", 1, 1)], 0);
    let patient = Settings { credit_wait: Duration::from_mins(1), ..settings(&[]) };
    let desk = Desk::open(place, providers(&[&gemini]), patient).await;
    let ask = |front: &FrontDesk| {
        let front = front.clone();
        tokio::spawn(async move { front.answer("demo", message("Is there parking?")).await.unwrap() })
    };
    // 5,000 tokens a day hold a few messages at a time, but 40 of this size.
    let answers: Vec<_> = (0..40).map(|_| ask(&desk.front)).collect();
    gemini.arrived.acquire().await.unwrap().forget();
    gemini.gate.add_permits(40);
    for answer in answers {
        assert_eq!(answer.await.unwrap().text, "From the model.");
    }
    assert_eq!(gemini.calls(), 40);
    let analytics = desk.analytics().await;
    assert_eq!((analytics.successful_requests, analytics.credits_exhausted_count), (40, 0));
    assert!(desk.usage().await.credits.held.is_zero());
}

async fn a_message_whose_conversation_is_erased_while_it_waits_for_credits_is_told_so(place: Place) {
    let gemini = Scripted::gated(ProviderName::GEMINI, [Say::Text("From the model.", 1, 1)], 0);
    let patient = Settings { credit_wait: Duration::from_mins(1), ..settings(&[]) };
    let desk = Desk::open(place, providers(&[&gemini]), patient).await;
    desk.sql("UPDATE client_llm_usage SET daily_request_limit = 1");
    let front = desk.front.clone();
    let first = tokio::spawn(async move { front.answer("demo", message("Is there parking?")).await });
    gemini.arrived.acquire().await.unwrap().forget();
    let opened = desk.front.open_conversation("demo", NewConversation::default(), None).await.unwrap();
    let second = IncomingMessage { conversation: Some(opened.conversation), ..message("And a lift?") };
    let front = desk.front.clone();
    let second = tokio::spawn(async move { front.answer("demo", second).await });
    let until = Instant::now() + Duration::from_secs(30);
    while desk.sql("SELECT count(*) FROM widget_messages WHERE message_text = 'And a lift?'") != "1" {
        assert!(Instant::now() < until, "the message is not stored");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let key = ConversationKey { id: opened.conversation, widget: Some(WidgetId(1)) };
    assert_eq!(desk.database.erase_conversation(key).await.unwrap().unwrap().messages, 1);
    gemini.gate.add_permits(1);
    assert_eq!(first.await.unwrap().unwrap().text, "From the model.");
    let told = second.await.unwrap();
    assert!(matches!(told, Err(ChatError::ConversationNotFound)), "{told:?}");
    assert_eq!(desk.sql("SELECT count(*) FROM widget_conversations"), "1");
    desk.assert_books_are_right().await;
}
