//! All clients at a glance.

use crate::support::*;
use frontdesk_domain::credits::{Amount, Limits};
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::{ClientUse, Overview, OverviewFilter};
use jiff::ToSpan;
use jiff::civil::date;

contract!(
    clients_come_with_their_accounts_as_they_stand_now,
    widgets_come_with_what_they_did_lately,
    widgets_without_a_client_are_a_client_of_their_own,
    clients_are_filtered_and_paged_and_summed,
    nobody_sees_other_clients,
    sums_of_what_was_written_by_hand_do_not_wrap,
    ten_thousand_widgets_are_summed_and_those_of_one_page_are_kept,
);

async fn overview(store: &Store, filter: OverviewFilter, page: (usize, usize)) -> Overview {
    store.db.overview(filter, date(2026, 11, 1), monday(), page).await.unwrap()
}

async fn all(store: &Store) -> Overview {
    overview(store, OverviewFilter::default(), (50, 0)).await
}

fn ids(overview: &Overview) -> Vec<Option<i32>> {
    overview.clients.iter().map(|client| client.client.map(|id| id.0)).collect()
}

async fn clients_come_with_their_accounts_as_they_stand_now(store: &Store) {
    let idle = store.widget();
    let busy = store.widget();
    let second = store.widget_of(busy.client);
    store.set(
        busy,
        "tokens_used_today = 10, requests_made_today = 1, tokens_used_this_month = 100, requests_made_this_month = 7,
        total_tokens_used = 1000, total_requests_made = 70",
    );
    store.set(
        second,
        "tokens_used_today = 5000, tokens_used_this_month = 5000, credits_exhausted = true,
        exhausted_limit = 'daily_token_limit', credits_exhausted_at = '2026-11-23 09:00:00'",
    );
    let found = all(store).await;
    assert_eq!((ids(&found), found.total), (vec![busy.client.map(|id| id.0), idle.client.map(|id| id.0)], 2));
    let client = &found.clients[0];
    assert_eq!((client.name.as_deref(), client.is_active), (Some("Client 2"), true));
    let double = Amount { tokens: 10_000, requests: 200 };
    let credits = ClientUse {
        accounts: 2,
        exhausted: 1,
        limits: Limits { daily: double, monthly: Amount { tokens: 200_000, requests: 2_000 } },
        today: amount(5_010, 1),
        this_month: amount(5_100, 7),
        total: amount(1_000, 70),
    };
    assert_eq!(client.credits, credits);
    let accounts: Vec<_> = client.accounts.iter().map(|account| account.widget.unwrap()).collect();
    assert_eq!(accounts, [second.widget, busy.widget]);
    // A day that is over counts as reset, whether or not a worker ran.
    let tomorrow =
        store.db.overview(OverviewFilter::default(), date(2026, 11, 1), monday() + 24.hours(), (1, 0));
    let credits = tomorrow.await.unwrap().clients.remove(0).credits;
    assert_eq!((credits.exhausted, credits.today, credits.this_month), (0, amount(0, 0), amount(5_100, 7)));
}

async fn widgets_come_with_what_they_did_lately(store: &Store) {
    let key = store.widget();
    let other = store.widget_of(key.client);
    store.run(&format!("UPDATE widget_configs SET is_active = false WHERE id = {}", other.widget));
    store.run(&format!(
        "INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model, requests, total_tokens, cost_micro_usd) VALUES
            ({widget}, '2026-11-01', 'groq', 'a', 1, 10, 100), ({widget}, '2026-11-22', 'groq', 'b', 2, 20, 200),
            ({widget}, '2026-10-31', 'groq', 'a', 50, 50, 50)",
        widget = key.widget
    ));
    let widgets = all(store).await.clients.remove(0).widgets;
    let told: Vec<_> = widgets
        .iter()
        .map(|widget| {
            let sums = widget.analytics;
            let sums = (sums.total_requests, sums.total_tokens, sums.cost_micro_usd);
            (widget.id, widget.name.as_str(), widget.is_active, sums)
        })
        .collect();
    let expected =
        [(key.widget, "Widget 1", true, (3, 30, 300)), (other.widget, "Widget 2", false, (0, 0, 0))];
    assert_eq!(told, expected);
}

async fn widgets_without_a_client_are_a_client_of_their_own(store: &Store) {
    let alone = store.widget_of(None);
    store.set(alone, "tokens_used_this_month = 5");
    let owned = store.widget();
    let found = all(store).await;
    assert_eq!(ids(&found), [None, owned.client.map(|id| id.0)]);
    let nobody = &found.clients[0];
    assert_eq!((nobody.name.as_deref(), nobody.credits.this_month.tokens), (None, 5));
    assert_eq!(nobody.widgets.iter().map(|widget| widget.id).collect::<Vec<_>>(), [alone.widget]);
    for filter in [
        OverviewFilter { search: Some(String::new()), ..OverviewFilter::default() },
        OverviewFilter { is_active: Some(true), ..OverviewFilter::default() },
    ] {
        assert_eq!(ids(&overview(store, filter, (50, 0)).await), [owned.client.map(|id| id.0)]);
    }
}

async fn clients_are_filtered_and_paged_and_summed(store: &Store) {
    for tokens in [10, 30, 20] {
        let key = store.widget();
        store.set(key, &format!("tokens_used_this_month = {tokens}"));
    }
    store.run("INSERT INTO clients (id, client_name, email, is_active) VALUES (9, 'Harbour', 'x@example.com', false)");
    store.run("UPDATE client_llm_usage SET credits_exhausted = true WHERE client_id = 3");
    let found = overview(store, OverviewFilter::default(), (2, 1)).await;
    assert_eq!((ids(&found), found.total), (vec![Some(3), Some(1)], 4));
    let sums = found.sums;
    assert_eq!((sums.accounts, sums.exhausted, sums.this_month.tokens), (3, 1, 60));
    for (filter, expected) in [
        (OverviewFilter { exhausted: Some(true), ..OverviewFilter::default() }, vec![3]),
        (OverviewFilter { exhausted: Some(false), ..OverviewFilter::default() }, vec![2, 1, 9]),
        (OverviewFilter { is_active: Some(false), ..OverviewFilter::default() }, vec![9]),
        (OverviewFilter { search: Some("harb".into()), ..OverviewFilter::default() }, vec![9]),
        (OverviewFilter { search: Some("C2@".into()), ..OverviewFilter::default() }, vec![2]),
    ] {
        let found = overview(store, filter.clone(), (50, 0)).await;
        assert_eq!(ids(&found), expected.iter().map(|id| Some(*id)).collect::<Vec<_>>(), "{filter:?}");
        assert_eq!(found.total, expected.len());
    }
}

async fn nobody_sees_other_clients(store: &Store) {
    let own = store.widget();
    let other = store.widget();
    store.widget_of(None);
    let mine = OverviewFilter { owner: own.client, ..OverviewFilter::default() };
    let found = overview(store, mine.clone(), (50, 0)).await;
    assert_eq!((ids(&found), found.sums.accounts), (vec![own.client.map(|id| id.0)], 1));
    let searched = OverviewFilter { search: Some(format!("Client {}", other.client.unwrap())), ..mine };
    assert_eq!(overview(store, searched, (50, 0)).await.total, 0);
    let nobody = OverviewFilter { owner: Some(ClientId(4_711)), ..OverviewFilter::default() };
    assert_eq!(overview(store, nobody, (50, 0)).await.total, 0);
}

async fn sums_of_what_was_written_by_hand_do_not_wrap(store: &Store) {
    let key = store.widget();
    store.widget_of(key.client);
    let most = i64::MAX;
    store.run(&format!("UPDATE client_llm_usage SET total_tokens_used = {most}, daily_token_limit = {most}"));
    store.run(&format!(
        "INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model, requests, failed) VALUES
            ({widget}, '2026-11-01', 'groq', 'a', {most}, -{most}), ({widget}, '2026-11-22', 'groq', 'b', {most}, -{most})",
        widget = key.widget
    ));
    let client = all(store).await.clients.remove(0);
    assert_eq!((client.credits.total.tokens, client.credits.limits.daily.tokens), (most, most));
    assert_eq!(client.widgets[0].analytics.total_requests, most);
    assert!(client.widgets[0].analytics.failed_requests <= -most);
}

async fn ten_thousand_widgets_are_summed_and_those_of_one_page_are_kept(store: &Store) {
    let numbers = |most: i32| {
        format!("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {most})")
    };
    store.run(&format!(
        "INSERT INTO clients (id, client_name, email) {} SELECT n, 'Client ' || n, n || '@example.com' FROM n;
        INSERT INTO widget_configs (id, client_id, widget_key, widget_name) {} SELECT n, n % 1000 + 1, 'key-' || n, 'Widget ' || n FROM n;
        UPDATE client_llm_usage SET tokens_used_this_month = widget_id, tokens_used_today = 1, last_daily_reset = '2026-11-23',
            last_monthly_reset = '2026-11-01'",
        numbers(1_000),
        numbers(10_000)
    ));
    let found = overview(store, OverviewFilter::default(), (2, 0)).await;
    assert_eq!((found.total, found.sums.accounts, found.sums.exhausted), (1_000, 10_000, 0));
    assert_eq!((found.sums.this_month.tokens, found.sums.today.tokens), (50_005_000, 10_000));
    // The client 1 has the widgets 1000, 2000 .. 10000, the client 1000 has 999, 1999 .. 9999.
    assert_eq!(ids(&found), [Some(1), Some(1_000)]);
    let second = &found.clients[1];
    assert_eq!((second.credits.accounts, second.credits.this_month.tokens), (10, 54_990));
    let widgets: Vec<i32> = second.accounts.iter().map(|account| account.widget.unwrap().0).collect();
    assert_eq!(widgets, (0..10).rev().map(|n| n * 1_000 + 999).collect::<Vec<_>>());
    assert_eq!((second.widgets.len(), found.clients[0].accounts.len()), (10, 10));
    let last = overview(store, OverviewFilter::default(), (50, 999)).await;
    assert_eq!((ids(&last), last.clients[0].credits.this_month.tokens), (vec![Some(2)], 45_010));
}
