DROP INDEX CONCURRENTLY IF EXISTS idx_messages_client_message_id;
