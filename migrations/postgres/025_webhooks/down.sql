BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TABLE IF EXISTS webhook_deliveries;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TABLE IF EXISTS webhook_events;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TABLE IF EXISTS webhooks;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE client_llm_usage DROP COLUMN IF EXISTS thresholds_passed;
COMMIT;
