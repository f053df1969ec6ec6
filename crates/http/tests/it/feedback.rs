//! Visitors' votes, as the deployed scripts send them.

use crate::client::Response;
use crate::world::World;
use serde_json::{Value, json};

/// A world in which the knowledge base answers alone, and the reply that was one of its entries.
async fn answered() -> (World, i64) {
    let world = World::new().await;
    world.sql("UPDATE widget_configs SET llm_enabled = 0");
    let id = ask(&world, json!({"message_text": "What are your business hours?"})).await;
    (world, id)
}

async fn ask(world: &World, message: Value) -> i64 {
    let answer = world.post("demo/message", message).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["message_id"].as_i64().unwrap()
}

async fn vote(world: &World, body: Value) -> Response {
    world.post("demo/feedback", body).await
}

/// Use, helpful and not helpful votes of all entries together.
fn counts(world: &World) -> [i64; 3] {
    ["times_used", "helpful_count", "not_helpful_count"]
        .map(|column| world.number(&format!("SELECT sum({column}) FROM widget_knowledge_base")))
}

#[tokio::test]
async fn a_vote_is_stored_and_counted_on_its_entry() {
    let (world, id) = answered().await;
    assert_eq!(counts(&world), [1, 0, 0]);
    let voted =
        vote(&world, json!({"message_id": id, "was_helpful": true, "feedback_text": "Thanks!"})).await;
    assert_eq!((voted.status, voted.json()), (200, json!({"success": true})));
    vote(&world, json!({"message_id": id, "was_helpful": true})).await;
    assert_eq!(counts(&world), [1, 1, 0]);
    vote(&world, json!({"message_id": id.to_string(), "was_helpful": false, "more": 1})).await;
    assert_eq!(counts(&world), [1, 0, 1]);
    let words = "SELECT count(*) FROM widget_messages WHERE was_helpful = 0 AND feedback_text = 'Thanks!'";
    assert_eq!(world.number(words), 1);
    vote(&world, json!({"message_id": id, "was_helpful": null, "feedback_text": null})).await;
    assert_eq!(counts(&world), [1, 0, 0]);
    let nothing =
        "SELECT count(*) FROM widget_messages WHERE was_helpful IS NOT NULL OR feedback_text IS NOT NULL";
    assert_eq!(world.number(nothing), 0);
    let row = world.get_as_admin("/widgets/1/knowledge").await.json();
    let used = row.as_array().unwrap().iter().find(|row| row["times_used"] == 1).unwrap();
    assert!(used["question"].as_str().unwrap().contains("hours"), "{used}");
}

#[tokio::test]
async fn a_message_of_another_widget_is_unknown_and_stays_as_it_is() {
    let (world, id) = answered().await;
    let body = json!({"message_id": id, "was_helpful": false, "feedback_text": "not mine"});
    for key in ["other", "alone"] {
        world.post(&format!("{key}/feedback"), body.clone()).await.assert_error(404, "message_not_found");
    }
    for key in ["off", "nobody"] {
        world.post(&format!("{key}/feedback"), body.clone()).await.assert_error(404, "widget_not_found");
    }
    let question = id - 1;
    for unknown in [json!(question), json!(0), json!(-1), json!(99_999), json!(i64::MAX), json!("4294967297")]
    {
        let body = json!({"message_id": unknown, "was_helpful": true});
        vote(&world, body).await.assert_error(404, "message_not_found");
    }
    assert_eq!(counts(&world), [1, 0, 0]);
    assert_eq!(
        world.number(
            "SELECT count(*) FROM widget_messages WHERE was_helpful IS NOT NULL OR feedback_text IS NOT NULL"
        ),
        0
    );
}

#[tokio::test]
async fn a_vote_that_cannot_be_used_names_its_field() {
    let (world, id) = answered().await;
    for (body, name) in [
        (json!({"was_helpful": true}), "message_id"),
        (json!({"message_id": null}), "message_id"),
        (json!({"message_id": "abc"}), "message_id"),
        (json!({"message_id": 1.5}), "message_id"),
        (json!({"message_id": id, "was_helpful": "yes"}), "was_helpful"),
        (json!({"message_id": id, "feedback_text": 5}), "feedback_text"),
        (json!({"message_id": id, "feedback_text": "x".repeat(2_001)}), "feedback_text"),
        (json!({"message_id": id, "feedback_text": "a\0"}), "feedback_text"),
    ] {
        let text = vote(&world, body).await.assert_error(400, "invalid_field");
        assert!(text.contains(&format!("field {name}: ")), "{text}");
    }
    let most = json!({"message_id": id, "was_helpful": true, "feedback_text": "é".repeat(2_000)});
    assert_eq!(vote(&world, most).await.status, 200);
}

#[tokio::test]
async fn a_models_answer_counts_on_no_entry() {
    let world = World::new().await;
    let id = ask(&world, json!({"message_text": "What are your business hours?"})).await;
    assert_eq!(vote(&world, json!({"message_id": id, "was_helpful": true})).await.status, 200);
    assert_eq!(counts(&world), [0, 0, 0]);
    assert_eq!(world.number("SELECT count(*) FROM widget_messages WHERE was_helpful"), 1);
}

#[tokio::test]
async fn an_entry_is_used_once_by_a_message_however_often_it_is_sent() {
    let (world, _) = answered().await;
    let conversation = world.conversation("demo").await;
    let message = json!({
        "conversation_id": conversation, "message_text": "What are your business hours?", "client_message_id": "m1"
    });
    let first = ask(&world, message.clone()).await;
    assert_eq!(counts(&world)[0], 2);
    assert_eq!(ask(&world, message.clone()).await, first);
    let head = "POST /api/chat-widget/public/widget/demo/message\nContent-Type: application/json\nAccept: text/event-stream";
    let events = |message: &Value| message.to_string();
    let replayed =
        crate::client::Events::open(world.address, head, events(&message).as_bytes()).await.all().await;
    assert_eq!(replayed.last().unwrap().1["message_id"], first);
    assert_eq!(counts(&world)[0], 2);
    let anew = json!({"message_text": "What are your business hours?"});
    crate::client::Events::open(world.address, head, events(&anew).as_bytes()).await.all().await;
    assert_eq!(counts(&world)[0], 3);
    ask(&world, json!({"message_text": "How high is Mount Everest?"})).await;
    assert_eq!(counts(&world)[0], 3);
}

#[tokio::test]
async fn a_reply_outlives_the_entry_that_it_was() {
    let (world, id) = answered().await;
    let entry = world.number("SELECT id FROM widget_knowledge_base WHERE times_used = 1");
    let gone = world.send_as_admin(&format!("DELETE /widgets/1/knowledge/{entry}"), "").await;
    assert_eq!(gone.status, 200, "{}", gone.body);
    assert_eq!(world.number(&format!("SELECT count(*) FROM widget_messages WHERE id = {id}")), 1);
    assert_eq!(vote(&world, json!({"message_id": id, "was_helpful": false})).await.status, 200);
}
