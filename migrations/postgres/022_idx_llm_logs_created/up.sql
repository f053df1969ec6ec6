-- For pruning by age.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_llm_logs_created ON llm_request_logs (created_at);
