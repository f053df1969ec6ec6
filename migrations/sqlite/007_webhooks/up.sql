-- Which of the thresholds 80 % and 100 % of the four limits have been told; two bits each, of monthly requests, monthly tokens,
-- daily requests, daily tokens.
ALTER TABLE client_llm_usage ADD COLUMN thresholds_passed INTEGER NOT NULL DEFAULT 0;

-- Where clients want to hear of events; requests are signed with the secret, and with the previous one until its time is over.
CREATE TABLE IF NOT EXISTS webhooks (
    id INTEGER PRIMARY KEY NOT NULL,
    client_id INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_secret_until TEXT,
    events TEXT NOT NULL CHECK (json_type(events) = 'array'),
    is_active INTEGER NOT NULL DEFAULT 1,
    inactive_reason TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS idx_webhooks_client ON webhooks (client_id);

-- What happened and is to be told, stored in the transaction that caused it. It goes with the conversation that it tells of.
CREATE TABLE IF NOT EXISTS webhook_events (
    id INTEGER PRIMARY KEY NOT NULL,
    event_id TEXT NOT NULL UNIQUE DEFAULT ('evt_' || lower(hex(randomblob(16)))),
    client_id INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    conversation_id INTEGER REFERENCES widget_conversations (id) ON DELETE CASCADE,
    event_type TEXT NOT NULL,
    payload TEXT NOT NULL CHECK (json_valid(payload)),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS idx_webhook_events_client ON webhook_events (client_id);
CREATE INDEX IF NOT EXISTS idx_webhook_events_conversation ON webhook_events (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_webhook_events_created ON webhook_events (created_at);

-- An event on its way to a webhook: pending until next_attempt_at, which is also how long whoever sends it has it for himself.
CREATE TABLE IF NOT EXISTS webhook_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    webhook_id INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id INTEGER NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    retry_until TEXT NOT NULL,
    last_attempt_at TEXT,
    last_status_code INTEGER,
    last_error TEXT,
    duration_ms INTEGER,
    delivered_at TEXT,
    UNIQUE (event_id, webhook_id)
) STRICT;
CREATE INDEX IF NOT EXISTS idx_webhook_deliveries_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX IF NOT EXISTS idx_webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE status = 'pending';
