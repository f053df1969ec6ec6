-- An entry that is replaced fires no trigger of a deletion (`recursive_triggers` is off): the widget that loses it hears of
-- it here. Without an id of its own a new entry has none that is taken.
CREATE TRIGGER IF NOT EXISTS frontdesk_version_knowledge_replace BEFORE INSERT ON widget_knowledge_base
WHEN EXISTS (SELECT 1 FROM widget_knowledge_base WHERE id = NEW.id)
BEGIN
    UPDATE widget_configs SET knowledge_version = knowledge_version + 1
    WHERE id = (SELECT widget_id FROM widget_knowledge_base WHERE id = NEW.id);
END;
CREATE TRIGGER IF NOT EXISTS frontdesk_version_knowledge_replace_by_update BEFORE UPDATE OF id ON widget_knowledge_base
WHEN NEW.id <> OLD.id AND EXISTS (SELECT 1 FROM widget_knowledge_base WHERE id = NEW.id)
BEGIN
    UPDATE widget_configs SET knowledge_version = knowledge_version + 1
    WHERE id = (SELECT widget_id FROM widget_knowledge_base WHERE id = NEW.id);
END;
