//! What goes wrong: the status, the shape of the body, and that nothing was stored.

use crate::client::{send, send_raw};
use crate::world::{Options, World};
use serde_json::json;
use std::time::Duration;

const MESSAGE: &str = "POST /api/chat-widget/public/widget/demo/message";

#[tokio::test]
async fn a_bad_body_is_refused_and_nothing_is_stored() {
    let world = World::new().await;
    let x = |count: usize| "x".repeat(count);
    let table = [
        ("message", String::new(), 400, "invalid_json", "not valid JSON"),
        ("message", "{".into(), 400, "invalid_json", "EOF"),
        ("message", "[]".into(), 400, "invalid_json", "has to be an object"),
        ("message", "null".into(), 400, "invalid_json", "has to be an object"),
        ("message", r#"{"message_text":"a"} {}"#.into(), 400, "invalid_json", "trailing"),
        ("message", r#"{"message_text":"a","message_text":"b"}"#.into(), 400, "invalid_json", "duplicate"),
        ("message", r#"{"message_text":"\ud800"}"#.into(), 400, "invalid_json", "not valid JSON"),
        (
            "message",
            format!(r#"{{"message_text":{}"#, "[".repeat(60_000)),
            400,
            "invalid_json",
            "nested more than 100 levels deep",
        ),
        (
            "message",
            format!(r#"{{"message_text":"a","b":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000)),
            400,
            "invalid_json",
            "nested more than 100 levels deep",
        ),
        ("message", "{}".into(), 400, "invalid_message", "message_text is empty"),
        ("message", r#"{"message_text":null}"#.into(), 400, "invalid_message", "message_text is empty"),
        ("message", r#"{"message_text":" \n\t"}"#.into(), 400, "invalid_message", "message_text is empty"),
        (
            "message",
            format!(r#"{{"message_text":"{}"}}"#, x(4_001)),
            400,
            "invalid_message",
            "4001 characters",
        ),
        ("message", r#"{"message_text":"a\u0000"}"#.into(), 400, "invalid_message", "NUL"),
        ("message", r#"{"message_text":5}"#.into(), 400, "invalid_field", "message_text"),
        ("message", r#"{"message_text":["a"]}"#.into(), 400, "invalid_field", "message_text"),
        (
            "message",
            r#"{"message_text":"a","client_message_id":7}"#.into(),
            400,
            "invalid_field",
            "client_message_id",
        ),
        (
            "message",
            r#"{"message_text":"a","client_message_id":""}"#.into(),
            400,
            "invalid_message",
            "client_message_id",
        ),
        (
            "message",
            r#"{"message_text":"a","conversation_id":1.5}"#.into(),
            400,
            "invalid_field",
            "conversation_id",
        ),
        (
            "message",
            r#"{"message_text":"a","conversation_id":"abc"}"#.into(),
            400,
            "invalid_field",
            "conversation_id",
        ),
        (
            "message",
            r#"{"message_text":"a","conversation_id":true}"#.into(),
            400,
            "invalid_field",
            "conversation_id",
        ),
        (
            "message",
            format!(r#"{{"message_text":"a","session_id":"{}"}}"#, x(256)),
            400,
            "invalid_field",
            "session_id",
        ),
        ("conversation", format!(r#"{{"session_id":"{}"}}"#, x(256)), 400, "invalid_field", "256 characters"),
        (
            "conversation",
            format!(r#"{{"visitor_phone":"{}"}}"#, x(51)),
            400,
            "invalid_field",
            "visitor_phone",
        ),
        ("conversation", r#"{"visitor_email":"a\u0000"}"#.into(), 400, "invalid_field", "visitor_email"),
        ("conversation", r#"{"page_url":"a\u0000"}"#.into(), 400, "invalid_field", "page_url"),
        ("conversation", r#"{"visitor_name":{}}"#.into(), 400, "invalid_field", "visitor_name"),
    ];
    for (call, body, status, code, words) in table {
        let text = world.post_text(&format!("demo/{call}"), &body).await.assert_error(status, code);
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(world.stored(), 0);
}

#[tokio::test]
async fn a_body_in_another_form_is_refused() {
    let world = World::new().await;
    let hello = br#"{"message_text":"Hello"}"#;
    for label in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        let head = format!("{MESSAGE}\nContent-Type: {label}");
        send(world.address, &head, hello).await.assert_error(415, "unsupported_media_type");
    }
    let head = format!("{MESSAGE}\nContent-Type: application/json");
    let latin = b"{\"message_text\":\"caf\xe9\"}";
    send(world.address, &head, latin).await.assert_error(400, "invalid_utf8");
    assert_eq!(world.stored(), 0);
    // A script that labels nothing still gets its answer.
    assert_eq!(send(world.address, MESSAGE, hello).await.status, 200);
}

#[tokio::test]
async fn a_body_over_64_kb_is_refused() {
    let world = World::new().await;
    let head = format!("{MESSAGE}\nContent-Type: application/json");
    let with_length = |length: usize| {
        let frame = r#"{"message_text":"a","x":""}"#.len();
        format!(r#"{{"message_text":"a","x":"{}"}}"#, "x".repeat(length - frame))
    };
    let fits = send(world.address, &head, with_length(65_536).as_bytes()).await;
    assert_eq!(fits.status, 200, "{}", fits.body);
    let stored = world.stored();
    send(world.address, &head, with_length(65_537).as_bytes()).await.assert_error(413, "body_too_large");
    let chunks = format!("10010\r\n{}\r\n0\r\n\r\n", " ".repeat(0x10010));
    let chunked = format!(
        "{MESSAGE} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
    );
    send_raw(world.address, chunked.as_bytes()).await.assert_error(413, "body_too_large");
    assert_eq!(world.stored(), stored);
}

#[tokio::test]
async fn an_unknown_widget_is_not_found() {
    let world = World::new().await;
    let long = "k".repeat(256);
    for key in ["nope", "off", "%00", "DEMO", "demo%20", "%F0%9F", &long] {
        let config = world.get(&format!("/api/chat-widget/public/widget/{key}/config")).await;
        config.assert_error(404, "widget_not_found");
        let opened = world.post(&format!("{key}/conversation"), json!({"session_id": "s"})).await;
        opened.assert_error(404, "widget_not_found");
        let answered = world.post(&format!("{key}/message"), json!({"message_text": "Hi"})).await;
        answered.assert_error(404, "widget_not_found");
    }
    assert_eq!(world.stored(), 0);
}

#[tokio::test]
async fn a_conversation_of_another_widget_is_not_found() {
    let world = World::new().await;
    let id = world.conversation("demo").await;
    let stored = world.stored();
    for (key, id) in [("other", id), ("demo", id + 1), ("demo", -1), ("demo", i64::MAX)] {
        let body = json!({"conversation_id": id, "message_text": "Hi"});
        world.post(&format!("{key}/message"), body).await.assert_error(404, "conversation_not_found");
    }
    assert_eq!(world.stored(), stored);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_named() {
    let world = World::new().await;
    for path in
        ["/", "/health", "/api/chat-widget", "/api/chat-widget/public/widget/demo/nope", "/%FF", "/a?b=c"]
    {
        world.get(path).await.assert_error(404, "route_not_found");
    }
    let table = [
        ("POST /api/chat-widget/public/widget/demo/config", "GET, HEAD"),
        ("GET /api/chat-widget/public/widget/demo/message", "POST"),
        ("DELETE /api/chat-widget/public/widget/demo/conversation", "POST"),
        ("OPTIONS /health/live", "GET, HEAD"),
    ];
    for (line, allowed) in table {
        let answer = send(world.address, line, b"").await;
        let text = answer.assert_error(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some(allowed));
        assert!(text.contains(allowed), "{text}");
    }
}

#[tokio::test]
async fn too_many_messages_are_turned_away() {
    let world = World::with(Options { max_in_flight: 1, answers: 0, ..Options::default() }).await;
    let id = world.conversation("demo").await;
    let message = json!({"conversation_id": id, "message_text": "Hi"});
    let (first, second) = tokio::join!(world.post("demo/message", message.clone()), async {
        world.called.acquire().await.unwrap().forget();
        let stored = world.stored();
        let second = world.post("demo/message", message.clone()).await;
        assert_eq!(world.stored(), stored);
        world.may_answer.add_permits(1);
        second
    });
    assert_eq!(first.status, 200, "{}", first.body);
    second.assert_error(503, "overloaded");
    assert_eq!(second.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn a_message_that_is_still_being_answered_is_a_conflict() {
    let options = Options { answers: 0, answer_deadline: Duration::from_secs(1), ..Options::default() };
    let world = World::with(options).await;
    let id = world.conversation("demo").await;
    let message = json!({"conversation_id": id, "message_text": "Hi", "client_message_id": "m1"});
    let (first, second) = tokio::join!(world.post("demo/message", message.clone()), async {
        world.called.acquire().await.unwrap().forget();
        let second = world.post("demo/message", message.clone()).await;
        world.may_answer.add_permits(1);
        second
    });
    assert_eq!(first.status, 200, "{}", first.body);
    second.assert_error(409, "still_answering");
    assert_eq!(second.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn what_the_database_refuses_is_one_and_the_same_500() {
    let world = World::new().await;
    world.sql("ALTER TABLE widget_configs RENAME TO gone");
    let answer = world.get("/api/chat-widget/public/widget/demo/config").await;
    let text = answer.assert_error(500, "internal_error");
    assert!(text.starts_with("Something went wrong on our side"), "{text}");
    assert!(!answer.body.contains("widget_configs"));
}
