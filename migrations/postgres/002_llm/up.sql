-- Language-model answers and their credits: the tables and columns of the integration guide.
-- One transaction per table. Indexes of the log: 018 and later.

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE widget_configs
    ADD COLUMN IF NOT EXISTS llm_enabled BOOLEAN DEFAULT false,
    ADD COLUMN IF NOT EXISTS llm_provider VARCHAR(50) DEFAULT 'gemini',
    ADD COLUMN IF NOT EXISTS llm_model VARCHAR(100) DEFAULT 'gemini-pro',
    ADD COLUMN IF NOT EXISTS llm_temperature NUMERIC(3, 2) DEFAULT 0.7,
    ADD COLUMN IF NOT EXISTS llm_max_tokens INTEGER DEFAULT 500,
    ADD COLUMN IF NOT EXISTS fallback_to_knowledge_base BOOLEAN DEFAULT true;
COMMENT ON COLUMN widget_configs.llm_provider IS 'gemini, groq, openai or claude';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS client_llm_usage (
    id SERIAL PRIMARY KEY,
    client_id INTEGER REFERENCES clients (id) ON DELETE CASCADE,
    widget_id INTEGER REFERENCES widget_configs (id) ON DELETE CASCADE,
    monthly_token_limit BIGINT DEFAULT 100000,
    daily_token_limit BIGINT DEFAULT 5000,
    monthly_request_limit BIGINT DEFAULT 1000,
    daily_request_limit BIGINT DEFAULT 100,
    tokens_used_this_month BIGINT DEFAULT 0,
    tokens_used_today BIGINT DEFAULT 0,
    requests_made_this_month BIGINT DEFAULT 0,
    requests_made_today BIGINT DEFAULT 0,
    total_tokens_used BIGINT DEFAULT 0,
    total_requests_made BIGINT DEFAULT 0,
    last_daily_reset DATE DEFAULT (now() AT TIME ZONE 'utc')::date,
    last_monthly_reset DATE DEFAULT date_trunc('month', now() AT TIME ZONE 'utc')::date,
    credits_exhausted BOOLEAN DEFAULT false,
    credits_exhausted_at TIMESTAMP,
    created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
    updated_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
    UNIQUE (client_id, widget_id)
);

CREATE INDEX IF NOT EXISTS idx_client_llm_usage_client ON client_llm_usage (client_id);
CREATE INDEX IF NOT EXISTS idx_client_llm_usage_widget ON client_llm_usage (widget_id);
COMMENT ON TABLE client_llm_usage IS 'Free LLM credits: one account per client and widget, with its limits, use and holds';
COMMENT ON COLUMN client_llm_usage.monthly_token_limit IS 'Most tokens in a month (free default 100,000)';
COMMENT ON COLUMN client_llm_usage.daily_token_limit IS 'Most tokens in a day (free default 5,000)';
COMMENT ON COLUMN client_llm_usage.monthly_request_limit IS 'Most messages answered by an LLM in a month (free default 1,000)';
COMMENT ON COLUMN client_llm_usage.daily_request_limit IS 'Most messages answered by an LLM in a day (free default 100)';
COMMENT ON COLUMN client_llm_usage.last_daily_reset IS 'The local date of the current day; NULL or a past date is due for a reset';
COMMENT ON COLUMN client_llm_usage.last_monthly_reset IS 'The first local date of the current month; NULL or a past date is due for a reset';
COMMENT ON COLUMN client_llm_usage.credits_exhausted IS 'True while a limit is reached. Set by hand it blocks the LLM until the next day';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS llm_request_logs (
    id SERIAL PRIMARY KEY,
    client_id INTEGER REFERENCES clients (id) ON DELETE CASCADE,
    widget_id INTEGER REFERENCES widget_configs (id) ON DELETE CASCADE,
    conversation_id INTEGER REFERENCES widget_conversations (id) ON DELETE CASCADE,
    llm_provider VARCHAR(50) NOT NULL,
    llm_model VARCHAR(100) NOT NULL,
    prompt_text TEXT,
    response_text TEXT,
    prompt_tokens INTEGER DEFAULT 0,
    completion_tokens INTEGER DEFAULT 0,
    total_tokens INTEGER DEFAULT 0,
    response_time_ms INTEGER,
    status VARCHAR(50) DEFAULT 'success',
    error_message TEXT,
    estimated_cost NUMERIC(10, 6) DEFAULT 0,
    created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc')
);

COMMENT ON TABLE llm_request_logs IS 'One row per attempt at an LLM provider; the ledger from which all counters can be recomputed';
COMMENT ON COLUMN llm_request_logs.status IS 'pending (a hold), success, failed, rate_limited, blocked or credits_exhausted';
COMMENT ON COLUMN llm_request_logs.estimated_cost IS 'US dollars at list price; NULL where the model has no known price';
COMMIT;
