-- Takes away what 003 added. Holds end with it: stop all processes first. One transaction per table, as on the way up.
BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TRIGGER IF EXISTS frontdesk_open_account ON widget_configs;
DROP FUNCTION IF EXISTS frontdesk_open_account();
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TRIGGER IF EXISTS frontdesk_forget_limit ON client_llm_usage;
DROP FUNCTION IF EXISTS frontdesk_forget_limit();
COMMIT;

BEGIN;
-- Operators call these by hand: they stay, without what 003 knows.
CREATE OR REPLACE FUNCTION reset_daily_llm_usage() RETURNS void LANGUAGE sql AS $$
    UPDATE client_llm_usage SET tokens_used_today = 0, requests_made_today = 0, last_daily_reset = CURRENT_DATE,
        credits_exhausted = COALESCE(tokens_used_this_month >= monthly_token_limit OR requests_made_this_month >= monthly_request_limit, false)
    WHERE last_daily_reset IS NULL OR last_daily_reset < CURRENT_DATE
$$;
CREATE OR REPLACE FUNCTION reset_monthly_llm_usage() RETURNS void LANGUAGE sql AS $$
    UPDATE client_llm_usage SET tokens_used_this_month = 0, requests_made_this_month = 0,
        last_monthly_reset = date_trunc('month', CURRENT_DATE)::date,
        credits_exhausted = COALESCE(tokens_used_today >= daily_token_limit OR requests_made_today >= daily_request_limit, false)
    WHERE last_monthly_reset IS NULL OR last_monthly_reset < date_trunc('month', CURRENT_DATE)::date
$$;
CREATE OR REPLACE FUNCTION check_client_llm_credits(p_client_id INTEGER, p_widget_id INTEGER, p_estimated_tokens INTEGER DEFAULT 500)
RETURNS boolean LANGUAGE sql AS $$
    SELECT COALESCE(bool_and(NOT COALESCE(credits_exhausted, false)
        AND tokens_used_today + p_estimated_tokens <= daily_token_limit AND tokens_used_this_month + p_estimated_tokens <= monthly_token_limit
        AND requests_made_today < daily_request_limit AND requests_made_this_month < monthly_request_limit), p_estimated_tokens <= 5000)
    FROM client_llm_usage WHERE widget_id = p_widget_id AND client_id IS NOT DISTINCT FROM p_client_id
$$;
DROP FUNCTION IF EXISTS frontdesk_roll(TEXT);
DROP FUNCTION IF EXISTS frontdesk_today(TEXT);
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TABLE IF EXISTS llm_usage_history;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TABLE IF EXISTS llm_usage_daily, llm_usage_backfill;
COMMIT;

UPDATE llm_request_logs SET status = 'failed', error_message = 'abandoned' WHERE status = 'pending';

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE widget_messages DROP COLUMN IF EXISTS client_message_id, DROP COLUMN IF EXISTS reply_to;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE widget_conversations DROP COLUMN IF EXISTS public_id;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE llm_request_logs
    DROP COLUMN IF EXISTS account_id, DROP COLUMN IF EXISTS reserved_tokens, DROP COLUMN IF EXISTS reserved_until,
    DROP COLUMN IF EXISTS message_id, DROP COLUMN IF EXISTS attempt, DROP COLUMN IF EXISTS usage_estimated,
    DROP COLUMN IF EXISTS settled_at, DROP COLUMN IF EXISTS booked_on;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP INDEX IF EXISTS idx_client_llm_usage_account;
ALTER TABLE client_llm_usage
    DROP COLUMN IF EXISTS tokens_reserved, DROP COLUMN IF EXISTS requests_reserved,
    DROP COLUMN IF EXISTS reset_timezone, DROP COLUMN IF EXISTS exhausted_limit;
COMMIT;
