//! Knowledge bases that come from files and become files.

use crate::client::{Response, send};
use crate::knowledge::{BASE, create, list};
use crate::world::{ADMIN_KEY, World};
use serde_json::{Value, json};

const DEMO: &str = "/widgets/1/knowledge";
const HOURS: &str = "What are your opening hours?";
/// Much like it.
const MISSPELLED: &str = "What are your openning hours";

/// Imports a file into a knowledge base, labelled as this type (or not at all).
async fn import_as(world: &World, label: &str, base: &str, parameters: &str, file: &[u8]) -> Response {
    let label = if label.is_empty() { String::new() } else { format!("Content-Type: {label}") };
    let head = format!(
        "POST /api/chat-widget{base}/import?{parameters}\nAuthorization: Bearer {ADMIN_KEY}\n{label}"
    );
    send(world.address, &head, file).await
}

async fn import(world: &World, parameters: &str, file: &str) -> Response {
    import_as(world, "text/csv", BASE, parameters, file.as_bytes()).await
}

async fn imported(world: &World, parameters: &str, file: &str) -> Value {
    let answer = import(world, parameters, file).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn summary(counts: [usize; 5]) -> Value {
    let [new, changed, unchanged, duplicate, invalid] = counts;
    json!({
        "total": counts.iter().sum::<usize>(), "new": new, "changed": changed, "unchanged": unchanged,
        "duplicate": duplicate, "invalid": invalid
    })
}

/// Two entries, and a file with a row of each kind for them.
async fn two_entries(world: &World) -> (Value, Value, String) {
    let parking = create(
        world,
        json!({
            "question": "Is there parking?", "answer": "Behind the building.", "keywords": ["car", "park, ride"],
            "category": "Visit", "priority": 5, "context": {"page": 1}, "is_active": false
        }),
    )
    .await;
    let hours = create(world, json!({"question": HOURS, "answer": "9 to 5.", "keywords": ["open"]})).await;
    let file = format!(
        "question,answer,category\nIs there parking?,In the yard.,Visit\nwhat are your OPENING hours,9 to 5.,\n\
         Do you sell gift cards?,\"Yes,\nat the desk.\",Shop\ndo you sell GIFT CARDS,No.,\n,Nobody asked.,\n\
         {MISSPELLED},Never.,\n"
    );
    (parking, hours, file)
}

#[tokio::test]
async fn a_preview_says_what_the_import_does_and_changes_nothing() {
    let world = World::new().await;
    let (mut parking, mut hours, file) = two_entries(&world).await;
    let before = world.dump();
    let mut told = imported(&world, "preview=true", &file).await;
    assert_eq!(world.dump(), before);
    let likeness = told["rows"][5]["like"]["likeness"].as_f64().unwrap();
    assert!((0.8..1.0).contains(&likeness), "{likeness}");
    let rows = json!([
        {"line": 2, "status": "changed", "question": "Is there parking?", "id": parking["id"], "fields": ["answer"]},
        {"line": 3, "status": "changed", "question": "what are your OPENING hours", "id": hours["id"],
            "fields": ["question"], "question_before": HOURS},
        {"line": 4, "status": "new", "question": "Do you sell gift cards?"},
        {"line": 6, "status": "duplicate", "question": "do you sell GIFT CARDS",
            "reason": "line 4 has the same question or id"},
        {"line": 7, "status": "invalid", "question": "", "reason": "question: it is empty, write something"},
        {"line": 8, "status": "new", "question": MISSPELLED,
            "like": {"id": hours["id"], "question": HOURS, "likeness": likeness}},
    ]);
    let expected = json!({
        "preview": true, "summary": summary([2, 2, 0, 1, 1]), "compared": true, "rows": rows, "rows_omitted": 0
    });
    assert_eq!(told, expected);

    let text = import(&world, "", &file).await.assert_error(422, "invalid_rows");
    assert!(text.contains("1 of the rows") && text.contains("line 7: question: it is empty"), "{text}");
    assert_eq!(world.dump(), before);

    let done = imported(&world, "skip_invalid=true", &file).await;
    let stored = list(&world, "").await.json();
    assert_eq!(stored.as_array().unwrap().len(), 4);
    told["preview"] = false.into();
    (told["rows"][2]["id"], told["rows"][5]["id"]) = (stored[2]["id"].clone(), stored[3]["id"].clone());
    assert_eq!(done, told);
    parking["answer"] = "In the yard.".into();
    hours["question"] = "what are your OPENING hours".into();
    assert_eq!((&stored[0], &stored[1]), (&parking, &hours), "the rest is left alone, keywords above all");
    let new = ["question", "answer", "category", "keywords", "priority", "is_active"];
    assert_eq!(
        new.map(|name| stored[2][name].clone()),
        [
            json!("Do you sell gift cards?"),
            json!("Yes,\nat the desk."),
            json!("Shop"),
            json!([]),
            json!(0),
            json!(true)
        ]
    );
    let before = world.dump();
    let again = imported(&world, "skip_invalid=true", &file).await;
    assert_eq!(again["summary"], summary([0, 0, 4, 1, 1]));
    assert_eq!(world.dump(), before);
}

#[tokio::test]
async fn questions_in_other_words_are_left_out_if_told_so() {
    let world = World::new().await;
    let (_, hours, _) = two_entries(&world).await;
    let file = format!("question,answer\n{MISSPELLED},Never.\nDo you deliver?,Yes.\n");
    for (parameters, is_preview) in
        [("skip_duplicates=true&preview=true", true), ("skip_duplicates=true", false)]
    {
        let told = imported(&world, parameters, &file).await;
        assert_eq!((&told["preview"], &told["summary"]), (&json!(is_preview), &summary([1, 0, 0, 1, 0])));
        let left = &told["rows"][0];
        assert_eq!(
            (&left["status"], &left["like"]["id"], &left["id"]),
            (&json!("duplicate"), &hours["id"], &Value::Null)
        );
        assert!(left["reason"].as_str().unwrap().contains("skip_duplicates"), "{left}");
    }
    let stored = list(&world, "").await.json();
    assert_eq!((&stored[2]["question"], stored.as_array().unwrap().len()), (&json!("Do you deliver?"), 3));
}

#[tokio::test]
async fn columns_of_a_file_are_taken_and_others_left_alone() {
    let world = World::new().await;
    let (parking, ..) = two_entries(&world).await;
    let id = parking["id"].as_i64().unwrap();
    let file =
        format!("id;Answer;Question;keywords;active\n{id};In the yard.;Where can I park?;car|bus;yes\n");
    let told = imported(&world, "", &file).await;
    assert_eq!(told["rows"][0]["fields"], json!(["question", "answer", "keywords", "is_active"]));
    let row = world.get_as_admin(&format!("{BASE}/{id}")).await.json();
    assert_eq!((&row["keywords"], &row["is_active"]), (&json!(["car", "bus"]), &json!(true)));
    let kept = ["category", "priority", "context", "created_at"];
    assert_eq!(kept.map(|name| &row[name]), kept.map(|name| &parking[name]));
}

#[tokio::test]
async fn the_id_of_another_widgets_entry_makes_a_new_one() {
    let world = World::new().await;
    let before = world.get_as_admin(DEMO).await.json();
    let told = imported(&world, "", "id,question,answer\n1,Whose?,Ours.\n").await;
    assert_eq!(told["summary"], summary([1, 0, 0, 0, 0]));
    assert_eq!(told["rows"][0]["unknown_id"], 1, "{told}");
    assert_eq!(world.get_as_admin(DEMO).await.json(), before);
    let stored = list(&world, "").await.json();
    assert_eq!((&stored[0]["id"], &stored[0]["question"]), (&told["rows"][0]["id"], &json!("Whose?")));
    assert_ne!(stored[0]["id"], 1);
}

#[tokio::test]
async fn an_import_that_fails_half_way_leaves_nothing() {
    let world = World::new().await;
    world.sql(
        "CREATE TRIGGER refuse BEFORE INSERT ON widget_knowledge_base WHEN NEW.question = 'Third?'
         BEGIN SELECT RAISE(ABORT, 'refused'); END",
    );
    let (.., file) = two_entries(&world).await;
    let before = world.dump();
    let answer = import(&world, "skip_invalid=true", &format!("{file}Third?,C,\n")).await;
    answer.assert_error(500, "internal_error");
    assert_eq!(world.dump(), before);
}

#[tokio::test]
async fn the_type_of_a_file_is_told_by_its_label_or_in_the_address() {
    let world = World::new().await;
    for (label, parameters, file) in [
        ("text/csv; charset=utf-8", "", "question,answer\nQ?,A\n"),
        ("application/json", "", r#"[{"question": "Q?", "answer": "A"}]"#),
        ("text/markdown", "", "# Q?\nA\n"),
        ("text/html", "", "<details><summary>Q?</summary>A</details>"),
        ("text/plain", "format=md", "Q: Q?\nA: A\n"),
        ("", "format=csv", "\u{feff}question\tanswer\nQ?\tA\n"),
        ("text/html", "format=json", r#"{"entries": [{"question": "Q?", "answer": "A"}]}"#),
    ] {
        let parameters = format!("{parameters}&preview=true");
        let answer = import_as(&world, label, BASE, &parameters, file.as_bytes()).await;
        assert_eq!(answer.status, 200, "{label} {file}: {}", answer.body);
        assert_eq!(answer.json()["rows"][0]["question"], "Q?", "{label} {file}");
    }
    for label in ["", "text/plain", "application/octet-stream"] {
        import_as(&world, label, BASE, "", b"Q,A").await.assert_error(415, "unknown_file_format");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_says_where_and_what_to_do() {
    let world = World::new().await;
    let cases: [(&str, &[u8], &str); 5] = [
        ("csv", b"frage,antwort\nQ,A\n", "line 1: there is no column \"question\""),
        ("csv", b"question,answer\nQ,caf\xe9\n", "not UTF-8 text at byte 21"),
        ("csv", b"", "the file is empty"),
        ("json", b"[{\"question\":", "line 1: the file is no list of entries in JSON"),
        ("markdown", b"Nothing asked.\n", "there is no question in the file"),
    ];
    for (format, file, problem) in cases {
        let answer = import_as(&world, "", BASE, &format!("format={format}"), file).await;
        let text = answer.assert_error(422, "invalid_file");
        assert!(text.contains(problem), "{text}");
    }
    let head = format!(
        "POST /api/chat-widget{BASE}/import?format=csv\nAuthorization: Bearer {ADMIN_KEY}\nContent-Length: {}",
        32 * 1_024 * 1_024 + 1
    );
    let text = send(world.address, &head, b"").await.assert_error(413, "body_too_large");
    assert!(text.contains("32768 kB"), "{text}");
    let page = format!("# A?\n\nB\n{}", "x".repeat(5 * 1_024 * 1_024));
    let answer = import_as(&world, "text/markdown", BASE, "", page.as_bytes()).await;
    assert!(answer.assert_error(422, "invalid_file").contains("at most 5242880"), "{}", answer.body);
    assert_eq!(list(&world, "").await.body, "[]");
}

#[tokio::test]
async fn mistakes_in_the_address_are_named() {
    let world = World::new().await;
    let file = "question,answer\nQ,A\n";
    for (parameters, name) in [
        ("format=docx", "format"),
        ("preview=maybe", "preview"),
        ("skip_invalid=1", "skip_invalid"),
        ("skipDuplicates=true", "skipDuplicates"),
    ] {
        import(&world, parameters, file).await.assert_faults(&[name]);
    }
    assert_eq!(list(&world, "").await.body, "[]");
    for format in ["", "?format=", "?format=pdf"] {
        world.get_as_admin(&format!("{BASE}/export{format}")).await.assert_faults(&["format"]);
    }
    let nowhere = "/widgets/99/knowledge";
    import_as(&world, "text/csv", nowhere, "", file.as_bytes()).await.assert_error(404, "widget_not_found");
    for call in ["export?format=csv", "duplicates"] {
        world.get_as_admin(&format!("{nowhere}/{call}")).await.assert_error(404, "widget_not_found");
        let path = format!("/api/chat-widget{BASE}/{call}");
        world.get(&path).await.assert_error(401, "missing_admin_key");
    }
    let head = format!("POST /api/chat-widget{BASE}/import?format=csv");
    send(world.address, &head, file.as_bytes()).await.assert_error(401, "missing_admin_key");
}

#[tokio::test]
async fn an_export_imported_again_changes_nothing() {
    let world = World::new().await;
    let tricky = json!({
        "question": "=Is \"1 + 1\" <b>bold</b>?", "answer": "# No\n\n- a; b\n- c, d", "keywords": ["a, b", "-c"],
        "category": "Q & A", "priority": -3, "context": {"n": [1.5, null]}
    });
    assert_eq!(world.admin(&format!("POST {DEMO}"), tricky).await.status, 201);
    let hidden = json!({"question": "Hidden?", "answer": "Yes.", "is_active": false});
    assert_eq!(world.admin(&format!("POST {DEMO}"), hidden).await.status, 201);
    let before = world.dump();
    for (format, media_type, name, entries) in [
        ("csv", "text/csv; charset=utf-8", "knowledge-1.csv", 14),
        ("json", "application/json", "knowledge-1.json", 14),
        ("markdown", "text/markdown; charset=utf-8", "knowledge-1.md", 13),
        ("html", "text/html; charset=utf-8", "knowledge-1.html", 13),
    ] {
        let file = world.get_as_admin(&format!("{DEMO}/export?format={format}")).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some(media_type)), "{}", file.body);
        let disposition = format!("attachment; filename=\"{name}\"");
        assert_eq!(file.header("content-disposition"), Some(disposition.as_str()));
        let again = import_as(&world, media_type, DEMO, "", file.body.as_bytes()).await;
        assert_eq!(again.json()["summary"], summary([0, 0, entries, 0, 0]), "{format}: {}", again.body);
        assert_eq!(world.dump(), before, "{format}");
    }
}

/// More than a call with many entries may have.
#[tokio::test]
async fn a_large_knowledge_base_is_imported_as_it_was_exported_whole_and_in_parts() {
    let world = World::new().await;
    let rows = (0..500).map(|n| format!("Question {n}?,{}\n", format!("Answer {n}. ").repeat(1_500)));
    let file = format!("question,answer\n{}", rows.collect::<String>());
    assert!(file.len() > 6 * 1_024 * 1_024);
    assert_eq!(imported(&world, "", &file).await["summary"], summary([500, 0, 0, 0, 0]));
    let whole = world.get_as_admin(&format!("{BASE}/export?format=csv")).await;
    assert_eq!(whole.header("x-total-count"), Some("500"));
    let again = imported(&world, "", &whole.body).await;
    assert_eq!(again["summary"], summary([0, 0, 500, 0, 0]));
    let mut parts = Vec::new();
    for offset in [0, 200, 400] {
        let part = format!("{BASE}/export?format=json&limit=200&offset={offset}");
        parts.push(world.get_as_admin(&part).await);
        assert_eq!(parts.last().and_then(|part| part.header("x-total-count")), Some("500"));
    }
    world.sql("DELETE FROM widget_knowledge_base WHERE widget_id = 60");
    for (part, entries) in parts.iter().zip([200, 200, 100]) {
        let answer = import_as(&world, "application/json", BASE, "", part.body.as_bytes()).await;
        assert_eq!(answer.json()["summary"], summary([entries, 0, 0, 0, 0]), "{}", answer.body);
    }
    let restored = world.get_as_admin(&format!("{BASE}/export?format=markdown")).await;
    assert!(restored.body.contains("Answer 499. Answer 499."));
    for wrong in ["limit=0", "offset=-1"] {
        let name = wrong.split('=').next().unwrap();
        world.get_as_admin(&format!("{BASE}/export?format=csv&{wrong}")).await.assert_faults(&[name]);
    }
}

#[tokio::test]
async fn files_that_come_at_once_are_imported_one_after_the_other() {
    let world = World::new().await;
    let file = |n: usize| format!("question,answer\nQuestion {n}?,Answer\n");
    let files: Vec<String> = (0..8).map(file).collect();
    let imports = files.iter().map(|file| imported(&world, "", file));
    let told = futures_util::future::join_all(imports).await;
    assert!(told.iter().all(|told| told["summary"] == summary([1, 0, 0, 0, 0])), "{told:?}");
    assert_eq!(list(&world, "").await.json().as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn an_export_makes_the_same_knowledge_base_elsewhere() {
    let world = World::new().await;
    let context =
        json!({"question": "Why?", "answer": "=1", "context": {"n": 1}, "priority": 2, "is_active": false});
    assert_eq!(world.admin(&format!("POST {DEMO}"), context).await.status, 201);
    let same = |rows: Value, names: &[&str]| -> Vec<Value> {
        let row = |row: &Value| names.iter().map(|name| row[name].clone()).collect();
        rows.as_array()
            .unwrap()
            .iter()
            .filter(|row| names.len() > 3 || row["is_active"] == true)
            .map(row)
            .collect()
    };
    let all = ["question", "answer", "category", "keywords", "priority", "is_active", "context"];
    for (format, names) in [("csv", &all[..]), ("json", &all), ("markdown", &all[..3]), ("html", &all[..3])] {
        let file = world.get_as_admin(&format!("{DEMO}/export?format={format}")).await.body;
        let answer = import_as(&world, "", BASE, &format!("format={format}"), file.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mut theirs = same(list(&world, "").await.json(), names);
        let mut ours = same(world.get_as_admin(DEMO).await.json(), names);
        // Pages put what has no category first.
        for rows in [&mut theirs, &mut ours] {
            rows.sort_by_key(ToString::to_string);
        }
        assert_eq!(theirs, ours, "{format}");
        world.sql("DELETE FROM widget_knowledge_base WHERE widget_id = 60");
    }
}

#[tokio::test]
async fn entries_that_ask_the_same_are_listed_the_most_alike_first() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for (question, answer) in [
        (HOURS, "9 to 5."),
        ("Do you deliver?", "Yes."),
        (MISSPELLED, "9 to 5. "),
        ("do you DELIVER", "No."),
        ("Who owns it?", "Us."),
    ] {
        ids.push(create(&world, json!({"question": question, "answer": answer})).await["id"].clone());
    }
    let told = world.get_as_admin(&format!("{BASE}/duplicates")).await.json();
    let likeness = told["duplicates"][1]["likeness"].as_f64().unwrap();
    assert!((0.8..1.0).contains(&likeness), "{told}");
    let expected = json!({
        "duplicates": [
            {"id": ids[1], "question": "Do you deliver?", "duplicate_id": ids[3],
                "duplicate_question": "do you DELIVER", "likeness": 1.0, "same_answer": false},
            {"id": ids[0], "question": HOURS, "duplicate_id": ids[2], "duplicate_question": MISSPELLED,
                "likeness": likeness, "same_answer": true},
        ],
        "pairs_omitted": 0, "compared": 5, "entries": 5
    });
    assert_eq!(told, expected);
    let none = world.get_as_admin("/widgets/62/knowledge/duplicates").await.json();
    assert_eq!(none, json!({"duplicates": [], "pairs_omitted": 0, "compared": 0, "entries": 0}));
}

#[tokio::test]
async fn of_many_rows_those_that_need_a_look_are_listed() {
    let world = World::new().await;
    let file = format!("question,answer\nQ,A\n{}", "Unanswered?,\n".repeat(1_001));
    let told = imported(&world, "preview=true", &file).await;
    assert_eq!((&told["summary"], &told["rows_omitted"]), (&summary([1, 0, 0, 0, 1_001]), &json!(2)));
    let rows = told["rows"].as_array().unwrap();
    let lines: Vec<_> = rows.iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, (3..1_003).collect::<Vec<_>>());
    let text = import(&world, "", &file).await.assert_error(422, "invalid_rows");
    assert!(text.contains("1001 of the rows") && text.contains("line 3: answer: it is empty"), "{text}");
}
