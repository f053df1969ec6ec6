DROP TRIGGER IF EXISTS frontdesk_unanswered_progress;
DROP TABLE IF EXISTS unanswered_progress;
DROP TABLE IF EXISTS unanswered_messages;
DROP TABLE IF EXISTS unanswered_questions;
