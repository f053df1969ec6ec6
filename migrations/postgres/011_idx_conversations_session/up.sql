CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_conversations_session ON widget_conversations (session_id);
