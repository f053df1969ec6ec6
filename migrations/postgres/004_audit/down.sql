-- Takes away what 004 added. The baseline goes with it: going up again records a new one. The rows of the request log still
-- outlive their conversations.
BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TRIGGER IF EXISTS frontdesk_note_reset ON client_llm_usage;
DROP FUNCTION IF EXISTS frontdesk_note_reset();
DROP TRIGGER IF EXISTS frontdesk_note_opening ON client_llm_usage;
DROP FUNCTION IF EXISTS frontdesk_note_opening();
DROP TABLE IF EXISTS llm_usage_opening;
DROP TABLE IF EXISTS llm_usage_adjustments;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE IF EXISTS llm_usage_daily DROP COLUMN IF EXISTS unlogged_requests;
COMMIT;
