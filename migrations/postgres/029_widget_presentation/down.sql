BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE widget_configs
    DROP COLUMN IF EXISTS texts,
    DROP COLUMN IF EXISTS consent_required,
    DROP COLUMN IF EXISTS ai_notice,
    DROP COLUMN IF EXISTS privacy_url;
COMMIT;
