CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_llm_logs_status ON llm_request_logs (status);
