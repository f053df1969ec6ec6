DROP INDEX CONCURRENTLY IF EXISTS idx_messages_one_reply;
