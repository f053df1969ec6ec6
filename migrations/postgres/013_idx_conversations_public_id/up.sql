CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS idx_conversations_public_id ON widget_conversations (public_id);
