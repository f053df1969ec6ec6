CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_llm_logs_widget_date ON llm_request_logs (widget_id, created_at DESC);
