BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TRIGGER IF EXISTS frontdesk_check_timezone_update ON client_llm_usage;
DROP TRIGGER IF EXISTS frontdesk_check_timezone_insert ON client_llm_usage;
DROP FUNCTION IF EXISTS frontdesk_check_timezone();
DROP TABLE IF EXISTS iana_time_zones;
COMMIT;
