//! Whom a widget lets in: sites, addresses, words.

use crate::client::{Response, send};
use crate::world::{Options, World};
use serde_json::json;

const WIDGET: &str = "/api/chat-widget/public/widget/demo";

/// Every public call, and the body that it takes.
const CALLS: [(&str, &str, &str); 5] = [
    ("GET", "config", ""),
    ("GET", "knowledge/search?query=hours", ""),
    ("POST", "conversation", "{}"),
    ("POST", "message", r#"{"message_text":"Hello there"}"#),
    ("POST", "feedback", r#"{"message_id":1,"was_helpful":true}"#),
];

async fn restricted(set: &str) -> World {
    let world = World::with(Options { trusted_proxies: 1, ..Options::default() }).await;
    world.sql(&format!("UPDATE widget_configs SET {set} WHERE id = 1"));
    world
}

async fn call(world: &World, (method, path, body): (&str, &str, &str), headers: &str) -> Response {
    send(world.address, &format!("{method} {WIDGET}/{path}\n{headers}"), body.as_bytes()).await
}

async fn preflight(world: &World, path: &str, origin: &str) -> Response {
    let head = format!(
        "OPTIONS {path}
        Origin: {origin}
        Access-Control-Request-Method: POST
        Access-Control-Request-Headers: content-type, x-anything"
    );
    send(world.address, &head, b"").await
}

#[tokio::test]
async fn a_list_of_sites_holds_for_every_call_also_where_no_origin_is_sent() {
    let world = restricted(r#"domain_whitelist = '["shop.example", "*.harbour.example"]'"#).await;
    for one in CALLS {
        for origin in ["https://shop.example", "https://www.harbour.example"] {
            let answer = call(&world, one, &format!("Origin: {origin}")).await;
            assert!([200, 404].contains(&answer.status), "{one:?} {}", answer.body);
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
            assert_eq!(answer.header("vary"), Some("origin"));
        }
        let stored = world.stored();
        for origin in ["Origin: https://evil.example", "Origin: null", "Origin: https://harbour.example", ""]
        {
            let refused = call(&world, one, origin).await;
            refused.assert_error(403, "origin_not_allowed");
            assert_eq!(refused.header("access-control-allow-origin"), None, "{one:?} {origin}");
            assert_eq!(refused.header("vary"), Some("origin"));
        }
        assert_eq!(world.stored(), stored);
    }
    assert_eq!(world.called.available_permits(), 2, "one message of each allowed site");
    // Addresses that no script has do not open what is behind them.
    call(&world, ("GET", "nothing/here", ""), "").await.assert_error(403, "origin_not_allowed");
    // Another widget has no list.
    let other = send(world.address, "GET /api/chat-widget/public/widget/other/config", b"").await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn a_page_on_the_servers_own_site_is_known_by_its_referer() {
    let world = restricted(r#"domain_whitelist = '["shop.example"]'"#).await;
    let read = ("GET", "config", "");
    assert_eq!(call(&world, read, "Referer: https://shop.example/contact?x=1").await.status, 200);
    call(&world, read, "Referer: https://evil.example/shop.example")
        .await
        .assert_error(403, "origin_not_allowed");
    let both = "Origin: https://evil.example\nReferer: https://shop.example/";
    call(&world, read, both).await.assert_error(403, "origin_not_allowed");
    let write = ("POST", "conversation", "{}");
    call(&world, write, "Referer: https://shop.example/").await.assert_error(403, "origin_not_allowed");
}

#[tokio::test]
async fn the_preflight_of_a_site_that_is_not_listed_gets_no_header_that_allows_it() {
    let world = restricted(r#"domain_whitelist = '["https://shop.example"]'"#).await;
    let path = format!("{WIDGET}/message");
    let allowed = preflight(&world, &path, "https://shop.example").await;
    assert_eq!((allowed.status, allowed.body.as_str()), (200, ""));
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(allowed.header("access-control-allow-headers"), Some("content-type, x-anything"));
    assert_eq!(allowed.header("access-control-allow-methods"), Some("GET, POST, DELETE"));
    assert!(allowed.header("vary").unwrap().starts_with("origin"));
    for origin in ["https://evil.example", "http://shop.example", "null"] {
        let refused = preflight(&world, &path, origin).await;
        refused.assert_error(403, "origin_not_allowed");
        for header in
            ["access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers"]
        {
            assert_eq!(refused.header(header), None, "{origin}");
        }
    }
    assert_eq!(world.stored(), 0);
}

#[tokio::test]
async fn without_a_list_every_site_may_call_and_is_named() {
    let world = restricted("domain_whitelist = '[\" \"]'").await;
    for one in CALLS {
        let answer = call(&world, one, "Origin: https://any.example").await;
        assert!([200, 404].contains(&answer.status), "{one:?} {}", answer.body);
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://any.example"));
        assert!([200, 404].contains(&call(&world, one, "").await.status));
    }
    // A page reads why an unknown key is refused.
    let path = "/api/chat-widget/public/widget/nobody/message";
    assert_eq!(preflight(&world, path, "https://any.example").await.status, 200);
    let unknown = send(world.address, &format!("POST {path}\nOrigin: https://any.example"), b"{}").await;
    unknown.assert_error(404, "widget_not_found");
    assert_eq!(unknown.header("access-control-allow-origin"), Some("https://any.example"));
}

#[tokio::test]
async fn a_path_that_cannot_be_read_is_told_apart_from_a_failure() {
    let world = World::new().await;
    for key in ["%ff", "%00", "%C3%28"] {
        let answer = world.get(&format!("/api/chat-widget/public/widget/{key}/config")).await;
        assert!([400, 404].contains(&answer.status), "{key}: {} {}", answer.status, answer.body);
        assert!(answer.json()["code"].is_string());
    }
}

#[tokio::test]
async fn a_blocked_address_or_network_gets_nothing() {
    let world =
        restricted(r#"blocked_ips = '["192.0.2.7", "198.51.100.0/24", "2001:db8::/32", "nonsense"]'"#).await;
    for one in CALLS {
        for address in
            ["192.0.2.7", "::ffff:192.0.2.7", "198.51.100.200", "2001:db8:5::1", "[2001:db8::1]:443"]
        {
            let refused = call(&world, one, &format!("X-Forwarded-For: {address}")).await;
            refused.assert_error(403, "address_blocked");
        }
        for address in ["192.0.2.8", "198.51.101.0", "2001:db9::1"] {
            let answer = call(&world, one, &format!("X-Forwarded-For: {address}")).await;
            assert!([200, 404].contains(&answer.status), "{one:?} {}", answer.body);
        }
    }
    assert_eq!(world.called.available_permits(), 3, "one message of each other address");
}

#[tokio::test]
async fn a_message_with_a_blocked_keyword_gets_a_polite_answer_and_costs_nothing() {
    let world = restricted(r#"blocked_keywords = '["casino", "free money"]'"#).await;
    let id = world.conversation("demo").await;
    let message = json!({"conversation_id": id, "message_text": "Where is the best C\u{200b}ASINO, please?", "client_message_id": "m1"});
    let answer = world.post("demo/message", message.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let refusal = answer.json();
    assert_eq!(refusal["response"], "Sorry, I can't help with this message. Please ask in other words.");
    assert_eq!((&refusal["confidence"], &refusal["suggestions"]), (&json!(0.5), &json!([])));
    assert_eq!(world.post("demo/message", message).await.json(), refusal, "sent again it gets the same");
    assert_eq!(world.called.available_permits(), 0);
    assert_eq!(world.number("SELECT count(*) FROM llm_request_logs"), 0);
    assert_eq!(world.number("SELECT count(*) FROM widget_messages"), 2);
    let harmless =
        json!({"conversation_id": id, "message_text": "Do you take casinos as clients? Money is free."});
    assert_eq!(world.post("demo/message", harmless).await.json()["response"], "We open at nine.");
    assert_eq!(world.called.available_permits(), 1);
}

#[tokio::test]
async fn a_conversation_keeps_the_address_of_its_visitor() {
    let world = World::with(Options { trusted_proxies: 2, ..Options::default() }).await;
    let address = "X-Forwarded-For: 203.0.113.9, 192.0.2.1:5000, 10.0.0.1";
    let opened = call(&world, ("POST", "conversation", "{}"), address).await.json();
    let spoken = call(&world, ("POST", "message", r#"{"message_text":"Hi"}"#), address).await.json();
    for answer in [opened, spoken] {
        let id = answer["conversation_id"].as_i64().unwrap();
        let own = format!(
            "SELECT count(*) FROM widget_conversations WHERE public_id = {id} AND ip_address = '192.0.2.1'"
        );
        assert_eq!(world.number(&own), 1);
    }
}
