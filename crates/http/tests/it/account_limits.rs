//! Limits that administrators set.

use crate::client::names;
use crate::world::World;
use serde_json::{Value, json};

const CALL: &str = "PUT /clients/1/widgets/1/llm-limits";

fn limits(account: &Value) -> [i64; 4] {
    ["monthly_token_limit", "daily_token_limit", "monthly_request_limit", "daily_request_limit"]
        .map(|name| account[name].as_i64().unwrap())
}

#[tokio::test]
async fn limits_are_set_one_by_one_and_the_account_is_answered() {
    let world = World::new().await;
    let all = json!({
        "monthlyTokenLimit": 200_000, "dailyTokenLimit": "10000", "monthlyRequestLimit": 2_000, "dailyRequestLimit": 0
    });
    let set = world.admin(CALL, all).await;
    assert_eq!((set.status, limits(&set.json())), (200, [200_000, 10_000, 2_000, 0]), "{}", set.body);
    assert_eq!(set.json(), world.get_as_admin("/clients/1/llm-usage").await.json()[0]);
    // The flag follows at once: nothing is left of a limit of 0.
    assert_eq!(set.json()["credits_exhausted"], true);
    let set = world.admin(CALL, json!({"daily_request_limit": 5, "dailyTokenLimit": null})).await;
    assert_eq!(limits(&set.json()), [200_000, 10_000, 2_000, 5]);
    assert_eq!(set.json()["credits_exhausted"], false);
    assert_eq!(limits(&world.admin(CALL, json!({})).await.json()), [200_000, 10_000, 2_000, 5]);
    let twice = json!({"dailyTokenLimit": 6, "daily_token_limit": 7.0});
    assert_eq!(limits(&world.admin(CALL, twice).await.json()), [200_000, 7, 2_000, 5]);
    let set = world.admin("PUT /widgets/62/llm-limits", json!({"dailyTokenLimit": 7})).await;
    assert_eq!((limits(&set.json())[1], &set.json()["client_id"]), (7, &Value::Null));
}

#[tokio::test]
async fn an_account_that_is_missing_is_opened_with_its_limits() {
    let world = World::new().await;
    world.sql("DELETE FROM client_llm_usage");
    let set = world.admin(CALL, json!({"dailyTokenLimit": 900})).await;
    assert_eq!((set.status, limits(&set.json())), (200, [100_000, 900, 1_000, 100]));
    assert_eq!(world.number("SELECT daily_token_limit FROM client_llm_usage"), 900);
}

#[tokio::test]
async fn the_next_message_keeps_to_the_new_limits() {
    let world = World::new().await;
    let message = json!({"message_text": "When do you open?"});
    world.admin(CALL, json!({"dailyRequestLimit": 1})).await;
    assert_eq!(world.post("demo/message", message.clone()).await.json()["confidence"], 0.95);
    assert_ne!(world.post("demo/message", message.clone()).await.json()["confidence"], 0.95);
    world.admin(CALL, json!({"dailyRequestLimit": 2})).await;
    assert_eq!(world.post("demo/message", message).await.json()["confidence"], 0.95);
}

#[tokio::test]
async fn limits_that_are_none_are_named_and_nothing_is_set() {
    let world = World::new().await;
    let before = world.dump();
    let wrong = json!({
        "monthlyTokenLimit": -1, "dailyTokenLimit": 1.5, "monthlyRequestLimit": "many",
        "daily_request_limit": 9_007_199_254_740_992_u64, "hourlyLimit": 5, "resetTimezone": "Mars/Olympus"
    });
    let names = names(&wrong);
    let faults = world.admin(CALL, wrong.clone()).await.assert_faults(&names);
    assert_eq!(faults["dailyTokenLimit"], "write a whole number from 0 to 9007199254740991");
    let zone = faults["resetTimezone"].as_str().unwrap();
    assert!(zone.ends_with("write an IANA name such as Europe/Berlin"), "{zone}");
    let fine = json!({"dailyTokenLimit": 5});
    for (call, code) in [
        ("PUT /clients/99/widgets/1/llm-limits", "client_not_found"),
        ("PUT /clients/x/widgets/1/llm-limits", "client_not_found"),
        ("PUT /clients/1/widgets/60/llm-limits", "widget_not_found"),
        ("PUT /clients/1/widgets/62/llm-limits", "widget_not_found"),
        ("PUT /clients/1/widgets/99/llm-limits", "widget_not_found"),
        ("PUT /clients/1/widgets/x/llm-limits", "widget_not_found"),
        ("PUT /widgets/99/llm-limits", "widget_not_found"),
    ] {
        world.admin(call, fine.clone()).await.assert_error(404, code);
    }
    assert_eq!(world.dump(), before);
}

#[tokio::test]
async fn days_begin_at_midnight_in_the_time_zone_that_is_set() {
    let world = World::new().await;
    let used = async || {
        let account = world.get_as_admin("/clients/1/llm-usage").await.json()[0].clone();
        (
            account["tokens_used_today"].as_i64().unwrap(),
            account["last_daily_reset"].as_str().unwrap().to_owned(),
        )
    };
    world.post("demo/message", json!({"message_text": "When do you open?"})).await;
    // It is 10:00 in UTC, and 23:00 of the same day there.
    let set = world.admin(CALL, json!({"resetTimezone": "pacific/auckland", "dailyTokenLimit": 9_000})).await;
    assert_eq!(
        (set.status, &set.json()["reset_timezone"]),
        (200, &json!("Pacific/Auckland")),
        "{}",
        set.body
    );
    assert_eq!(limits(&set.json())[1], 9_000);
    assert_eq!(used().await, (450, "2026-11-23".to_owned()));
    world.pass(std::time::Duration::from_mins(61));
    assert_eq!(used().await, (0, "2026-11-24".to_owned()));
    world.post("demo/message", json!({"message_text": "When do you open?"})).await;
    let stored = "SELECT tokens_used_today || ' ' || last_daily_reset || ' ' || tokens_used_this_month \
                  FROM client_llm_usage WHERE widget_id = 1 AND reset_timezone = 'Pacific/Auckland'";
    assert_eq!(world.text(stored), "450 2026-11-24 900");
    // Left out or null it stays.
    let set = world.admin(CALL, json!({"resetTimezone": null, "dailyTokenLimit": 8_000})).await;
    assert_eq!(set.json()["reset_timezone"], "Pacific/Auckland");
    let twice = json!({"resetTimezone": "Asia/Tokyo", "reset_timezone": "Europe/Berlin"});
    assert_eq!(world.admin(CALL, twice).await.json()["reset_timezone"], "Europe/Berlin");
}
