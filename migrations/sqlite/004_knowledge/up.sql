ALTER TABLE widget_configs ADD COLUMN answer_order TEXT DEFAULT 'llm_first';
-- Of the knowledge base and its visitors; NULL: as its entries read.
ALTER TABLE widget_configs ADD COLUMN language TEXT;
ALTER TABLE widget_configs ADD COLUMN knowledge_version INTEGER NOT NULL DEFAULT 0;

-- The version differs after each change of the knowledge base, but not of the counters, which change with the answers.
CREATE TRIGGER IF NOT EXISTS frontdesk_version_knowledge_insert AFTER INSERT ON widget_knowledge_base
BEGIN
    UPDATE widget_configs SET knowledge_version = knowledge_version + 1 WHERE id = NEW.widget_id;
END;
CREATE TRIGGER IF NOT EXISTS frontdesk_version_knowledge_delete AFTER DELETE ON widget_knowledge_base
BEGIN
    UPDATE widget_configs SET knowledge_version = knowledge_version + 1 WHERE id = OLD.widget_id;
END;
CREATE TRIGGER IF NOT EXISTS frontdesk_version_knowledge_update
    AFTER UPDATE OF id, widget_id, category, question, answer, keywords, priority, is_active ON widget_knowledge_base
BEGIN
    UPDATE widget_configs SET knowledge_version = knowledge_version + 1 WHERE id IN (OLD.widget_id, NEW.widget_id);
END;
