CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_conversations_widget ON widget_conversations (widget_id);
