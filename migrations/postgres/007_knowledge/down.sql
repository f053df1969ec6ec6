BEGIN;
SET LOCAL lock_timeout = '1500ms';
DROP TRIGGER IF EXISTS frontdesk_version_knowledge_truncate ON widget_knowledge_base;
DROP TRIGGER IF EXISTS frontdesk_version_knowledge_update ON widget_knowledge_base;
DROP TRIGGER IF EXISTS frontdesk_version_knowledge_rows ON widget_knowledge_base;
DROP FUNCTION IF EXISTS frontdesk_version_knowledge();
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE widget_configs
    DROP COLUMN IF EXISTS knowledge_version,
    DROP COLUMN IF EXISTS language,
    DROP COLUMN IF EXISTS answer_order;
COMMIT;
