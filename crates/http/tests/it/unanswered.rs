//! Unanswered questions, as administrators see and answer them.

use crate::world::World;
use serde_json::{Value, json};

const LIST: &str = "/widgets/1/unanswered";

/// A world in which nobody answers these messages, grouped.
async fn asked(texts: &[&str]) -> World {
    let world = World::new().await;
    world.sql("UPDATE widget_configs SET llm_enabled = 0");
    for text in texts {
        let answer = world.post("demo/message", json!({"message_text": text})).await;
        assert_eq!((answer.status, &answer.json()["confidence"]), (200, &json!(0.3)), "{}", answer.body);
    }
    while world.desk.group_unanswered().await.unwrap() > 0 {}
    world
}

async fn list(world: &World, parameters: &str) -> Value {
    let answer = world.get_as_admin(&format!("{LIST}{parameters}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn what_nobody_answered_is_listed_once_with_its_count() {
    let world =
        asked(&["Do you repair bicycles?", "hi", "do you repair a bicycle", "Is the moon hollow?", "👍"])
            .await;
    let page = list(&world, "").await;
    assert_eq!(page["total"], 2, "{page}");
    let first = &page["questions"][0];
    assert_eq!((&first["question"], &first["count"]), (&json!("Do you repair bicycles?"), &json!(2)));
    assert_eq!(first["samples"], json!(["do you repair a bicycle", "Do you repair bicycles?"]));
    assert_eq!((&first["status"], &first["answered_by"]), (&json!("open"), &Value::Null));
    assert_eq!(list(&world, "?limit=1&offset=1").await["questions"][0]["question"], "Is the moon hollow?");
    let refused = world.get_as_admin(&format!("{LIST}?status=new")).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!("invalid_field")));
}

#[tokio::test]
async fn an_answer_is_an_entry_and_is_given_once() {
    let world = asked(&["Do you repair bicycles?"]).await;
    let id = list(&world, "").await["questions"][0]["id"].clone();
    let path = format!("POST {LIST}/{id}/answer");
    let refused = world.admin(&path, json!({})).await;
    assert_eq!((refused.status, &refused.json()["code"]), (400, &json!("invalid_field")));
    let made = world.admin(&path, json!({"answer": "On Fridays.", "keywords": ["bike"]})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    assert_eq!(
        (&made["question"], &made["answer"]),
        (&json!("Do you repair bicycles?"), &json!("On Fridays."))
    );
    world.admin(&path, json!({"answer": "On Mondays."})).await.assert_error(409, "already_answered");
    assert_eq!(list(&world, "").await["total"], 0);
    assert_eq!(list(&world, "?status=answered").await["questions"][0]["answered_by"], made["id"]);
}

#[tokio::test]
async fn a_question_is_dismissed_by_its_own_widget() {
    let world = asked(&["Do you repair bicycles?"]).await;
    let id = list(&world, "").await["questions"][0]["id"].clone();
    for path in [format!("/widgets/60/unanswered/{id}"), format!("{LIST}/4711"), format!("{LIST}/x")] {
        world
            .admin(&format!("POST {path}/dismiss"), json!({}))
            .await
            .assert_error(404, "unanswered_not_found");
        let answer = world.admin(&format!("POST {path}/answer"), json!({"answer": "a"})).await;
        answer.assert_error(404, "unanswered_not_found");
    }
    let done = world.admin(&format!("POST {LIST}/{id}/dismiss"), json!({})).await;
    assert_eq!((done.status, done.json()), (200, json!({"success": true})));
    assert_eq!(
        (&list(&world, "").await["total"], &list(&world, "?status=dismissed").await["total"]),
        (&json!(0), &json!(1))
    );
}

#[tokio::test]
async fn an_answer_that_did_not_help_is_listed_until_the_vote_is_taken_back() {
    let world = asked(&[]).await;
    let answer =
        world.post("demo/message", json!({"message_text": "What are your business hours?"})).await.json();
    for (helpful, total) in [(json!(false), 1), (Value::Null, 0)] {
        world
            .post("demo/feedback", json!({"message_id": answer["message_id"], "was_helpful": helpful}))
            .await;
        world.desk.group_unanswered().await.unwrap();
        let page = list(&world, "").await;
        assert_eq!(page["total"], total, "{page}");
        if total == 1 {
            assert!(page["questions"][0]["best_guess"]["confidence"].as_f64().unwrap() >= 0.85, "{page}");
        }
    }
}
