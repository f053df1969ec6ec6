DROP INDEX CONCURRENTLY IF EXISTS idx_conversations_newest;
