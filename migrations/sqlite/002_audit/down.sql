DROP TRIGGER IF EXISTS frontdesk_keep_log;
DROP TRIGGER IF EXISTS frontdesk_note_reset;
DROP TRIGGER IF EXISTS frontdesk_note_opening;
ALTER TABLE llm_usage_daily DROP COLUMN unlogged_requests;
DROP TABLE IF EXISTS llm_usage_adjustments;
