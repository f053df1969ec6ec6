BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TABLE IF EXISTS unanswered_progress;
DROP TABLE IF EXISTS unanswered_messages;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TABLE IF EXISTS unanswered_questions;
COMMIT;
