//! No number in an answer is one that a JSON reader with 64-bit floats would round, whatever stands in the
//! database, on both databases.

use crate::client::Response;
use crate::world::{Options, World};
use frontdesk_persistence::Database;
use frontdesk_tests::{ScratchDir, TempPg, psql};
use serde_json::{Value, json};

const MAX_SAFE: i64 = 9_007_199_254_740_991;

/// Every BIGINT column that an answer is made of.
const COUNTERS: [&str; 12] = [
    "monthly_token_limit",
    "daily_token_limit",
    "monthly_request_limit",
    "daily_request_limit",
    "tokens_used_this_month",
    "tokens_used_today",
    "requests_made_this_month",
    "requests_made_today",
    "total_tokens_used",
    "total_requests_made",
    "tokens_reserved",
    "requests_reserved",
];
const ROLLUP: [&str; 10] = [
    "requests",
    "successful",
    "failed",
    "rate_limited",
    "blocked",
    "credits_exhausted",
    "total_tokens",
    "timed_requests",
    "response_time_ms",
    "cost_micro_usd",
];
const SUMS: [&str; 8] = [
    "total_requests",
    "total_tokens",
    "successful_requests",
    "failed_requests",
    "credits_exhausted_count",
    "rate_limited_requests",
    "blocked_requests",
    "estimated_cost",
];

/// Runs SQL by hand.
type Sql = Box<dyn Fn(&str)>;

/// A world on each database, with what runs SQL by hand in it.
async fn worlds() -> Vec<(World, Sql)> {
    let directory = ScratchDir::new();
    let file = directory.path().join("frontdesk.db");
    let by_hand = move |sql: &str| rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    let sqlite = Database::open(&directory.sqlite_url(), 2).await.unwrap();
    let url = TempPg::shared().create_database();
    let postgres = Database::open(&url, 2).await.unwrap();
    let mut worlds = Vec::new();
    for (database, directory, sql) in [
        (sqlite, directory, Box::new(by_hand) as Sql),
        (postgres, ScratchDir::new(), Box::new(move |sql: &str| drop(psql(&url, sql).unwrap()))),
    ] {
        assert_eq!(database.seed_demo().await.unwrap(), Some("demo"));
        worlds.push((World::on(database, directory, Options::default()), sql));
    }
    worlds
}

fn every_counter_is(value: i64) -> String {
    let set = COUNTERS.map(|column| format!("{column} = {value}")).join(", ");
    let row = |day: &str, model: &str| {
        let values = ROLLUP.map(|_| value.to_string()).join(", ");
        format!("(1, '{day}', 'groq', '{model}', {values})")
    };
    format!(
        "UPDATE client_llm_usage SET {set}, last_daily_reset = '2026-11-23', last_monthly_reset = '2026-11-01';
        INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model, {}) VALUES {}, {}, {};",
        ROLLUP.join(", "),
        row("2026-11-23", "a"),
        row("2026-11-23", "b"),
        row("2026-11-22", "a"),
    )
}

/// All answers that a number of the database can be in.
async fn answers(world: &World) -> Vec<Response> {
    let usage = world.get_as_admin("/clients/1/llm-usage").await;
    let analytics = world.get_as_admin("/widgets/1/llm-analytics").await;
    let config = world.get("/api/chat-widget/public/widget/demo/config").await;
    let opened = world.post("demo/conversation", json!({"session_id": "s1"})).await;
    let conversation = opened.json()["conversation_id"].clone();
    let message = json!({"conversation_id": conversation, "message_text": "When do you open?"});
    let answered = world.post("demo/message", message).await;
    vec![usage, analytics, config, opened, answered]
}

/// Every number of a JSON text, as it is written.
fn numbers(json: &Value) -> Vec<f64> {
    match json {
        Value::Number(number) => vec![number.as_f64().unwrap()],
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        Value::Object(fields) => fields.values().flat_map(numbers).collect(),
        _ => vec![],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_over_2_53_never_reach_json_and_what_was_capped_is_named() {
    for (world, sql) in worlds().await {
        for (value, shown) in [(i64::MAX, MAX_SAFE), (MAX_SAFE + 1, MAX_SAFE), (i64::MIN, -MAX_SAFE)] {
            sql("DELETE FROM llm_usage_daily");
            sql(&every_counter_is(value));
            let answers = answers(&world).await;
            for answer in &answers {
                assert_eq!(answer.status, 200, "{}", answer.body);
                let largest = numbers(&answer.json()).into_iter().fold(0.0, |most: f64, n| most.max(n.abs()));
                #[expect(clippy::cast_precision_loss, reason = "it is the largest that fits")]
                let fits = largest <= MAX_SAFE as f64;
                assert!(fits, "{largest} in {}", answer.body);
            }
            let usage = answers[0].json();
            for column in COUNTERS {
                assert_eq!(usage[0][column], shown, "{column}");
            }
            assert_eq!(usage[0]["capped"], json!(COUNTERS));
            let report = answers[1].json();
            assert_eq!(report["usage"]["capped"], json!(COUNTERS));
            for sum in &SUMS[..7] {
                assert_eq!(report["analytics"][sum], shown, "{sum}");
            }
            let capped = report["analytics"]["capped"].as_array().unwrap();
            assert!(SUMS.iter().all(|sum| capped.contains(&json!(sum))), "{capped:?}");
            let cost = if shown > 0 { "9007199254.740991" } else { "-9007199254.740991" };
            assert!(answers[1].body.contains(&format!(r#""estimated_cost":{cost},"#)), "{}", answers[1].body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_up_to_2_53_are_exact_and_nothing_is_named() {
    for (world, sql) in worlds().await {
        sql(&every_counter_is(MAX_SAFE / 3));
        let answers = answers(&world).await;
        for column in COUNTERS {
            assert_eq!(answers[0].json()[0][column], MAX_SAFE / 3, "{column}");
        }
        for sum in &SUMS[..7] {
            let added = answers[1].json()["analytics"][sum].as_i64().unwrap();
            assert!(added >= MAX_SAFE / 3 * 3, "{sum}: {added}");
        }
        for answer in answers {
            assert!(!answer.body.contains("capped"), "{}", answer.body);
        }
    }
}

/// Someone wrote it by hand: no such id is ever made.
#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_id_over_2_53_is_nobodys() {
    for (world, sql) in worlds().await {
        world.post("demo/conversation", json!({"session_id": "s1"})).await;
        for id in [i64::MAX, MAX_SAFE + 1, -1] {
            sql(&format!("UPDATE widget_conversations SET public_id = {id} WHERE session_id = 's1'"));
            let body = json!({"conversation_id": id, "message_text": "Hi"});
            world.post("demo/message", body).await.assert_error(404, "conversation_not_found");
            let opened = world.post("demo/conversation", json!({"session_id": "s1"})).await.json();
            assert_eq!(opened["existing"], false);
            let new = opened["conversation_id"].as_i64().unwrap();
            assert!((0..=MAX_SAFE).contains(&new), "{new}");
            sql(&format!("DELETE FROM widget_conversations WHERE public_id = {new}"));
        }
    }
}
