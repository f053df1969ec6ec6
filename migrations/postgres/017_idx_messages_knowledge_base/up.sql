-- For the foreign key: without it each deleted entry would read all messages.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_messages_knowledge_base ON widget_messages (knowledge_base_id) WHERE knowledge_base_id IS NOT NULL;
