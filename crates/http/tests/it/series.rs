//! Analytics of days that are asked for, for charts.

use crate::client::names;
use crate::world::World;
use serde_json::{Value, json};

async fn world() -> World {
    let world = World::new().await;
    world.sql(
        "INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model, requests, total_tokens, successful,
            timed_requests, response_time_ms, cost_micro_usd) VALUES
            (1, '2026-11-20', 'groq', 'a', 1, 10, 1, 1, 100, 1), (1, '2026-11-20', 'gemini', 'b', 2, 20, 2, 2, 300, 2),
            (1, '2026-11-22', 'gemini', 'b', 4, 40, 4, 4, 400, 3), (1, '2026-11-22', 'gemini', 'c', 8, 80, 0, 0, 0, 4),
            (1, '2025-11-20', 'groq', 'a', 100, 1, 1, 1, 1, 1), (60, '2026-11-20', 'groq', 'a', 100, 1, 1, 1, 1, 1)",
    );
    world
}

fn sums(group: &Value, requests: i64, answered: i64, time: i64, cost: f64) -> Value {
    let mut sums = json!({
        "total_requests": requests, "total_tokens": requests * 10, "avg_response_time": time,
        "successful_requests": answered, "failed_requests": 0, "credits_exhausted_count": 0,
        "rate_limited_requests": 0, "blocked_requests": 0, "estimated_cost": cost
    });
    sums.as_object_mut().unwrap().extend(group.as_object().unwrap().clone());
    sums
}

async fn report(world: &World, parameters: &str) -> Value {
    let report = world.get_as_admin(&format!("/widgets/1/llm-analytics?{parameters}")).await;
    assert_eq!(report.status, 200, "{}", report.body);
    report.json()
}

#[tokio::test]
async fn every_day_that_is_asked_for_is_there() {
    let world = world().await;
    let path = "/widgets/1/llm-analytics?from=2026-11-19&to=2026-11-22&group_by=day";
    let body = world.get_as_admin(path).await.body;
    assert!(body.contains(r#""estimated_cost":0.000003}"#), "{body}");
    let report = report(&world, "from=2026-11-19&to=2026-11-22&group_by=day").await;
    let day = |day: &str| json!({"day": day});
    let expected = json!([
        sums(&day("2026-11-19"), 0, 0, 0, 0.0),
        sums(&day("2026-11-20"), 3, 3, 133, 0.000_003),
        sums(&day("2026-11-21"), 0, 0, 0, 0.0),
        sums(&day("2026-11-22"), 12, 4, 100, 0.000_007),
    ]);
    assert_eq!(report["series"], expected);
    assert_eq!(report["analytics"], sums(&json!({}), 15, 7, 114, 0.000_010));
    let range = ["from", "to", "group_by"].map(|name| report[name].clone());
    assert_eq!(range, [json!("2026-11-19"), json!("2026-11-22"), json!("day")]);
    assert_eq!(report["usage"]["widget_id"], 1);
}

#[tokio::test]
async fn providers_and_models_come_with_the_most_asked_first() {
    let world = world().await;
    let of = |provider: &str| json!({"provider": provider});
    let expected =
        json!([sums(&of("gemini"), 14, 6, 117, 0.000_009), sums(&of("groq"), 1, 1, 100, 0.000_001)]);
    assert_eq!(report(&world, "group_by=provider").await["series"], expected);
    let of = |provider: &str, model: &str| json!({"provider": provider, "model": model});
    let expected = json!([
        sums(&of("gemini", "c"), 8, 0, 0, 0.000_004),
        sums(&of("gemini", "b"), 6, 6, 117, 0.000_005),
        sums(&of("groq", "a"), 1, 1, 100, 0.000_001),
    ]);
    assert_eq!(report(&world, "group_by=model&from=2026-11-20").await["series"], expected);
}

#[tokio::test]
async fn without_parameters_the_shape_is_the_guides() {
    let world = world().await;
    assert_eq!(names(&report(&world, "").await), ["analytics", "usage"]);
    assert_eq!(names(&report(&world, "to=2026-11-20").await), ["analytics", "from", "to", "usage"]);
    // Thirty days until the last, or today.
    let reach = async |parameters| {
        let report = report(&world, parameters).await;
        [report["from"].clone(), report["to"].clone()]
    };
    assert_eq!(reach("to=2026-11-20").await, [json!("2026-10-22"), json!("2026-11-20")]);
    assert_eq!(reach("from=2026-11-20").await, [json!("2026-11-20"), json!("2026-11-23")]);
    assert_eq!(reach("group_by=day").await, [json!("2026-10-25"), json!("2026-11-23")]);
}

#[tokio::test]
async fn a_range_has_an_order_and_an_end() {
    let world = world().await;
    let year = report(&world, "from=2025-11-20&to=2026-11-20&group_by=day").await;
    assert_eq!(year["series"].as_array().unwrap().len(), 366);
    let path = "/widgets/1/llm-analytics?";
    for (parameters, faults) in [
        ("from=2025-11-19&to=2026-11-20", &["from"][..]),
        ("from=2026-11-20&to=2026-11-19", &["to"]),
        ("from=2026-11-24", &["to"]),
        ("from=x&to=2026-02-30&group_by=hour", &["from", "group_by", "to"]),
        ("from=-009999-01-01&to=9999-12-31", &["from"]),
        ("to=2026-11-20T10:00", &["to"]),
    ] {
        world.get_as_admin(&format!("{path}{parameters}")).await.assert_faults(faults);
    }
    assert_eq!(report(&world, "to=0001-01-01&group_by=day").await["series"].as_array().unwrap().len(), 30);
    world.get_as_admin("/widgets/99/llm-analytics?group_by=day").await.assert_error(404, "widget_not_found");
}
