//! Rate limits: who is turned away, when, and what they are told.

use crate::client::{Events, Response, send};
use crate::world::{Options, World};
use frontdesk_limits::{Rate, Rates};
use serde_json::{Value, json};
use std::time::Duration;

const WIDGET: &str = "/api/chat-widget/public/widget";

fn rates() -> Rates {
    Rates {
        address_messages: Rate::per_minute(6),
        address_calls: Rate::per_minute(60),
        address_failed_keys: Rate::per_minute(3),
        widget_messages: Rate::per_minute(20),
        conversations: true,
    }
}

async fn world(rates: Rates) -> World {
    World::with(Options { rates, trusted_proxies: 1, ..Options::default() }).await
}

/// Sends a message of a visitor behind the one trusted proxy.
async fn say(world: &World, widget: &str, forwarded: &str, message: &Value) -> Response {
    let head = format!(
        "POST {WIDGET}/{widget}/message\nContent-Type: application/json\nX-Forwarded-For: {forwarded}"
    );
    send(world.address, &head, message.to_string().as_bytes()).await
}

fn hello() -> Value {
    json!({"message_text": "Hello there"})
}

#[track_caller]
fn assert_standing(answer: &Response, limit: u32, remaining: u32, reset: u32) {
    let told = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"].map(|name| answer.header(name));
    let expected = [limit, remaining, reset].map(|number| number.to_string());
    assert_eq!(told, expected.each_ref().map(|text| Some(text.as_str())));
}

#[tokio::test]
async fn an_address_has_so_many_messages_a_minute_and_is_told_when_it_may_go_on() {
    let world = world(rates()).await;
    for left in (0..6).rev() {
        let answer = say(&world, "demo", "192.0.2.1", &hello()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_standing(&answer, 6, left, (6 - left) * 10);
    }
    let stored = world.stored();
    let refused = say(&world, "demo", "192.0.2.1", &hello()).await;
    let text = refused.assert_error(429, "rate_limited");
    assert_eq!(text, "You are sending messages too fast: try again in 10 seconds.");
    assert_eq!(refused.header("retry-after"), Some("10"));
    assert_standing(&refused, 6, 0, 60);
    assert_eq!((world.stored(), world.called.available_permits()), (stored, 6), "nothing is stored or asked");
    // Others go on, the same address to another widget does not.
    assert_eq!(say(&world, "demo", "192.0.2.2", &hello()).await.status, 200);
    say(&world, "other", "192.0.2.1", &hello()).await.assert_error(429, "rate_limited");
    world.pass(Duration::from_millis(9_999));
    let refused = say(&world, "demo", "192.0.2.1", &hello()).await;
    assert_eq!(
        refused.assert_error(429, "rate_limited"),
        "You are sending messages too fast: try again in 1 second."
    );
    world.pass(Duration::from_millis(1));
    assert_eq!(say(&world, "demo", "192.0.2.1", &hello()).await.status, 200);
    say(&world, "demo", "192.0.2.1", &hello()).await.assert_error(429, "rate_limited");
}

#[tokio::test]
async fn whoever_makes_up_entries_of_the_forwarded_header_is_the_same_address() {
    let world = world(rates()).await;
    let mut answered = 0;
    for turn in 0..30 {
        let forwarded = format!("198.51.100.{turn}, 203.0.113.{turn},192.0.2.1");
        answered += u32::from(say(&world, "demo", &forwarded, &hello()).await.status == 200);
    }
    assert_eq!(answered, 6);
}

#[tokio::test]
async fn without_a_trusted_proxy_the_forwarded_header_is_nothing() {
    let world = World::with(Options { rates: rates(), ..Options::default() }).await;
    let mut answered = 0;
    for turn in 0..30 {
        answered +=
            u32::from(say(&world, "demo", &format!("198.51.100.{turn}"), &hello()).await.status == 200);
    }
    assert_eq!(answered, 6);
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_are_one_caller() {
    let world = world(rates()).await;
    let mut answered = 0;
    for turn in 0..30 {
        let forwarded = format!("2001:db8:1:2:{turn:x}::{turn:x}");
        answered += u32::from(say(&world, "demo", &forwarded, &hello()).await.status == 200);
    }
    assert_eq!(answered, 6);
    assert_eq!(say(&world, "demo", "2001:db8:1:3::1", &hello()).await.status, 200);
}

#[tokio::test]
async fn a_conversation_has_the_limit_that_its_widget_sets_from_whatever_address() {
    let world = world(rates()).await;
    world.sql("UPDATE widget_configs SET rate_limit_messages = 2, rate_limit_window = 30 WHERE id = 1");
    let [one, other] = [world.conversation("demo").await, {
        let opened = world.post("demo/conversation", json!({"session_id": "s2"})).await;
        opened.json()["conversation_id"].as_i64().unwrap()
    }];
    let message = |id: i64| json!({"conversation_id": id, "message_text": "Hello there"});
    for (address, left) in [("192.0.2.1", 1), ("192.0.2.2", 0)] {
        let answer = say(&world, "demo", address, &message(one)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_standing(&answer, 2, left, 15 * (2 - left));
    }
    let refused = say(&world, "demo", "192.0.2.3", &message(one)).await;
    refused.assert_error(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("15"));
    assert_eq!(say(&world, "demo", "192.0.2.3", &message(other)).await.status, 200);
    // Streamed, too.
    let head = format!("POST {WIDGET}/demo/message\nAccept: text/event-stream\nX-Forwarded-For: 192.0.2.4");
    let refused = send(world.address, &head, message(one).to_string().as_bytes()).await;
    refused.assert_error(429, "rate_limited");
    world.pass(Duration::from_secs(15));
    let events = Events::open(world.address, &head, message(one).to_string().as_bytes()).await;
    assert_eq!(events.head.status, 200);
    assert_eq!(events.head.header("ratelimit-remaining"), Some("0"));
}

#[tokio::test]
async fn a_message_that_is_sent_again_reaches_its_answer_whatever_its_conversation_has_used() {
    let world = world(rates()).await;
    world.sql("UPDATE widget_configs SET rate_limit_messages = 1, rate_limit_window = 60");
    let id = world.conversation("demo").await;
    let message =
        |key: &str| json!({"conversation_id": id, "message_text": "Hello there", "client_message_id": key});
    let answer = say(&world, "demo", "192.0.2.1", &message("m1")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let again = say(&world, "demo", "192.0.2.1", &message("m1")).await;
    assert_eq!((again.status, again.json()), (200, answer.json()));
    assert_eq!(again.header("ratelimit-remaining"), Some("0"));
    for key in ["m2", "m\0"] {
        say(&world, "demo", "192.0.2.1", &message(key)).await.assert_error(429, "rate_limited");
    }
    // The key of a message is its conversation's alone, and the conversation its widget's.
    let other =
        world.post("demo/conversation", json!({"session_id": "s2"})).await.json()["conversation_id"].clone();
    let elsewhere =
        json!({"conversation_id": other, "message_text": "Hello there", "client_message_id": "m1"});
    assert_ne!(say(&world, "demo", "192.0.2.2", &elsewhere).await.json(), answer.json());
    say(&world, "other", "192.0.2.2", &message("m1")).await.assert_error(404, "conversation_not_found");
    say(&world, "other", "192.0.2.2", &message("m1")).await.assert_error(429, "rate_limited");
    assert_eq!(world.called.available_permits(), 2);
    // The address has a limit for repetitions, too.
    for _ in 0..2 {
        say(&world, "demo", "192.0.2.1", &message("m1")).await;
    }
    say(&world, "demo", "192.0.2.1", &message("m1")).await.assert_error(429, "rate_limited");
}

#[tokio::test]
async fn a_widget_without_a_limit_for_its_conversations_has_none() {
    let world = world(Rates { address_messages: None, ..rates() }).await;
    world.sql("UPDATE widget_configs SET rate_limit_messages = NULL WHERE id = 1");
    world.sql("UPDATE widget_configs SET rate_limit_window = 0 WHERE id = 60");
    for (key, widget) in [("demo", "demo"), ("other", "other")] {
        let id = world.conversation(key).await;
        for turn in 0..15 {
            let answer =
                say(&world, widget, "192.0.2.1", &json!({"conversation_id": id, "message_text": "Hi"})).await;
            assert_eq!(answer.status, 200, "{turn}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_widget_has_a_limit_over_all_its_visitors() {
    let world = world(rates()).await;
    let mut answered = 0;
    for turn in 0..30 {
        answered += u32::from(say(&world, "demo", &format!("192.0.2.{turn}"), &hello()).await.status == 200);
    }
    assert_eq!(answered, 20);
    let refused = say(&world, "demo", "192.0.2.200", &hello()).await;
    let text = refused.assert_error(429, "rate_limited");
    assert_eq!(text, "Too many messages are being sent to this chat: try again in 3 seconds.");
    assert_eq!(say(&world, "other", "192.0.2.201", &hello()).await.status, 200);
}

#[tokio::test]
async fn all_public_calls_have_a_looser_limit_that_unknown_widgets_count_for_too() {
    let world = world(rates()).await;
    for turn in 0..60 {
        let path = match turn % 4 {
            0 => "demo/config",
            1 => "demo/knowledge/search?query=hours",
            2 => "nobody/config",
            _ => "demo/nothing/here",
        };
        let answer = world.get(&format!("{WIDGET}/{path}")).await;
        assert_eq!(answer.status, [200, 200, 404, 404][turn % 4], "{}", answer.body);
        assert_standing(&answer, 60, 59 - u32::try_from(turn).unwrap(), u32::try_from(turn + 1).unwrap());
    }
    for path in ["demo/config", "nobody/config", "demo/nothing/here"] {
        let refused = world.get(&format!("{WIDGET}/{path}")).await;
        let text = refused.assert_error(429, "rate_limited");
        assert_eq!(text, "Too many calls come from your address: try again in 1 second.");
    }
    world.post("demo/conversation", json!({})).await.assert_error(429, "rate_limited");
    assert_eq!(world.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn the_body_of_a_message_that_is_one_too_many_is_not_read() {
    let world = world(rates()).await;
    for _ in 0..6 {
        assert_eq!(say(&world, "demo", "192.0.2.1", &hello()).await.status, 200);
    }
    let head = format!("POST {WIDGET}/demo/message\nContent-Type: text/plain\nX-Forwarded-For: 192.0.2.1");
    send(world.address, &head, b"this is no JSON").await.assert_error(429, "rate_limited");
    let other = head.replace("192.0.2.1", "192.0.2.2");
    send(world.address, &other, b"this is no JSON").await.assert_error(415, "unsupported_media_type");
}

#[tokio::test]
async fn wrong_admin_keys_are_counted_and_the_right_one_is_let_through() {
    let world = world(rates()).await;
    let call = "GET /api/chat-widget/clients/1/llm-usage";
    let wrong = format!("{call}\nAuthorization: Bearer wrong-key-of-somebody\nX-Forwarded-For: 192.0.2.1");
    for _ in 0..3 {
        send(world.address, &wrong, b"").await.assert_error(401, "wrong_admin_key");
    }
    let refused = send(world.address, &wrong, b"").await;
    assert_eq!(
        refused.assert_error(429, "rate_limited"),
        "Too many wrong keys came from your address: try again in 20 seconds."
    );
    assert_eq!(refused.header("retry-after"), Some("20"));
    assert!(refused.header("www-authenticate").is_none());
    assert_eq!(world.get_as_admin("/clients/1/llm-usage").await.status, 200);
    let elsewhere = wrong.replace("192.0.2.1", "192.0.2.2");
    send(world.address, &elsewhere, b"").await.assert_error(401, "wrong_admin_key");
}

#[tokio::test]
async fn a_page_on_another_site_may_read_what_is_left() {
    let world = world(rates()).await;
    let head = format!("GET {WIDGET}/demo/config\nOrigin: https://shop.example");
    let answer = send(world.address, &head, b"").await;
    let exposed = answer.header("access-control-expose-headers").unwrap();
    for name in ["retry-after", "x-request-id", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"] {
        assert!(exposed.split(", ").any(|own| own == name), "{exposed}");
    }
}

#[tokio::test]
async fn without_limits_nothing_is_told_of_them() {
    let world = World::new().await;
    let answer = world.post("demo/message", hello()).await;
    assert_eq!((answer.status, answer.header("ratelimit-limit")), (200, None));
}
