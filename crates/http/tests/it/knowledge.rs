//! Upkeep of a knowledge base: what administrators send is what is stored, and nothing else changes.

use crate::client::{Response, send};
use crate::world::{NOW, World};
use serde_json::{Value, json};

pub(crate) const BASE: &str = "/widgets/60/knowledge";

pub(crate) async fn create(world: &World, entry: Value) -> Value {
    let made = world.admin(&format!("POST {BASE}"), entry).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()
}

pub(crate) async fn list(world: &World, parameters: &str) -> Response {
    let answer = world.get_as_admin(&format!("{BASE}{parameters}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

fn questions(list: &Response) -> Vec<String> {
    let rows = list.json();
    rows.as_array().unwrap().iter().map(|row| row["question"].as_str().unwrap().to_owned()).collect()
}

fn parking() -> Value {
    json!({
        "question": " Is there parking? ", "answer": "Behind the building.\n", "keywords": [" car ", "park, ride"],
        "category": "Visit", "priority": 5, "context": {"page": [1, 2.5]}, "is_active": false
    })
}

#[tokio::test]
async fn an_entry_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let row = create(&world, parking()).await;
    let id = row["id"].as_i64().unwrap();
    let expected = json!({
        "id": id, "widget_id": 60, "category": "Visit", "question": "Is there parking?", "answer": "Behind the building.",
        "keywords": ["car", "park, ride"], "priority": 5, "context": {"page": [1, 2.5]}, "times_used": 0,
        "helpful_count": 0, "not_helpful_count": 0, "is_active": false, "created_at": NOW, "updated_at": NOW
    });
    assert_eq!(row, expected);
    let path = format!("{BASE}/{id}");
    assert_eq!(world.get_as_admin(&path).await.json(), expected);
    assert_eq!(list(&world, "").await.json(), json!([expected]));

    let changed = world.admin(&format!("PUT {path}"), json!({"answer": "In the yard."})).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let mut row = expected;
    row["answer"] = "In the yard.".into();
    assert_eq!(changed.json(), row);
    let changed = world.admin(&format!("PATCH {path}"), json!({"is_active": true, "priority": "-3"})).await;
    (row["is_active"], row["priority"]) = (true.into(), (-3).into());
    assert_eq!(changed.json(), row);

    let gone = world.send_as_admin(&format!("DELETE {path}"), "").await;
    assert_eq!((gone.status, gone.json()), (200, json!({"success": true})));
    world.get_as_admin(&path).await.assert_error(404, "entry_not_found");
    world.send_as_admin(&format!("DELETE {path}"), "").await.assert_error(404, "entry_not_found");
    assert_eq!(list(&world, "").await.json(), json!([]));
}

#[tokio::test]
async fn a_question_and_an_answer_are_enough() {
    let world = World::new().await;
    let row =
        create(&world, json!({"question": "Q", "answer": "A", "category": null, "keywords": null})).await;
    let rest = ["category", "keywords", "priority", "context", "is_active"].map(|name| row[name].clone());
    assert_eq!(rest, [json!(null), json!([]), json!(0), json!(null), json!(true)]);
}

#[tokio::test]
async fn editing_an_entry_leaves_its_keywords_alone() {
    let world = World::new().await;
    let id = create(&world, parking()).await["id"].clone();
    let call = format!("PUT {BASE}/{id}");
    let edit =
        json!({"question": "Where do I park?", "answer": "In the yard.", "category": "Visit", "priority": 1});
    assert_eq!(world.admin(&call, edit).await.json()["keywords"], json!(["car", "park, ride"]));
    let emptied = world.admin(&call, json!({"keywords": null})).await.json();
    assert_eq!((&emptied["keywords"], &emptied["question"]), (&json!([]), &json!("Where do I park?")));
}

#[tokio::test]
async fn an_empty_body_changes_nothing_and_returns_the_row() {
    let world = World::new().await;
    world.sql("INSERT INTO widget_knowledge_base (id, widget_id, question, answer, updated_at) VALUES (500, 60, 'Q', 'A', NULL)");
    let row = world.get_as_admin(&format!("{BASE}/500")).await.json();
    for method in ["PUT", "PATCH"] {
        let answer = world.admin(&format!("{method} {BASE}/500"), json!({})).await;
        assert_eq!((answer.status, answer.json()), (200, row.clone()));
    }
    assert_eq!(row["updated_at"], Value::Null);
    assert_eq!(
        world.number("SELECT count(*) FROM widget_knowledge_base WHERE id = 500 AND keywords IS NULL"),
        1
    );
}

#[tokio::test]
async fn a_row_may_be_sent_back_as_it_came() {
    let world = World::new().await;
    let mut row = create(&world, parking()).await;
    let call = format!("PUT {BASE}/{}", row["id"]);
    row["answer"] = "In the yard.".into();
    let mut sent = row.clone();
    (sent["id"], sent["widget_id"], sent["times_used"]) = (1.into(), 1.into(), 99.into());
    assert_eq!(world.admin(&call, sent).await.json(), row);
}

#[tokio::test]
async fn null_empties_what_may_be_empty_and_leaves_the_rest() {
    let world = World::new().await;
    let mut row = create(&world, parking()).await;
    let nothing = json!({"question": null, "answer": null, "priority": null, "is_active": null, "category": null,
        "context": null, "keywords": null});
    let changed = world.admin(&format!("PATCH {BASE}/{}", row["id"]), nothing).await.json();
    (row["category"], row["context"], row["keywords"]) = (Value::Null, Value::Null, json!([]));
    assert_eq!(changed, row);
}

#[tokio::test]
async fn keywords_may_be_a_text_with_commas() {
    let world = World::new().await;
    let row =
        create(&world, json!({"question": "Q", "answer": "A", "keywords": "car, parking space,, "})).await;
    assert_eq!(row["keywords"], json!(["car", "parking space"]));
    let changed = world.admin(&format!("PUT {BASE}/{}", row["id"]), json!({"keywords": ""})).await.json();
    assert_eq!(changed["keywords"], json!([]));
}

#[tokio::test]
async fn all_faults_of_an_entry_are_named_at_once() {
    let world = World::new().await;
    let wrong = json!({
        "question": "  ", "answer": "x".repeat(20_001), "category": "x".repeat(101), "keywords": ["a", " "],
        "priority": 2_147_483_648_i64, "is_active": "yes", "context": {"a": ["\0"]}, "colour": "red"
    });
    let names = ["answer", "category", "colour", "context", "is_active", "keywords", "priority", "question"];
    let faults = world.admin(&format!("POST {BASE}"), wrong.clone()).await.assert_faults(&names);
    assert_eq!(faults["question"], "it is empty, write something");
    assert_eq!(faults["answer"], "it has 20001 characters, shorten it to at most 20000");
    assert_eq!(faults["keywords"], "keyword 2: it is empty, write something");
    assert_eq!(faults["colour"], "there is no such field, leave it out");
    let id = create(&world, parking()).await["id"].clone();
    world.admin(&format!("PATCH {BASE}/{id}"), wrong).await.assert_faults(&names);

    let nothing =
        world.admin(&format!("POST {BASE}"), json!({})).await.assert_faults(&["answer", "question"]);
    assert_eq!(nothing["answer"], "it is missing, send it");
    let cases = [
        (json!({"question": "x".repeat(1_001)}), "question"),
        (json!({"question": "a\0"}), "question"),
        (json!({"question": ["a"]}), "question"),
        (json!({"question": ""}), "question"),
        (json!({"keywords": vec!["x"; 51]}), "keywords"),
        (json!({"keywords": ["x".repeat(101)]}), "keywords"),
        (json!({"keywords": [1]}), "keywords"),
        (json!({"keywords": {}}), "keywords"),
        (json!({"priority": 1.5}), "priority"),
        (json!({"is_active": 1}), "is_active"),
        (json!({"Question": "a"}), "Question"),
    ];
    for (body, name) in cases {
        world.admin(&format!("PUT {BASE}/{id}"), body).await.assert_faults(&[name]);
    }
    assert_eq!(list(&world, "").await.json().as_array().unwrap().len(), 1);
    let row = world.get_as_admin(&format!("{BASE}/{id}")).await.json();
    assert_eq!((&row["question"], &row["priority"]), (&json!("Is there parking?"), &json!(5)));
}

#[tokio::test]
async fn what_the_limits_allow_is_stored() {
    let world = World::new().await;
    let most = json!({
        "question": "é".repeat(1_000), "answer": "🙂".repeat(10_000), "category": "é".repeat(100),
        "keywords": vec!["k".repeat(100); 50], "priority": i32::MIN
    });
    let row = create(&world, most.clone()).await;
    for name in ["question", "answer", "category", "keywords", "priority"] {
        assert_eq!(row[name], most[name], "{name}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_entry_are_refused() {
    let world = World::new().await;
    let call = format!("POST {BASE}");
    for body in ["", "[]", "{", r#"{"question":"a","question":"b","answer":"c"}"#, "null"] {
        world.send_as_admin(&call, body).await.assert_error(400, "invalid_json");
    }
    let large = json!({"question": "q", "answer": "a", "context": "x".repeat(64 * 1_024)});
    let text = world.admin(&call, large).await.assert_error(413, "body_too_large");
    assert!(text.contains("64 kB"), "{text}");
    assert_eq!(list(&world, "").await.body, "[]");
}

#[tokio::test]
async fn an_entry_of_another_widget_is_not_found_and_stays() {
    let world = World::new().await;
    let theirs = world.get_as_admin("/widgets/1/knowledge").await.json()[0].clone();
    let path = format!("{BASE}/{}", theirs["id"]);
    world.get_as_admin(&path).await.assert_error(404, "entry_not_found");
    for method in ["PUT", "PATCH"] {
        for body in [json!({"answer": "mine"}), json!({})] {
            world.admin(&format!("{method} {path}"), body).await.assert_error(404, "entry_not_found");
        }
    }
    world.send_as_admin(&format!("DELETE {path}"), "").await.assert_error(404, "entry_not_found");
    assert_eq!(world.get_as_admin("/widgets/1/knowledge").await.json()[0], theirs);
    for id in ["0", "-1", "abc", "1.5", "99999999999", "%00"] {
        world.get_as_admin(&format!("{BASE}/{id}")).await.assert_error(404, "entry_not_found");
    }
}

#[tokio::test]
async fn an_unknown_widget_is_not_found_by_any_call() {
    let world = World::new().await;
    for id in ["99", "abc", "0"] {
        let base = format!("/widgets/{id}/knowledge");
        let entry = json!({"question": "Q", "answer": "A"});
        let answers = [
            world.get_as_admin(&base).await,
            world.get_as_admin(&format!("{base}/1")).await,
            world.admin(&format!("POST {base}"), entry.clone()).await,
            world.admin(&format!("PUT {base}/1"), entry.clone()).await,
            world.admin(&format!("PATCH {base}/1"), entry.clone()).await,
            world.send_as_admin(&format!("DELETE {base}/1"), "").await,
            world.admin(&format!("POST {base}/bulk"), json!({"entries": [entry]})).await,
        ];
        for answer in answers {
            answer.assert_error(404, "widget_not_found");
        }
    }
}

#[tokio::test]
async fn only_administrators_keep_up_a_knowledge_base() {
    let world = World::new().await;
    let before = world.get_as_admin("/widgets/1/knowledge").await.body;
    for call in [
        "GET /widgets/1/knowledge",
        "POST /widgets/1/knowledge",
        "GET /widgets/1/knowledge/1",
        "PUT /widgets/1/knowledge/1",
        "PATCH /widgets/1/knowledge/1",
        "DELETE /widgets/1/knowledge/1",
        "POST /widgets/1/knowledge/bulk",
    ] {
        let call = call.replacen(' ', " /api/chat-widget", 1);
        let answer = send(world.address, &format!("{call}\nContent-Type: application/json"), b"{}").await;
        answer.assert_error(401, "missing_admin_key");
    }
    assert_eq!(world.get_as_admin("/widgets/1/knowledge").await.body, before);
}

#[tokio::test]
async fn other_methods_hear_which_are_allowed() {
    let world = World::new().await;
    for (call, allowed) in [
        ("DELETE /widgets/1/knowledge", "GET, HEAD, POST"),
        ("POST /widgets/1/knowledge/1", "GET, HEAD, PUT, PATCH, DELETE"),
        ("GET /widgets/1/knowledge/bulk", "POST"),
    ] {
        let answer = world.send_as_admin(call, "").await;
        answer.assert_error(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some(allowed));
    }
}

#[tokio::test]
async fn a_list_can_be_searched_and_paged() {
    let world = World::new().await;
    for n in 0..5 {
        let category = if n % 2 == 0 { "even" } else { "odd" };
        let entry = json!({"question": format!("Question {n}"), "answer": "A", "category": category, "is_active": n < 3});
        create(&world, entry).await;
    }
    let page = list(&world, "?limit=2&offset=1&_=123").await;
    assert_eq!(questions(&page), ["Question 1", "Question 2"]);
    assert_eq!(page.header("x-total-count"), Some("5"));
    for (parameters, found) in [
        ("?category=odd", 2),
        ("?active=true", 3),
        ("?active=false&category=even", 1),
        ("?search=QUESTION%203", 1),
        ("?search=n%25", 0),
        ("?search=", 5),
        ("?offset=4", 5),
    ] {
        let page = list(&world, parameters).await;
        assert_eq!(page.header("x-total-count"), Some(found.to_string().as_str()), "{parameters}");
    }
    assert_eq!(questions(&list(&world, "?offset=4").await), ["Question 4"]);
    for (parameters, name) in [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("limit=-1", "limit"),
        ("offset=-1", "offset"),
        ("active=1", "active"),
        ("search=%00", "search"),
        (&format!("search={}", "x".repeat(201)), "search"),
    ] {
        world.get_as_admin(&format!("{BASE}?{parameters}")).await.assert_faults(&[name]);
    }
    world.get_as_admin(&format!("{BASE}?limit=0&active=no")).await.assert_faults(&["active", "limit"]);
}

#[tokio::test]
async fn numbers_leave_as_numbers() {
    let world = World::new().await;
    world.sql("UPDATE widget_knowledge_base SET times_used = 7, helpful_count = NULL, not_helpful_count = 2147483647, priority = NULL");
    let row = world.get_as_admin("/widgets/1/knowledge").await.json()[0].clone();
    let numbers =
        ["times_used", "helpful_count", "not_helpful_count", "priority"].map(|name| row[name].clone());
    assert_eq!(numbers, [7, 0, i32::MAX, 0].map(Value::from));
}
