-- Takes away what 004 added. The baseline goes with it: going up again records a new one.
DROP TRIGGER IF EXISTS frontdesk_check_timezone_update ON client_llm_usage;
DROP TRIGGER IF EXISTS frontdesk_check_timezone_insert ON client_llm_usage;
DROP FUNCTION IF EXISTS frontdesk_check_timezone();
DROP TRIGGER IF EXISTS frontdesk_note_reset ON client_llm_usage;
DROP FUNCTION IF EXISTS frontdesk_note_reset();
DROP TRIGGER IF EXISTS frontdesk_note_opening ON client_llm_usage;
DROP FUNCTION IF EXISTS frontdesk_note_opening();
ALTER TABLE llm_usage_daily DROP COLUMN IF EXISTS unlogged_requests;
DROP TABLE IF EXISTS llm_usage_adjustments;
