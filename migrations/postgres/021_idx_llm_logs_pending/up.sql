-- Holds whose time is over.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_llm_logs_pending ON llm_request_logs (reserved_until) WHERE status = 'pending';
