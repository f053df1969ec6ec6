-- For the foreign key: without it each deleted conversation would read the whole log.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_llm_logs_conversation ON llm_request_logs (conversation_id) WHERE conversation_id IS NOT NULL;
