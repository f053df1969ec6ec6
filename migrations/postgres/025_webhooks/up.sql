BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE client_llm_usage ADD COLUMN IF NOT EXISTS thresholds_passed INTEGER NOT NULL DEFAULT 0;
COMMENT ON COLUMN client_llm_usage.thresholds_passed IS 'Which of the thresholds 80 % and 100 % of the four limits have been told; two bits each, of monthly requests, monthly tokens, daily requests, daily tokens';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS webhooks (
    id SERIAL PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_secret_until TIMESTAMP,
    events TEXT[] NOT NULL,
    is_active BOOLEAN NOT NULL DEFAULT true,
    inactive_reason TEXT,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_webhooks_client ON webhooks (client_id);
COMMENT ON TABLE webhooks IS 'Where clients want to hear of events; requests are signed with the secret, and with the previous one until its time is over';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS webhook_events (
    id SERIAL PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE DEFAULT 'evt_' || replace(gen_random_uuid()::text, '-', ''),
    client_id INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    conversation_id INTEGER REFERENCES widget_conversations (id) ON DELETE CASCADE,
    event_type TEXT NOT NULL,
    payload JSONB NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_webhook_events_client ON webhook_events (client_id);
CREATE INDEX IF NOT EXISTS idx_webhook_events_conversation ON webhook_events (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_webhook_events_created ON webhook_events (created_at);
COMMENT ON TABLE webhook_events IS 'What happened and is to be told, stored in the transaction that caused it';
COMMENT ON COLUMN webhook_events.conversation_id IS 'The conversation that the event tells of: the event goes with it';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS webhook_deliveries (
    id SERIAL PRIMARY KEY,
    webhook_id INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id INTEGER NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
    status VARCHAR(20) NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMP NOT NULL,
    retry_until TIMESTAMP NOT NULL,
    last_attempt_at TIMESTAMP,
    last_status_code INTEGER,
    last_error TEXT,
    duration_ms INTEGER,
    delivered_at TIMESTAMP,
    UNIQUE (event_id, webhook_id)
);
CREATE INDEX IF NOT EXISTS idx_webhook_deliveries_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX IF NOT EXISTS idx_webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE status = 'pending';
COMMENT ON TABLE webhook_deliveries IS 'An event on its way to a webhook: pending until next_attempt_at, which is also how long whoever sends it has it for himself';
COMMIT;
