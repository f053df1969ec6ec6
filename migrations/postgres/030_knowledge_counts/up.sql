BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- No foreign key: it would wait for the very locks that these rows are made for.
CREATE TABLE IF NOT EXISTS knowledge_counts (
    id BIGSERIAL PRIMARY KEY,
    entry_id INTEGER NOT NULL,
    used INTEGER NOT NULL,
    helpful INTEGER NOT NULL,
    not_helpful INTEGER NOT NULL,
    message_id INTEGER
);
CREATE INDEX IF NOT EXISTS idx_knowledge_counts_entry ON knowledge_counts (entry_id);
COMMENT ON TABLE knowledge_counts IS 'What is still to be added to the counts of entries that another session held when they were used or voted on';
COMMENT ON COLUMN knowledge_counts.message_id IS 'The reply that is still to be told which entry it was';
COMMIT;
