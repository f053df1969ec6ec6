DROP INDEX CONCURRENTLY IF EXISTS idx_conversations_public_id;
