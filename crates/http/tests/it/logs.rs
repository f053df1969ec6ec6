//! The request log, as administrators read it.

use crate::client::Response;
use crate::world::{NOW, World};
use serde_json::{Value, json};

fn ids(list: &Response) -> Vec<i64> {
    assert_eq!(list.status, 200, "{}", list.body);
    list.json().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

/// Rows 1 to 9 of widget 60, one each hour of a day and a half.
async fn world() -> World {
    let world = World::new().await;
    for id in 1..=9 {
        let status = if id % 3 == 0 { "rate_limited" } else { "success" };
        let provider = if id % 2 == 0 { "groq" } else { "gemini" };
        let (day, hour) = (20 + id * 4 / 24, id * 4 % 24);
        world.sql(&format!(
            "INSERT INTO llm_request_logs (id, widget_id, llm_provider, llm_model, status, created_at)
            VALUES ({id}, 60, '{provider}', 'm', '{status}', '2026-11-{day} {hour:02}:00:00.000000')"
        ));
    }
    world
}

#[tokio::test]
async fn a_request_is_told_without_what_was_said_unless_it_is_asked_for() {
    let world = World::new().await;
    let conversation = world.conversation("demo").await;
    let message = json!({"conversation_id": conversation, "message_text": "When do you open?"});
    assert_eq!(world.post("demo/message", message).await.status, 200);
    let list = world.get_as_admin("/widgets/1/llm-logs").await;
    let row = list.json()[0].clone();
    let expected = json!({
        "id": row["id"], "client_id": 1, "widget_id": 1, "conversation_id": conversation,
        "message_id": row["message_id"], "llm_provider": "gemini", "llm_model": row["llm_model"],
        "status": "success", "error_message": null, "prompt_tokens": 400, "completion_tokens": 50,
        "total_tokens": 450, "reserved_tokens": row["reserved_tokens"], "usage_estimated": false,
        "response_time_ms": row["response_time_ms"], "estimated_cost": row["estimated_cost"], "attempt": 1,
        "created_at": NOW, "settled_at": NOW
    });
    assert_eq!(row, expected);
    for number in ["id", "message_id", "reserved_tokens", "response_time_ms"] {
        assert!(row[number].is_i64(), "{number}: {row}");
    }
    assert!(list.header("x-next-cursor").is_none());
    let with_text = world.get_as_admin("/widgets/1/llm-logs?include=text").await.json();
    assert_eq!(with_text[0]["prompt_text"], "When do you open?");
    assert_eq!(with_text[0]["response_text"], "We open at nine.");
}

#[tokio::test]
async fn pages_follow_each_other_by_offset_and_by_cursor() {
    let world = world().await;
    assert_eq!(ids(&world.get_as_admin("/widgets/60/llm-logs").await), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    let by_offset = world.get_as_admin("/widgets/60/llm-logs?limit=4&offset=4").await;
    assert_eq!(ids(&by_offset), [5, 4, 3, 2]);
    let mut path = "/widgets/60/llm-logs?limit=4".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = world.get_as_admin(&path).await;
        pages.push(ids(&page));
        let Some(next) = page.header("x-next-cursor") else { break };
        path = format!("/widgets/60/llm-logs?limit=4&cursor={next}");
        world.sql(
            "INSERT INTO llm_request_logs (widget_id, llm_provider, llm_model, created_at)
            VALUES (60, 'groq', 'm', '2026-11-24 00:00:00.000000')",
        );
    }
    assert_eq!(pages, [vec![9, 8, 7, 6], vec![5, 4, 3, 2], vec![1]]);
}

#[tokio::test]
async fn requests_are_filtered_by_day_status_and_provider() {
    let world = world().await;
    for (parameters, expected) in [
        ("from=2026-11-21", vec![9, 8, 7, 6]),
        ("to=2026-11-20", vec![5, 4, 3, 2, 1]),
        ("from=2026-11-21&to=2026-11-21", vec![9, 8, 7, 6]),
        ("from=2026-11-22", vec![]),
        ("status=rate_limited", vec![9, 6, 3]),
        ("provider=groq", vec![8, 6, 4, 2]),
        ("provider=groq&status=rate_limited&to=2026-11-21", vec![6]),
        ("status=pending", vec![]),
    ] {
        assert_eq!(
            ids(&world.get_as_admin(&format!("/widgets/60/llm-logs?{parameters}")).await),
            expected,
            "{parameters}"
        );
    }
    // Days are those of the account: in New York, the 21st begins at five in the morning of UTC.
    world.sql("UPDATE client_llm_usage SET reset_timezone = 'America/New_York'");
    assert_eq!(ids(&world.get_as_admin("/widgets/60/llm-logs?from=2026-11-21").await), [9, 8]);
}

#[tokio::test]
async fn parameters_that_cannot_be_are_named() {
    let world = world().await;
    let wrong = "from=2026-13-01&to=yesterday&status=ok&limit=501&offset=10001&cursor=abc&include=all";
    let faults = world
        .get_as_admin(&format!("/widgets/60/llm-logs?{wrong}"))
        .await
        .assert_faults(&["cursor", "from", "include", "limit", "offset", "status", "to"]);
    assert!(faults["offset"].as_str().unwrap().contains("use cursor"), "{faults}");
    let order = world.get_as_admin("/widgets/60/llm-logs?from=2026-11-02&to=2026-11-01").await;
    order.assert_faults(&["to"]);
    world.get_as_admin("/widgets/99/llm-logs").await.assert_error(404, "widget_not_found");
    assert_eq!(world.get_as_admin("/widgets/1/llm-logs").await.json(), Value::Array(vec![]));
}
