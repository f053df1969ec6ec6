DROP TRIGGER IF EXISTS frontdesk_version_knowledge_update;
DROP TRIGGER IF EXISTS frontdesk_version_knowledge_delete;
DROP TRIGGER IF EXISTS frontdesk_version_knowledge_insert;
ALTER TABLE widget_configs DROP COLUMN knowledge_version;
ALTER TABLE widget_configs DROP COLUMN language;
ALTER TABLE widget_configs DROP COLUMN answer_order;
