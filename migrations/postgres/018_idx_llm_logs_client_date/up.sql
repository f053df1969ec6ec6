CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_llm_logs_client_date ON llm_request_logs (client_id, created_at DESC);
