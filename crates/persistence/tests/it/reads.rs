//! What callers read is what is stored, and nothing of anybody else.

use crate::support::*;
use frontdesk_domain::ids::{ClientId, EntryId, MessageId, PublicConversationId, WidgetId};
use frontdesk_persistence::{
    Analytics, Begin, ConversationRef, Database, DatabaseError, Finish, Group, Grouping, NewConversation,
    Reply, Restrictions, SourceEntry, Status, Suggestion, Turn, VisitorMessage,
};
use jiff::ToSpan;
use jiff::civil::date;

contract!(
    a_widget_is_found_by_its_key,
    a_widgets_missing_values_have_defaults,
    a_widgets_restrictions_are_as_operators_wrote_them,
    a_conversation_has_the_address_that_its_visitor_came_from,
    knowledge_is_read_with_its_gaps,
    a_conversation_belongs_to_its_widget,
    a_message_is_known_by_its_key_in_its_conversation_alone,
    the_last_turns_come_in_their_order,
    a_session_finds_its_active_conversation,
    a_reply_is_found_by_its_message,
    a_reply_that_stops_before_its_end_is_marked_in_the_metadata,
    where_a_reply_came_from_is_read_back_when_its_entry_is_gone,
    what_was_offered_with_a_reply_is_read_back,
    usage_is_as_of_now,
    analytics_count_each_attempt,
    analytics_are_put_together_by_day_provider_or_model,
    a_pool_of_none_is_a_pool_of_one,
);

fn list(store: &Store, texts: &[&str]) -> String {
    if store.is_postgres() {
        format!("ARRAY['{}']", texts.join("','"))
    } else {
        format!("'{}'", serde_json::to_string(texts).unwrap())
    }
}

async fn a_widget_is_found_by_its_key(store: &Store) {
    let key = store.widget();
    let origins = list(store, &["https://a.example", "https://b.example"]);
    store.run("UPDATE clients SET client_name = 'Harbour', business_hours = '9-5', city = 'Bay', zip_code = '1', address = '', phone = '555'");
    store.run(&format!(
        "UPDATE widget_configs SET llm_enabled = true, llm_temperature = 0.35, llm_max_tokens = 300, llm_provider = 'groq', domain_whitelist = {origins},
        intro_questions = '[{{\"q\": \"name?\"}}]', industry = 'dental', practice_phone = '556', llm_model = NULL"
    ));
    let widget = store.db.widget_by_key("key-1").await.unwrap().unwrap();
    assert_eq!((widget.id, widget.client), (key.widget, key.client));
    assert!(widget.llm.enabled && widget.llm.fallback_to_knowledge_base);
    assert_eq!(
        (widget.llm.provider.as_str(), widget.llm.model, widget.llm.temperature, widget.llm.max_tokens),
        ("groq", None, Some(0.35), 300)
    );
    assert_eq!(widget.allowed_origins, ["https://a.example", "https://b.example"]);
    assert_eq!(widget.config.intro_questions, Some(serde_json::json!([{"q": "name?"}])));
    assert_eq!(widget.config.primary_color.as_deref(), Some("#4682B4"));
    let business = widget.business;
    assert_eq!(business.name.as_deref(), Some("Harbour"));
    assert_eq!((business.phone.as_deref(), business.address.as_deref()), (Some("556"), Some("Bay, 1")));
    assert_eq!(
        (business.industry.as_deref(), business.business_hours.as_deref()),
        (Some("dental"), Some("9-5"))
    );
    assert!(store.db.widget_by_key("KEY-1").await.unwrap().is_none());
    store.run("UPDATE widget_configs SET is_active = false");
    assert!(store.db.widget_by_key("key-1").await.unwrap().is_none());
    assert!(store.db.widget_exists(key.widget).await.unwrap());
    assert!(!store.db.widget_exists(WidgetId(4_711)).await.unwrap());
    assert!(store.db.client_exists(ClientId(1)).await.unwrap());
    assert!(!store.db.client_exists(ClientId(4_711)).await.unwrap());
}

async fn a_widgets_missing_values_have_defaults(store: &Store) {
    store.widget_of(None);
    store.run(
        "UPDATE widget_configs SET llm_enabled = NULL, llm_provider = NULL, llm_model = NULL, llm_temperature = NULL, llm_max_tokens = NULL,
        fallback_to_knowledge_base = NULL, is_active = NULL, domain_whitelist = NULL, business_hours = NULL, industry = NULL,
        enable_email_capture = NULL, primary_color = NULL, timezone = NULL",
    );
    let widget = store.db.widget_by_key("key-1").await.unwrap().unwrap();
    assert!(widget.client.is_none() && widget.allowed_origins.is_empty());
    assert!(!widget.llm.enabled && widget.llm.fallback_to_knowledge_base);
    assert_eq!(
        (widget.llm.provider.as_str(), widget.llm.max_tokens, widget.llm.temperature),
        ("gemini", 500, None)
    );
    assert!(widget.config.enable_email_capture && widget.config.is_active);
    assert_eq!((widget.business.name.as_deref(), widget.business.email), (Some("Widget 1"), None));
}

async fn a_widgets_restrictions_are_as_operators_wrote_them(store: &Store) {
    store.widget();
    let restrictions = async || store.db.widget_by_key("key-1").await.unwrap().unwrap().restrictions;
    let default = Restrictions { rate_limit_messages: 10, rate_limit_window: 60, ..Restrictions::default() };
    assert_eq!(restrictions().await, default);
    let (ips, words) = (list(store, &["192.0.2.0/24", "::1"]), list(store, &["free money"]));
    store.run(&format!(
        "UPDATE widget_configs SET blocked_ips = {ips}, blocked_keywords = {words}, rate_limit_messages = 3, rate_limit_window = 5"
    ));
    let set = Restrictions {
        blocked_ips: vec!["192.0.2.0/24".into(), "::1".into()],
        blocked_keywords: vec!["free money".into()],
        rate_limit_messages: 3,
        rate_limit_window: 5,
    };
    assert_eq!(restrictions().await, set);
    store.run(
        "UPDATE widget_configs SET blocked_ips = NULL, blocked_keywords = NULL, rate_limit_messages = NULL, rate_limit_window = -1",
    );
    assert_eq!(restrictions().await, Restrictions::default());
}

async fn a_conversation_has_the_address_that_its_visitor_came_from(store: &Store) {
    let key = store.widget();
    let column = if store.is_postgres() { "host(ip_address)" } else { "ip_address" };
    for (id, address) in [(1, Some("192.0.2.7")), (2, Some("2001:db8::7")), (3, None)] {
        let ip_address = address.map(|address| address.parse().unwrap());
        let fields =
            NewConversation { session_id: format!("s{id}"), ip_address, ..NewConversation::default() };
        let new = ConversationRef::New(PublicConversationId::new(id), Box::new(fields));
        store.ledger().open_conversation(key, new, monday()).await.unwrap();
        let stored = store.rows(&[column], &format!("widget_conversations WHERE public_id = {id}"));
        assert_eq!(stored, [address.unwrap_or("-")]);
    }
}

async fn knowledge_is_read_with_its_gaps(store: &Store) {
    let key = store.widget();
    store.widget();
    let keywords = list(store, &["open", "hours"]);
    store.run(&format!(
        "INSERT INTO widget_knowledge_base (id, widget_id, question, answer, keywords, priority, is_active) VALUES
        (1, 1, 'q1', 'a1', {keywords}, 3, true), (2, 1, 'q2', 'a2', NULL, NULL, NULL), (3, 1, 'q3', 'a3', NULL, 0, false),
        (4, 2, 'q4', 'a4', NULL, 0, true)"
    ));
    let entries = store.db.knowledge_entries(key.widget).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), [EntryId(1), EntryId(2)]);
    assert_eq!(
        (entries[0].keywords.clone(), entries[0].priority),
        (vec!["open".to_owned(), "hours".to_owned()], 3)
    );
    assert_eq!((entries[1].keywords.clone(), entries[1].priority), (vec![], 0));
    if store.is_postgres() {
        store.run("UPDATE widget_knowledge_base SET keywords = ARRAY['a', NULL, 'b'] WHERE id = 1");
        assert_eq!(store.db.knowledge_entries(key.widget).await.unwrap()[0].keywords, ["a", "b"]);
    }
}

async fn a_conversation_belongs_to_its_widget(store: &Store) {
    let (key, _) = store.open(monday()).await;
    let (other, _) = store.open(monday()).await;
    let ConversationRef::New(public_id, fields) = new_conversation() else { panic!() };
    let id = store
        .ledger()
        .open_conversation(key, ConversationRef::New(public_id, fields), monday())
        .await
        .unwrap();
    let found = store.db.conversation(key.widget, public_id, 10).await.unwrap().unwrap();
    assert_eq!((found.id, found.turns), (id, vec![]));
    assert!(store.db.conversation(other.widget, public_id, 10).await.unwrap().is_none());
    let guess = PublicConversationId::new(i64::from(id.0));
    assert!(store.db.conversation(key.widget, guess, 10).await.unwrap().is_none());
}

async fn a_message_is_known_by_its_key_in_its_conversation_alone(store: &Store) {
    let (key, elsewhere) = store.open(monday()).await;
    let (other, _) = store.open(monday()).await;
    let ConversationRef::New(public_id, fields) = new_conversation() else { panic!() };
    let new = ConversationRef::New(public_id, fields);
    let conversation = store.ledger().open_conversation(key, new, monday()).await.unwrap();
    let with_key = |key: &str| VisitorMessage { client_message_id: Some(key.into()), ..message("When?") };
    for (conversation, own) in [(conversation, "m1"), (elsewhere, "m2")] {
        let begin = Begin { message: with_key(own), ..begin(key, conversation, monday()) };
        held(store.ledger(), begin).await;
    }
    let has = async |widget, own: &str| store.db.has_message(widget, public_id, own).await.unwrap();
    assert!(has(key.widget, "m1").await);
    assert!(!has(key.widget, "m2").await && !has(key.widget, "M1").await && !has(key.widget, "m1\0").await);
    assert!(!has(other.widget, "m1").await);
    let unknown = PublicConversationId::new(-1);
    assert!(!store.db.has_message(key.widget, unknown, "m1").await.unwrap());
}

async fn the_last_turns_come_in_their_order(store: &Store) {
    let (key, _) = store.open(monday()).await;
    let ConversationRef::New(public_id, fields) = new_conversation() else { panic!() };
    let conversation = store
        .ledger()
        .open_conversation(key, ConversationRef::New(public_id, fields), monday())
        .await
        .unwrap();
    for n in 0..3 {
        let begin =
            Begin { message: message(&format!("question {n}")), ..begin(key, conversation, monday()) };
        let held = held(store.ledger(), begin).await;
        let reply = Reply { text: format!("answer {n}"), ..reply() };
        store
            .ledger()
            .finish(Finish { reply, ..held.finish(outcome(Status::Success, 1, 1), monday()) })
            .await
            .unwrap();
    }
    store.run(&format!("INSERT INTO widget_messages (conversation_id, message_type, message_text) VALUES ({conversation}, 'system', 'closed')"));
    let turns = store.db.conversation(key.widget, public_id, 3).await.unwrap().unwrap().turns;
    let turn = |by_visitor, text: &str| Turn { by_visitor, text: text.into() };
    assert_eq!(turns, [turn(false, "answer 1"), turn(true, "question 2"), turn(false, "answer 2")]);
}

async fn a_session_finds_its_active_conversation(store: &Store) {
    let (key, _) = store.open(monday()).await;
    let (other, _) = store.open(monday()).await;
    let ConversationRef::New(public_id, fields) = new_conversation() else { panic!() };
    let id = store
        .ledger()
        .open_conversation(key, ConversationRef::New(public_id, fields), monday())
        .await
        .unwrap();
    assert_eq!(store.db.active_conversation(key.widget, "session").await.unwrap(), Some(public_id));
    assert_ne!(store.db.active_conversation(other.widget, "session").await.unwrap(), Some(public_id));
    assert_eq!(store.db.active_conversation(key.widget, "another").await.unwrap(), None);
    store.run(&format!("UPDATE widget_conversations SET status = 'closed' WHERE id = {id}"));
    assert_ne!(store.db.active_conversation(key.widget, "session").await.unwrap(), Some(public_id));
}

async fn a_reply_is_found_by_its_message(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.run("INSERT INTO widget_knowledge_base (id, widget_id, question, answer) VALUES (7, 1, 'q', 'a')");
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    assert!(store.db.reply_to(held.message).await.unwrap().is_none());
    let answer = Reply { entry: Some(EntryId(7)), confidence: 0.876, ..reply() };
    let done =
        Finish { reply: answer, ..held.finish(outcome(Status::Success, 1, 1), monday() + 3.seconds()) };
    let id = store.ledger().finish(done).await.unwrap();
    let found = store.db.reply_to(held.message).await.unwrap().unwrap();
    assert_eq!((found.id, found.text.as_str(), found.entry), (id.reply(), "From 9 to 5.", Some(EntryId(7))));
    assert_eq!(found.at, monday() + 3.seconds());
    assert!((found.confidence - 0.88).abs() < 1e-9, "{}", found.confidence);
    assert!(!found.truncated);
    assert!(store.db.reply_to(MessageId(4_711)).await.unwrap().is_none());
}

async fn a_reply_that_stops_before_its_end_is_marked_in_the_metadata(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    let cut = Reply { truncated: true, ..reply() };
    let done = Finish { reply: cut, ..held.finish(outcome(Status::Success, 1, 1), monday()) };
    store.ledger().finish(done).await.unwrap();
    assert!(store.db.reply_to(held.message).await.unwrap().unwrap().truncated);
    assert_eq!(store.rows(&["metadata"], "widget_messages WHERE message_type = 'user'"), ["-"]);
    let stored = store.rows(&["metadata"], "widget_messages WHERE message_type = 'bot'");
    let stored: serde_json::Value = serde_json::from_str(&stored[0]).unwrap();
    assert_eq!(stored, serde_json::json!({"source": "llm", "truncated": true}));
    store.run("UPDATE widget_messages SET metadata = '[\"written by hand\"]' WHERE message_type = 'bot'");
    let found = store.db.reply_to(held.message).await.unwrap().unwrap();
    assert!(!found.truncated && found.source.is_none() && found.sources.is_empty());
}

async fn what_was_offered_with_a_reply_is_read_back(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    let offered = |id, answer: &str| Suggestion {
        id: EntryId(id),
        question: "Is there \"parking\"?".into(),
        answer: answer.into(),
    };
    let suggestions = vec![offered(7, "Behind the house.\n\u{1f697}"), offered(8, "No\0thing")];
    let unsure = Reply { truncated: true, suggestions, ..reply() };
    let done = Finish { reply: unsure, ..held.finish(outcome(Status::Success, 1, 1), monday()) };
    store.ledger().finish(done).await.unwrap();
    let found = store.db.reply_to(held.message).await.unwrap().unwrap();
    assert_eq!(found.suggestions, [offered(7, "Behind the house.\n\u{1f697}"), offered(8, "Nothing")]);
    assert!(found.truncated);
    store.run("UPDATE widget_messages SET metadata = '{\"suggestions\": [1], \"truncated\": true}' WHERE message_type = 'bot'");
    let found = store.db.reply_to(held.message).await.unwrap().unwrap();
    assert!(found.suggestions.is_empty() && found.truncated);
}

async fn where_a_reply_came_from_is_read_back_when_its_entry_is_gone(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    store.run("INSERT INTO widget_knowledge_base (id, widget_id, question, answer) VALUES (7, 1, 'q', 'a')");
    let held = held(store.ledger(), begin(key, conversation, monday())).await;
    let sources = vec![SourceEntry { id: EntryId(7), question: "Is there \"parking\"?\0".into() }];
    let answer = Reply { source: "knowledge_base", sources, entry: Some(EntryId(7)), ..reply() };
    let done = Finish { reply: answer, ..held.finish(outcome(Status::Success, 1, 1), monday()) };
    store.ledger().finish(done).await.unwrap();
    store.run("DELETE FROM widget_knowledge_base WHERE id = 7");
    let found = store.db.reply_to(held.message).await.unwrap().unwrap();
    assert_eq!((found.source.as_deref(), found.entry), (Some("knowledge_base"), None));
    assert_eq!(found.sources, [SourceEntry { id: EntryId(7), question: "Is there \"parking\"?".into() }]);
    store.run("UPDATE widget_messages SET metadata = '{\"source\": 5, \"sources\": [1]}' WHERE message_type = 'bot'");
    let found = store.db.reply_to(held.message).await.unwrap().unwrap();
    assert!(found.source.is_none() && found.sources.is_empty());
}

async fn usage_is_as_of_now(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let second = store.widget_of(key.client);
    let (other, _) = store.open(monday()).await;
    spend(store, key, conversation, 100, monday()).await;
    held(store.ledger(), begin(key, conversation, monday())).await;
    let usage = store.db.usage_of_client(key.client.unwrap(), monday()).await.unwrap();
    assert_eq!(
        usage.iter().map(|usage| usage.widget).collect::<Vec<_>>(),
        [Some(key.widget), Some(second.widget)]
    );
    assert_eq!((usage[0].id, usage[0].client), (store.account(key), key.client));
    assert_eq!((usage[0].credits.used_today, usage[0].credits.held), (amount(100, 1), amount(900, 1)));
    assert_eq!(usage[0].updated_at, Some(monday()));
    // Tomorrow's report needs no worker, and a report changes nothing.
    let tomorrow = store.db.usage_of_widget(key.widget, monday() + 24.hours()).await.unwrap().unwrap();
    assert_eq!(
        (tomorrow.credits.used_today, tomorrow.credits.used_this_month),
        (amount(0, 0), amount(100, 1))
    );
    assert_eq!(store.stored(key), "100/1|100/1|100/1|900/1|open|-");
    assert_eq!(store.db.usage_of_client(other.client.unwrap(), monday()).await.unwrap().len(), 1);
    assert!(store.db.usage_of_client(ClientId(4_711), monday()).await.unwrap().is_empty());
    assert!(store.db.usage_of_widget(WidgetId(4_711), monday()).await.unwrap().is_none());
    let alone = store.widget_of(None);
    assert_eq!(store.db.usage_of_widget(alone.widget, monday()).await.unwrap().unwrap().client, None);
}

async fn analytics_count_each_attempt(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let (other, elsewhere) = store.open(monday()).await;
    spend(store, other, elsewhere, 5_000, monday()).await;
    let yesterday = monday() - 24.hours();
    store.set(key, "last_daily_reset = '2026-11-22'");
    spend(store, key, conversation, 1_000, yesterday).await;
    for status in [Status::Success, Status::Success, Status::Failed, Status::RateLimited, Status::Blocked] {
        let held = held(store.ledger(), begin(key, conversation, monday())).await;
        store.ledger().finish(held.finish(outcome(status, 10, 5), monday())).await.unwrap();
    }
    store.set(key, "daily_request_limit = 0");
    try_begin(store.ledger(), begin(key, conversation, monday())).await.unwrap_err();
    let today = Analytics {
        total_requests: 6,
        total_tokens: 75,
        timed_requests: 5,
        response_time_ms: 6_000,
        successful_requests: 2,
        failed_requests: 1,
        rate_limited_requests: 1,
        blocked_requests: 1,
        credits_exhausted_count: 1,
        cost_micro_usd: 625,
    };
    assert_eq!(store.db.analytics(key.widget, date(2026, 11, 23)).await.unwrap(), today);
    assert_eq!(today.avg_response_time_ms(), 1_200);
    let both = store.db.analytics(key.widget, date(2026, 11, 22)).await.unwrap();
    assert_eq!((both.total_requests, both.total_tokens, both.successful_requests), (7, 1_075, 3));
    let none = store.db.analytics(key.widget, date(2026, 11, 24)).await.unwrap();
    assert_eq!((none, none.avg_response_time_ms()), (Analytics::default(), 0));
}

async fn analytics_are_put_together_by_day_provider_or_model(store: &Store) {
    let key = store.widget();
    let other = store.widget();
    let row = |widget: WidgetId, day: &str, model: &str, requests: i64| {
        format!("({widget}, '{day}', {model}, {requests}, {requests}0, 5)")
    };
    let rows = [
        row(key.widget, "2026-11-01", "'groq', 'a'", 1),
        row(key.widget, "2026-11-01", "'groq', 'b'", 2),
        row(key.widget, "2026-11-02", "'groq', 'a'", 4),
        row(key.widget, "2026-11-02", "'openai', 'a'", 8),
        row(key.widget, "2026-10-31", "'groq', 'a'", 100),
        row(key.widget, "2026-11-03", "'groq', 'a'", 100),
        row(other.widget, "2026-11-01", "'groq', 'a'", 100),
    ];
    store.run(&format!(
        "INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model, requests, total_tokens, cost_micro_usd) VALUES {}",
        rows.join(", ")
    ));
    let by = async |grouping| {
        let groups =
            store.db.analytics_by(grouping, key.widget, date(2026, 11, 1), date(2026, 11, 2)).await.unwrap();
        let told = |group: Group, sums: Analytics| {
            let day = group.day.map(|day| day.to_string());
            let parts = [day, group.provider, group.model].map(Option::unwrap_or_default);
            (parts.join("|"), sums.total_requests, sums.total_tokens, sums.cost_micro_usd)
        };
        groups.into_iter().map(|(group, sums)| told(group, sums)).collect::<Vec<_>>()
    };
    let told = |group: &str, requests, cost| (group.to_owned(), requests, requests * 10, cost);
    assert_eq!(by(Grouping::Day).await, [told("2026-11-01||", 3, 10), told("2026-11-02||", 12, 10)]);
    assert_eq!(by(Grouping::Provider).await, [told("|groq|", 7, 15), told("|openai|", 8, 5)]);
    assert_eq!(
        by(Grouping::Model).await,
        [told("|groq|a", 5, 10), told("|groq|b", 2, 5), told("|openai|a", 8, 5)]
    );
    store.run(&format!("UPDATE llm_usage_daily SET requests = {}", i64::MAX));
    assert_eq!(by(Grouping::Day).await[0].1, i64::MAX);
}

async fn a_pool_of_none_is_a_pool_of_one(store: &Store) {
    Database::connect(&store.url, 0).await.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_opened_says_so() {
    for url in ["sqlite:///nowhere/at/all/x.db", "postgres:///x?host=/nowhere"] {
        let opened = Database::open(url, 1).await;
        assert!(matches!(opened, Err(DatabaseError::Unavailable(_))), "{url}: {opened:?}");
    }
    assert!(matches!(Database::open("mysql://x", 1).await, Err(DatabaseError::Url(_))));
}
