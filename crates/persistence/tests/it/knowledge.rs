//! Upkeep of a knowledge base: what is sent is what changes, all of it or nothing.

use crate::support::*;
use frontdesk_domain::ids::{EntryId, WidgetId};
use frontdesk_persistence::{
    AccountKey, DatabaseError, EntryPatch, Finish, KnowledgeChange, KnowledgeError, KnowledgeFilter,
    NewEntry, Reply, Status, StoredEntry,
};
use jiff::ToSpan;
use serde_json::json;

contract!(
    what_is_inserted_is_stored,
    a_patch_changes_only_its_columns,
    editing_an_entry_leaves_its_keywords_alone,
    keywords_that_are_null_stay_null_unless_sent,
    an_empty_patch_changes_nothing,
    a_change_with_an_entry_of_another_widget_changes_nothing,
    a_used_entry_can_be_deleted_and_its_replies_stay,
    steps_for_one_entry_come_to_one_change,
    an_unknown_widget_is_refused,
    a_page_has_what_the_filter_lets_through,
    a_search_takes_signs_literally,
    a_revision_decides_by_the_entries_that_are_there,
    revisions_at_once_follow_each_other,
    answers_and_changes_at_once_do_not_fail,
    fifty_thousand_entries_are_one_change,
    a_base_that_was_never_changed_is_of_another_version_once_it_is_emptied,
    keywords_in_lists_of_lists_are_read_one_after_the_other,
    a_context_with_a_number_that_nobody_can_hold_is_read,
    a_context_that_is_nested_without_end_fails_no_answer,
);

fn entry(question: &str) -> NewEntry {
    NewEntry {
        question: question.into(),
        answer: format!("Answer to {question}"),
        keywords: vec!["open".into(), "it's, \"quoted\" {and} ünïcode".into()],
        category: Some("General".into()),
        priority: 3,
        is_active: true,
        context: Some(json!({"source": ["page", 4]})),
    }
}

async fn insert(store: &Store, key: AccountKey, entries: Vec<NewEntry>) -> Vec<EntryId> {
    let changes = entries.into_iter().map(KnowledgeChange::Insert).collect();
    store.db.change_knowledge(key.widget, changes, monday()).await.unwrap()
}

async fn patch(store: &Store, key: AccountKey, id: EntryId, patch: EntryPatch) -> StoredEntry {
    let change = vec![KnowledgeChange::Update(id, patch)];
    assert_eq!(store.db.change_knowledge(key.widget, change, monday() + 1.hours()).await.unwrap(), []);
    store.db.knowledge_entry(key.widget, id).await.unwrap().unwrap()
}

async fn what_is_inserted_is_stored(store: &Store) {
    let key = store.widget();
    let inactive =
        NewEntry { keywords: vec![], category: None, context: None, is_active: false, ..entry("two") };
    let ids = insert(store, key, vec![entry("one"), inactive]).await;
    let base = store.db.knowledge_base(key.widget).await.unwrap();
    let one = StoredEntry {
        id: ids[0],
        question: "one".into(),
        answer: "Answer to one".into(),
        keywords: entry("one").keywords,
        category: Some("General".into()),
        priority: 3,
        is_active: true,
        context: Some(json!({"source": ["page", 4]})),
        times_used: 0,
        helpful_count: 0,
        not_helpful_count: 0,
        created_at: Some(monday()),
        updated_at: Some(monday()),
    };
    let two = StoredEntry {
        id: ids[1],
        question: "two".into(),
        answer: "Answer to two".into(),
        keywords: vec![],
        category: None,
        is_active: false,
        context: None,
        ..one.clone()
    };
    assert_eq!(base, [one.clone(), two]);
    assert_eq!(store.db.knowledge_entry(key.widget, ids[0]).await.unwrap(), Some(one));
    assert_eq!(store.db.knowledge_entry(store.widget().widget, ids[0]).await.unwrap(), None);
    let answers = store.db.knowledge_entries(key.widget).await.unwrap();
    assert_eq!(answers.iter().map(|entry| entry.id).collect::<Vec<_>>(), [ids[0]]);
}

async fn a_patch_changes_only_its_columns(store: &Store) {
    let key = store.widget();
    let ids = insert(store, key, vec![entry("one"), entry("two")]).await;
    let before = store.db.knowledge_base(key.widget).await.unwrap();
    let patches = [
        EntryPatch { question: Some("new".into()), ..EntryPatch::default() },
        EntryPatch { answer: Some("new".into()), ..EntryPatch::default() },
        EntryPatch { keywords: Some(vec!["new".into()]), ..EntryPatch::default() },
        EntryPatch { category: Some(None), ..EntryPatch::default() },
        EntryPatch { category: Some(Some("new".into())), ..EntryPatch::default() },
        EntryPatch { priority: Some(-7), ..EntryPatch::default() },
        EntryPatch { is_active: Some(false), ..EntryPatch::default() },
        EntryPatch { context: Some(None), ..EntryPatch::default() },
        EntryPatch { context: Some(Some(json!([1, {"a": null}]))), ..EntryPatch::default() },
        EntryPatch { keywords: Some(vec![]), ..EntryPatch::default() },
    ];
    let mut expected = before[0].clone();
    expected.updated_at = Some(monday() + 1.hours());
    for sent in patches {
        let now = sent.clone();
        expected.question = now.question.unwrap_or(expected.question);
        expected.answer = now.answer.unwrap_or(expected.answer);
        expected.keywords = now.keywords.unwrap_or(expected.keywords);
        expected.category = now.category.unwrap_or(expected.category);
        expected.priority = now.priority.unwrap_or(expected.priority);
        expected.is_active = now.is_active.unwrap_or(expected.is_active);
        expected.context = now.context.unwrap_or(expected.context);
        assert_eq!(patch(store, key, ids[0], sent).await, expected);
    }
    assert_eq!(store.db.knowledge_entry(key.widget, ids[1]).await.unwrap().as_ref(), Some(&before[1]));
}

async fn editing_an_entry_leaves_its_keywords_alone(store: &Store) {
    let key = store.widget();
    let ids = insert(store, key, vec![entry("one")]).await;
    let edit = EntryPatch { answer: Some("We moved.".into()), priority: Some(9), ..EntryPatch::default() };
    assert_eq!(patch(store, key, ids[0], edit).await.keywords, entry("one").keywords);
    assert_eq!(store.db.knowledge_entries(key.widget).await.unwrap()[0].keywords, entry("one").keywords);
}

async fn keywords_that_are_null_stay_null_unless_sent(store: &Store) {
    let key = store.widget();
    store.run("INSERT INTO widget_knowledge_base (id, widget_id, question, answer, is_active, priority) VALUES (7, 1, 'q', 'a', NULL, NULL)");
    let columns = ["question", "keywords", "is_active", "priority"];
    let edit = EntryPatch { question: Some("new".into()), ..EntryPatch::default() };
    let stored = patch(store, key, EntryId(7), edit).await;
    assert!(stored.keywords.is_empty() && stored.is_active);
    assert_eq!(store.rows(&columns, "widget_knowledge_base"), ["new|-|-|-"]);
    let edit = EntryPatch { keywords: Some(vec![]), ..EntryPatch::default() };
    patch(store, key, EntryId(7), edit).await;
    let none = if store.is_postgres() { "{}" } else { "[]" };
    assert_eq!(store.rows(&columns, "widget_knowledge_base"), [format!("new|{none}|-|-")]);
}

async fn an_empty_patch_changes_nothing(store: &Store) {
    let key = store.widget();
    let ids = insert(store, key, vec![entry("one")]).await;
    let version = store.number("knowledge_version FROM widget_configs");
    let before = store.db.knowledge_entry(key.widget, ids[0]).await.unwrap().unwrap();
    assert_eq!(patch(store, key, ids[0], EntryPatch::default()).await, before);
    assert_eq!(store.number("knowledge_version FROM widget_configs"), version);
}

async fn a_change_with_an_entry_of_another_widget_changes_nothing(store: &Store) {
    let (key, other) = (store.widget(), store.widget());
    let own = insert(store, key, vec![entry("own")]).await[0];
    let theirs = insert(store, other, vec![entry("theirs")]).await[0];
    let edit = || EntryPatch { question: Some("new".into()), ..EntryPatch::default() };
    for (wrong, id) in [
        (KnowledgeChange::Update(theirs, edit()), theirs),
        (KnowledgeChange::Update(theirs, EntryPatch::default()), theirs),
        (KnowledgeChange::Delete(theirs), theirs),
        (KnowledgeChange::Delete(EntryId(4_711)), EntryId(4_711)),
    ] {
        let changes =
            vec![KnowledgeChange::Insert(entry("new")), KnowledgeChange::Update(own, edit()), wrong];
        let error = store.db.change_knowledge(key.widget, changes, monday()).await.unwrap_err();
        assert!(matches!(error, KnowledgeError::UnknownEntry(unknown) if unknown == id), "{error}");
        assert_eq!(error.to_string(), format!("unknown knowledge entry {id}"));
    }
    let stored = store.rows(&["id", "widget_id", "question"], "widget_knowledge_base ORDER BY id");
    assert_eq!(stored, [format!("{own}|{}|own", key.widget), format!("{theirs}|{}|theirs", other.widget)]);
}

async fn a_used_entry_can_be_deleted_and_its_replies_stay(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let ids = insert(store, key, vec![entry("one"), entry("two")]).await;
    store.run(&format!(
        "INSERT INTO widget_messages (conversation_id, message_type, message_text, knowledge_base_id)
        VALUES ({conversation}, 'bot', 'Answer', {})",
        ids[0]
    ));
    let gone = ids.iter().copied().map(KnowledgeChange::Delete).collect();
    store.db.change_knowledge(key.widget, gone, monday()).await.unwrap();
    assert!(store.db.knowledge_base(key.widget).await.unwrap().is_empty());
    assert_eq!(store.rows(&["message_text", "knowledge_base_id"], "widget_messages"), ["Answer|-"]);
}

async fn steps_for_one_entry_come_to_one_change(store: &Store) {
    let key = store.widget();
    let ids = insert(store, key, vec![entry("one"), entry("two"), entry("three")]).await;
    let question = |text: &str| EntryPatch { question: Some(text.into()), ..EntryPatch::default() };
    let changes = vec![
        KnowledgeChange::Update(ids[0], EntryPatch { priority: Some(5), ..question("first") }),
        KnowledgeChange::Delete(ids[1]),
        KnowledgeChange::Insert(entry("four")),
        KnowledgeChange::Update(ids[0], question("second")),
        KnowledgeChange::Update(ids[1], question("deleted")),
        KnowledgeChange::Insert(entry("five")),
    ];
    let inserted = store.db.change_knowledge(key.widget, changes, monday()).await.unwrap();
    let base = store.db.knowledge_base(key.widget).await.unwrap();
    let stored: Vec<_> =
        base.iter().map(|entry| (entry.id, entry.question.as_str(), entry.priority)).collect();
    let expected =
        [(ids[0], "second", 5), (ids[2], "three", 3), (inserted[0], "four", 3), (inserted[1], "five", 3)];
    assert_eq!(stored, expected);
}

async fn an_unknown_widget_is_refused(store: &Store) {
    let changes = vec![KnowledgeChange::Insert(entry("one"))];
    let error = store.db.change_knowledge(WidgetId(4_711), changes, monday()).await.unwrap_err();
    assert!(matches!(error, KnowledgeError::UnknownWidget(WidgetId(4_711))), "{error}");
    let revised = store.db.revise_knowledge(WidgetId(4_711), |_| (vec![], ()), monday()).await;
    assert!(matches!(revised, Err(KnowledgeError::UnknownWidget(WidgetId(4_711)))));
    assert!(store.db.knowledge_base(WidgetId(4_711)).await.unwrap().is_empty());
}

async fn questions(store: &Store, key: AccountKey, filter: KnowledgeFilter) -> Vec<String> {
    let page = store.db.knowledge_page(key.widget, filter, 100, 0).await.unwrap();
    assert_eq!(page.total, i64::try_from(page.entries.len()).unwrap());
    page.entries.into_iter().map(|entry| entry.question).collect()
}

async fn a_page_has_what_the_filter_lets_through(store: &Store) {
    let (key, other) = (store.widget(), store.widget());
    let with = |question: &str, category: &str, active| NewEntry {
        category: Some(category.into()),
        is_active: active,
        ..entry(question)
    };
    let of = |n| with(&format!("question {n}"), if n % 2 == 0 { "even" } else { "odd" }, n < 4);
    insert(store, key, (0..6).map(of).collect()).await;
    insert(store, other, vec![entry("question of others")]).await;
    store.run("UPDATE widget_knowledge_base SET is_active = NULL WHERE question = 'question 0'");
    let page = store.db.knowledge_page(key.widget, KnowledgeFilter::default(), 2, 3).await.unwrap();
    let found: Vec<_> = page.entries.iter().map(|entry| entry.question.as_str()).collect();
    assert_eq!((found.as_slice(), page.total), (["question 3", "question 4"].as_slice(), 6));
    let past = store.db.knowledge_page(key.widget, KnowledgeFilter::default(), 2, 6).await.unwrap();
    assert_eq!((past.entries.len(), past.total), (0, 6));

    let filter = |search: Option<&str>, category: Option<&str>, is_active| KnowledgeFilter {
        search: search.map(Into::into),
        category: category.map(Into::into),
        is_active,
    };
    let odd = questions(store, key, filter(None, Some("odd"), None)).await;
    assert_eq!(odd, ["question 1", "question 3", "question 5"]);
    let active = questions(store, key, filter(None, Some("even"), Some(true))).await;
    assert_eq!(active, ["question 0", "question 2"]);
    let inactive = questions(store, key, filter(None, None, Some(false))).await;
    assert_eq!(inactive, ["question 4", "question 5"]);
    for (search, found) in
        [("QUESTION 3", 1), ("to question", 6), ("Ünïcode".trim_start_matches('Ü'), 6), ("ODD", 3)]
    {
        assert_eq!(questions(store, key, filter(Some(search), None, None)).await.len(), found, "{search}");
    }
    let both = questions(store, key, filter(Some("question"), Some("odd"), Some(true))).await;
    assert_eq!(both, ["question 1", "question 3"]);
}

async fn a_search_takes_signs_literally(store: &Store) {
    let key = store.widget();
    insert(store, key, ["100% sure_thing!", "nothing", "it's \\ \"so\""].map(entry).to_vec()).await;
    let found = |search: &str| {
        let filter = KnowledgeFilter { search: Some(search.into()), ..KnowledgeFilter::default() };
        async move { questions(store, key, filter).await.len() }
    };
    for (search, count) in
        [("0% s", 1), ("sure_thing", 1), ("e_t", 1), ("!", 1), ("s%g", 0), ("h_ng", 0), ("s \\", 1)]
    {
        assert_eq!(found(search).await, count, "{search}");
    }
    assert_eq!(found("'; DROP TABLE widget_knowledge_base; --").await, 0);
}

async fn a_revision_decides_by_the_entries_that_are_there(store: &Store) {
    let key = store.widget();
    let ids = insert(store, key, vec![entry("one"), entry("two")]).await;
    let decide = |base: Vec<StoredEntry>| {
        let gone = base.iter().map(|entry| KnowledgeChange::Delete(entry.id));
        let changes = gone.chain([KnowledgeChange::Insert(entry("three"))]).collect();
        (changes, base.iter().map(|entry| entry.id).collect::<Vec<_>>())
    };
    let (inserted, seen) = store.db.revise_knowledge(key.widget, decide, monday()).await.unwrap();
    assert_eq!(seen, ids);
    let base = store.db.knowledge_base(key.widget).await.unwrap();
    assert_eq!(base.iter().map(|entry| entry.id).collect::<Vec<_>>(), inserted);
}

async fn revisions_at_once_follow_each_other(store: &Store) {
    let key = store.widget();
    let once = |base: Vec<StoredEntry>| {
        let known = base.iter().any(|entry| entry.question == "one");
        (if known { vec![] } else { vec![KnowledgeChange::Insert(entry("one"))] }, ())
    };
    let revise = || {
        let db = store.db.clone();
        tokio::spawn(async move { db.revise_knowledge(key.widget, once, monday()).await.unwrap() })
    };
    for task in std::iter::repeat_with(revise).take(40).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(store.number("count(*) FROM widget_knowledge_base"), 1);
}

/// The ledger counts use on the entries that are being changed.
async fn answers_and_changes_at_once_do_not_fail(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let ids = insert(store, key, (0..6).map(|n| entry(&format!("question {n}"))).collect()).await;
    let kept = ids[..4].to_vec();
    let answers: Vec<_> = (0..60)
        .map(|n| {
            let (db, entry) = (store.db.clone(), kept[n * 7 % 4]);
            tokio::spawn(async move {
                let held = held(db.ledger(), begin(key, conversation, monday())).await;
                let done = held.finish(outcome(Status::Success, 1, 1), monday());
                let reply = Reply { entry: Some(entry), ..reply() };
                db.ledger().finish(Finish { reply, ..done }).await.unwrap();
            })
        })
        .collect();
    for n in 0..20 {
        let edit = EntryPatch { priority: Some(n), ..EntryPatch::default() };
        let mut changes: Vec<_> =
            kept.iter().rev().map(|id| KnowledgeChange::Update(*id, edit.clone())).collect();
        if n == 10 {
            changes.extend(ids[4..].iter().copied().map(KnowledgeChange::Delete));
        }
        store.db.change_knowledge(key.widget, changes, monday()).await.unwrap();
    }
    for answer in answers {
        answer.await.unwrap();
    }
    // Some were being changed just then.
    store.db.count_knowledge().await.unwrap();
    assert_eq!(store.number("sum(times_used) FROM widget_knowledge_base"), 60);
    assert_eq!(store.number("count(*) FROM widget_knowledge_base WHERE priority = 19"), 4);
}

async fn fifty_thousand_entries_are_one_change(store: &Store) {
    const MANY: i32 = 50_000;
    let key = store.widget();
    let ids = insert(store, key, (0..MANY).map(|n| entry(&format!("question {n}"))).collect()).await;
    assert_eq!(ids.len(), 50_000);
    let last = store.db.knowledge_entry(key.widget, ids[49_999]).await.unwrap().unwrap();
    assert_eq!(last.question, "question 49999");
    let edit = EntryPatch { priority: Some(1), ..EntryPatch::default() };
    let changes = ids.iter().map(|id| KnowledgeChange::Update(*id, edit.clone())).collect();
    store.db.change_knowledge(key.widget, changes, monday()).await.unwrap();
    assert_eq!(store.number("sum(priority) FROM widget_knowledge_base"), i64::from(MANY));
    let gone = ids.into_iter().map(KnowledgeChange::Delete).collect();
    store.db.change_knowledge(key.widget, gone, monday()).await.unwrap();
    assert_eq!(store.number("count(*) FROM widget_knowledge_base"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_base_whose_widget_someone_else_locks_is_busy() {
    let store = Store::postgres().await;
    let key = store.widget();
    store.run("BEGIN; SELECT id FROM widget_configs FOR UPDATE");
    let revised = store.db.revise_knowledge(key.widget, |_| (vec![], ()), monday()).await;
    assert!(matches!(revised, Err(KnowledgeError::Database(DatabaseError::Busy(_)))), "{revised:?}");
    store.run("ROLLBACK");
    store.db.revise_knowledge(key.widget, |_| (vec![], ()), monday()).await.unwrap();
}

/// A base that was there before versions has none until something changes it.
async fn a_base_that_was_never_changed_is_of_another_version_once_it_is_emptied(store: &Store) {
    let key = store.widget();
    insert(store, key, vec![entry("Where?")]).await;
    store.run("UPDATE widget_configs SET knowledge_version = 0");
    let truncate = "TRUNCATE widget_knowledge_base CASCADE";
    store.run(if store.is_postgres() { truncate } else { "DELETE FROM widget_knowledge_base" });
    let of_widget = format!("knowledge_version FROM widget_configs WHERE id = {}", key.widget);
    assert_ne!(store.number(&of_widget), 0);
}

/// An entry as operators write it: keywords and context as the database takes them.
async fn by_hand(store: &Store, keywords: &str, context: &str) -> StoredEntry {
    let key = store.widget();
    store.run(&format!(
        "INSERT INTO widget_knowledge_base (id, widget_id, question, answer, keywords, context)
        VALUES (7, {}, 'q', 'a', {keywords}, {context})",
        key.widget
    ));
    let answers = store.db.knowledge_entries(key.widget).await.unwrap();
    let base = store.db.knowledge_base(key.widget).await.unwrap();
    assert_eq!((answers.len(), &answers[0].keywords), (1, &base[0].keywords));
    assert_eq!(store.db.knowledge_entry(key.widget, EntryId(7)).await.unwrap().as_ref(), Some(&base[0]));
    base.into_iter().next().unwrap()
}

async fn keywords_in_lists_of_lists_are_read_one_after_the_other(store: &Store) {
    let keywords = if store.is_postgres() { "'{{a,b},{NULL,ü}}'" } else { r#"'[["a","b"],[null,"ü"]]'"# };
    assert_eq!(by_hand(store, keywords, "NULL").await.keywords, ["a", "b", "ü"]);
    let cube = if store.is_postgres() { "'[5:5][0:1][2:2]={{{x},{\"\"}}}'" } else { r#"'[[["x"],[""]]]'"# };
    store.run(&format!("UPDATE widget_knowledge_base SET keywords = {cube}"));
    let read = store.db.knowledge_entry(WidgetId(1), EntryId(7)).await.unwrap().unwrap();
    assert_eq!(read.keywords, ["x", ""]);
}

async fn a_context_with_a_number_that_nobody_can_hold_is_read(store: &Store) {
    let entry = by_hand(store, "NULL", r#"'{"from": [1e999, 2.5], "to": -1e400}'"#).await;
    let context = entry.context.unwrap();
    assert_eq!(context["from"][1], json!(2.5));
    // PostgreSQL writes all digits of it.
    let texts = [&context["from"][0], &context["to"]].map(|value| value.as_str().unwrap().to_owned());
    let expected = [("1", 999), ("-1", 400)];
    for (text, (digits, zeros)) in texts.iter().zip(expected) {
        let written = [format!("{digits}e{zeros}"), format!("{digits}{}", "0".repeat(zeros))];
        assert_eq!(text, &written[usize::from(store.is_postgres())]);
    }
}

async fn a_context_that_is_nested_without_end_fails_no_answer(store: &Store) {
    let deep = format!("'{}{}'", "[".repeat(500), "]".repeat(500));
    assert_eq!(by_hand(store, "NULL", &deep).await.context, Some(json!(null)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_entry_is_a_change_for_the_widget_that_loses_it() {
    let store = Store::sqlite().await;
    let (loser, winner) = (store.widget(), store.widget());
    let versions = || store.rows(&["knowledge_version"], "widget_configs ORDER BY id");
    store.run(&format!(
        "INSERT INTO widget_knowledge_base (id, widget_id, question, answer) VALUES (7, {}, 'q', 'a'), (8, {0}, 'q', 'a')",
        loser.widget
    ));
    assert_eq!(versions(), ["2", "0"]);
    store.run(&format!(
        "INSERT OR REPLACE INTO widget_knowledge_base (id, widget_id, question, answer) VALUES (7, {}, 'q', 'b')",
        winner.widget
    ));
    assert_eq!(versions(), ["3", "1"]);
    store.run("UPDATE OR REPLACE widget_knowledge_base SET id = 8 WHERE id = 7");
    assert_eq!(versions(), ["4", "2"]);
    store.run(&format!(
        "INSERT INTO widget_knowledge_base (widget_id, question, answer) VALUES ({}, 'new', 'a')",
        winner.widget
    ));
    assert_eq!(versions(), ["4", "3"]);
}
