//! What browsers, proxies and platforms rely on.

use crate::client::send;
use crate::world::{Options, World};
use frontdesk_persistence::Database;
use frontdesk_tests::{ScratchDir, TempPg};
use serde_json::json;

#[tokio::test]
async fn the_process_is_alive_and_ready() {
    let world = World::new().await;
    let live = world.get("/health/live").await;
    assert_eq!((live.status, live.json()), (200, json!({"status": "ok"})));
    let ready = world.get("/health/ready").await;
    assert_eq!((ready.status, ready.json()), (200, json!({"status": "ready"})));
    let head = send(world.address, "HEAD /health/ready", b"").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn without_its_database_the_process_is_alive_and_not_ready() {
    let server = TempPg::start().unwrap();
    let database = Database::open(&server.create_database(), 2).await.unwrap();
    assert_eq!(database.seed_demo().await.unwrap(), Some("demo"));
    let world = World::on(database, ScratchDir::new(), Options::default());
    assert_eq!(world.get("/health/ready").await.status, 200);

    server.stop();
    assert_eq!(world.get("/health/live").await.status, 200);
    let calls = ["/health/ready", "/api/chat-widget/public/widget/demo/config"];
    for call in calls {
        let answer = world.get(call).await;
        answer.assert_error(503, "database_unavailable");
        assert_eq!(answer.header("retry-after"), Some("5"));
    }
    let answer = world.post("demo/message", json!({"message_text": "Hi"})).await;
    answer.assert_error(503, "database_unavailable");
    assert_eq!(world.called.available_permits(), 0);

    server.restart();
    assert_eq!(world.get("/health/ready").await.status, 200);
    assert_eq!(world.post("demo/message", json!({"message_text": "Hi"})).await.status, 200);
}

#[tokio::test]
async fn a_script_on_another_site_may_read_that_another_modules_address_is_a_404() {
    let world = World::new().await;
    let head = "/api/visitor-tracking/page-view
        Origin: https://shop.example";
    let asked = format!(
        "OPTIONS {head}\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: content-type"
    );
    let preflight = send(world.address, &asked, b"").await;
    assert_eq!(
        (preflight.status, preflight.header("access-control-allow-origin")),
        (200, Some("https://shop.example"))
    );
    assert_eq!(preflight.header("access-control-allow-headers"), Some("content-type"));
    let answer = send(world.address, &format!("POST {head}\nContent-Type: application/json"), b"{}").await;
    answer.assert_error(404, "route_not_found");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example"));
    // What has a row says for itself who may read it.
    let admin = send(world.address, "GET /api/chat-widget/clients\nOrigin: https://shop.example", b"").await;
    assert_eq!((admin.status, admin.header("access-control-allow-origin")), (401, None));
}

#[tokio::test]
async fn a_script_on_another_site_may_call() {
    let world = World::new().await;
    let preflight = send(
        world.address,
        "OPTIONS /api/chat-widget/public/widget/demo/message
        Origin: https://shop.example
        Access-Control-Request-Method: POST
        Access-Control-Request-Headers: content-type",
        b"",
    )
    .await;
    assert_eq!(preflight.status, 200, "{}", preflight.body);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("https://shop.example"));
    assert!(preflight.header("access-control-allow-methods").unwrap().contains("POST"));
    assert!(preflight.header("access-control-allow-headers").unwrap().contains("content-type"));
    assert_eq!(world.stored(), 0);

    let head = "POST /api/chat-widget/public/widget/demo/message
        Origin: https://shop.example
        Content-Type: application/json";
    let answer = send(world.address, head, br#"{"message_text":"Hi"}"#).await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (200, Some("https://shop.example"))
    );
    assert!(answer.header("access-control-expose-headers").unwrap().contains("x-request-id"));
    let refused = send(world.address, head, b"{").await;
    refused.assert_error(400, "invalid_json");
    assert_eq!(refused.header("access-control-allow-origin"), Some("https://shop.example"));
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_safe_headers() {
    let world = World::new().await;
    for path in ["/health/live", "/nope", "/api/chat-widget/clients/1/llm-usage"] {
        let answer = send(world.address, &format!("GET {path}\nX-Request-Id: a-B_9.z"), b"").await;
        assert_eq!(answer.header("x-request-id"), Some("a-B_9.z"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        let policy = answer.header("content-security-policy");
        assert_eq!(policy, Some("default-src 'none'; frame-ancestors 'none'"));
        assert_eq!(answer.header("strict-transport-security"), None);
        let made = send(world.address, &format!("GET {path}\nX-Request-Id: <script>"), b"").await;
        let id = made.header("x-request-id").unwrap();
        assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }
}

#[tokio::test]
async fn the_page_of_calls_keeps_its_own_policy() {
    let world = World::new().await;
    let page = world.get("/docs").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn a_browser_that_came_by_tls_through_our_proxy_shall_come_by_tls_again() {
    let strict = async |trusted_proxies, scheme| {
        let world = World::with(Options { trusted_proxies, ..Options::default() }).await;
        let head = format!("GET /health/live\nX-Forwarded-Proto: {scheme}");
        send(world.address, &head, b"").await.header("strict-transport-security").map(str::to_owned)
    };
    assert_eq!(strict(1, "https").await.as_deref(), Some("max-age=31536000"));
    assert_eq!(strict(1, "http").await, None);
    // Nobody of ours wrote it.
    assert_eq!(strict(0, "https").await, None);
}

#[tokio::test]
async fn a_stopping_server_finishes_what_it_answers() {
    let mut world = World::with(Options { answers: 0, ..Options::default() }).await;
    let id = world.conversation("demo").await;
    let stop = world.stop.take().unwrap();
    let body = json!({"conversation_id": id, "message_text": "Hi"});
    let (answer, ()) = tokio::join!(world.post("demo/message", body), async {
        world.called.acquire().await.unwrap().forget();
        stop.send(()).unwrap();
        world.may_answer.add_permits(1);
    });
    assert_eq!(answer.json()["response"], "We open at nine.");
    world.running.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(world.address).await.is_err());
}

#[tokio::test]
async fn a_visitor_who_hangs_up_changes_nothing() {
    let world = World::with(Options { answers: 0, ..Options::default() }).await;
    let id = world.conversation("demo").await;
    let message = json!({"conversation_id": id, "message_text": "Hi", "client_message_id": "m1"});
    tokio::select! {
        _ = world.post("demo/message", message.clone()) => unreachable!("the model does not answer yet"),
        permit = world.called.acquire() => permit.unwrap().forget(),
    }
    world.may_answer.add_permits(1);
    let answer = world.post("demo/message", message).await.json();
    assert_eq!(answer["response"], "We open at nine.");
    assert_eq!(world.number("SELECT count(*) FROM widget_messages"), 2);
}
