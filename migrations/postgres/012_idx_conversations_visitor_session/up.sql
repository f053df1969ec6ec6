CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_conversations_visitor_session ON widget_conversations (visitor_session_id);
