-- A message is answered once.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS idx_messages_one_reply ON widget_messages (reply_to) WHERE reply_to IS NOT NULL;
