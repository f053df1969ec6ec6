-- A widget's newest conversations, page by page, without sorting all that it ever had.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_conversations_newest ON widget_conversations (widget_id, id DESC);
