//! The integration guide's statements and shapes, word for word, against a running api on PostgreSQL.

use crate::place::{HOURS, Place, admin, say};
use frontdesk_tests::Stub;
use frontdesk_tests::stub::gemini_ok;
use serde_json::json;

const ENABLE: &str = "UPDATE widget_configs
SET
  llm_enabled = true,
  llm_provider = 'gemini', -- or 'groq', 'openai', 'claude'
  llm_model = 'gemini-pro',
  llm_temperature = 0.7,
  llm_max_tokens = 500,
  fallback_to_knowledge_base = true
WHERE id = 1;";

const LIMITS: &str = "UPDATE client_llm_usage
SET
  monthly_token_limit = 200000, -- Increase to 200K
  daily_token_limit = 10000, -- Increase to 10K
  monthly_request_limit = 2000,
  daily_request_limit = 200
WHERE client_id = 1 AND widget_id = 1;";

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
WHERE cu.client_id = 1;";

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
WHERE widget_id = 1
ORDER BY created_at DESC
LIMIT 20;";

const SUMMARY: &str = "SELECT
  llm_provider,
  COUNT(*) as total_requests,
  SUM(total_tokens) as total_tokens,
  AVG(response_time_ms) as avg_response_time,
  COUNT(CASE WHEN status = 'success' THEN 1 END) as successful,
  COUNT(CASE WHEN status = 'failed' THEN 1 END) as failed,
  COUNT(CASE WHEN status = 'credits_exhausted' THEN 1 END) as exhausted
FROM llm_request_logs
WHERE widget_id = 1
  AND created_at >= NOW() - INTERVAL '30 days'
GROUP BY llm_provider;";

const CHECK: &str = "SELECT * FROM client_llm_usage WHERE client_id = 1;";

const RESET: &str = "UPDATE client_llm_usage
SET
  tokens_used_today = 0,
  requests_made_today = 0,
  credits_exhausted = false
WHERE client_id = 1;";

#[test]
fn every_statement_of_the_guide_means_what_it_says() {
    let place = Place::postgres();
    let stub = Stub::start(|_| gemini_ok("We're open from 9 to 5.", 4_400, 600));
    let api = place.demo(&[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())]);
    assert_eq!(place.sql(ENABLE), "UPDATE 1");
    assert_eq!(say(&api, HOURS)["confidence"], json!(0.95));
    // 5,000 of 5,000 tokens: the next message has no credits.
    assert!(say(&api, HOURS)["notice"].is_string());
    assert_eq!(place.sql("SELECT credits_exhausted FROM client_llm_usage"), "t");

    assert_eq!(place.sql(LIMITS), "UPDATE 1");
    assert_eq!(say(&api, HOURS)["confidence"], json!(0.95), "raised limits take effect");
    assert!(say(&api, HOURS)["notice"].is_string());

    assert_eq!(place.sql(USAGE), "Harbour Dental|10000|10000|10000|200000|2|2|10000|2");
    let logs = place.sql(LOGS);
    let rows: Vec<Vec<&str>> = logs.lines().map(|row| row.split('|').collect()).collect();
    assert_eq!(rows.len(), 4);
    let statuses: Vec<_> = rows.iter().map(|row| row[5]).collect();
    assert_eq!(statuses, ["credits_exhausted", "success", "credits_exhausted", "success"]);
    assert_eq!(rows[1][1..4], ["gemini", "gemini-stub", "5000"]);
    assert_eq!(rows[1][6..], [HOURS, "We're open from 9 to 5."]);
    let summary = place.sql(SUMMARY);
    let summary: Vec<_> = summary.split('|').collect();
    assert_eq!(summary[..3], ["gemini", "4", "10000"]);
    assert!(summary[3].parse::<f64>().unwrap() >= 1.0);
    assert_eq!(summary[4..], ["2", "0", "2"]);

    assert_eq!(place.sql(CHECK).lines().count(), 1);
    assert_eq!(place.sql(RESET), "UPDATE 1");
    assert_eq!(say(&api, HOURS)["confidence"], json!(0.95), "the manual reset un-blocks the client");
}

#[test]
fn the_guides_shapes_have_the_guides_fields() {
    let place = Place::postgres();
    let stub = Stub::start(|_| gemini_ok("We're open from 9 to 5.", 400, 50));
    let api = place.demo(&[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())]);
    let answer = say(&api, HOURS);
    for field in ["message_id", "response", "confidence", "suggestions", "timestamp"] {
        assert!(answer.get(field).is_some(), "{field}: {answer}");
    }
    let usage = admin(&api, "/api/chat-widget/clients/1/llm-usage");
    assert_eq!(usage[0]["client_id"], json!(1));
    assert_eq!(usage[0]["widget_id"], json!(1));
    assert_eq!(usage[0]["monthly_token_limit"], json!(100_000));
    assert_eq!(usage[0]["tokens_used_this_month"], json!(450));
    assert_eq!(usage[0]["requests_made_this_month"], json!(1));
    assert_eq!(usage[0]["credits_exhausted"], json!(false));
    let analytics = admin(&api, "/api/chat-widget/widgets/1/llm-analytics");
    assert_eq!(analytics["usage"]["tokens_used_today"], json!(450));
    assert_eq!(analytics["usage"]["monthly_token_limit"], json!(100_000));
    let figures = &analytics["analytics"];
    assert_eq!(figures["total_requests"], json!(1));
    assert_eq!(figures["total_tokens"], json!(450));
    assert!(figures["avg_response_time"].is_number());
    assert_eq!(figures["successful_requests"], json!(1));
    assert_eq!(figures["failed_requests"], json!(0));
    assert_eq!(figures["credits_exhausted_count"], json!(0));
}

#[test]
fn what_the_guides_migration_promises_is_there() {
    let place = Place::postgres();
    drop(place.demo(&[]));
    let functions = place.sql(
        "SELECT p.proname, pg_get_function_result(p.oid) FROM pg_proc p
         WHERE p.proname IN ('reset_daily_llm_usage', 'reset_monthly_llm_usage', 'check_client_llm_credits') ORDER BY 1",
    );
    assert_eq!(
        functions,
        "check_client_llm_credits|boolean\nreset_daily_llm_usage|void\nreset_monthly_llm_usage|void"
    );
    assert_eq!(
        place.sql("SELECT check_client_llm_credits(1, 1), check_client_llm_credits(1, 1, 5001)"),
        "t|f"
    );
    place.sql("SELECT reset_daily_llm_usage(); SELECT reset_monthly_llm_usage();");
    let indexes = place.sql(
        "SELECT count(*) FROM pg_indexes WHERE indexname IN ('idx_client_llm_usage_client', 'idx_client_llm_usage_widget',
         'idx_llm_logs_client_date', 'idx_llm_logs_widget_date', 'idx_llm_logs_status')",
    );
    assert_eq!(indexes, "5");
    let comments = place.sql(
        "SELECT count(*) FROM pg_description WHERE objoid IN ('client_llm_usage'::regclass, 'llm_request_logs'::regclass)",
    );
    assert!(comments.parse::<u32>().unwrap() >= 10, "{comments}");
}
