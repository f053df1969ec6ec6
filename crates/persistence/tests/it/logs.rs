//! The request log, page by page.

use crate::support::*;
use frontdesk_domain::ids::{MessageId, RequestLogId, WidgetId};
use frontdesk_persistence::{AccountKey, LogFilter, LogPage, LogRange, LoggedRequest, Status};
use jiff::ToSpan;

contract!(
    a_row_is_read_as_it_was_booked,
    texts_are_read_where_they_are_asked_for,
    pages_hold_every_row_once,
    rows_that_come_meanwhile_move_no_page,
    pages_are_filtered_by_time_status_and_provider,
    a_filtered_page_looks_at_a_bounded_number_of_rows,
    nobody_reads_the_log_of_another_widget,
);

const ALL: LogRange = LogRange { after: None, offset: 0, limit: 500 };

async fn page(store: &Store, key: AccountKey, filter: LogFilter, range: LogRange) -> LogPage {
    store.db.request_logs(key.widget, filter, range, false).await.unwrap()
}

fn ids(page: &LogPage) -> Vec<i32> {
    page.requests.iter().map(|request| request.id.0).collect()
}

/// Rows `1..=count`, of which the later ones are newer. Three of them share each second.
fn fill(store: &Store, key: AccountKey, count: i32) {
    let rows = (1..=count).map(|id| {
        let status = if id % 10 == 0 { "failed" } else { "success" };
        let provider = if id % 4 == 0 { "groq" } else { "gemini" };
        let second = id / 3;
        // As the service writes it; the other form of SQLite's clock is tested below.
        let time =
            format!("2026-11-23 {:02}:{:02}:{:02}.000000", second / 3_600, second / 60 % 60, second % 60);
        format!("({id}, {}, '{provider}', 'm', '{status}', '{time}')", key.widget)
    });
    let rows: Vec<_> = rows.collect();
    for chunk in rows.chunks(1_000) {
        store.run(&format!(
            "INSERT INTO llm_request_logs (id, widget_id, llm_provider, llm_model, status, created_at) VALUES {}",
            chunk.join(", ")
        ));
    }
}

async fn a_row_is_read_as_it_was_booked(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let held = held(store.ledger(), begin(key, conversation, now)).await;
    let read = page(store, key, LogFilter::default(), ALL).await;
    assert_eq!(read.next, None);
    let public = store.number("public_id FROM widget_conversations");
    let pending = LoggedRequest {
        id: held.reservation.log,
        client: key.client,
        conversation: read.requests[0].conversation,
        message: Some(MessageId(held.message.0)),
        provider: "gemini".into(),
        model: "gemini-pro".into(),
        status: Some("pending".into()),
        error: None,
        prompt_tokens: 0,
        completion_tokens: 0,
        total_tokens: 0,
        reserved_tokens: 900,
        usage_estimated: false,
        response_time_ms: None,
        cost_micro_usd: read.requests[0].cost_micro_usd,
        attempt: 1,
        created_at: Some(now),
        settled_at: None,
        texts: None,
    };
    assert_eq!(read.requests, std::slice::from_ref(&pending));
    assert_eq!(pending.conversation.unwrap().get(), public);
    let later = now + 2.seconds();
    store.ledger().finish(held.finish(outcome(Status::Failed, 10, 5), later)).await.unwrap();
    let settled = LoggedRequest {
        status: Some("failed".into()),
        error: Some("503".into()),
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        response_time_ms: Some(1_200),
        cost_micro_usd: Some(125),
        settled_at: Some(later),
        ..pending
    };
    assert_eq!(page(store, key, LogFilter::default(), ALL).await.requests, [settled]);
    store.run("DELETE FROM widget_conversations");
    store.run("UPDATE llm_request_logs SET estimated_cost = NULL, prompt_tokens = NULL, status = NULL");
    let orphan = page(store, key, LogFilter::default(), ALL).await.requests.remove(0);
    assert_eq!((orphan.conversation, orphan.cost_micro_usd, orphan.status), (None, None, None));
    assert_eq!(orphan.prompt_tokens, 0);
}

async fn texts_are_read_where_they_are_asked_for(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    spend(store, key, conversation, 9, monday()).await;
    let read = store.db.request_logs(key.widget, LogFilter::default(), ALL, true).await.unwrap();
    let texts = (Some("When are you open?".to_owned()), Some("From 9 to 5.".to_owned()));
    assert_eq!(read.requests[0].texts, Some(texts));
    assert_eq!(page(store, key, LogFilter::default(), ALL).await.requests[0].texts, None);
}

/// All pages, by the cursor.
async fn read_on(store: &Store, key: AccountKey, filter: &LogFilter, limit: usize) -> Vec<i32> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let read = page(store, key, filter.clone(), LogRange { after, offset: 0, limit }).await;
        assert!(read.requests.len() <= limit);
        all.extend(ids(&read));
        let Some(next) = read.next else { return all };
        assert_ne!(Some(next), after, "the pages stand still");
        after = Some(next);
    }
}

async fn pages_hold_every_row_once(store: &Store) {
    let key = store.widget();
    assert_eq!(page(store, key, LogFilter::default(), ALL).await, LogPage { requests: vec![], next: None });
    fill(store, key, 20);
    let newest_first: Vec<i32> = (1..=20).rev().collect();
    for limit in [1, 2, 3, 7, 19, 20, 21, 500] {
        assert_eq!(read_on(store, key, &LogFilter::default(), limit).await, newest_first, "{limit}");
    }
    let third = LogRange { offset: 10, limit: 5, ..ALL };
    assert_eq!(ids(&page(store, key, LogFilter::default(), third).await), [10, 9, 8, 7, 6]);
    let last = LogRange { offset: 18, limit: 5, ..ALL };
    let last = page(store, key, LogFilter::default(), last).await;
    assert_eq!((ids(&last), last.next), (vec![2, 1], None));
    let beyond = page(store, key, LogFilter::default(), LogRange { offset: 40, ..ALL }).await;
    assert_eq!((ids(&beyond), beyond.next), (vec![], None));
    // Times that others wrote: without fractions, or all the same.
    store.run("UPDATE llm_request_logs SET created_at = '2026-11-23 10:00:00'");
    assert_eq!(read_on(store, key, &LogFilter::default(), 3).await, newest_first);
}

async fn rows_that_come_meanwhile_move_no_page(store: &Store) {
    let key = store.widget();
    fill(store, key, 10);
    let first = page(store, key, LogFilter::default(), LogRange { limit: 4, ..ALL }).await;
    assert_eq!(ids(&first), [10, 9, 8, 7]);
    store.run(&format!(
        "INSERT INTO llm_request_logs (id, widget_id, llm_provider, llm_model, created_at) VALUES
            (11, {widget}, 'groq', 'm', '2026-11-24 10:00:00'), (12, {widget}, 'groq', 'm', '2026-11-24 10:00:00')",
        widget = key.widget
    ));
    store.run("DELETE FROM llm_request_logs WHERE id = 8");
    let second =
        page(store, key, LogFilter::default(), LogRange { after: first.next, limit: 4, ..ALL }).await;
    assert_eq!(ids(&second), [6, 5, 4, 3]);
    // A row that is gone is no place to go on from.
    let gone = LogRange { after: Some(RequestLogId(8)), ..ALL };
    assert_eq!(page(store, key, LogFilter::default(), gone).await, LogPage { requests: vec![], next: None });
}

async fn pages_are_filtered_by_time_status_and_provider(store: &Store) {
    let key = store.widget();
    fill(store, key, 40);
    let all = LogFilter::default;
    let failed = LogFilter { status: Some("failed".into()), ..all() };
    assert_eq!(read_on(store, key, &failed, 3).await, [40, 30, 20, 10]);
    let both = LogFilter { provider: Some("groq".into()), ..failed.clone() };
    assert_eq!(read_on(store, key, &both, 1).await, [40, 20]);
    let second = page(store, key, failed, LogRange { offset: 1, limit: 2, ..ALL }).await;
    assert_eq!((ids(&second), second.next), (vec![30, 20], Some(RequestLogId(20))));
    let none = LogFilter { provider: Some("openai".into()), ..all() };
    assert_eq!(read_on(store, key, &none, 3).await, [0; 0]);
    let seconds = LogFilter {
        from: Some(at("2026-11-23T00:00:02Z")),
        until: Some(at("2026-11-23T00:00:04Z")),
        ..all()
    };
    assert_eq!(read_on(store, key, &seconds, 4).await, [11, 10, 9, 8, 7, 6]);
}

async fn a_filtered_page_looks_at_a_bounded_number_of_rows(store: &Store) {
    let key = store.widget();
    fill(store, key, 12_000);
    store.run("UPDATE llm_request_logs SET status = 'blocked' WHERE id IN (1, 6999, 7000, 7001)");
    let blocked = LogFilter { status: Some("blocked".into()), ..LogFilter::default() };
    let first = page(store, key, blocked.clone(), ALL).await;
    assert_eq!((ids(&first), first.next), (vec![7_001], Some(RequestLogId(7_001))));
    let second = page(store, key, blocked.clone(), LogRange { after: first.next, ..ALL }).await;
    assert_eq!((ids(&second), second.next), (vec![7_000, 6_999], Some(RequestLogId(2_001))));
    let third = page(store, key, blocked, LogRange { after: second.next, ..ALL }).await;
    assert_eq!((ids(&third), third.next), (vec![1], None));
}

async fn nobody_reads_the_log_of_another_widget(store: &Store) {
    let key = store.widget();
    let other = store.widget();
    fill(store, key, 10);
    assert_eq!(ids(&page(store, other, LogFilter::default(), ALL).await), [0; 0]);
    // Not with a place in it either.
    let elsewhere = LogRange { after: Some(RequestLogId(5)), ..ALL };
    assert_eq!(ids(&page(store, other, LogFilter::default(), elsewhere).await), [0; 0]);
    let nobody = AccountKey { widget: WidgetId(4_711), client: None };
    assert_eq!(ids(&page(store, nobody, LogFilter::default(), ALL).await), [0; 0]);
}

/// A page costs what it holds, wherever it begins: no plan sorts or reads the whole log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_read_along_the_index() {
    let store = Store::sqlite().await;
    let plan = "SELECT id FROM llm_request_logs WHERE widget_id = 1 AND created_at IS NOT NULL
        AND created_at <= (SELECT p.created_at FROM llm_request_logs p WHERE p.id = 5)
        AND (created_at < (SELECT p.created_at FROM llm_request_logs p WHERE p.id = 5) OR id < 5)
        ORDER BY created_at DESC, id DESC LIMIT 50";
    let steps = store.explain(plan);
    assert!(
        steps[0].contains("idx_llm_logs_widget_date (widget_id=? AND created_at>? AND created_at<?)"),
        "{steps:?}"
    );
    assert!(steps.iter().all(|step| !step.contains("SCAN")), "{steps:?}");
}
