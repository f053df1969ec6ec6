//! Why a question gets its answer, as administrators read it.

use crate::client::{names, send};
use crate::world::World;
use serde_json::{Value, json};

const EXPLAIN: &str = "POST /widgets/1/knowledge/explain";

#[tokio::test]
async fn an_explanation_names_every_part_of_the_answer() {
    let world = World::new().await;
    let answer = world.admin(EXPLAIN, json!({"question": "What are your business hours?"})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let told = answer.json();
    let keys = names(&told);
    let parts = [
        "answer_order",
        "attempts",
        "best",
        "context",
        "entries",
        "language",
        "outcome",
        "prompt",
        "ranking",
        "suggestions",
        "thresholds",
    ];
    assert_eq!(keys, parts);
    assert_eq!((&told["ranking"][0]["id"], &told["ranking"][0]["in_context"]), (&json!(1), &json!(true)));
    assert_eq!((&told["entries"], &told["answer_order"]), (&json!(12), &json!("llm_first")));
    assert_eq!(told["thresholds"]["answer"], 0.85);
    let best = &told["best"];
    let features = best["features"].as_array().unwrap();
    let sum: f64 = features.iter().map(|feature| feature["contribution"].as_f64().unwrap()).sum();
    let log_odds = best["log_odds"].as_f64().unwrap();
    assert!((best["intercept"].as_f64().unwrap() + sum - log_odds).abs() < 0.01, "{best}");
    for feature in features {
        let product = feature["value"].as_f64().unwrap() * feature["coefficient"].as_f64().unwrap();
        assert!((product - feature["contribution"].as_f64().unwrap()).abs() < 0.01, "{feature}");
    }
    let attempt = &told["attempts"][0];
    assert_eq!((&attempt["provider"], &attempt["admitted"]), (&json!("gemini"), &json!(true)));
    assert_eq!((&attempt["turned_away"], &attempt["denied"]), (&Value::Null, &Value::Null));
    assert!(attempt["reserved_tokens"].as_i64().unwrap() > 500);
    assert!(told["prompt"]["system"].as_str().unwrap().contains("We're open Monday to Friday"));
    assert_eq!(told["prompt"]["turns"][0]["role"], "visitor");
    assert_eq!((&told["outcome"]["source"], &told["outcome"]["provider"]), (&json!("llm"), &json!("gemini")));
    assert_eq!(world.stored(), 0);
    assert_eq!(world.called.available_permits(), 0);
}

#[tokio::test]
async fn without_credits_the_explanation_says_which_limit_is_reached() {
    let world = World::new().await;
    world.sql("UPDATE client_llm_usage SET daily_token_limit = 10");
    let told = world.admin(EXPLAIN, json!({"question": "What are your business hours?"})).await.json();
    assert!(told["attempts"][0]["denied"].as_str().unwrap().contains("daily"), "{told}");
    assert_eq!(told["attempts"][0]["reserved_tokens"], Value::Null);
    assert_eq!(told["outcome"]["source"], "knowledge_base");
    assert!(told["outcome"]["text"].as_str().unwrap().contains("free AI limit"));
}

#[tokio::test]
async fn inactive_widgets_are_explained_and_mistakes_are_named() {
    let world = World::new().await;
    let off = world.admin("POST /widgets/61/knowledge/explain", json!({"question": "hours"})).await;
    assert_eq!((off.status, &off.json()["best"]), (200, &Value::Null));
    let question = json!({"question": "hours"});
    world
        .admin("POST /widgets/99/knowledge/explain", question.clone())
        .await
        .assert_error(404, "widget_not_found");
    let elsewhere = json!({"question": "hours", "conversation_id": 5});
    world.admin(EXPLAIN, elsewhere).await.assert_error(404, "conversation_not_found");
    for (body, fault) in [
        (json!({}), "question: it is missing"),
        (json!({"question": " "}), "question: it is empty"),
        (json!({"question": "a".repeat(4_001)}), "question: it has 4001 characters"),
        (json!({"question": "a", "conversation_id": [1]}), "conversation_id: write the id"),
        (json!({"question": "a", "text": "b"}), "text: there is no such field"),
    ] {
        let answer = world.admin(EXPLAIN, body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.body.contains(fault), "{}", answer.body);
    }
    let head = "POST /api/chat-widget/widgets/1/knowledge/explain\nContent-Type: application/json";
    send(world.address, head, br#"{"question":"a"}"#).await.assert_error(401, "missing_admin_key");
}

#[tokio::test]
async fn an_explanation_in_a_conversation_stores_nothing_and_calls_nobody() {
    let world = World::new().await;
    let id = world.conversation("demo").await;
    world
        .post("demo/message", json!({"conversation_id": id, "message_text": "Do you treat children?"}))
        .await;
    let before = world.dump();
    for id in [json!(id), json!(id.to_string())] {
        let told = world.admin(EXPLAIN, json!({"question": "And pets?", "conversation_id": id})).await.json();
        let turns = told["prompt"]["turns"].as_array().unwrap();
        let turn = |at: usize| (turns[at]["role"].as_str().unwrap(), turns[at]["text"].as_str().unwrap());
        assert_eq!((turns.len(), turn(1)), (3, ("assistant", "We open at nine.")));
        assert!(turn(0).1.contains("Do you treat children?") && turn(2).1.contains("And pets?"), "{told}");
    }
    assert_eq!(world.dump(), before);
    assert_eq!(world.called.available_permits(), 1, "by the message");
}

#[tokio::test]
async fn without_a_model_the_knowledge_base_or_the_default_would_answer() {
    let world = World::new().await;
    world.sql("UPDATE widget_configs SET llm_enabled = 0 WHERE id = 1");
    for (question, source) in
        [("What are your business hours?", "knowledge_base"), ("how high is mount everest", "default")]
    {
        let told = world.admin(EXPLAIN, json!({"question": question})).await.json();
        assert_eq!((&told["attempts"], &told["outcome"]["source"]), (&json!([]), &json!(source)), "{told}");
        let said = world.post("demo/message", json!({"message_text": question})).await.json();
        assert_eq!(told["outcome"]["text"], said["response"]);
        let reason = told["outcome"]["reason"].as_str().unwrap();
        assert!(reason.starts_with("no model is enabled; the knowledge base is "), "{reason}");
    }
}

#[tokio::test]
async fn a_knowledge_base_that_goes_first_answers_where_it_is_sure() {
    let world = World::new().await;
    world.sql("UPDATE widget_configs SET answer_order = 'knowledge_first' WHERE id = 1");
    for (question, source) in
        [("What are your business hours?", "knowledge_base"), ("how high is mount everest", "llm")]
    {
        let told = world.admin(EXPLAIN, json!({"question": question})).await.json();
        assert_eq!(
            (&told["answer_order"], &told["outcome"]["source"]),
            (&json!("knowledge_first"), &json!(source))
        );
        assert_eq!(told["attempts"].as_array().unwrap().len(), 1, "{told}");
    }
    assert_eq!(world.called.available_permits(), 0);
}

#[tokio::test]
async fn a_question_with_a_blocked_keyword_is_explained_as_refused() {
    let world = World::new().await;
    world.sql(r#"UPDATE widget_configs SET blocked_keywords = '["hours"]' WHERE id = 1"#);
    let question = "What are your business hours?";
    let told = world.admin(EXPLAIN, json!({ "question": question })).await.json()["outcome"].clone();
    assert_eq!((&told["source"], &told["provider"]), (&json!("refusal"), &Value::Null));
    let answer = world.post("demo/message", json!({ "message_text": question })).await.json();
    assert_eq!(told["text"], answer["response"]);
    assert!(told["reason"].as_str().unwrap().contains("blocked_keywords"), "{told}");
}
