CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_messages_conversation ON widget_messages (conversation_id);
