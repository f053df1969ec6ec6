BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TABLE IF EXISTS knowledge_counts;
COMMIT;
