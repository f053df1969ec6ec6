-- The tables of the chat widget. On an empty database this creates them; on one that already holds them it adds the
-- columns that are missing and touches nothing else. All times are TIMESTAMP in UTC. One transaction per table, so that no
-- lock outlives what it is for; ../README.md says which locks these are. Indexes of big tables: 010 and later.

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS clients (
    id SERIAL PRIMARY KEY,
    client_name VARCHAR(255) NOT NULL,
    email VARCHAR(255) NOT NULL UNIQUE,
    phone VARCHAR(50),
    website VARCHAR(255),
    is_active BOOLEAN DEFAULT true,
    business_hours VARCHAR(255),
    description TEXT,
    address VARCHAR(255),
    city VARCHAR(100),
    state VARCHAR(50),
    zip_code VARCHAR(20),
    created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
    updated_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc')
);

-- Some databases call the column `name`: there `client_name` follows it, whoever writes.
DO $client_name$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'clients'::regclass AND attname = 'client_name' AND NOT attisdropped) THEN
        ALTER TABLE clients ADD COLUMN client_name VARCHAR(255) GENERATED ALWAYS AS (name) STORED;
    END IF;
END $client_name$;

ALTER TABLE clients
    ADD COLUMN IF NOT EXISTS phone VARCHAR(50),
    ADD COLUMN IF NOT EXISTS website VARCHAR(255),
    ADD COLUMN IF NOT EXISTS business_hours VARCHAR(255),
    ADD COLUMN IF NOT EXISTS description TEXT,
    ADD COLUMN IF NOT EXISTS address VARCHAR(255),
    ADD COLUMN IF NOT EXISTS city VARCHAR(100),
    ADD COLUMN IF NOT EXISTS state VARCHAR(50),
    ADD COLUMN IF NOT EXISTS zip_code VARCHAR(20);
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS widget_configs (
    id SERIAL PRIMARY KEY,
    client_id INTEGER REFERENCES clients (id) ON DELETE CASCADE,
    widget_key VARCHAR(255) UNIQUE NOT NULL,
    widget_name VARCHAR(255) NOT NULL,
    primary_color VARCHAR(7) DEFAULT '#4682B4',
    secondary_color VARCHAR(7) DEFAULT '#2E86AB',
    position VARCHAR(20) DEFAULT 'bottom-right',
    welcome_message TEXT DEFAULT 'Hi! How can I help you today?',
    bot_name VARCHAR(100) DEFAULT 'Assistant',
    bot_avatar_url VARCHAR(500),
    enable_appointment_booking BOOLEAN DEFAULT true,
    enable_email_capture BOOLEAN DEFAULT true,
    enable_phone_capture BOOLEAN DEFAULT true,
    enable_ai_handoff BOOLEAN DEFAULT false,
    ai_handoff_url VARCHAR(500),
    business_hours JSONB,
    offline_message TEXT,
    rate_limit_messages INTEGER DEFAULT 10,
    rate_limit_window INTEGER DEFAULT 60,
    require_captcha BOOLEAN DEFAULT false,
    blocked_ips TEXT[],
    blocked_keywords TEXT[],
    is_active BOOLEAN DEFAULT true,
    domain_whitelist TEXT[],
    created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
    updated_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
    created_by INTEGER
);

ALTER TABLE widget_configs
    ADD COLUMN IF NOT EXISTS domain_whitelist TEXT[],
    ADD COLUMN IF NOT EXISTS industry VARCHAR(50) DEFAULT 'general',
    ADD COLUMN IF NOT EXISTS intro_flow_enabled BOOLEAN DEFAULT true,
    ADD COLUMN IF NOT EXISTS intro_questions JSONB,
    ADD COLUMN IF NOT EXISTS practice_phone VARCHAR(50),
    ADD COLUMN IF NOT EXISTS timezone VARCHAR(100) DEFAULT 'America/New_York';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS widget_knowledge_base (
    id SERIAL PRIMARY KEY,
    widget_id INTEGER REFERENCES widget_configs (id) ON DELETE CASCADE,
    category VARCHAR(100),
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    keywords TEXT[],
    priority INTEGER DEFAULT 0,
    context JSONB,
    times_used INTEGER DEFAULT 0,
    helpful_count INTEGER DEFAULT 0,
    not_helpful_count INTEGER DEFAULT 0,
    is_active BOOLEAN DEFAULT true,
    created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
    updated_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc')
);

CREATE INDEX IF NOT EXISTS idx_knowledge_base_widget ON widget_knowledge_base (widget_id);
CREATE INDEX IF NOT EXISTS idx_knowledge_base_keywords ON widget_knowledge_base USING gin (keywords);
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS widget_conversations (
    id SERIAL PRIMARY KEY,
    widget_id INTEGER REFERENCES widget_configs (id) ON DELETE CASCADE,
    session_id VARCHAR(255) NOT NULL,
    visitor_name VARCHAR(255),
    visitor_email VARCHAR(255),
    visitor_phone VARCHAR(50),
    ip_address INET,
    user_agent TEXT,
    referrer_url TEXT,
    page_url TEXT,
    lead_captured BOOLEAN DEFAULT false,
    lead_id INTEGER,
    handoff_type VARCHAR(50),
    handoff_details JSONB,
    status VARCHAR(50) DEFAULT 'active',
    started_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
    ended_at TIMESTAMP,
    message_count INTEGER DEFAULT 0,
    created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
    updated_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc')
);

ALTER TABLE widget_conversations
    ADD COLUMN IF NOT EXISTS visitor_session_id VARCHAR(255),
    ADD COLUMN IF NOT EXISTS closed_at TIMESTAMP,
    ADD COLUMN IF NOT EXISTS close_reason VARCHAR(255),
    ADD COLUMN IF NOT EXISTS message_count INTEGER DEFAULT 0,
    ADD COLUMN IF NOT EXISTS bot_response_count INTEGER DEFAULT 0,
    ADD COLUMN IF NOT EXISTS human_response_count INTEGER DEFAULT 0,
    ADD COLUMN IF NOT EXISTS satisfaction_rating INTEGER,
    ADD COLUMN IF NOT EXISTS intro_completed BOOLEAN DEFAULT false,
    ADD COLUMN IF NOT EXISTS intro_data JSONB,
    ADD COLUMN IF NOT EXISTS last_message TEXT,
    ADD COLUMN IF NOT EXISTS last_message_at TIMESTAMP,
    ADD COLUMN IF NOT EXISTS last_activity_at TIMESTAMP,
    ADD COLUMN IF NOT EXISTS agent_handoff BOOLEAN DEFAULT false;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS widget_messages (
    id SERIAL PRIMARY KEY,
    conversation_id INTEGER REFERENCES widget_conversations (id) ON DELETE CASCADE,
    message_type VARCHAR(20) NOT NULL,
    message_text TEXT NOT NULL,
    knowledge_base_id INTEGER REFERENCES widget_knowledge_base (id) ON DELETE SET NULL,
    confidence_score NUMERIC(3, 2),
    response_time_ms INTEGER,
    was_helpful BOOLEAN,
    feedback_text TEXT,
    metadata JSONB,
    created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc')
);

ALTER TABLE widget_messages
    ADD COLUMN IF NOT EXISTS metadata JSONB,
    ADD COLUMN IF NOT EXISTS agent_name VARCHAR(255);
COMMIT;
