//! How many indexes stay in memory, and when they are built.

use super::*;
use frontdesk_tests::ScratchDir;
use std::process::Command;

const WIDGETS: usize = 200;
const ENTRIES: usize = 20;

/// Widgets whose entries all have an answer of their own.
async fn crowd(directory: &ScratchDir, most: u64) -> Widgets {
    let database = Database::open(&directory.sqlite_url(), 4).await.unwrap();
    let numbers =
        format!("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {WIDGETS})");
    let entries = format!("e(e) AS (SELECT 1 UNION ALL SELECT e + 1 FROM e WHERE e < {ENTRIES})");
    sql(
        directory,
        &format!(
            "{numbers} INSERT INTO widget_configs (id, widget_key, widget_name) SELECT n, 'w' || n, 'Widget' FROM n;
            {numbers}, {entries} INSERT INTO widget_knowledge_base (widget_id, question, answer)
            SELECT n, 'What does the gadget number ' || e || ' cost?', 'Widget ' || n || ' sells it for ' || e || ' dollars.'
            FROM n, e;"
        ),
    );
    Widgets::new(database, most)
}

fn sql(directory: &ScratchDir, sql: &str) {
    let url = directory.sqlite_url();
    let path = url.strip_prefix("sqlite://").unwrap();
    let output = Command::new("sqlite3").args(["-bail", "-cmd", ".timeout 10000", path, sql]).output();
    let output = output.expect("install sqlite3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn index_of(widgets: &Widgets, key: &str) -> Arc<Index> {
    let widget = widgets.get(key).await.unwrap().unwrap();
    widgets.index(&widget).await.unwrap()
}

fn says(index: &Index, question: &str) -> String {
    index.ask(question).best.unwrap().entry.answer.clone()
}

#[tokio::test]
async fn the_indexes_of_many_widgets_stay_within_the_bound_and_all_answer() {
    let directory = ScratchDir::new();
    let unbounded = crowd(&directory, u64::MAX).await;
    let one = u64::try_from(index_of(&unbounded, "w1").await.bytes()).unwrap();
    let bound = one * 7;
    let widgets = Widgets::new(unbounded.database.clone(), bound);
    for n in (1..=WIDGETS).chain([1, 2, 3]) {
        let index = index_of(&widgets, &format!("w{n}")).await;
        let said = says(&index, "What does the gadget number 7 cost?");
        assert_eq!(said, format!("Widget {n} sells it for 7 dollars."));
        assert!(widgets.indexes.weighted_size() <= bound, "{n}: {}", widgets.indexes.weighted_size());
        assert!(widgets.indexes.entry_count() <= 7);
    }
    assert!(widgets.indexes.entry_count() >= 5, "the bound is used");
}

#[tokio::test]
async fn an_index_larger_than_the_bound_stays_alone_and_is_built_once() {
    let directory = ScratchDir::new();
    let widgets = crowd(&directory, 10).await;
    let first = index_of(&widgets, "w1").await;
    assert!(first.bytes() > 10);
    assert!(Arc::ptr_eq(&first, &index_of(&widgets, "w1").await));
    index_of(&widgets, "w2").await;
    assert_eq!(widgets.indexes.entry_count(), 1);
    assert!(!Arc::ptr_eq(&first, &index_of(&widgets, "w1").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_come_together_wait_for_one_build() {
    let directory = ScratchDir::new();
    let widgets = crowd(&directory, 1 << 30).await;
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let widgets = widgets.clone();
            tokio::spawn(async move { index_of(&widgets, "w1").await })
        })
        .collect();
    let first = index_of(&widgets, "w1").await;
    for task in tasks {
        assert!(Arc::ptr_eq(&first, &task.await.unwrap()));
    }
}

#[tokio::test]
async fn an_index_is_kept_until_the_version_or_the_language_changes_and_then_replaced() {
    let directory = ScratchDir::new();
    let widgets = crowd(&directory, 1 << 30).await;
    let first = index_of(&widgets, "w1").await;
    // What changes no entry's text is no change of the knowledge base.
    sql(&directory, "UPDATE widget_knowledge_base SET times_used = 9, helpful_count = 3 WHERE widget_id = 1");
    widgets.by_key.invalidate_all();
    assert!(Arc::ptr_eq(&first, &index_of(&widgets, "w1").await));
    for change in [
        "UPDATE widget_knowledge_base SET answer = 'It is free.' WHERE widget_id = 1",
        "UPDATE widget_configs SET language = 'de' WHERE id = 1",
    ] {
        let before = index_of(&widgets, "w1").await;
        sql(&directory, change);
        widgets.by_key.invalidate_all();
        let after = index_of(&widgets, "w1").await;
        assert!(!Arc::ptr_eq(&before, &after), "{change}");
        widgets.indexes.run_pending_tasks().await;
        assert_eq!(widgets.indexes.entry_count(), 1, "{change}");
    }
    let last = index_of(&widgets, "w1").await;
    assert_eq!(says(&last, "gadget number 7"), "It is free.");
}

#[tokio::test]
async fn an_answer_order_that_nobody_knows_is_the_default() {
    let directory = ScratchDir::new();
    let widgets = crowd(&directory, 1 << 20).await;
    let orders = [
        (None, AnswerOrder::LlmFirst),
        (Some("knowledge_first"), AnswerOrder::KnowledgeFirst),
        (Some("kb_first"), AnswerOrder::LlmFirst),
    ];
    for (written, order) in orders {
        let mut widget = Widget::clone(&widgets.get("w1").await.unwrap().unwrap());
        widget.answer_order = written.map(str::to_owned);
        assert_eq!(widgets.answer_order(&widget), order, "{written:?}");
    }
    assert_eq!(widgets.misread.lock().unwrap().len(), 1, "told once");
}
