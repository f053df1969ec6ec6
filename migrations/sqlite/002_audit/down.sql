DROP INDEX IF EXISTS idx_messages_one_reply;
CREATE INDEX IF NOT EXISTS idx_messages_reply_to ON widget_messages (reply_to) WHERE reply_to IS NOT NULL;
DROP TRIGGER IF EXISTS frontdesk_keep_log_of_client;
DROP TRIGGER IF EXISTS frontdesk_keep_log;
DROP TRIGGER IF EXISTS frontdesk_note_reset;
DROP TRIGGER IF EXISTS frontdesk_note_opening;
ALTER TABLE llm_usage_daily DROP COLUMN unlogged_requests;
DROP TABLE IF EXISTS llm_usage_adjustments;
