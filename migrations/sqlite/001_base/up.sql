-- The same tables and names as on PostgreSQL. Times are UTC texts (`2026-11-23 10:00:00.000000`), lists and documents JSON texts.

CREATE TABLE IF NOT EXISTS clients (
    id INTEGER PRIMARY KEY NOT NULL,
    client_name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    phone TEXT,
    website TEXT,
    is_active INTEGER DEFAULT 1,
    business_hours TEXT,
    description TEXT,
    address TEXT,
    city TEXT,
    state TEXT,
    zip_code TEXT,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP,
    updated_at TEXT DEFAULT CURRENT_TIMESTAMP
) STRICT;

CREATE TABLE IF NOT EXISTS widget_configs (
    id INTEGER PRIMARY KEY NOT NULL,
    client_id INTEGER REFERENCES clients (id) ON DELETE CASCADE,
    widget_key TEXT UNIQUE NOT NULL,
    widget_name TEXT NOT NULL,
    primary_color TEXT DEFAULT '#4682B4',
    secondary_color TEXT DEFAULT '#2E86AB',
    position TEXT DEFAULT 'bottom-right',
    welcome_message TEXT DEFAULT 'Hi! How can I help you today?',
    bot_name TEXT DEFAULT 'Assistant',
    bot_avatar_url TEXT,
    enable_appointment_booking INTEGER DEFAULT 1,
    enable_email_capture INTEGER DEFAULT 1,
    enable_phone_capture INTEGER DEFAULT 1,
    enable_ai_handoff INTEGER DEFAULT 0,
    ai_handoff_url TEXT,
    business_hours TEXT CHECK (business_hours IS NULL OR json_valid(business_hours)),
    offline_message TEXT,
    rate_limit_messages INTEGER DEFAULT 10,
    rate_limit_window INTEGER DEFAULT 60,
    require_captcha INTEGER DEFAULT 0,
    blocked_ips TEXT CHECK (blocked_ips IS NULL OR json_type(blocked_ips) = 'array'),
    blocked_keywords TEXT CHECK (blocked_keywords IS NULL OR json_type(blocked_keywords) = 'array'),
    is_active INTEGER DEFAULT 1,
    domain_whitelist TEXT CHECK (domain_whitelist IS NULL OR json_type(domain_whitelist) = 'array'),
    industry TEXT DEFAULT 'general',
    intro_flow_enabled INTEGER DEFAULT 1,
    intro_questions TEXT CHECK (intro_questions IS NULL OR json_valid(intro_questions)),
    practice_phone TEXT,
    timezone TEXT DEFAULT 'America/New_York',
    llm_enabled INTEGER DEFAULT 0,
    llm_provider TEXT DEFAULT 'gemini',
    llm_model TEXT DEFAULT 'gemini-pro',
    llm_temperature REAL DEFAULT 0.7,
    llm_max_tokens INTEGER DEFAULT 500,
    fallback_to_knowledge_base INTEGER DEFAULT 1,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP,
    updated_at TEXT DEFAULT CURRENT_TIMESTAMP,
    created_by INTEGER
) STRICT;

CREATE TABLE IF NOT EXISTS widget_knowledge_base (
    id INTEGER PRIMARY KEY NOT NULL,
    widget_id INTEGER REFERENCES widget_configs (id) ON DELETE CASCADE,
    category TEXT,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    keywords TEXT CHECK (keywords IS NULL OR json_type(keywords) = 'array'),
    priority INTEGER DEFAULT 0,
    context TEXT CHECK (context IS NULL OR json_valid(context)),
    times_used INTEGER DEFAULT 0,
    helpful_count INTEGER DEFAULT 0,
    not_helpful_count INTEGER DEFAULT 0,
    is_active INTEGER DEFAULT 1,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP,
    updated_at TEXT DEFAULT CURRENT_TIMESTAMP
) STRICT;
CREATE INDEX IF NOT EXISTS idx_knowledge_base_widget ON widget_knowledge_base (widget_id);

CREATE TABLE IF NOT EXISTS widget_conversations (
    id INTEGER PRIMARY KEY NOT NULL,
    public_id INTEGER,
    widget_id INTEGER REFERENCES widget_configs (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    visitor_session_id TEXT,
    visitor_name TEXT,
    visitor_email TEXT,
    visitor_phone TEXT,
    ip_address TEXT,
    user_agent TEXT,
    referrer_url TEXT,
    page_url TEXT,
    lead_captured INTEGER DEFAULT 0,
    lead_id INTEGER,
    handoff_type TEXT,
    handoff_details TEXT CHECK (handoff_details IS NULL OR json_valid(handoff_details)),
    status TEXT DEFAULT 'active',
    started_at TEXT DEFAULT CURRENT_TIMESTAMP,
    ended_at TEXT,
    closed_at TEXT,
    close_reason TEXT,
    message_count INTEGER DEFAULT 0,
    bot_response_count INTEGER DEFAULT 0,
    human_response_count INTEGER DEFAULT 0,
    satisfaction_rating INTEGER,
    intro_completed INTEGER DEFAULT 0,
    intro_data TEXT CHECK (intro_data IS NULL OR json_valid(intro_data)),
    last_message TEXT,
    last_message_at TEXT,
    last_activity_at TEXT,
    agent_handoff INTEGER DEFAULT 0,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP,
    updated_at TEXT DEFAULT CURRENT_TIMESTAMP
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS idx_conversations_public_id ON widget_conversations (public_id);
CREATE INDEX IF NOT EXISTS idx_conversations_widget ON widget_conversations (widget_id);
CREATE INDEX IF NOT EXISTS idx_conversations_session ON widget_conversations (session_id);
CREATE INDEX IF NOT EXISTS idx_conversations_visitor_session ON widget_conversations (visitor_session_id);

CREATE TABLE IF NOT EXISTS widget_messages (
    id INTEGER PRIMARY KEY NOT NULL,
    conversation_id INTEGER REFERENCES widget_conversations (id) ON DELETE CASCADE,
    message_type TEXT NOT NULL,
    message_text TEXT NOT NULL,
    knowledge_base_id INTEGER REFERENCES widget_knowledge_base (id) ON DELETE SET NULL,
    confidence_score REAL,
    response_time_ms INTEGER,
    was_helpful INTEGER,
    feedback_text TEXT,
    metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
    agent_name TEXT,
    client_message_id TEXT,
    reply_to INTEGER,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP
) STRICT;
CREATE INDEX IF NOT EXISTS idx_messages_conversation ON widget_messages (conversation_id);
CREATE INDEX IF NOT EXISTS idx_messages_knowledge_base ON widget_messages (knowledge_base_id) WHERE knowledge_base_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_messages_reply_to ON widget_messages (reply_to) WHERE reply_to IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS idx_messages_client_message_id ON widget_messages (conversation_id, client_message_id)
    WHERE client_message_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS client_llm_usage (
    id INTEGER PRIMARY KEY NOT NULL,
    client_id INTEGER REFERENCES clients (id) ON DELETE CASCADE,
    widget_id INTEGER REFERENCES widget_configs (id) ON DELETE CASCADE,
    monthly_token_limit INTEGER DEFAULT 100000,
    daily_token_limit INTEGER DEFAULT 5000,
    monthly_request_limit INTEGER DEFAULT 1000,
    daily_request_limit INTEGER DEFAULT 100,
    tokens_used_this_month INTEGER DEFAULT 0,
    tokens_used_today INTEGER DEFAULT 0,
    requests_made_this_month INTEGER DEFAULT 0,
    requests_made_today INTEGER DEFAULT 0,
    total_tokens_used INTEGER DEFAULT 0,
    total_requests_made INTEGER DEFAULT 0,
    tokens_reserved INTEGER NOT NULL DEFAULT 0,
    requests_reserved INTEGER NOT NULL DEFAULT 0,
    last_daily_reset TEXT DEFAULT CURRENT_DATE,
    last_monthly_reset TEXT DEFAULT (date('now', 'start of month')),
    reset_timezone TEXT NOT NULL DEFAULT 'UTC',
    credits_exhausted INTEGER DEFAULT 0,
    credits_exhausted_at TEXT,
    exhausted_limit TEXT,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP,
    updated_at TEXT DEFAULT CURRENT_TIMESTAMP
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS idx_client_llm_usage_account ON client_llm_usage (COALESCE(widget_id, 0), COALESCE(client_id, 0));
CREATE INDEX IF NOT EXISTS idx_client_llm_usage_client ON client_llm_usage (client_id);
CREATE INDEX IF NOT EXISTS idx_client_llm_usage_widget ON client_llm_usage (widget_id);

CREATE TABLE IF NOT EXISTS llm_request_logs (
    id INTEGER PRIMARY KEY NOT NULL,
    client_id INTEGER REFERENCES clients (id) ON DELETE CASCADE,
    widget_id INTEGER REFERENCES widget_configs (id) ON DELETE CASCADE,
    conversation_id INTEGER REFERENCES widget_conversations (id) ON DELETE CASCADE,
    llm_provider TEXT NOT NULL,
    llm_model TEXT NOT NULL,
    prompt_text TEXT,
    response_text TEXT,
    prompt_tokens INTEGER DEFAULT 0,
    completion_tokens INTEGER DEFAULT 0,
    total_tokens INTEGER DEFAULT 0,
    response_time_ms INTEGER,
    status TEXT DEFAULT 'success',
    error_message TEXT,
    estimated_cost REAL DEFAULT 0,
    account_id INTEGER,
    reserved_tokens INTEGER NOT NULL DEFAULT 0,
    reserved_until TEXT,
    message_id INTEGER,
    attempt INTEGER NOT NULL DEFAULT 1,
    usage_estimated INTEGER NOT NULL DEFAULT 0,
    settled_at TEXT,
    booked_on TEXT,
    created_at TEXT DEFAULT CURRENT_TIMESTAMP
) STRICT;
CREATE INDEX IF NOT EXISTS idx_llm_logs_client_date ON llm_request_logs (client_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_llm_logs_widget_date ON llm_request_logs (widget_id, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_llm_logs_pending ON llm_request_logs (reserved_until) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS idx_llm_logs_created ON llm_request_logs (created_at);
CREATE INDEX IF NOT EXISTS idx_llm_logs_conversation ON llm_request_logs (conversation_id) WHERE conversation_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS llm_usage_daily (
    widget_id INTEGER NOT NULL REFERENCES widget_configs (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    llm_provider TEXT NOT NULL,
    llm_model TEXT NOT NULL,
    requests INTEGER NOT NULL DEFAULT 0,
    successful INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    rate_limited INTEGER NOT NULL DEFAULT 0,
    blocked INTEGER NOT NULL DEFAULT 0,
    credits_exhausted INTEGER NOT NULL DEFAULT 0,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    total_tokens INTEGER NOT NULL DEFAULT 0,
    timed_requests INTEGER NOT NULL DEFAULT 0,
    response_time_ms INTEGER NOT NULL DEFAULT 0,
    cost_micro_usd INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (widget_id, day, llm_provider, llm_model)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS llm_usage_history (
    account_id INTEGER NOT NULL REFERENCES client_llm_usage (id) ON DELETE CASCADE,
    period TEXT NOT NULL,
    period_start TEXT NOT NULL,
    tokens_used INTEGER NOT NULL,
    requests_made INTEGER NOT NULL,
    closed_at TEXT NOT NULL,
    PRIMARY KEY (account_id, period, period_start)
) STRICT, WITHOUT ROWID;

-- Every widget has its account from the start, so that raising a limit by hand always finds a row.
CREATE TRIGGER IF NOT EXISTS frontdesk_open_account AFTER INSERT ON widget_configs BEGIN
    INSERT OR IGNORE INTO client_llm_usage (client_id, widget_id) VALUES (NEW.client_id, NEW.id);
END;
CREATE TRIGGER IF NOT EXISTS frontdesk_move_account AFTER UPDATE OF client_id ON widget_configs BEGIN
    INSERT OR IGNORE INTO client_llm_usage (client_id, widget_id) VALUES (NEW.client_id, NEW.id);
END;

-- A flag that someone takes down takes its reason along, so that one that is raised by hand later counts as raised by hand.
CREATE TRIGGER IF NOT EXISTS frontdesk_forget_limit AFTER UPDATE OF credits_exhausted ON client_llm_usage
    WHEN NEW.exhausted_limit IS NOT NULL AND NEW.credits_exhausted IS NOT TRUE BEGIN
    UPDATE client_llm_usage SET exhausted_limit = NULL WHERE id = NEW.id;
END;
