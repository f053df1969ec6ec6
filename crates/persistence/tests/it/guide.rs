//! The SQL of the integration guide, word for word but for its `YOUR_..._ID`.

use crate::support::*;
use frontdesk_domain::ids::{ClientId, WidgetId};
use frontdesk_persistence::{AccountKey, Status};
use frontdesk_tests::psql;
use jiff::{Timestamp, ToSpan};

const ENABLE: &str = "UPDATE widget_configs
SET
  llm_enabled = true,
  llm_provider = 'gemini', -- or 'groq', 'openai', 'claude'
  llm_model = 'gemini-pro',
  llm_temperature = 0.7,
  llm_max_tokens = 500,
  fallback_to_knowledge_base = true
WHERE id = YOUR_WIDGET_ID;";

const LIMITS: &str = "UPDATE client_llm_usage
SET
  monthly_token_limit = 200000, -- Increase to 200K
  daily_token_limit = 10000, -- Increase to 10K
  monthly_request_limit = 2000,
  daily_request_limit = 200
WHERE client_id = YOUR_CLIENT_ID AND widget_id = YOUR_WIDGET_ID;";

const USAGE: &str = "SELECT
  c.client_name,
  cu.tokens_used_today,
  cu.daily_token_limit,
  cu.tokens_used_this_month,
  cu.monthly_token_limit,
  cu.requests_made_today,
  cu.requests_made_this_month,
  cu.total_tokens_used,
  cu.total_requests_made
FROM client_llm_usage cu
JOIN clients c ON c.id = cu.client_id
WHERE cu.client_id = YOUR_CLIENT_ID;";

const LOGS: &str = "SELECT
  created_at,
  llm_provider,
  llm_model,
  total_tokens,
  response_time_ms,
  status,
  LEFT(prompt_text, 100) as prompt_preview,
  LEFT(response_text, 100) as response_preview
FROM llm_request_logs
WHERE widget_id = YOUR_WIDGET_ID
ORDER BY created_at DESC
LIMIT 20;";

const ANALYTICS: &str = "SELECT
  llm_provider,
  COUNT(*) as total_requests,
  SUM(total_tokens) as total_tokens,
  AVG(response_time_ms) as avg_response_time,
  COUNT(CASE WHEN status = 'success' THEN 1 END) as successful,
  COUNT(CASE WHEN status = 'failed' THEN 1 END) as failed,
  COUNT(CASE WHEN status = 'credits_exhausted' THEN 1 END) as exhausted
FROM llm_request_logs
WHERE widget_id = YOUR_WIDGET_ID
  AND created_at >= NOW() - INTERVAL '30 days'
GROUP BY llm_provider;";

const CHECK: &str = "SELECT * FROM client_llm_usage WHERE client_id = YOUR_CLIENT_ID;";

const RESET: &str = "UPDATE client_llm_usage
SET
  tokens_used_today = 0,
  requests_made_today = 0,
  credits_exhausted = false
WHERE client_id = YOUR_CLIENT_ID;";

fn guide(store: &Store, statement: &str) -> String {
    let statement = statement.replace("YOUR_WIDGET_ID", "10").replace("YOUR_CLIENT_ID", "5");
    psql(&store.url, &statement).unwrap()
}

/// Client 5 with widget 10, which have just begun, by the clock of the database.
async fn five_and_ten() -> (Store, AccountKey, Timestamp) {
    let store = Store::postgres().await;
    store.run(
        "INSERT INTO clients (id, client_name, email) VALUES (5, 'Harbour', 'a@b.c');
        INSERT INTO widget_configs (id, client_id, widget_key, widget_name) VALUES (10, 5, 'k', 'w')",
    );
    let now = store.rows(&["to_char(now(), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"], "(SELECT 1) one");
    let key = AccountKey { widget: WidgetId(10), client: Some(ClientId(5)) };
    (store, key, at(&now[0]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_widget_is_enabled() {
    let (store, ..) = five_and_ten().await;
    assert!(!store.db.widget_by_key("k").await.unwrap().unwrap().llm.enabled);
    assert_eq!(guide(&store, ENABLE), "UPDATE 1");
    let llm = store.db.widget_by_key("k").await.unwrap().unwrap().llm;
    assert!(llm.enabled && llm.fallback_to_knowledge_base);
    assert_eq!(
        (llm.provider.as_str(), llm.model.as_deref(), llm.temperature, llm.max_tokens),
        ("gemini", Some("gemini-pro"), Some(0.7), 500)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_raised_before_the_first_message() {
    let (store, key, now) = five_and_ten().await;
    assert_eq!(guide(&store, LIMITS), "UPDATE 1");
    let usage = store.db.usage_of_widget(key.widget, now).await.unwrap().unwrap();
    assert_eq!(
        (usage.credits.limits.daily, usage.credits.limits.monthly),
        (amount(10_000, 200), amount(200_000, 2_000))
    );
    let conversation = store.conversation(key, now).await;
    for _ in 0..11 {
        held(store.ledger(), begin(key, conversation, now)).await;
    }
    assert!(try_begin(store.ledger(), begin(key, conversation, now)).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn use_is_watched_and_reset() {
    let (store, key, now) = five_and_ten().await;
    let conversation = store.conversation(key, now).await;
    spend(&store, key, conversation, 4_900, now).await;
    assert_eq!(guide(&store, USAGE), "Harbour|4900|5000|4900|100000|1|1|4900|1");
    let full = held(store.ledger(), begin_small(key, conversation, now)).await;
    store.ledger().finish(full.finish(outcome(Status::Success, 50, 50), now)).await.unwrap();
    try_begin(store.ledger(), begin(key, conversation, now + 1.second())).await.unwrap_err();
    assert_eq!(store.stored(key), "5000/2|5000/2|5000/2|0/0|exhausted|daily_token_limit");
    let row = guide(&store, CHECK);
    assert!(row.contains("|5000|") && row.contains("|t|"), "{row}");
    assert_eq!(guide(&store, RESET), "UPDATE 1");
    held(store.ledger(), begin(key, conversation, now)).await;
    assert_eq!(store.stored(key), "0/0|5000/2|5000/2|900/1|open|-");
    let logs = guide(&store, LOGS);
    let logs: Vec<_> = logs.lines().map(|line| line.split_once('|').unwrap().1).collect();
    assert_eq!(logs[0], "gemini|gemini-pro|0||credits_exhausted|When are you open?|");
    assert!(
        logs.contains(&"gemini|gemini-pro|4900|1200|success|When are you open?|From 9 to 5."),
        "{logs:?}"
    );
    assert!(logs.contains(&"gemini|gemini-pro|0||pending|When are you open?|"), "{logs:?}");
    assert_eq!(guide(&store, ANALYTICS), "gemini|4|5000|1200.0000000000000000|2|0|1");
}

fn begin_small(
    key: AccountKey,
    conversation: frontdesk_domain::ids::ConversationId,
    now: Timestamp,
) -> frontdesk_persistence::Begin {
    frontdesk_persistence::Begin { attempt: attempt_of(36, 64), ..begin(key, conversation, now) }
}
