//! The administrators' calls: who may, and what they get.

use crate::client::send;
use crate::world::{ADMIN_KEY, NOW, Options, World};
use serde_json::{Value, json};

const CALLS: [&str; 2] = ["/api/chat-widget/clients/1/llm-usage", "/api/chat-widget/widgets/1/llm-analytics"];

#[tokio::test]
async fn only_the_admin_key_opens_the_administration() {
    let world = World::new().await;
    let refused = [
        ("", "missing_admin_key"),
        ("Authorization: Bearer", "missing_admin_key"),
        ("Authorization: Basic 0123456789abcdef-admin", "missing_admin_key"),
        ("Authorization: Bearer 0123456789abcdef-admi", "wrong_admin_key"),
        ("Authorization: Bearer 0123456789abcdef-admin1", "wrong_admin_key"),
        ("Authorization: Bearer \u{fc}", "wrong_admin_key"),
    ];
    for call in CALLS {
        for (header, code) in refused {
            let answer = send(world.address, &format!("GET {call}\n{header}"), b"").await;
            answer.assert_error(401, code);
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert!(answer.header("access-control-allow-origin").is_none());
        }
        let answer =
            send(world.address, &format!("GET {call}\nauthorization: bearer {ADMIN_KEY}"), b"").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

#[tokio::test]
async fn without_a_key_set_nobody_is_an_administrator() {
    let world = World::with(Options { admin_key: None, ..Options::default() }).await;
    for call in CALLS {
        let text = world.get(call).await.assert_error(401, "admin_key_not_set");
        assert!(text.contains("set ADMIN_API_KEY"), "{text}");
        let answer = send(world.address, &format!("GET {call}\nAuthorization: Bearer x"), b"").await;
        answer.assert_error(401, "admin_key_not_set");
    }
}

#[tokio::test]
async fn unknown_clients_and_widgets_are_not_found() {
    let world = World::new().await;
    for id in ["99", "0", "-1", "abc", "1.5", "99999999999999999999", "%00", "%20"] {
        let usage = world.get_as_admin(&format!("/clients/{id}/llm-usage")).await;
        usage.assert_error(404, "client_not_found");
        let analytics = world.get_as_admin(&format!("/widgets/{id}/llm-analytics")).await;
        analytics.assert_error(404, "widget_not_found");
    }
    world.get_as_admin("/widgets/1/nope").await.assert_error(404, "route_not_found");
    let head = format!("PUT /api/chat-widget/clients/1/llm-usage\nAuthorization: Bearer {ADMIN_KEY}");
    send(world.address, &head, b"").await.assert_error(405, "method_not_allowed");
}

fn usage(tokens: i64, requests: i64) -> Value {
    json!({
        "id": 1, "client_id": 1, "widget_id": 1, "monthly_token_limit": 100_000, "daily_token_limit": 5_000,
        "monthly_request_limit": 1_000, "daily_request_limit": 100, "tokens_used_this_month": tokens,
        "tokens_used_today": tokens, "requests_made_this_month": requests, "requests_made_today": requests,
        "total_tokens_used": tokens, "total_requests_made": requests, "tokens_reserved": 0,
        "requests_reserved": 0, "last_daily_reset": "2026-11-23", "last_monthly_reset": "2026-11-01",
        "reset_timezone": "UTC", "credits_exhausted": false, "credits_exhausted_at": null,
        "created_at": NOW, "updated_at": NOW
    })
}

#[tokio::test]
async fn usage_and_analytics_have_the_guides_fields() {
    let world = World::new().await;
    let mut unused = usage(0, 0);
    unused["updated_at"] = Value::Null;
    assert_eq!(world.get_as_admin("/clients/1/llm-usage").await.json(), json!([unused]));
    let fresh = world.get_as_admin("/widgets/1/llm-analytics").await;
    assert_eq!(fresh.json()["usage"], unused);
    assert!(fresh.body.contains(r#""estimated_cost":0.000000"#), "{}", fresh.body);

    for text in ["When do you open?", "And on Sunday?"] {
        assert_eq!(world.post("demo/message", json!({"message_text": text})).await.status, 200);
    }
    assert_eq!(world.get_as_admin("/clients/1/llm-usage").await.json(), json!([usage(900, 2)]));
    let report = world.get_as_admin("/widgets/1/llm-analytics").await.json();
    assert_eq!(report["usage"], usage(900, 2));
    let analytics = report["analytics"].as_object().unwrap();
    let expected = [
        ("total_requests", 2),
        ("total_tokens", 900),
        ("successful_requests", 2),
        ("failed_requests", 0),
        ("credits_exhausted_count", 0),
        ("rate_limited_requests", 0),
        ("blocked_requests", 0),
    ];
    for (name, value) in expected {
        assert_eq!(analytics[name], value, "{name}");
    }
    assert!(analytics["avg_response_time"].is_i64() && analytics["estimated_cost"].is_number());
    assert_eq!(analytics.len(), 9);
}

#[tokio::test]
async fn a_client_or_widget_without_an_account_has_no_usage() {
    let world = World::new().await;
    world.sql("DELETE FROM client_llm_usage");
    assert_eq!(world.get_as_admin("/clients/1/llm-usage").await.json(), json!([]));
    assert_eq!(world.get_as_admin("/widgets/1/llm-analytics").await.json()["usage"], Value::Null);
}

#[tokio::test]
async fn analytics_reach_back_thirty_days() {
    let world = World::new().await;
    world.sql(
        "INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model, requests, cost_micro_usd) VALUES
            (1, '2026-11-23', 'groq', 'a', 1, 1), (1, '2026-10-25', 'groq', 'a', 10, 20),
            (1, '2026-10-24', 'groq', 'a', 100, 300), (60, '2026-11-23', 'groq', 'a', 1000, 4000)",
    );
    let report = world.get_as_admin("/widgets/1/llm-analytics").await;
    assert_eq!(report.json()["analytics"]["total_requests"], 11);
    assert!(report.body.contains(r#""estimated_cost":0.000021"#), "{}", report.body);
}
