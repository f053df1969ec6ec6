ALTER TABLE widget_configs DROP COLUMN texts;
ALTER TABLE widget_configs DROP COLUMN consent_required;
ALTER TABLE widget_configs DROP COLUMN ai_notice;
ALTER TABLE widget_configs DROP COLUMN privacy_url;
