BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE widget_configs
    ADD COLUMN IF NOT EXISTS privacy_url TEXT,
    ADD COLUMN IF NOT EXISTS ai_notice BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN IF NOT EXISTS consent_required BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS texts JSONB;
COMMENT ON COLUMN widget_configs.privacy_url IS 'The client''s privacy policy, to which the widget leads; NULL: no link';
COMMENT ON COLUMN widget_configs.ai_notice IS 'Whether the widget says that an AI answers';
COMMENT ON COLUMN widget_configs.consent_required IS 'Whether a visitor has to agree before the first message';
COMMENT ON COLUMN widget_configs.texts IS 'Texts in place of the widget''s own, by their name, or by language and name';
COMMIT;
