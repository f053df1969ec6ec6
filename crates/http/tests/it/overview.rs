//! All clients at a glance.

use crate::world::{NOW, Options, World};
use frontdesk_persistence::Database;
use frontdesk_tests::{ScratchDir, TempPg};
use serde_json::{Value, json};

#[tokio::test]
async fn clients_come_with_limits_use_and_their_top_widgets() {
    let world = World::new().await;
    world.sql(
        "UPDATE client_llm_usage SET tokens_used_today = 5000, tokens_used_this_month = 6000, requests_made_today = 3,
            requests_made_this_month = 4, total_tokens_used = 7000, total_requests_made = 8, credits_exhausted = 1,
            exhausted_limit = 'daily_token_limit', credits_exhausted_at = '2026-11-23 09:00:00' WHERE widget_id = 61;
        INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model, requests, total_tokens, cost_micro_usd)
            VALUES (60, '2026-11-01', 'groq', 'a', 1, 10, 100), (61, '2026-11-23', 'groq', 'a', 2, 20, 200),
            (61, '2026-10-24', 'groq', 'a', 50, 500, 500)",
    );
    let overview = world.get_as_admin("/overview").await;
    assert_eq!(overview.status, 200, "{}", overview.body);
    let body = overview.json();
    assert_eq!((&body["total"], &body["from"]), (&json!(3), &json!("2026-10-25")));
    let client = &body["clients"][0];
    let analytics = json!({
        "total_requests": 3, "total_tokens": 30, "avg_response_time": 0, "successful_requests": 0,
        "failed_requests": 0, "credits_exhausted_count": 0, "rate_limited_requests": 0, "blocked_requests": 0,
        "estimated_cost": 0.0003
    });
    let widget = |id: i64, name: &str, active: bool, spent: bool| {
        let used = |number: i64| if spent { number } else { 0 };
        json!({
            "widget_id": id, "widget_name": name, "is_active": active, "credits_exhausted": spent,
            "monthly_token_limit": 100_000, "daily_token_limit": 5_000, "tokens_used_this_month": used(6_000),
            "tokens_used_today": used(5_000), "requests_made_this_month": used(4), "requests_made_today": used(3)
        })
    };
    let expected = json!({
        "client_id": 50, "client_name": "Other", "is_active": true, "widgets": 2, "active_widgets": 1,
        "accounts": 2, "exhausted_accounts": 1, "monthly_token_limit": 200_000, "daily_token_limit": 10_000,
        "monthly_request_limit": 2_000, "daily_request_limit": 200, "tokens_used_this_month": 6_000,
        "tokens_used_today": 5_000, "requests_made_this_month": 4, "requests_made_today": 3,
        "total_tokens_used": 7_000, "total_requests_made": 8, "analytics": analytics,
        "top_widgets": [widget(61, "Off", false, true), widget(60, "Other", true, false)]
    });
    assert_eq!(client, &expected);
    assert!(overview.body.contains(r#""estimated_cost":0.000300"#), "{}", overview.body);
    let sums = ["accounts", "exhausted_accounts", "tokens_used_today", "daily_token_limit"];
    assert_eq!(sums.map(|name| body["sums"][name].as_i64().unwrap()), [4, 1, 5_000, 20_000]);
    let alone = body["clients"].as_array().unwrap().iter().find(|client| client["client_id"].is_null());
    assert_eq!(alone.unwrap()["top_widgets"][0]["widget_name"], "Alone");
}

#[tokio::test]
async fn clients_are_filtered_and_paged() {
    let world = World::new().await;
    let ids = async |parameters: &str| -> Vec<Value> {
        let overview = world.get_as_admin(&format!("/overview{parameters}")).await;
        assert_eq!(overview.status, 200, "{}", overview.body);
        overview.json()["clients"]
            .as_array()
            .unwrap()
            .iter()
            .map(|client| client["client_id"].clone())
            .collect()
    };
    assert_eq!(ids("").await, [json!(null), json!(1), json!(50)]);
    assert_eq!(ids("?limit=1&offset=1").await, [json!(1)]);
    assert_eq!(ids("?search=oth").await, [json!(50)]);
    assert_eq!(ids("?exhausted=true").await, [json!(null); 0]);
    world.admin("PUT /clients/50/widgets/60/llm-limits", json!({"dailyTokenLimit": 0})).await;
    assert_eq!(ids("?exhausted=true").await, [json!(50)]);
    world.admin("PATCH /clients/1", json!({"is_active": false})).await;
    assert_eq!(ids("?active=false").await, [json!(1)]);
    let wrong = world.get_as_admin("/overview?limit=201&active=1&exhausted=no").await;
    wrong.assert_faults(&["active", "exhausted", "limit"]);
}

/// Through the API alone, from a client to its books.
#[tokio::test]
async fn the_books_of_a_widget_are_told_alike_on_postgresql() {
    let database = Database::open(&TempPg::shared().create_database(), 2).await.unwrap();
    let world = World::on(database, ScratchDir::new(), Options::default());
    let client =
        world.admin("POST /clients", json!({"client_name": "Bay", "email": "a@example.com"})).await.json();
    let widget =
        json!({"client_id": client["id"], "widget_name": "Chat", "widget_key": "bay", "llm_enabled": true});
    let widget = world.admin("POST /widgets", widget).await.json();
    let limits = format!("PUT /clients/{}/widgets/{}/llm-limits", client["id"], widget["id"]);
    let account = world.admin(&limits, json!({"dailyRequestLimit": 2})).await.json();
    assert_eq!((&account["daily_request_limit"], &account["created_at"]), (&json!(2), &json!(NOW)));
    for _ in 0..3 {
        let sent = world.post("bay/message", json!({"message_text": "When do you open?"})).await;
        assert_eq!(sent.status, 200, "{}", sent.body);
    }
    let path = format!("/widgets/{}", widget["id"]);
    let logs = world.get_as_admin(&format!("{path}/llm-logs?limit=2&include=text")).await;
    let rows = logs.json();
    let told = ["status", "total_tokens"].map(|name| rows[0][name].clone());
    assert_eq!(told, [json!("credits_exhausted"), json!(0)]);
    assert_eq!(rows[1]["response_text"], "We open at nine.");
    let next = logs.header("x-next-cursor").unwrap();
    let last = world
        .get_as_admin(&format!("{path}/llm-logs?cursor={next}&status=success&from=2026-11-23"))
        .await
        .json();
    assert_eq!((last.as_array().unwrap().len(), &last[0]["total_tokens"]), (1, &json!(450)));
    let report = world.get_as_admin(&format!("{path}/llm-analytics?group_by=model")).await.json();
    assert_eq!(report["analytics"]["total_requests"], 3);
    assert_eq!(report["series"][0]["provider"], "gemini");
    let overview = world.get_as_admin("/overview?exhausted=true").await.json();
    let client = &overview["clients"][0];
    let told = ["client_name", "tokens_used_today", "requests_made_this_month", "exhausted_accounts"];
    assert_eq!(told.map(|name| client[name].clone()), [json!("Bay"), json!(900), json!(2), json!(1)]);
    assert_eq!(client["analytics"]["credits_exhausted_count"], 1);
}
