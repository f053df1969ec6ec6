//! Answers in pieces, and visitors who leave while they read.

use crate::desk::{Desk, Place, message, on_both, settings};
use crate::scripted::{End, PIECE, PROMPT, Say, Scripted, providers};
use frontdesk_chat::{Answer, AnswerEvent, AnswerStream, FrontDesk, IncomingMessage, Settings, Source};
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use frontdesk_providers::Finish;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

const HOURS: &str = "What are your business hours?";
const SAID: &[&str] = &["Nine ", "to ", "five."];
const WHOLE: Say = Say::Pieces(SAID, End::Finish(Finish::Complete));
const ROWS: &str = "SELECT llm_provider, status, attempt, total_tokens, usage_estimated, error_message
    FROM llm_request_logs ORDER BY id";

on_both! {
    pieces_come_as_the_model_says_them_and_the_books_are_those_of_a_plain_answer,
    what_fails_before_its_first_piece_is_followed_by_the_next_provider,
    what_fails_before_its_first_piece_everywhere_holds_nothing,
    after_a_first_piece_no_other_provider_is_asked,
    an_answer_that_the_cap_cuts_is_marked_whether_it_is_streamed_or_not,
    a_visitor_who_leaves_in_the_midst_stops_the_model_and_pays_for_what_it_said,
    a_visitor_who_leaves_before_the_first_piece_cancels_the_call,
    a_visitor_who_leaves_while_the_next_try_is_waited_for_causes_no_call,
    at_the_deadline_an_answer_ends_where_it_is,
    a_visitor_who_does_not_read_on_keeps_no_credits,
    without_a_model_the_answer_is_one_piece,
    of_the_same_message_the_stream_and_the_repetition_end_in_one_answer,
    a_draining_desk_waits_for_streams,
    five_hundred_visitors_who_leave_in_the_midst_leave_no_hold,
}

/// What is left of a stream: its pieces put together, and the answer.
pub(crate) async fn rest(mut stream: AnswerStream) -> (String, Answer) {
    let mut text = String::new();
    loop {
        match stream.next().await.unwrap().unwrap() {
            AnswerEvent::Delta(piece) => text.push_str(&piece),
            AnswerEvent::Done(answer) => {
                assert!(stream.next().await.is_none());
                return (text, *answer);
            }
        }
    }
}

async fn came(sign: &Semaphore) {
    let came = tokio::time::timeout(Duration::from_secs(20), sign.acquire()).await;
    came.expect("the model goes on").unwrap().forget();
}

async fn delta(stream: &mut AnswerStream) -> String {
    match stream.next().await.unwrap().unwrap() {
        AnswerEvent::Delta(piece) => piece,
        AnswerEvent::Done(answer) => panic!("no piece, but the end: {answer:?}"),
    }
}

/// A message that opens no conversation, so that it can be repeated.
async fn repeatable(front: &FrontDesk) -> IncomingMessage {
    let opened = front.open_conversation("demo", Default::default(), None).await.unwrap();
    IncomingMessage {
        conversation: Some(opened.conversation),
        client_message_id: Some("m-1".into()),
        ..message(HOURS)
    }
}

fn same(again: &Answer, first: &Answer) {
    let of = |answer: &Answer| (answer.message, answer.text.clone(), answer.truncated, answer.at);
    assert_eq!(of(again), of(first));
}

async fn pieces_come_as_the_model_says_them_and_the_books_are_those_of_a_plain_answer(place: Place) {
    let gemini = Scripted::slow(ProviderName::GEMINI, [WHOLE]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let message = repeatable(&desk.front).await;
    let mut stream = desk.front.answer_streamed("demo", message.clone()).unwrap();
    assert_eq!(delta(&mut stream).await, "Nine ");
    assert_eq!(desk.usage().await.credits.held.requests, 1);
    gemini.pieces.add_permits(1);
    assert_eq!(delta(&mut stream).await, "to ");
    gemini.pieces.add_permits(1);
    let (text, answer) = rest(stream).await;
    assert_eq!((text.as_str(), answer.text.as_str()), ("five.", "Nine to five."));
    assert_eq!((answer.confidence, answer.source, answer.truncated), (0.95, Source::Llm, false));
    let usage = desk.usage().await.credits;
    assert_eq!((usage.used_today.tokens, usage.used_today.requests), (430, 1));
    assert_eq!(metadata(&desk), "{\"source\":\"llm\"}");
    same(&desk.front.answer("demo", message.clone()).await.unwrap(), &answer);
    let (text, again) = rest(desk.front.answer_streamed("demo", message).unwrap()).await;
    assert_eq!(text, "Nine to five.");
    same(&again, &answer);
    assert_eq!(gemini.calls(), 1);
    desk.assert_books_are_right().await;
}

/// What stands beside the bot's replies; PostgreSQL writes spaces into it.
fn metadata(desk: &Desk) -> String {
    desk.sql("SELECT metadata FROM widget_messages WHERE message_type = 'bot'").replace(' ', "")
}

async fn what_fails_before_its_first_piece_is_followed_by_the_next_provider(place: Place) {
    let overloaded = Say::Fail(Failure::Overloaded { retry_after: Some(Duration::ZERO) });
    let gemini = Scripted::new(ProviderName::GEMINI, [overloaded, Say::Billed(Failure::Empty, 7, 3)]);
    let groq = Scripted::new(ProviderName::GROQ, [WHOLE]);
    let desk = Desk::open(place, providers(&[&gemini, &groq]), settings(&[ProviderName::GROQ])).await;
    let (text, answer) = rest(desk.front.answer_streamed("demo", message(HOURS)).unwrap()).await;
    assert_eq!((text.as_str(), answer.source), ("Nine to five.", Source::Llm));
    let rows =
        desk.sql("SELECT llm_provider, status, attempt, total_tokens FROM llm_request_logs ORDER BY id");
    assert_eq!(rows, "gemini|failed|1|0\ngemini|failed|2|10\ngroq|success|3|430");
    desk.assert_books_are_right().await;
}

async fn what_fails_before_its_first_piece_everywhere_holds_nothing(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Fail(Failure::Unreachable)]);
    let groq = Scripted::new(ProviderName::GROQ, [Say::Fail(Failure::Timeout)]);
    let desk = Desk::open(place, providers(&[&gemini, &groq]), settings(&[ProviderName::GROQ])).await;
    let (text, answer) = rest(desk.front.answer_streamed("demo", message(HOURS)).unwrap()).await;
    assert!(text.starts_with("We're open Monday to Friday"), "{text}");
    assert_eq!((answer.text, answer.source, answer.truncated), (text, Source::KnowledgeBase, false));
    assert!(desk.usage().await.credits.used_total.is_zero());
    desk.assert_books_are_right().await;
}

async fn after_a_first_piece_no_other_provider_is_asked(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Pieces(SAID, End::Cut(Failure::Unreachable))]);
    let groq = Scripted::new(ProviderName::GROQ, [WHOLE]);
    let desk = Desk::open(place, providers(&[&gemini, &groq]), settings(&[ProviderName::GROQ])).await;
    let message = repeatable(&desk.front).await;
    let (text, answer) = rest(desk.front.answer_streamed("demo", message.clone()).unwrap()).await;
    assert_eq!(
        (text.as_str(), answer.text.as_str(), answer.truncated),
        ("Nine to five.", "Nine to five.", true)
    );
    assert_eq!((gemini.calls(), groq.calls()), (1, 0));
    let estimated = if desk.is_sqlite() { "1" } else { "t" };
    let row = format!("gemini|success|1|430|{estimated}|cut off: unreachable: as told");
    assert_eq!(desk.sql(ROWS), row);
    same(&desk.front.answer("demo", message).await.unwrap(), &answer);
    desk.assert_books_are_right().await;
}

async fn an_answer_that_the_cap_cuts_is_marked_whether_it_is_streamed_or_not(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Pieces(SAID, End::Finish(Finish::Truncated))]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let plain = repeatable(&desk.front).await;
    let answer = desk.front.answer("demo", plain.clone()).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.truncated), ("Nine to five.", true));
    same(&desk.front.answer("demo", plain).await.unwrap(), &answer);
    let (_, streamed) = rest(desk.front.answer_streamed("demo", message(HOURS)).unwrap()).await;
    assert!(streamed.truncated);
    let cut = "{\"source\":\"llm\",\"truncated\":true}";
    assert_eq!(metadata(&desk), format!("{cut}\n{cut}"));
}

async fn a_visitor_who_leaves_in_the_midst_stops_the_model_and_pays_for_what_it_said(place: Place) {
    let gemini = Scripted::slow(ProviderName::GEMINI, [WHOLE]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let message = repeatable(&desk.front).await;
    let mut stream = desk.front.answer_streamed("demo", message.clone()).unwrap();
    gemini.pieces.add_permits(1);
    assert_eq!((delta(&mut stream).await, delta(&mut stream).await), ("Nine ".into(), "to ".into()));
    drop(stream);
    came(&gemini.stopped).await;
    let stored = desk.front.answer("demo", message).await.unwrap();
    assert_eq!((stored.text.as_str(), stored.truncated, stored.confidence), ("Nine to ", true, 0.95));
    let usage = desk.usage().await.credits;
    assert_eq!((usage.used_today.tokens, usage.used_today.requests), (420, 1));
    let estimated = if desk.is_sqlite() { "1" } else { "t" };
    assert_eq!(desk.sql(ROWS), format!("gemini|success|1|420|{estimated}|cut off: the visitor left"));
    assert_eq!(gemini.calls(), 1);
    desk.assert_books_are_right().await;
}

async fn a_visitor_who_leaves_before_the_first_piece_cancels_the_call(place: Place) {
    let gemini = Scripted::gated(ProviderName::GEMINI, [WHOLE], 0);
    let groq = Scripted::new(ProviderName::GROQ, [WHOLE]);
    let desk = Desk::open(place, providers(&[&gemini, &groq]), settings(&[ProviderName::GROQ])).await;
    let message = repeatable(&desk.front).await;
    let stream = desk.front.answer_streamed("demo", message.clone()).unwrap();
    gemini.arrived.acquire().await.unwrap().forget();
    drop(stream);
    came(&gemini.cancelled).await;
    let stored = desk.front.answer("demo", message).await.unwrap();
    assert!(stored.text.starts_with("We're open Monday to Friday") && !stored.truncated, "{}", stored.text);
    assert_eq!((gemini.calls(), groq.calls()), (1, 0));
    let usage = desk.usage().await.credits;
    assert!(usage.used_today.tokens > 100, "the prompt is charged: {}", usage.used_today.tokens);
    assert_eq!(usage.used_today.requests, 0);
    let estimated = if desk.is_sqlite() { "1" } else { "t" };
    let tokens = usage.used_today.tokens;
    assert_eq!(desk.sql(ROWS), format!("gemini|failed|1|{tokens}|{estimated}|the visitor left"));
    desk.assert_books_are_right().await;
}

async fn a_visitor_who_leaves_while_the_next_try_is_waited_for_causes_no_call(place: Place) {
    let patience = Some(Duration::from_secs(2));
    let busy = Say::Fail(Failure::Overloaded { retry_after: patience });
    let gemini = Scripted::gated(ProviderName::GEMINI, [busy, WHOLE], 0);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let message = repeatable(&desk.front).await;
    let stream = desk.front.answer_streamed("demo", message.clone()).unwrap();
    gemini.arrived.acquire().await.unwrap().forget();
    gemini.gate.add_permits(2);
    while gemini.gate.available_permits() > 1 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    desk.front.drain().await;
    assert_eq!(gemini.calls(), 1);
    let left = desk.another(providers(&[&gemini]), settings(&[]));
    let stored = left.answer("demo", message).await.unwrap();
    assert!(stored.text.starts_with("We're open Monday to Friday"), "{}", stored.text);
    desk.assert_books_are_right().await;
}

async fn at_the_deadline_an_answer_ends_where_it_is(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Pieces(SAID, End::Hang)]);
    let brief = Settings { answer_deadline: Duration::from_millis(700), ..settings(&[]) };
    let desk = Desk::open(place, providers(&[&gemini]), brief).await;
    let (text, answer) = rest(desk.front.answer_streamed("demo", message(HOURS)).unwrap()).await;
    assert_eq!((text.as_str(), answer.truncated), ("Nine to five.", true));
    assert_eq!(gemini.stopped.available_permits(), 1);
    let error = desk.sql("SELECT error_message FROM llm_request_logs");
    assert_eq!(error, "cut off: the deadline of the answer was reached");
    desk.assert_books_are_right().await;
}

async fn a_visitor_who_does_not_read_on_keeps_no_credits(place: Place) {
    const MANY: &[&str] = &["word "; 100];
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Pieces(MANY, End::Finish(Finish::Complete))]);
    let brief = Settings { answer_deadline: Duration::from_millis(700), ..settings(&[]) };
    let desk = Desk::open(place, providers(&[&gemini]), brief).await;
    let mut stream = desk.front.answer_streamed("demo", message(HOURS)).unwrap();
    assert_eq!(delta(&mut stream).await, "word ");
    came(&gemini.stopped).await;
    desk.front.drain().await;
    let said = desk.usage().await.credits.used_today.tokens;
    assert!(said < i64::from(PROMPT + 100 * PIECE), "not all was said: {said}");
    let (text, answer) = rest(stream).await;
    assert!(answer.truncated, "not all was said");
    assert_eq!(format!("word {text}"), answer.text, "the pieces are the answer, however late they are read");
    let error = desk.sql("SELECT error_message FROM llm_request_logs");
    assert_eq!(error, "cut off: the visitor did not read on before the deadline of the answer");
    desk.assert_books_are_right().await;
}

async fn without_a_model_the_answer_is_one_piece(place: Place) {
    let gemini = Scripted::new(ProviderName::GEMINI, [Say::Pieces(SAID, End::Finish(Finish::Complete))]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    desk.sql("UPDATE client_llm_usage SET daily_token_limit = 10");
    let mut stream = desk.front.answer_streamed("demo", message(HOURS)).unwrap();
    let piece = delta(&mut stream).await;
    let (rest, answer) = rest(stream).await;
    assert_eq!((piece, rest.as_str(), answer.truncated), (answer.text, "", false));
    assert!(answer.notice.is_some());
    assert_eq!(gemini.calls(), 0);
    desk.assert_books_are_right().await;
}

async fn of_the_same_message_the_stream_and_the_repetition_end_in_one_answer(place: Place) {
    let gemini = Scripted::slow(ProviderName::GEMINI, [WHOLE]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let message = repeatable(&desk.front).await;
    let mut first = desk.front.answer_streamed("demo", message.clone()).unwrap();
    assert_eq!(delta(&mut first).await, "Nine ");
    let second = tokio::spawn(rest(desk.front.answer_streamed("demo", message).unwrap()));
    gemini.pieces.add_permits(2);
    let ((_, first), (text, second)) = (rest(first).await, second.await.unwrap());
    assert_eq!(text, "Nine to five.");
    same(&second, &first);
    assert_eq!(gemini.calls(), 1);
}

async fn a_draining_desk_waits_for_streams(place: Place) {
    let gemini = Scripted::slow(ProviderName::GEMINI, [WHOLE]);
    let desk = Desk::open(place, providers(&[&gemini]), settings(&[])).await;
    let mut stream = desk.front.answer_streamed("demo", message(HOURS)).unwrap();
    assert_eq!(delta(&mut stream).await, "Nine ");
    let front = desk.front.clone();
    let draining = tokio::spawn(async move { front.drain().await });
    // Until it refuses messages, which it does first.
    while desk.front.answer_streamed("demo", message(HOURS)).is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!draining.is_finished());
    gemini.pieces.add_permits(2);
    let (text, answer) = rest(stream).await;
    assert_eq!((text.as_str(), answer.truncated), ("to five.", false));
    draining.await.unwrap();
}

async fn five_hundred_visitors_who_leave_in_the_midst_leave_no_hold(place: Place) {
    const VISITORS: u32 = 500;
    let gemini = Scripted::slow(ProviderName::GEMINI, [WHOLE]);
    let desk = Arc::new(Desk::open(place, providers(&[&gemini]), settings(&[])).await);
    desk.lift_limits().await;
    let visitors: Vec<_> = (0..VISITORS)
        .map(|_| {
            let mut stream = desk.front.answer_streamed("demo", message(HOURS)).unwrap();
            tokio::spawn(async move { delta(&mut stream).await })
        })
        .collect();
    for visitor in visitors {
        assert_eq!(visitor.await.unwrap(), "Nine ");
    }
    desk.front.drain().await;
    assert_eq!(gemini.stopped.available_permits(), 500);
    let usage = desk.usage().await.credits;
    let said = i64::from(VISITORS * (PROMPT + PIECE));
    assert_eq!((usage.used_today.tokens, usage.used_today.requests), (said, i64::from(VISITORS)));
    assert_eq!(desk.sql("SELECT DISTINCT status FROM llm_request_logs"), "success");
    desk.assert_books_are_right().await;
}
