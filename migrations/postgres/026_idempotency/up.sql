BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS idempotency_keys (
    id BIGSERIAL PRIMARY KEY,
    widget_id INTEGER NOT NULL REFERENCES widget_configs (id) ON DELETE CASCADE,
    operation VARCHAR(20) NOT NULL,
    idempotency_key VARCHAR(100) NOT NULL,
    request_hash VARCHAR(64) NOT NULL,
    conversation BIGINT NOT NULL,
    answer JSONB NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (widget_id, operation, idempotency_key)
);
CREATE INDEX IF NOT EXISTS idx_idempotency_keys_created ON idempotency_keys (created_at);
CREATE INDEX IF NOT EXISTS idx_idempotency_keys_conversation ON idempotency_keys (conversation);
COMMENT ON TABLE idempotency_keys IS 'Calls that visitors'' scripts may repeat: the first one''s answer is every repetition''s, for a day';
COMMENT ON COLUMN idempotency_keys.conversation IS 'widget_conversations.public_id that the call is about; the row may come before the conversation';
COMMIT;
