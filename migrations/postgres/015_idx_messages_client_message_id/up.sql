CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS idx_messages_client_message_id ON widget_messages (conversation_id, client_message_id) WHERE client_message_id IS NOT NULL;
