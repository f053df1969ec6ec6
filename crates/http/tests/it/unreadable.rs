//! Requests that the web framework cannot read, which never reach a handler: their errors look as all others.

use crate::client::{Response, send_raw};
use crate::world::World;
use std::time::Duration;

const MESSAGE: &str =
    "POST /api/chat-widget/public/widget/demo/message HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";

async fn raw(world: &World, request: &[u8]) -> Response {
    send_raw(world.address, request).await
}

fn many_headers(count: usize) -> String {
    let headers = (0..count).fold(String::new(), |text, number| text + &format!("x-{number}: 1\r\n"));
    format!("GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n")
}

#[tokio::test]
async fn a_request_that_is_no_http_has_the_shape_of_all_errors() {
    let world = World::new().await;
    let heads: [&[u8]; 12] = [
        b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /caf\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n".as_bytes(),
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: a\0b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n",
    ];
    for head in heads {
        let answer = raw(&world, head).await;
        answer.assert_error(400, "bad_request");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(70_000));
    raw(&world, long.as_bytes()).await.assert_error(400, "bad_request");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_a_431() {
    let world = World::new().await;
    assert_eq!(raw(&world, many_headers(90).as_bytes()).await.status, 200);
    raw(&world, many_headers(100).as_bytes()).await.assert_error(431, "head_too_large");
}

#[tokio::test]
async fn what_came_before_on_the_connection_is_answered_as_ever() {
    let world = World::new().await;
    let both = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\nGET /\xff HTTP/1.1\r\n\r\n";
    let first = raw(&world, both).await;
    assert_eq!(first.status, 200);
    let (live, refused) = first.body.split_once("HTTP/1.1 400 Bad Request\r\n").unwrap();
    assert_eq!(live, r#"{"status":"ok"}"#);
    assert!(refused.contains(r#""code":"bad_request""#), "{refused}");
}

#[tokio::test]
async fn a_body_that_is_packed_is_no_json() {
    let world = World::new().await;
    let packed = format!("{MESSAGE}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
    raw(&world, packed.as_bytes()).await.assert_error(400, "invalid_json");
    assert_eq!(world.stored(), 0);
}

#[tokio::test]
async fn paths_and_methods_that_nobody_knows_are_named() {
    let world = World::new().await;
    for path in ["/api/%zz", "/%FF%FE", "//health//live", "/docs/../health/live", "/health/live/", "*"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        raw(&world, request.as_bytes()).await.assert_error(404, "route_not_found");
    }
    for method in ["BREW", "get", "TRACE", "OPTIONS"] {
        let request = format!("{method} /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        raw(&world, request.as_bytes()).await.assert_error(405, "method_not_allowed");
    }
}

#[tokio::test]
async fn parameters_that_come_twice_or_are_no_text_are_named() {
    let world = World::new().await;
    let search = |query: &str| format!("/api/chat-widget/public/widget/demo/knowledge/search?{query}");
    let twice = world.get(&search("query=a&limit=1&query=b")).await;
    assert_eq!(twice.assert_faults(&["query"])["query"], "it is there twice, send it once");
    let latin = world.get(&search("query=caf%E9")).await;
    assert_eq!(latin.assert_faults(&["query"])["query"], "it is not UTF-8, encode it as UTF-8");
    world.get(&search("%FF=1&query=a")).await.assert_error(400, "bad_request");
    assert_eq!(world.get(&search("query=100%&limit=")).await.status, 200);
    let list = world.get_as_admin("/widgets/1/knowledge?limit=a&limit=b").await;
    list.assert_faults(&["limit"]);
}

#[tokio::test]
async fn a_head_that_never_ends_is_a_408() {
    let world = World::new().await;
    let began = tokio::time::Instant::now();
    raw(&world, b"GET /health/live HTT").await.assert_error(408, "head_too_slow");
    assert!(began.elapsed() < Duration::from_secs(30));
}
