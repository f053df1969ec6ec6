DROP TABLE IF EXISTS webhook_deliveries;
DROP TABLE IF EXISTS webhook_events;
DROP TABLE IF EXISTS webhooks;
ALTER TABLE client_llm_usage DROP COLUMN thresholds_passed;
