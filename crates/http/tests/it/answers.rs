//! What widget scripts get, exactly.

use crate::client::{Events, names};
use crate::world::{NOW, Options, World};
use serde_json::{Value, json};

#[tokio::test]
async fn a_script_gets_its_widgets_configuration() {
    let world = World::new().await;
    world.sql(
        "UPDATE widget_configs SET business_hours = '{\"mon\": \"9-5\"}', intro_questions = '[1]' WHERE id = 1",
    );
    let answer = world.get("/api/chat-widget/public/widget/demo/config").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let expected = json!({
        "id": 1, "widget_id": 1, "client_id": 1, "widget_key": "demo", "widget_name": "Harbour Dental chat",
        "primary_color": "#4682B4", "secondary_color": "#2E86AB", "position": "bottom-right",
        "welcome_message": "Hi! Ask me anything about Harbour Dental.", "bot_name": "Harbour Assistant",
        "bot_avatar_url": null, "enable_appointment_booking": true, "enable_email_capture": true,
        "enable_phone_capture": true, "enable_ai_handoff": false, "ai_handoff_url": null,
        "business_hours": {"mon": "9-5"}, "offline_message": null, "is_active": true,
        "intro_flow_enabled": true, "intro_questions": [1], "industry": "dental", "practice_phone": null,
        "timezone": "America/New_York", "language": null, "privacy_url": null, "ai_notice": true,
        "consent_required": false, "texts": null
    });
    assert_eq!(answer.json(), expected);
    let alone = world.get("/api/chat-widget/public/widget/alone/config").await.json();
    assert_eq!((&alone["id"], &alone["client_id"]), (&json!(62), &Value::Null));
}

#[tokio::test]
async fn a_session_has_one_conversation() {
    let world = World::new().await;
    let long = "x".repeat(3_000);
    let visitor = json!({
        "session_id": "session-1", "page_url": long, "referrer_url": "", "user_agent": null, "visitor_name": "Ann",
        "visitor_email": "ann@example.com", "visitor_phone": "555", "visitor_session_id": "visitor-1", "more": [1]
    });
    let first = world.post("demo/conversation", visitor.clone()).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let id = first.json()["conversation_id"].as_i64().unwrap();
    assert_eq!(first.json(), json!({"conversation_id": id, "existing": false}));
    let again = world.post("demo/conversation", visitor).await.json();
    assert_eq!(again, json!({"conversation_id": id, "existing": true}));
    assert_eq!(world.number("SELECT count(*) FROM widget_conversations"), 1);
    assert_eq!(world.number("SELECT length(page_url) FROM widget_conversations"), 2_000);
    let nameless = world.post("demo/conversation", json!({})).await.json();
    assert_eq!(nameless["existing"], false);
}

#[tokio::test]
async fn calls_of_one_session_that_come_at_once_get_one_conversation() {
    let world = World::new().await;
    let opening = || world.post("demo/conversation", json!({"session_id": "session-1"}));
    let opened = futures_util::future::join_all((0..20).map(|_| opening())).await;
    let opened: Vec<Value> = opened.iter().map(crate::client::Response::json).collect();
    let new: Vec<&Value> = opened.iter().filter(|opened| opened["existing"] == false).collect();
    assert_eq!(new.len(), 1, "{opened:?}");
    assert!(opened.iter().all(|opened| opened["conversation_id"] == new[0]["conversation_id"]), "{opened:?}");
    assert_eq!(world.number("SELECT count(*) FROM widget_conversations"), 1);
}

#[tokio::test]
async fn a_model_answers_a_message() {
    let world = World::new().await;
    let id = world.conversation("demo").await;
    let message = json!({"conversation_id": id, "message_text": "When do you open?"});
    let answer = world.post("demo/message", message).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let expected = json!({
        "message_id": 2, "conversation_id": id, "response": "We open at nine.", "confidence": 0.95,
        "source": "llm", "sources": [], "suggestions": [], "notice": null, "truncated": false, "timestamp": NOW
    });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn a_conversation_id_may_be_a_number_a_text_null_or_left_out() {
    let world = World::new().await;
    let id = world.conversation("demo").await;
    for same in [json!(id), json!(id.to_string())] {
        let answer = world.post("demo/message", json!({"conversation_id": same, "message_text": "Hi"})).await;
        assert_eq!(answer.json()["conversation_id"], id, "{}", answer.body);
    }
    let bodies = [
        json!({"conversation_id": null, "message_text": "Hi", "session_id": "s2", "page_url": "https://a.example"}),
        json!({"message_text": "Hi"}),
    ];
    for body in bodies {
        let opened = world.post("demo/message", body).await.json()["conversation_id"].as_i64().unwrap();
        assert!(opened != id && world.inner_id(opened).await.is_some());
    }
    assert_eq!(world.number("SELECT count(*) FROM widget_conversations WHERE session_id = 's2'"), 1);
}

#[tokio::test]
async fn without_a_model_the_knowledge_base_answers_or_suggests() {
    let world = World::new().await;
    world.sql("UPDATE widget_configs SET llm_enabled = 0 WHERE id = 1");
    let sure =
        world.post("demo/message", json!({"message_text": "What are your business hours?"})).await.json();
    assert!(sure["response"].as_str().unwrap().starts_with("We're open Monday to Friday"), "{sure}");
    assert!(sure["confidence"].as_f64().unwrap() >= 0.85);
    let unsure =
        world.post("demo/message", json!({"message_text": "how high is mount everest"})).await.json();
    assert!(unsure["confidence"].as_f64().unwrap() < 0.5, "{unsure}");
    assert!(!unsure["response"].as_str().unwrap().is_empty());
    for suggestion in unsure["suggestions"].as_array().unwrap() {
        let keys = names(suggestion);
        assert_eq!(keys, ["answer", "id", "question"]);
        assert!(suggestion["id"].is_i64());
    }
}

#[tokio::test]
async fn an_answer_names_its_source_and_a_repetition_names_the_same_whatever_became_of_it() {
    let world = World::new().await;
    world.sql("UPDATE widget_configs SET llm_enabled = 0 WHERE id = 1");
    let id = world.conversation("demo").await;
    let message =
        json!({"conversation_id": id, "message_text": "Is there parking?", "client_message_id": "m1"});
    let first = world.post("demo/message", message.clone()).await.json();
    let parking = world.number("SELECT id FROM widget_knowledge_base WHERE question = 'Is there parking?'");
    let expected = (json!("knowledge_base"), json!([{"id": parking, "question": "Is there parking?"}]));
    assert_eq!((first["source"].clone(), first["sources"].clone()), expected);
    world.sql("UPDATE widget_knowledge_base SET question = 'Parking?' WHERE question = 'Is there parking?'");
    assert_eq!(world.post("demo/message", message.clone()).await.json(), first);
    world.sql("DELETE FROM widget_knowledge_base WHERE question = 'Parking?'");
    assert_eq!(world.post("demo/message", message.clone()).await.json(), first);
    let head = "POST /api/chat-widget/public/widget/demo/message\nAccept: text/event-stream";
    let events = Events::open(world.address, head, message.to_string().as_bytes()).await.all().await;
    assert_eq!(events.last(), Some(&("done".to_owned(), first)));
    let unknown =
        world.post("demo/message", json!({"message_text": "how high is mount everest"})).await.json();
    assert_eq!((&unknown["source"], &unknown["sources"]), (&json!("default"), &json!([])));
    world.sql("UPDATE widget_configs SET blocked_keywords = '[\"spam\"]' WHERE id = 1");
    world.desk.forget_widgets();
    let blocked = world.post("demo/message", json!({"message_text": "spam"})).await.json();
    assert_eq!(blocked["source"], "refusal");
    world.sql("UPDATE widget_conversations SET agent_handoff = 1");
    let handed = json!({"conversation_id": id, "message_text": "Hello?"});
    assert_eq!(world.post("demo/message", handed).await.json()["source"], "handoff");
}

#[tokio::test]
async fn without_credits_the_answer_says_so() {
    let world = World::new().await;
    world.conversation("demo").await;
    world.sql("UPDATE client_llm_usage SET daily_token_limit = 10");
    let answer = world.post("demo/message", json!({"message_text": "Is there parking?"})).await.json();
    let notice = "You've reached your free AI limit. Upgrade for unlimited!";
    assert_eq!(answer["notice"], notice);
    assert!(answer["response"].as_str().unwrap().ends_with(notice));
}

#[tokio::test]
async fn the_same_message_is_answered_once() {
    let world = World::with(Options { answers: 1, ..Options::default() }).await;
    let id = world.conversation("demo").await;
    let message = json!({"conversation_id": id, "message_text": "Hi", "client_message_id": "m1"});
    let first = world.post("demo/message", message.clone()).await.json();
    let stored = world.stored();
    assert_eq!(world.post("demo/message", message).await.json(), first);
    assert_eq!(world.stored(), stored);
}
