//! Answers in pieces, over real connections.

use crate::client::{Events, send};
use crate::world::{Options, PIECES, World};
use serde_json::{Value, json};
use std::time::Duration;

const HEAD: &str = "POST /api/chat-widget/public/widget/demo/message
    Content-Type: application/json
    Accept: text/event-stream
    Accept-Encoding: gzip, br
    X-Request-Id: r1";

async fn open(world: &World, message: &Value) -> Events {
    Events::open(world.address, HEAD, message.to_string().as_bytes()).await
}

fn delta(text: &str) -> (String, Value) {
    ("delta".to_owned(), json!({ "text": text }))
}

const LIMIT: Duration = Duration::from_secs(20);

/// Waits until so many calls to the model have ended before their answers did.
async fn stopped(world: &World, calls: u32) {
    let stopped = tokio::time::timeout(LIMIT, world.stopped.acquire_many(calls)).await;
    stopped.expect("the model is not stopped").unwrap().forget();
}

/// Waits until nothing is held any more: who hangs up does not see when that is.
async fn nothing_is_held(world: &World) {
    let held = "SELECT tokens_reserved + requests_reserved FROM client_llm_usage WHERE widget_id = 1";
    let released = async {
        while world.number(held) != 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LIMIT, released).await.expect("the hold is never released");
}

#[tokio::test]
async fn the_first_piece_arrives_while_the_model_is_still_speaking() {
    let world = World::new().await;
    let id = world.conversation("demo").await;
    let message = json!({"conversation_id": id, "message_text": "When?", "client_message_id": "m1"});
    let mut events = open(&world, &message).await;
    assert_eq!(events.head.status, 200);
    assert_eq!(events.head.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert_eq!(events.head.header("cache-control"), Some("no-store"));
    assert_eq!(events.head.header("x-accel-buffering"), Some("no"));
    assert_eq!(events.head.header("x-request-id"), Some("r1"));
    assert_eq!(events.head.header("content-encoding"), None);
    assert_eq!(events.next().await, Some(delta(PIECES[0])));
    assert_eq!(world.number("SELECT count(*) FROM widget_messages WHERE message_type = 'bot'"), 0);
    world.may_go_on.add_permits(1);
    assert_eq!(events.next().await, Some(delta(PIECES[1])));
    let (name, answer) = events.next().await.unwrap();
    assert_eq!((name.as_str(), &answer["response"]), ("done", &json!("We open at nine.")));
    assert_eq!(events.next().await, None);
    assert_eq!(world.post("demo/message", message).await.json(), answer, "it is what the plain call answers");
    assert_eq!(world.number("SELECT tokens_used_today FROM client_llm_usage WHERE widget_id = 1"), 450);
}

#[tokio::test]
async fn an_answer_without_a_model_is_one_piece_and_the_end() {
    let world = World::new().await;
    world.sql("UPDATE widget_configs SET llm_enabled = 0 WHERE id = 1");
    let events = open(&world, &json!({"message_text": "What are your business hours?"})).await.all().await;
    let [(first, piece), (last, answer)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((first.as_str(), last.as_str()), ("delta", "done"));
    assert!(piece["text"].as_str().unwrap().starts_with("We're open Monday to Friday"), "{piece}");
    assert_eq!((&answer["response"], &answer["truncated"]), (&piece["text"], &json!(false)));
}

#[tokio::test]
async fn a_repetition_gets_the_same_end() {
    let world = World::new().await;
    let id = world.conversation("demo").await;
    let message = json!({"conversation_id": id, "message_text": "When?", "client_message_id": "m1"});
    let plain = world.post("demo/message", message.clone()).await.json();
    let events = open(&world, &message).await.all().await;
    assert_eq!(events, [delta("We open at nine."), ("done".to_owned(), plain)]);
}

#[tokio::test]
async fn only_who_asks_for_events_gets_them() {
    let world = World::new().await;
    for accept in ["*/*", "application/json", "text/event-stream;q=0", "text/*"] {
        let head = HEAD.replace("text/event-stream", accept);
        let answer = send(world.address, &head, br#"{"message_text":"Hi"}"#).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
        assert_eq!(answer.json()["truncated"], false);
    }
}

#[tokio::test]
async fn what_goes_wrong_before_the_first_piece_is_an_ordinary_error() {
    let world = World::with(Options { max_in_flight: 1, answers: 0, ..Options::default() }).await;
    let ask = |head: String, body: &'static str| {
        let address = world.address;
        async move { send(address, &head, body.as_bytes()).await }
    };
    ask(HEAD.to_owned(), r#"{"message_text":" "}"#).await.assert_error(400, "invalid_message");
    ask(HEAD.to_owned(), "{").await.assert_error(400, "invalid_json");
    let unknown = HEAD.replace("/demo/", "/nobody/");
    ask(unknown, r#"{"message_text":"Hi"}"#).await.assert_error(404, "widget_not_found");
    let foreign = r#"{"message_text":"Hi","conversation_id":1}"#;
    ask(HEAD.to_owned(), foreign).await.assert_error(404, "conversation_not_found");
    assert_eq!(world.stored(), 0);
    let busy = tokio::spawn(ask(HEAD.to_owned(), r#"{"message_text":"Hi"}"#));
    world.called.acquire().await.unwrap().forget();
    let refused = ask(HEAD.to_owned(), r#"{"message_text":"Hi"}"#).await;
    refused.assert_error(503, "overloaded");
    assert_eq!(refused.header("retry-after"), Some("2"));
    busy.abort();
}

#[tokio::test]
async fn what_goes_wrong_after_the_first_piece_is_an_event() {
    let world = World::new().await;
    let mut events = open(&world, &json!({"message_text": "When?"})).await;
    assert_eq!(events.next().await, Some(delta(PIECES[0])));
    world.sql("DELETE FROM client_llm_usage");
    world.may_go_on.add_permits(1);
    let events = events.all().await;
    let [_, (name, error)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(name, "error");
    assert_eq!((&error["code"], &error["request_id"]), (&json!("internal_error"), &json!("r1")));
}

#[tokio::test]
async fn a_visitor_who_hangs_up_in_the_midst_stops_the_model() {
    let world = World::new().await;
    let id = world.conversation("demo").await;
    let message = json!({"conversation_id": id, "message_text": "When?", "client_message_id": "m1"});
    let mut events = open(&world, &message).await;
    assert_eq!(events.next().await, Some(delta(PIECES[0])));
    drop(events);
    // The model says nothing more: that the visitor is gone is known without a write.
    stopped(&world, 1).await;
    nothing_is_held(&world).await;
    assert_eq!(world.number("SELECT tokens_used_today FROM client_llm_usage WHERE widget_id = 1"), 410);
    assert_eq!(world.number("SELECT count(*) FROM llm_request_logs WHERE status = 'success'"), 1);
    let again = world.post("demo/message", message).await.json();
    assert_eq!((&again["response"], &again["truncated"]), (&json!(PIECES[0]), &json!(true)));
}

#[tokio::test]
async fn a_visitor_who_hangs_up_before_the_first_piece_cancels_the_call() {
    let world = World::with(Options { answers: 0, ..Options::default() }).await;
    let id = world.conversation("demo").await;
    let message = json!({"conversation_id": id, "message_text": "What are your business hours?", "client_message_id": "m1"});
    tokio::select! {
        _ = open(&world, &message) => unreachable!("the model does not answer yet"),
        called = world.called.acquire() => called.unwrap().forget(),
    }
    stopped(&world, 1).await;
    nothing_is_held(&world).await;
    assert_eq!(
        world.number("SELECT count(*) FROM llm_request_logs WHERE error_message = 'the visitor left'"),
        1
    );
    let again = world.post("demo/message", message).await.json();
    assert!(again["response"].as_str().unwrap().starts_with("We're open Monday to Friday"), "{again}");
    assert_eq!(world.called.available_permits(), 0);
}

#[tokio::test]
async fn five_hundred_visitors_who_hang_up_leave_no_hold() {
    let world = World::with(Options { answers: 500, max_in_flight: 512, ..Options::default() }).await;
    world.conversation("demo").await;
    world.sql(
        "UPDATE client_llm_usage SET daily_token_limit = 1000000000, monthly_token_limit = 1000000000,
            daily_request_limit = 1000000, monthly_request_limit = 1000000",
    );
    // In waves: a process may have 1,024 files open.
    for _ in 0..5 {
        let mut wave = Vec::new();
        for _ in 0..100 {
            wave.push(open(&world, &json!({"message_text": "When?"})).await);
        }
        for mut events in wave {
            assert_eq!(events.next().await, Some(delta(PIECES[0])));
        }
    }
    stopped(&world, 500).await;
    nothing_is_held(&world).await;
    assert_eq!(world.number("SELECT tokens_used_today FROM client_llm_usage WHERE widget_id = 1"), 205_000);
    assert_eq!(world.number("SELECT requests_made_today FROM client_llm_usage WHERE widget_id = 1"), 500);
    let audit = world.database.audit(|_| std::ops::ControlFlow::Continue(())).await.unwrap();
    assert_eq!(audit.findings, []);
}

#[tokio::test]
async fn a_stopping_server_lets_streams_end() {
    let mut world = World::new().await;
    let mut events = open(&world, &json!({"message_text": "When?"})).await;
    assert_eq!(events.next().await, Some(delta(PIECES[0])));
    world.stop.take().unwrap().send(()).unwrap();
    while tokio::net::TcpStream::connect(world.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    world.may_go_on.add_permits(1);
    let events = events.all().await;
    assert_eq!(events[0], delta(PIECES[1]));
    assert_eq!((events[1].0.as_str(), &events[1].1["response"]), ("done", &json!("We open at nine.")));
    world.running.await.unwrap().unwrap();
}
