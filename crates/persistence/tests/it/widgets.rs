//! Widgets that an administrator makes, changes, looks for and deletes.

use crate::support::*;
use frontdesk_domain::ids::{ClientId, WidgetId};
use frontdesk_persistence::{
    Begun, ClientError, Deletion, NewWidget, Status, StoredWidget, WidgetError, WidgetFilter, WidgetPatch,
};
use jiff::ToSpan;
use serde_json::json;
use tokio::task::JoinSet;

contract!(
    a_new_widget_has_the_databases_defaults_and_an_account,
    every_column_that_is_sent_is_stored,
    a_change_leaves_all_else_alone,
    an_empty_change_changes_nothing,
    a_key_belongs_to_one_widget,
    a_widget_of_no_client_is_not_made,
    an_unused_widget_is_deleted_with_what_belongs_to_it,
    a_used_widget_is_deactivated_and_keeps_its_books,
    a_used_widget_is_deleted_by_force_and_the_books_stay_clean,
    a_widget_that_others_refer_to_stays,
    a_widget_that_is_deleted_under_visitors_takes_nobody_along,
    a_moved_widget_has_an_account_of_its_new_client,
    widgets_are_found_page_by_page,
    nobody_sees_widgets_of_others,
);

/// On PostgreSQL what is inserted with an id of its own leaves the sequence behind.
fn client_with_widget(store: &Store) -> ClientId {
    let client = store.widget().client.unwrap();
    if store.is_postgres() {
        store.run("SELECT setval('widget_configs_id_seq', (SELECT max(id) FROM widget_configs))");
    }
    client
}

fn new(key: &str, settings: WidgetPatch) -> NewWidget {
    NewWidget { key: key.into(), name: format!("Widget {key}"), settings }
}

fn of(client: Option<ClientId>) -> WidgetPatch {
    WidgetPatch { client: Some(client), ..WidgetPatch::default() }
}

/// A value for every column.
fn everything(client: ClientId) -> WidgetPatch {
    let text = |text: &str| Some(Some(text.to_owned()));
    WidgetPatch {
        client: Some(Some(client)),
        widget_key: Some("second".into()),
        widget_name: Some("Name".into()),
        primary_color: Some("#111111".into()),
        secondary_color: Some("#222222".into()),
        position: Some("top-left".into()),
        welcome_message: text("Welcome"),
        bot_name: Some("Bot".into()),
        bot_avatar_url: text("https://a.example/a.png"),
        enable_appointment_booking: Some(false),
        enable_email_capture: Some(false),
        enable_phone_capture: Some(false),
        enable_ai_handoff: Some(true),
        ai_handoff_url: text("https://a.example/"),
        business_hours: Some(Some(json!({"mon": [9, 17.5]}))),
        offline_message: text("Away"),
        rate_limit_messages: Some(3),
        rate_limit_window: Some(7),
        require_captcha: Some(true),
        blocked_ips: Some(vec!["192.0.2.0/24".into()]),
        blocked_keywords: Some(vec!["a, b".into(), "{c}".into()]),
        is_active: Some(false),
        domain_whitelist: Some(vec!["a.example".into(), "*.b.example".into()]),
        industry: Some("dental".into()),
        intro_flow_enabled: Some(false),
        intro_questions: Some(Some(json!([{"q": "name?"}]))),
        practice_phone: text("555"),
        timezone: Some("Europe/Berlin".into()),
        llm_enabled: Some(true),
        llm_provider: Some("groq".into()),
        llm_model: text("llama"),
        llm_temperature: Some(Some(0.35)),
        llm_max_tokens: Some(300),
        fallback_to_knowledge_base: Some(false),
        answer_order: Some("knowledge_first".into()),
        language: text("de"),
        privacy_url: text("https://a.example/privacy"),
        ai_notice: Some(false),
        consent_required: Some(true),
        texts: Some(Some(json!({"send": "Los", "de": {"open": "Hallo"}}))),
    }
}

/// What everything is when it is read back.
fn assert_everything(widget: &StoredWidget, client: ClientId) {
    let text = |text: &str| Some(text.to_owned());
    let config = &widget.config;
    assert_eq!(widget.client, Some(client));
    assert_eq!((config.widget_key.as_str(), config.widget_name.as_str()), ("second", "Name"));
    assert_eq!((&config.primary_color, &config.secondary_color), (&text("#111111"), &text("#222222")));
    assert_eq!((&config.position, &config.welcome_message), (&text("top-left"), &text("Welcome")));
    assert_eq!((&config.bot_name, &config.bot_avatar_url), (&text("Bot"), &text("https://a.example/a.png")));
    assert!(
        !config.enable_appointment_booking && !config.enable_email_capture && !config.enable_phone_capture
    );
    assert!(config.enable_ai_handoff && !config.is_active && !config.intro_flow_enabled);
    assert_eq!(
        (&config.ai_handoff_url, &config.offline_message),
        (&text("https://a.example/"), &text("Away"))
    );
    assert_eq!(config.business_hours, Some(json!({"mon": [9, 17.5]})));
    assert_eq!(config.intro_questions, Some(json!([{"q": "name?"}])));
    assert_eq!((&config.industry, &config.practice_phone), (&text("dental"), &text("555")));
    assert_eq!((widget.rate_limit_messages, widget.rate_limit_window, widget.require_captcha), (3, 7, true));
    assert_eq!(widget.blocked_ips, ["192.0.2.0/24"]);
    assert_eq!(widget.blocked_keywords, ["a, b", "{c}"]);
    assert_eq!(widget.allowed_origins, ["a.example", "*.b.example"]);
    assert_eq!((&widget.timezone, &widget.language), (&text("Europe/Berlin"), &text("de")));
    assert_eq!(widget.answer_order, text("knowledge_first"));
    let shown = &config.presentation;
    assert_eq!(shown.privacy_url, text("https://a.example/privacy"));
    assert!(!shown.ai_notice && shown.consent_required);
    assert_eq!(shown.texts, Some(json!({"send": "Los", "de": {"open": "Hallo"}})));
    assert!(widget.llm.enabled && !widget.llm.fallback_to_knowledge_base);
    assert_eq!((widget.llm.provider.as_str(), widget.llm.model.as_deref()), ("groq", Some("llama")));
    assert_eq!((widget.llm.temperature, widget.llm.max_tokens), (Some(0.35), 300));
}

async fn a_new_widget_has_the_databases_defaults_and_an_account(store: &Store) {
    let client = Some(client_with_widget(store));
    let widget = store.db.create_widget(new("fresh", of(client)), monday()).await.unwrap();
    assert_eq!((widget.client, widget.config.widget_key.as_str()), (client, "fresh"));
    assert_eq!(widget.config.primary_color.as_deref(), Some("#4682B4"));
    assert_eq!((widget.rate_limit_messages, widget.rate_limit_window), (10, 60));
    assert_eq!((widget.llm.temperature, widget.llm.enabled), (Some(0.7), false));
    assert_eq!((widget.created_at, widget.updated_at), (Some(monday()), Some(monday())));
    assert!(widget.blocked_ips.is_empty() && widget.config.is_active);
    let shown = &widget.config.presentation;
    assert!(
        shown.ai_notice && !shown.consent_required && shown.privacy_url.is_none() && shown.texts.is_none()
    );
    let usage = store.db.usage_of_widget(widget.id, monday()).await.unwrap().unwrap();
    assert_eq!((usage.client, usage.credits.limits), (client, Default::default()));
    assert_eq!(usage.credits.last_daily_reset.unwrap().to_string(), "2026-11-23");
    assert_eq!(usage.credits.last_monthly_reset.unwrap().to_string(), "2026-11-01");
}

async fn every_column_that_is_sent_is_stored(store: &Store) {
    let first = store.widget().client.unwrap();
    let second = client_with_widget(store);
    let id = store.db.create_widget(new("first", of(Some(first))), monday()).await.unwrap().id;
    let later = monday() + 1.hour();
    let changed = store.db.update_widget(id, everything(second), later).await.unwrap();
    assert_everything(&changed, second);
    assert_eq!((changed.created_at, changed.updated_at), (Some(monday()), Some(later)));
    assert_everything(&store.db.stored_widget(id).await.unwrap().unwrap(), second);
    store.run("DELETE FROM widget_configs WHERE widget_key = 'second'");
    let made = store.db.create_widget(new("x", everything(second)), monday()).await.unwrap();
    assert_everything(&made, second);
}

async fn a_change_leaves_all_else_alone(store: &Store) {
    let client = client_with_widget(store);
    let id = store.db.create_widget(new("x", everything(client)), monday()).await.unwrap().id;
    // What others wrote stays, whatever it is.
    store.run(&format!("UPDATE widget_configs SET timezone = 'Mars', knowledge_version = 7 WHERE id = {id}"));
    let patch =
        WidgetPatch { welcome_message: Some(None), require_captcha: Some(false), ..WidgetPatch::default() };
    let changed = store.db.update_widget(id, patch, monday()).await.unwrap();
    assert_eq!((changed.config.welcome_message.as_deref(), changed.require_captcha), (None, false));
    assert_eq!(
        (changed.timezone.as_deref(), changed.config.bot_name.as_deref()),
        (Some("Mars"), Some("Bot"))
    );
    let from = format!("widget_configs WHERE id = {id}");
    assert_eq!(store.rows(&["knowledge_version", "offline_message"], &from), ["7|Away"]);
    let emptied = WidgetPatch {
        client: Some(None),
        business_hours: Some(None),
        llm_temperature: Some(None),
        blocked_ips: Some(vec![]),
        ..WidgetPatch::default()
    };
    let changed = store.db.update_widget(id, emptied, monday()).await.unwrap();
    assert_eq!(
        (changed.client, &changed.config.business_hours, changed.llm.temperature),
        (None, &None, None)
    );
    assert!(changed.blocked_ips.is_empty());
    assert_eq!(changed.blocked_keywords.len(), 2);
}

async fn an_empty_change_changes_nothing(store: &Store) {
    let id = store.widget().widget;
    store.run("UPDATE widget_configs SET updated_at = NULL");
    let same = store.db.update_widget(id, WidgetPatch::default(), monday()).await.unwrap();
    assert_eq!(same.updated_at, None);
    let nobody = store.db.update_widget(WidgetId(4_711), WidgetPatch::default(), monday()).await;
    assert!(matches!(nobody, Err(WidgetError::UnknownWidget(WidgetId(4_711)))), "{nobody:?}");
    let nobody = store.db.update_widget(WidgetId(4_711), of(None), monday()).await;
    assert!(matches!(nobody, Err(WidgetError::UnknownWidget(_))), "{nobody:?}");
    assert!(store.db.stored_widget(WidgetId(4_711)).await.unwrap().is_none());
}

async fn a_key_belongs_to_one_widget(store: &Store) {
    let key = store.widget();
    client_with_widget(store);
    let other = store.db.widget_by_key("key-2").await.unwrap().unwrap().id;
    let taken = store.db.create_widget(new("key-1", of(None)), monday()).await;
    assert!(matches!(taken, Err(WidgetError::KeyTaken)), "{taken:?}");
    let patch = WidgetPatch {
        widget_key: Some("key-1".into()),
        bot_name: Some("Changed".into()),
        ..WidgetPatch::default()
    };
    let taken = store.db.update_widget(other, patch.clone(), monday()).await;
    assert!(matches!(taken, Err(WidgetError::KeyTaken)), "{taken:?}");
    assert_eq!(store.number("count(*) FROM widget_configs WHERE bot_name = 'Changed'"), 0);
    assert_eq!(store.number("count(*) FROM client_llm_usage"), 2);
    // Its own key is no one else's.
    assert_eq!(store.db.update_widget(key.widget, patch, monday()).await.unwrap().config.widget_key, "key-1");
}

async fn a_widget_of_no_client_is_not_made(store: &Store) {
    client_with_widget(store);
    let key = store.db.widget_by_key("key-1").await.unwrap().unwrap().id;
    let made = store.db.create_widget(new("x", of(Some(ClientId(4_711)))), monday()).await;
    assert!(matches!(made, Err(WidgetError::UnknownClient)), "{made:?}");
    let moved = store.db.update_widget(key, of(Some(ClientId(4_711))), monday()).await;
    assert!(matches!(moved, Err(WidgetError::UnknownClient)), "{moved:?}");
    assert_eq!(store.number("count(*) FROM widget_configs"), 1);
    let alone = store.db.create_widget(new("y", WidgetPatch::default()), monday()).await.unwrap();
    assert_eq!(alone.client, None);
}

async fn an_unused_widget_is_deleted_with_what_belongs_to_it(store: &Store) {
    let key = store.widget();
    let kept = store.widget();
    store.run(&format!(
        "INSERT INTO widget_knowledge_base (widget_id, question, answer) VALUES ({}, 'q', 'a')",
        key.widget
    ));
    let gone = store.db.delete_widget(key.widget, false, monday()).await.unwrap();
    assert_eq!(gone, Deletion::Deleted);
    assert_eq!(store.rows(&["id"], "widget_configs"), [kept.widget.to_string()]);
    assert_eq!(store.number("count(*) FROM client_llm_usage"), 1);
    assert_eq!(store.number("count(*) FROM widget_knowledge_base"), 0);
    let nobody = store.db.delete_widget(key.widget, true, monday()).await;
    assert!(matches!(nobody, Err(WidgetError::UnknownWidget(_))), "{nobody:?}");
}

/// Each of these alone is a use.
async fn a_used_widget_is_deactivated_and_keeps_its_books(store: &Store) {
    let said = store.widget();
    store.conversation(said, monday()).await;
    let (spent, conversation) = store.open(monday()).await;
    spend(store, spent, conversation, 900, monday()).await;
    store.run("DELETE FROM widget_conversations WHERE widget_id = 2");
    let counted = store.widget();
    store.set(counted, "total_tokens_used = 5");
    let logged = store.widget();
    store.run(&format!(
        "INSERT INTO llm_request_logs (widget_id, llm_provider, llm_model) VALUES ({}, 'gemini', 'm')",
        logged.widget
    ));
    let rolled = store.widget();
    store.run(&format!(
        "INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model) VALUES ({}, '2026-11-01', 'gemini', 'm')",
        rolled.widget
    ));
    let rows = |table: &str| store.number(&format!("count(*) FROM {table}"));
    let tables =
        ["widget_configs", "client_llm_usage", "llm_request_logs", "llm_usage_daily", "widget_conversations"];
    let before = tables.map(rows);
    for key in [said, spent, counted, logged, rolled] {
        let kept = store.db.delete_widget(key.widget, false, monday()).await.unwrap();
        assert_eq!(kept, Deletion::Deactivated, "{key:?}");
        assert!(!store.db.stored_widget(key.widget).await.unwrap().unwrap().config.is_active);
    }
    assert_eq!(tables.map(rows), before);
    assert!(store.db.widget_by_key("key-1").await.unwrap().is_none());
}

async fn a_used_widget_is_deleted_by_force_and_the_books_stay_clean(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let (kept, elsewhere) = store.open(monday()).await;
    spend(store, key, conversation, 900, monday()).await;
    spend(store, kept, elsewhere, 70, monday()).await;
    // A message is being answered meanwhile.
    let late = held(store.ledger(), begin(key, conversation, monday())).await;
    assert_eq!(store.db.delete_widget(key.widget, true, monday()).await.unwrap(), Deletion::Deleted);
    for table in
        ["widget_configs", "client_llm_usage", "llm_request_logs", "llm_usage_daily", "widget_conversations"]
    {
        assert_eq!(store.number(&format!("count(*) FROM {table}")), 1, "{table}");
    }
    let outcome = outcome(Status::Success, 10, 5);
    store.ledger().finish(late.finish(outcome, monday())).await.unwrap_err();
    spend(store, kept, elsewhere, 7, monday()).await;
    assert_eq!(store.stored(kept), "77/2|77/2|77/2|0/0|open|-");
    store.assert_books_are_right().await;
}

/// Other services have tables of their own in this database.
async fn a_widget_that_others_refer_to_stays(store: &Store) {
    let key = store.widget();
    store.run(
        "CREATE TABLE appointments (id INTEGER, widget_id INTEGER REFERENCES widget_configs (id));
        INSERT INTO appointments VALUES (1, 1)",
    );
    for force in [false, true] {
        let kept = store.db.delete_widget(key.widget, force, monday()).await;
        assert!(matches!(kept, Err(WidgetError::InUse(WidgetId(1)))), "{kept:?}");
        let kept = store.db.delete_client(key.client.unwrap(), true).await;
        assert!(matches!(kept, Err(ClientError::InUse(ClientId(1)))), "{kept:?}");
    }
    assert_eq!(store.number("count(*) FROM client_llm_usage"), 1);
}

async fn a_widget_that_is_deleted_under_visitors_takes_nobody_along(store: &Store) {
    const VISITORS: usize = 4;
    const MESSAGES: i64 = 20;
    let (kept, elsewhere) = store.open(monday()).await;
    let mut doomed = Vec::new();
    for _ in 0..3 {
        doomed.push(store.open(monday()).await);
    }
    let mut visitors = JoinSet::new();
    for visitor in 0..VISITORS {
        let (db, doomed) = (store.db.clone(), doomed.clone());
        visitors.spawn(async move {
            for n in 0..MESSAGES {
                let held = held(db.ledger(), begin(kept, elsewhere, monday())).await;
                let (key, conversation) = doomed[(visitor + usize::try_from(n).unwrap()) % doomed.len()];
                // Refused as soon as the widget is gone.
                if let Ok(Begun::Stored { .. }) = db.ledger().begin(begin(key, conversation, monday())).await
                {
                    tokio::task::yield_now().await;
                }
                db.ledger().finish(held.finish(outcome(Status::Success, 7, 0), monday())).await.unwrap();
            }
        });
    }
    for (key, _) in doomed {
        assert_eq!(store.db.delete_widget(key.widget, true, monday()).await.unwrap(), Deletion::Deleted);
    }
    while let Some(done) = visitors.join_next().await {
        done.unwrap();
    }
    let (tokens, requests) = (MESSAGES * 4 * 7, MESSAGES * 4);
    let used = format!("{tokens}/{requests}");
    assert_eq!(store.stored(kept), format!("{used}|{used}|{used}|0/0|open|-"));
    for table in ["widget_configs", "client_llm_usage", "widget_conversations"] {
        assert_eq!(store.number(&format!("count(*) FROM {table}")), 1, "{table}");
    }
    assert_eq!(store.number("count(*) FROM llm_request_logs"), requests);
    store.assert_books_are_right().await;
}

async fn a_moved_widget_has_an_account_of_its_new_client(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let next = store.widget().client;
    spend(store, key, conversation, 900, monday()).await;
    store.db.update_widget(key.widget, of(next), monday()).await.unwrap();
    let usage = store.db.usage_of_widget(key.widget, monday()).await.unwrap().unwrap();
    assert_eq!((usage.client, usage.credits.used_total), (next, amount(0, 0)));
    assert_eq!(store.stored(key), "900/1|900/1|900/1|0/0|open|-");
    store.assert_books_are_right().await;
    // Its former client goes, and takes its own account along.
    store.db.delete_client(key.client.unwrap(), true).await.unwrap();
    assert_eq!(store.number("count(*) FROM llm_request_logs WHERE client_id IS NULL"), 1);
    store.assert_books_are_right().await;
}

async fn found(store: &Store, filter: WidgetFilter, limit: u32, offset: u32) -> (Vec<i32>, i64) {
    let page = store.db.widget_page(filter, limit, offset).await.unwrap();
    (page.widgets.iter().map(|widget| widget.id.0).collect(), page.total)
}

async fn widgets_are_found_page_by_page(store: &Store) {
    let client = store.widget().client;
    store.widget_of(client);
    store.widget_of(None);
    store.run("UPDATE widget_configs SET is_active = NULL, widget_name = '100%_Sure!' WHERE id = 2");
    store.run("UPDATE widget_configs SET is_active = false, widget_name = 'Unsure' WHERE id = 3");
    let all = WidgetFilter::default;
    assert_eq!(found(store, all(), 10, 0).await, (vec![1, 2, 3], 3));
    assert_eq!(found(store, all(), 1, 1).await, (vec![2], 3));
    assert_eq!(found(store, WidgetFilter { client, ..all() }, 10, 0).await, (vec![1, 2], 2));
    assert_eq!(found(store, WidgetFilter { is_active: Some(true), ..all() }, 10, 0).await, (vec![1, 2], 2));
    assert_eq!(found(store, WidgetFilter { is_active: Some(false), ..all() }, 10, 0).await, (vec![3], 1));
    for (search, ids) in [
        ("SURE", vec![2, 3]),
        ("100%_sure!", vec![2]),
        ("%", vec![2]),
        ("KEY-3", vec![3]),
        ("surekey", vec![]),
        ("'", vec![]),
    ] {
        let wanted = WidgetFilter { search: Some(search.into()), ..all() };
        assert_eq!(found(store, wanted, 10, 0).await.0, ids, "{search}");
    }
}

async fn nobody_sees_widgets_of_others(store: &Store) {
    let own = store.widget();
    let other = store.widget();
    store.widget_of(None);
    let owner = own.client;
    let mine = WidgetFilter { owner, ..WidgetFilter::default() };
    assert_eq!(found(store, mine.clone(), 10, 0).await, (vec![own.widget.0], 1));
    let of_other = WidgetFilter { client: other.client, ..mine };
    assert_eq!(found(store, of_other, 10, 0).await, (vec![], 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_widget_that_an_operator_has_locked_is_busy_and_stays_as_it_is() {
    let store = Store::postgres().await;
    let key = store.widget();
    store.run("BEGIN; SELECT 1 FROM widget_configs FOR UPDATE");
    let patch = WidgetPatch { bot_name: Some("Changed".into()), ..WidgetPatch::default() };
    let busy = store.db.update_widget(key.widget, patch, monday()).await;
    let is_busy =
        |error| matches!(error, WidgetError::Database(frontdesk_persistence::DatabaseError::Busy(_)));
    assert!(is_busy(busy.unwrap_err()));
    assert!(is_busy(store.db.delete_widget(key.widget, true, monday()).await.unwrap_err()));
    store.run("ROLLBACK");
    assert_eq!(store.number("count(*) FROM widget_configs WHERE bot_name = 'Assistant'"), 1);
}
