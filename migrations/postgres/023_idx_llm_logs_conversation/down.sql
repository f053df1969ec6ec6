DROP INDEX CONCURRENTLY IF EXISTS idx_llm_logs_conversation;
