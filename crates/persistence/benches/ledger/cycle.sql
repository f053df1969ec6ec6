-- A message and its answer as a service without group commit stores them: two transactions, each statement
-- prepared. Everything that the ledger writes, in rows of the same contents; ids that the ledger has to look up
-- (:w is also the client, the account and the conversation) are known here.
\set w random(1, :widgets)

BEGIN;
SELECT id, client_id, widget_id, monthly_token_limit, daily_token_limit, monthly_request_limit, daily_request_limit,
    tokens_used_this_month, tokens_used_today, requests_made_this_month, requests_made_today, total_tokens_used,
    total_requests_made, tokens_reserved, requests_reserved, last_daily_reset, last_monthly_reset, reset_timezone,
    credits_exhausted, credits_exhausted_at, exhausted_limit
FROM client_llm_usage WHERE widget_id = :w AND client_id = :w FOR UPDATE;
INSERT INTO widget_messages (conversation_id, message_type, message_text, created_at)
VALUES (:w, 'user', 'When are you open on Saturday?', '2026-11-23 10:00:00') RETURNING id AS message
\gset
INSERT INTO llm_request_logs (account_id, client_id, widget_id, conversation_id, message_id, llm_provider, llm_model, prompt_text,
    status, attempt, reserved_tokens, reserved_until, created_at)
VALUES (:w, :w, :w, :w, :message, 'gemini', 'gemini-pro', 'When are you open on Saturday?',
    'pending', 1, 900, '2026-11-23 10:01:00', '2026-11-23 10:00:00') RETURNING id AS log
\gset
UPDATE client_llm_usage SET tokens_reserved = tokens_reserved + 900, requests_reserved = requests_reserved + 1,
    updated_at = '2026-11-23 10:00:00' WHERE id = :w;
UPDATE widget_conversations SET message_count = COALESCE(message_count, 0) + 1, last_message = 'When are you open on Saturday?',
    last_message_at = '2026-11-23 10:00:00', last_activity_at = '2026-11-23 10:00:00', updated_at = '2026-11-23 10:00:00'
WHERE id = :w;
COMMIT;

BEGIN;
SELECT id, client_id, widget_id, monthly_token_limit, daily_token_limit, monthly_request_limit, daily_request_limit,
    tokens_used_this_month, tokens_used_today, requests_made_this_month, requests_made_today, total_tokens_used,
    total_requests_made, tokens_reserved, requests_reserved, last_daily_reset, last_monthly_reset, reset_timezone,
    credits_exhausted, credits_exhausted_at, exhausted_limit
FROM client_llm_usage WHERE id = :w FOR UPDATE;
UPDATE llm_request_logs SET response_text = 'On Saturday we are open from 9 AM to 1 PM.', prompt_tokens = 380, completion_tokens = 70,
    total_tokens = 450, response_time_ms = 800, status = 'success', estimated_cost = NULL, settled_at = '2026-11-23 10:00:00',
    booked_on = '2026-11-23' WHERE id = :log;
UPDATE client_llm_usage SET tokens_used_today = tokens_used_today + 450, requests_made_today = requests_made_today + 1,
    tokens_used_this_month = tokens_used_this_month + 450, requests_made_this_month = requests_made_this_month + 1,
    total_tokens_used = total_tokens_used + 450, total_requests_made = total_requests_made + 1,
    tokens_reserved = tokens_reserved - 900, requests_reserved = requests_reserved - 1, updated_at = '2026-11-23 10:00:00'
WHERE id = :w;
INSERT INTO llm_usage_daily AS d (widget_id, day, llm_provider, llm_model, requests, successful, prompt_tokens, completion_tokens,
    total_tokens, timed_requests, response_time_ms)
VALUES (:w, '2026-11-23', 'gemini', 'gemini-pro', 1, 1, 380, 70, 450, 1, 800)
ON CONFLICT (widget_id, day, llm_provider, llm_model) DO UPDATE SET requests = d.requests + 1, successful = d.successful + 1,
    prompt_tokens = d.prompt_tokens + 380, completion_tokens = d.completion_tokens + 70, total_tokens = d.total_tokens + 450,
    timed_requests = d.timed_requests + 1, response_time_ms = d.response_time_ms + 800;
INSERT INTO widget_messages (conversation_id, message_type, message_text, confidence_score, response_time_ms, reply_to, created_at)
VALUES (:w, 'bot', 'On Saturday we are open from 9 AM to 1 PM.', 0.95, 812, :message, '2026-11-23 10:00:00');
UPDATE widget_conversations SET message_count = COALESCE(message_count, 0) + 1, bot_response_count = COALESCE(bot_response_count, 0) + 1,
    last_message = 'On Saturday we are open from 9 AM to 1 PM.', last_message_at = '2026-11-23 10:00:00',
    last_activity_at = '2026-11-23 10:00:00', updated_at = '2026-11-23 10:00:00'
WHERE id = :w;
COMMIT;
