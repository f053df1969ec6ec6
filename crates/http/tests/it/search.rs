//! What visitors look up by themselves.

use crate::client::names;
use crate::knowledge::create;
use crate::world::World;
use serde_json::{Value, json};

fn search(parameters: &str) -> String {
    format!("/api/chat-widget/public/widget/demo/knowledge/search{parameters}")
}

async fn results(world: &World, parameters: &str) -> Vec<Value> {
    let answer = world.get(&search(parameters)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["results"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_fitting_entries_come_best_first_and_nothing_unrelated() {
    let world = World::new().await;
    let found = results(&world, "?query=what%20are%20your%20business%20hours").await;
    assert_eq!(found[0]["question"], "What are your business hours?");
    assert!(found.len() <= 10);
    let keys = names(&found[0]);
    assert_eq!(keys, ["answer", "category", "id", "question"]);
    assert_eq!((&found[0]["id"], &found[0]["category"]), (&json!(1), &json!("Hours")));
    assert_eq!(results(&world, "?query=how%20high%20is%20mount%20everest").await, Vec::<Value>::new());
    assert_eq!(results(&world, "?query=%F0%9F%98%80").await, Vec::<Value>::new());
    let one = results(&world, "?query=what%20are%20your%20business%20hours&limit=1&other=x").await;
    assert_eq!(one, [found[0].clone()]);
    assert_eq!(world.stored(), 0);
}

#[tokio::test]
async fn a_query_that_cannot_be_used_is_named() {
    let world = World::new().await;
    for parameters in ["", "?query=", "?query=%20%20"] {
        let text = world.get(&search(parameters)).await;
        assert_eq!(text.status, 400, "{}", text.body);
        assert!(text.body.contains("query") && text.body.contains("missing"), "{}", text.body);
    }
    let long = world.get(&search(&format!("?query={}", "a".repeat(4_001)))).await;
    assert_eq!(long.status, 400);
    assert!(long.body.contains("query: it has 4001 characters, shorten it to at most 4000"), "{}", long.body);
    assert_eq!(results(&world, &format!("?query={}", "a".repeat(4_000))).await, Vec::<Value>::new());
    for limit in ["0", "11", "x"] {
        assert_eq!(world.get(&search(&format!("?query=a&limit={limit}"))).await.status, 400, "{limit}");
    }
    assert_eq!(world.get(&search("?query=a%00")).await.status, 400);
}

#[tokio::test]
async fn the_entries_of_an_unknown_or_inactive_widget_are_not_found() {
    let world = World::new().await;
    for key in ["nobody", "off"] {
        let path = format!("/api/chat-widget/public/widget/{key}/knowledge/search?query=hours");
        world.get(&path).await.assert_error(404, "widget_not_found");
    }
    let other = world.get("/api/chat-widget/public/widget/other/knowledge/search?query=hours").await;
    assert_eq!(other.json(), json!({"results": []}));
}

#[tokio::test]
async fn the_entries_of_another_widget_are_never_found() {
    let world = World::new().await;
    let zebra =
        create(&world, json!({"question": "Do you groom zebras?", "answer": "Only striped ones."})).await;
    let path =
        |key: &str| format!("/api/chat-widget/public/widget/{key}/knowledge/search?query=groom%20zebras");
    assert_eq!(world.get(&path("other")).await.json()["results"][0]["id"], zebra["id"]);
    assert_eq!(world.get(&path("demo")).await.json(), json!({"results": []}));
}
