-- Calls that visitors' scripts may repeat: the first one's answer is every repetition's, for a day. A row may come before its
-- conversation, which it names by public_id.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    id INTEGER PRIMARY KEY NOT NULL,
    widget_id INTEGER NOT NULL REFERENCES widget_configs (id) ON DELETE CASCADE,
    operation TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    answer TEXT NOT NULL CHECK (json_valid(answer)),
    created_at TEXT NOT NULL,
    UNIQUE (widget_id, operation, idempotency_key)
) STRICT;
CREATE INDEX IF NOT EXISTS idx_idempotency_keys_created ON idempotency_keys (created_at);
CREATE INDEX IF NOT EXISTS idx_idempotency_keys_conversation ON idempotency_keys (conversation);
