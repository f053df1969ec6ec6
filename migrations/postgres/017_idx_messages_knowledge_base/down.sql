DROP INDEX CONCURRENTLY IF EXISTS idx_messages_knowledge_base;
