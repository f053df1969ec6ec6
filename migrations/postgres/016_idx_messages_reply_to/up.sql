CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_messages_reply_to ON widget_messages (reply_to) WHERE reply_to IS NOT NULL;
