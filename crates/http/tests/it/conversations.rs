//! What the deployed scripts do with their conversations beside sending messages.

use crate::client::{Response, names, send};
use crate::world::World;
use serde_json::{Value, json};
use std::time::Duration;

async fn open(world: &World, key: &str, session: &str) -> i64 {
    let body = json!({"session_id": session, "visitor_session_id": format!("visitor-{session}")});
    let opened = world.post(&format!("{key}/conversation"), body).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    opened.json()["conversation_id"].as_i64().unwrap()
}

async fn see(world: &World, path: &str) -> Response {
    world.get(&format!("/api/chat-widget/public/widget/{path}")).await
}

/// A call with a method of its own, such as `DELETE demo/conversations/1`.
async fn call(world: &World, call: &str, key: Option<&str>, body: &Value) -> Response {
    let (method, path) = call.split_once(' ').unwrap();
    let key = key.map_or_else(String::new, |key| format!("\nIdempotency-Key: {key}"));
    let head = format!("{method} /api/chat-widget/public/widget/{path}\nContent-Type: application/json{key}");
    send(world.address, &head, body.to_string().as_bytes()).await
}

async fn say(world: &World, conversation: i64, text: &str) -> Value {
    let answer =
        world.post("demo/message", json!({"conversation_id": conversation, "message_text": text})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn a_script_shows_the_messages_of_its_conversation() {
    let world = World::new().await;
    let id = open(&world, "demo", "session-1").await;
    let answer = say(&world, id, "When do you open?").await;
    let shown = see(&world, &format!("demo/conversations/{id}/messages")).await.json();
    let of = |at: usize, field: &str| shown[at][field].clone();
    assert_eq!(shown.as_array().unwrap().len(), 2);
    assert_eq!((of(0, "message_type"), of(0, "message_text")), (json!("user"), json!("When do you open?")));
    assert_eq!((of(1, "message_type"), of(1, "message_text")), (json!("bot"), answer["response"].clone()));
    assert_eq!((of(1, "id"), of(1, "conversation_id")), (answer["message_id"].clone(), json!(id)));
    assert_eq!(of(0, "agent_name"), Value::Null);
    let fields = names(&shown[0]);
    let expected = ["agent_name", "conversation_id", "created_at", "id", "message_text", "message_type"];
    assert_eq!(fields, expected);
    let after = see(&world, &format!("demo/conversations/{id}/messages?after={}", of(0, "id"))).await.json();
    assert_eq!(after.as_array().unwrap().len(), 1);
    let newest = see(&world, &format!("demo/conversations/{id}/messages?limit=1")).await.json();
    assert_eq!(newest[0]["id"], answer["message_id"]);
    let wrong = see(&world, &format!("demo/conversations/{id}/messages?limit=0&after=x")).await;
    wrong.assert_faults(&["after", "limit"]);
}

#[tokio::test]
async fn a_conversation_of_another_widget_is_unknown_to_every_call() {
    let world = World::new().await;
    let own = open(&world, "other", "session-1").await;
    let before = world.dump();
    for id in [json!(own), json!(1), json!(-1), json!(i64::MAX)] {
        for path in ["messages", "status"] {
            let found = see(&world, &format!("demo/conversations/{id}/{path}")).await;
            found.assert_error(404, "conversation_not_found");
        }
        for method in [
            "POST demo/conversations/{}/end",
            "POST demo/conversations/{}/reopen",
            "DELETE demo/conversations/{}",
        ] {
            let found = call(&world, &method.replace("{}", &id.to_string()), None, &json!({})).await;
            found.assert_error(404, "conversation_not_found");
        }
        let lead = json!({"conversation_id": id, "visitor_email": "ada@example.com"});
        world.post("demo/capture-lead", lead).await.assert_error(404, "conversation_not_found");
        let intro = json!({"conversation_id": id, "intro_data": {"a": 1}});
        world.post("demo/intro-data", intro).await.assert_error(404, "conversation_not_found");
    }
    for text in ["abc", "1.5", "99999999999999999999"] {
        let found = see(&world, &format!("demo/conversations/{text}/status")).await;
        found.assert_error(404, "conversation_not_found");
    }
    see(&world, "demo/conversation/by-visitor/visitor-session-1")
        .await
        .assert_error(404, "conversation_not_found");
    assert_eq!(world.dump(), before);
}

#[tokio::test]
async fn a_status_tells_how_long_the_visitor_has_been_silent() {
    let world = World::new().await;
    let id = open(&world, "demo", "session-1").await;
    let path = format!("demo/conversations/{id}/status");
    let status = see(&world, &path).await.json();
    assert_eq!((&status["status"], &status["minutes_inactive"]), (&json!("active"), &json!(0)));
    assert_eq!((&status["is_warning_threshold"], &status["is_expired"]), (&json!(false), &json!(false)));
    assert_eq!((&status["closed_at"], &status["agent_handoff"]), (&Value::Null, &json!(false)));
    world.pass(Duration::from_mins(26));
    let status = see(&world, &path).await.json();
    assert_eq!((&status["minutes_inactive"], &status["is_warning_threshold"]), (&json!(26), &json!(true)));
    world.pass(Duration::from_mins(5));
    let status = see(&world, &path).await.json();
    assert_eq!((&status["minutes_inactive"], &status["is_expired"]), (&json!(31), &json!(true)));
}

#[tokio::test]
async fn a_conversation_is_found_by_the_visitors_session_unless_that_could_be_guessed() {
    let world = World::new().await;
    let id = open(&world, "demo", "session-1").await;
    let intro = json!({"conversation_id": id, "intro_data": {"name": "Ada", "reason": ["check-up"]}});
    assert_eq!(world.post("demo/intro-data", intro.clone()).await.json(), json!({"success": true}));
    let found = see(&world, "demo/conversation/by-visitor/visitor-session-1").await.json();
    let data = &intro["intro_data"];
    let expected =
        json!({"conversation_id": id, "status": "active", "intro_completed": true, "intro_data": data});
    assert_eq!(found, expected);
    let short = json!({"session_id": "1", "visitor_session_id": "1"});
    let first = world.post("demo/conversation", short.clone()).await.json();
    let second = world.post("demo/conversation", short).await.json();
    assert_eq!((&first["existing"], &second["existing"]), (&json!(false), &json!(false)));
    assert_ne!(first["conversation_id"], second["conversation_id"]);
    see(&world, "demo/conversation/by-visitor/1").await.assert_error(404, "conversation_not_found");
    let nothing = world.post("demo/intro-data", json!({"conversation_id": id})).await;
    assert!(nothing.assert_error(400, "invalid_field").contains("intro_data"));
}

#[tokio::test]
async fn a_lead_is_stored_with_what_was_filled_in() {
    let world = World::new().await;
    let id = open(&world, "demo", "session-1").await;
    let lead = json!({"conversation_id": id, "visitor_name": " Ada ", "visitor_email": "ada@example.com", "visitor_phone": "",
        "handoff_type": "appointment", "handoff_details": {"day": "Monday"}});
    let stored = world.post("demo/capture-lead", lead).await;
    assert_eq!((stored.status, &stored.json()["success"]), (200, &json!(true)));
    assert_eq!(stored.json()["lead_id"], Value::Null);
    assert!(!stored.json()["message"].as_str().unwrap().is_empty());
    let row = "SELECT count(*) FROM widget_conversations WHERE lead_captured = 1 AND visitor_name = 'Ada'
        AND visitor_email = 'ada@example.com' AND visitor_phone IS NULL AND handoff_type = 'appointment'
        AND handoff_details = '{\"day\":\"Monday\"}'";
    assert_eq!(world.number(row), 1);
    let before = world.dump();
    for (lead, field) in [
        (json!({"conversation_id": id, "visitor_email": "nobody"}), "visitor_email"),
        (json!({"conversation_id": id, "visitor_phone": "call me"}), "visitor_phone"),
        (json!({"conversation_id": id, "visitor_name": " "}), "visitor_email"),
        (json!({"visitor_name": "Ada"}), "conversation_id"),
        (json!({"conversation_id": id, "visitor_name": "x".repeat(256)}), "visitor_name"),
    ] {
        let refused = world.post("demo/capture-lead", lead).await;
        assert!(refused.assert_error(400, "invalid_field").contains(field), "{}", refused.body);
    }
    assert_eq!(world.dump(), before);
}

#[tokio::test]
async fn a_visitor_ends_reopens_and_erases_a_conversation() {
    let world = World::new().await;
    let id = open(&world, "demo", "session-1").await;
    say(&world, id, "When do you open?").await;
    let end = format!("POST demo/conversations/{id}/end");
    let bare = format!("POST /api/chat-widget/public/widget/demo/conversations/{id}/end");
    let ended = send(world.address, &bare, b"").await;
    assert_eq!(ended.json(), json!({"success": true, "message": "The conversation has ended."}));
    say(&world, id, "One more thing: is there parking?").await;
    let status = see(&world, &format!("demo/conversations/{id}/status")).await.json();
    assert_eq!((&status["status"], &status["closed_at"]), (&json!("active"), &Value::Null));
    let wish = call(&world, &end, None, &json!({"send_email": true})).await;
    assert!(wish.assert_error(400, "invalid_field").contains("email"));
    let ended =
        call(&world, &end, None, &json!({"send_email": true, "email": "ada@example.com"})).await.json();
    assert_eq!(ended["success"], true);
    assert!(ended["message"].as_str().unwrap().contains("e-mail"));
    let status = see(&world, &format!("demo/conversations/{id}/status")).await.json();
    assert_eq!(
        (&status["status"], &status["close_reason"]),
        (&json!("ended"), &json!("ended by the visitor"))
    );
    assert_ne!(status["closed_at"], Value::Null);
    let reopened =
        call(&world, &format!("POST demo/conversations/{id}/reopen"), None, &json!({})).await.json();
    assert_eq!(reopened, json!({"success": true, "conversation_id": id}));
    let status = see(&world, &format!("demo/conversations/{id}/status")).await.json();
    assert_eq!((&status["status"], &status["closed_at"]), (&json!("active"), &Value::Null));
    let requests = world.number("SELECT count(*) FROM llm_request_logs WHERE prompt_text IS NOT NULL");
    assert_eq!(requests, 2);
    let erased = call(&world, &format!("DELETE demo/conversations/{id}"), None, &json!({})).await;
    assert_eq!(erased.json(), json!({"success": true}));
    assert_eq!(world.number("SELECT count(*) FROM widget_conversations"), 0);
    assert_eq!(world.number("SELECT count(*) FROM widget_messages"), 0);
    assert_eq!(world.number("SELECT count(*) FROM llm_request_logs WHERE prompt_text IS NOT NULL"), 0);
    assert_eq!(world.number("SELECT sum(total_tokens) FROM llm_request_logs"), 900);
    let again = call(&world, &format!("DELETE demo/conversations/{id}"), None, &json!({})).await;
    again.assert_error(404, "conversation_not_found");
}

#[tokio::test]
async fn a_call_that_is_repeated_with_its_key_changes_nothing() {
    let world = World::new().await;
    let body = json!({"session_id": "", "page_url": "https://shop.example/"});
    let first = call(&world, "POST demo/conversation", Some("open-1"), &body).await.json();
    let again = call(&world, "POST demo/conversation", Some("\"open-1\""), &body).await.json();
    assert_eq!(again, first);
    let id = first["conversation_id"].as_i64().unwrap();
    let lead =
        json!({"conversation_id": id, "visitor_email": "ada@example.com", "client_message_id": "lead-1"});
    let stored = call(&world, "POST demo/capture-lead", None, &lead).await.json();
    let before = world.dump();
    assert_eq!(call(&world, "POST demo/capture-lead", Some("lead-1"), &lead).await.json(), stored);
    assert_eq!(world.dump(), before);
    let other = json!({"conversation_id": id, "visitor_email": "bob@example.com"});
    let reused = call(&world, "POST demo/capture-lead", Some("lead-1"), &other).await;
    reused.assert_error(422, "idempotency_key_reused");
    let both = call(&world, "POST demo/capture-lead", Some("another"), &lead).await;
    assert!(both.assert_error(400, "invalid_field").contains("client_message_id"));
    assert_eq!(world.dump(), before);
}

#[tokio::test]
async fn a_first_message_that_is_sent_thirty_times_opens_one_conversation_and_is_charged_once() {
    let world = std::sync::Arc::new(World::new().await);
    let send_it = |text: &'static str| {
        let world = std::sync::Arc::clone(&world);
        async move { call(&world, "POST demo/message", Some("first-1"), &json!({"message_text": text})).await }
    };
    let all: Vec<_> = (0..30).map(|_| tokio::spawn(send_it("When do you open?"))).collect();
    let mut answers = Vec::new();
    for one in all {
        let answer = one.await.unwrap();
        assert!(answer.status == 200 || answer.json()["code"] == "overloaded", "{}", answer.body);
        answers.extend((answer.status == 200).then(|| answer.json()));
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
    assert_eq!(world.number("SELECT count(*) FROM widget_conversations"), 1);
    assert_eq!(world.number("SELECT count(*) FROM widget_messages"), 2);
    assert_eq!(world.number("SELECT count(*) FROM llm_request_logs"), 1);
    send_it("And on Sundays?").await.assert_error(422, "idempotency_key_reused");
}

#[tokio::test]
async fn visitors_who_choose_the_same_key_get_conversations_of_their_own() {
    let world = World::new().await;
    let mut seen = std::collections::BTreeSet::new();
    for session in ["session-ada", "session-bob", "session-ada"] {
        for path in ["message", "conversation"] {
            let body = json!({"session_id": session, "message_text": "Hello"});
            let answer = call(&world, &format!("POST demo/{path}"), Some("1"), &body).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            seen.insert((session, path, answer.json()["conversation_id"].as_i64().unwrap()));
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
    let conversations = |of: &str| {
        let own = seen.iter().filter(|(session, ..)| *session == of);
        own.map(|(.., id)| *id).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(conversations("session-ada").is_disjoint(&conversations("session-bob")));
    let other =
        json!({"session_id": "session-ada", "message_text": "Hello", "page_url": "https://b.example/"});
    call(&world, "POST demo/message", Some("1"), &other).await.assert_error(422, "idempotency_key_reused");
}

#[tokio::test]
async fn while_a_person_answers_the_bot_says_so_and_asks_no_model() {
    let world = World::new().await;
    let id = open(&world, "demo", "session-1").await;
    let reply = json!({"message": "I am here to help.", "agent_name": "Grace", "agent_handoff": true});
    let written = world.admin(&format!("POST /conversations/{id}/reply"), reply).await;
    assert_eq!((written.status, &written.json()["message_type"]), (201, &json!("human")));
    let answer = say(&world, id, "Can you move my appointment?").await;
    assert_eq!(
        (&answer["response"], &answer["confidence"]),
        (&json!(frontdesk_chat::HANDOFF_TEXT), &json!(0.5))
    );
    assert_eq!(world.called.available_permits(), 0);
    let shown = see(&world, &format!("demo/conversations/{id}/messages")).await.json();
    assert_eq!(
        (&shown[0]["message_text"], &shown[0]["agent_name"]),
        (&json!("I am here to help."), &json!("Grace"))
    );
    let closed = world.admin(&format!("POST /conversations/{id}/close"), json!({"reason": "done"})).await;
    assert_eq!(closed.json(), json!({"success": true}));
    let status = see(&world, &format!("demo/conversations/{id}/status")).await.json();
    assert_eq!((&status["status"], &status["close_reason"]), (&json!("closed"), &json!("done")));
    say(&world, id, "When do you open?").await;
    assert_eq!(world.called.available_permits(), 1);
}

#[tokio::test]
async fn the_inbox_lists_a_widgets_conversations_under_their_public_ids() {
    let world = World::new().await;
    let first = open(&world, "demo", "session-1").await;
    let second = open(&world, "demo", "session-2").await;
    open(&world, "other", "session-3").await;
    let lead = json!({"conversation_id": first, "visitor_name": "Ada", "visitor_email": "ada@example.com"});
    world.post("demo/capture-lead", lead).await;
    let ids = |page: &Response| {
        page.json().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let page = world.get_as_admin("/widgets/1/conversations").await;
    assert_eq!((ids(&page), page.header("x-total-count")), (vec![second, first], Some("2")));
    assert_eq!(page.json()[1]["ip_address"], "127.0.0.1");
    let page = world.get_as_admin("/widgets/1/conversations?limit=1&offset=1").await;
    assert_eq!((ids(&page), page.header("x-total-count")), (vec![first], Some("2")));
    for (filter, expected) in [
        ("search=ADA%40", vec![first]),
        ("lead_captured=false", vec![second]),
        ("status=ended", vec![]),
        ("status=active", vec![second, first]),
        (&format!("before={second}"), vec![first]),
    ] {
        let page = world.get_as_admin(&format!("/widgets/1/conversations?{filter}")).await;
        assert_eq!(ids(&page), expected, "{filter}");
    }
    let wrong = world.get_as_admin("/widgets/1/conversations?limit=201&before=x&lead_captured=1").await;
    wrong.assert_faults(&["before", "lead_captured", "limit"]);
    world.get_as_admin("/widgets/99/conversations").await.assert_error(404, "widget_not_found");
    let messages = world.get_as_admin(&format!("/conversations/{first}/messages")).await;
    assert_eq!(messages.json(), json!([]));
    world.get_as_admin("/conversations/999999/messages").await.assert_error(404, "conversation_not_found");
    let unknown = world
        .admin(&format!("POST /conversations/{first}/reply"), json!({"message": " ", "text": "x"}))
        .await;
    unknown.assert_faults(&["message", "text"]);
}

#[tokio::test]
async fn a_visitors_data_is_handed_out_and_erased() {
    let world = World::new().await;
    let id = open(&world, "demo", "session-1").await;
    open(&world, "demo", "session-2").await;
    say(&world, id, "When do you open?").await;
    let lead = json!({"conversation_id": id, "visitor_email": "Ada@Example.com"});
    world.post("demo/capture-lead", lead).await;
    let data = world.get_as_admin("/widgets/1/visitor-data?email=ada@example.com").await;
    assert_eq!(data.header("x-total-count"), Some("1"));
    let data = data.json();
    assert_eq!(
        (&data[0]["id"], &data[0]["messages"][0]["message_text"]),
        (&json!(id), &json!("When do you open?"))
    );
    assert_eq!(data[0]["llm_requests"][0]["llm_provider"], "gemini");
    assert_ne!(data[0]["llm_requests"][0]["prompt_text"], Value::Null);
    assert_eq!(world.get_as_admin("/widgets/60/visitor-data?session=session-1").await.json(), json!([]));
    for (wrong, field) in [("", "email"), ("?email=a&session=b", "session")] {
        let refused = world.get_as_admin(&format!("/widgets/1/visitor-data{wrong}")).await;
        refused.assert_faults(&[field]);
    }
    let erased = world.admin("DELETE /widgets/1/visitor-data?email=ada@example.com", json!({})).await.json();
    let expected = json!({"success": true, "conversations": 1, "messages": 2, "llm_requests": 1, "unanswered_questions": 0});
    assert_eq!(erased, expected);
    assert_eq!(world.number("SELECT count(*) FROM widget_conversations"), 1);
    assert_eq!(world.number("SELECT tokens_used_today FROM client_llm_usage WHERE widget_id = 1"), 450);
}

#[tokio::test]
async fn a_visitor_whose_message_is_being_answered_is_erased_afterwards() {
    let world = World::with(crate::world::Options { answers: 0, ..Default::default() }).await;
    let id = open(&world, "demo", "session-1").await;
    let body = json!({"conversation_id": id, "message_text": "When do you open?"});
    let asking = world.post("demo/message", body);
    let erasing = async {
        world.called.acquire().await.unwrap().forget();
        let refused = call(&world, &format!("DELETE demo/conversations/{id}"), None, &json!({})).await;
        assert_eq!(refused.header("retry-after"), Some("2"));
        refused.assert_error(409, "still_answering");
        world.may_answer.add_permits(1);
    };
    let (answer, ()) = tokio::join!(asking, erasing);
    assert_eq!(answer.status, 200);
    assert_eq!(world.number("SELECT count(*) FROM widget_messages"), 2);
}

#[tokio::test]
async fn a_page_may_ask_to_erase_its_visitors_conversation() {
    let world = World::new().await;
    let head = "OPTIONS /api/chat-widget/public/widget/demo/conversations/7\nOrigin: https://shop.example\n\
                Access-Control-Request-Method: DELETE";
    let asked = send(world.address, head, b"").await;
    assert_eq!(
        (asked.status, asked.header("access-control-allow-methods")),
        (200, Some("GET, POST, DELETE"))
    );
}

#[tokio::test]
async fn without_sessions_the_same_key_from_another_address_opens_another_conversation() {
    let options = crate::world::Options { trusted_proxies: 1, ..Default::default() };
    let world = World::with(options).await;
    let mut opened = Vec::new();
    for address in ["192.0.2.1", "192.0.2.2", "192.0.2.1"] {
        let head = format!(
            "POST /api/chat-widget/public/widget/demo/conversation\nContent-Type: application/json\n\
             X-Forwarded-For: {address}\nIdempotency-Key: 1"
        );
        opened.push(send(world.address, &head, b"{}").await.json()["conversation_id"].clone());
    }
    assert_eq!(opened[0], opened[2]);
    assert_ne!(opened[0], opened[1]);
}

#[tokio::test]
async fn a_session_as_long_as_its_column_is_found_and_erased() {
    let world = World::new().await;
    let session = "s".repeat(255);
    open(&world, "demo", &session[..240]).await;
    world.post("demo/conversation", json!({"session_id": session})).await;
    let found = world.get_as_admin(&format!("/widgets/1/visitor-data?session={session}")).await;
    assert_eq!(found.json().as_array().map(Vec::len), Some(1));
    let erased = world.admin(&format!("DELETE /widgets/1/visitor-data?session={session}"), json!({})).await;
    assert_eq!(erased.json()["conversations"], 1);
    let longer = world.get_as_admin(&format!("/widgets/1/visitor-data?session={session}s")).await;
    longer.assert_faults(&["session"]);
}

#[tokio::test]
async fn a_reply_that_is_sent_again_with_its_key_is_stored_once() {
    let world = World::new().await;
    let id = open(&world, "demo", "session-1").await;
    let other = open(&world, "demo", "session-2").await;
    let path = |id: i64| format!("POST /conversations/{id}/reply");
    let body = json!({"message": "I am here.", "agent_name": "Grace", "client_message_id": "r-1"});
    let first = world.admin(&path(id), body.clone()).await;
    let again = world.admin(&path(id), body.clone()).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json(), again.json());
    let head = format!(
        "POST /api/chat-widget/conversations/{id}/reply\nAuthorization: Bearer {}\nContent-Type: application/json\n\
         Idempotency-Key: r-1",
        crate::world::ADMIN_KEY
    );
    let by_header = send(world.address, &head, br#"{"agent_name": "Grace", "message": "I am here."}"#).await;
    assert_eq!(by_header.json(), first.json());
    assert_eq!(world.number("SELECT count(*) FROM widget_messages"), 1);
    let differs = json!({"message": "Something else.", "client_message_id": "r-1"});
    world.admin(&path(id), differs).await.assert_error(422, "idempotency_key_reused");
    let both = send(world.address, &head, br#"{"message": "I am here.", "client_message_id": "r-2"}"#).await;
    both.assert_error(400, "invalid_field");
    for key in ["", &"x".repeat(101)] {
        let wrong = json!({"message": "I am here.", "client_message_id": key});
        world.admin(&path(id), wrong).await.assert_error(400, "invalid_field");
    }
    // In another conversation it is another key.
    assert_ne!(world.admin(&path(other), body).await.json()["id"], first.json()["id"]);
    assert_eq!(world.number("SELECT count(*) FROM widget_messages"), 2);
}

#[tokio::test]
async fn an_inbox_of_more_than_ten_thousand_says_that_it_was_not_counted_to_its_end() {
    let world = World::new().await;
    world.sql(
        "INSERT INTO widget_conversations (public_id, widget_id, session_id)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) SELECT i, 1, 's' FROM n",
    );
    let page = world.get_as_admin("/widgets/1/conversations?limit=1").await;
    assert_eq!((page.header("x-total-count"), page.header("x-total-capped")), (Some("10000"), Some("true")));
    world.sql("DELETE FROM widget_conversations WHERE public_id = 1");
    let page = world.get_as_admin("/widgets/1/conversations?limit=1").await;
    assert_eq!((page.header("x-total-count"), page.header("x-total-capped")), (Some("10000"), None));
}
