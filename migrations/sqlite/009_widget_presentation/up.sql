-- The client's privacy policy, to which the widget leads; NULL: no link.
ALTER TABLE widget_configs ADD COLUMN privacy_url TEXT;
-- Whether the widget says that an AI answers.
ALTER TABLE widget_configs ADD COLUMN ai_notice INTEGER NOT NULL DEFAULT 1;
-- Whether a visitor has to agree before the first message.
ALTER TABLE widget_configs ADD COLUMN consent_required INTEGER NOT NULL DEFAULT 0;
-- JSON: texts in place of the widget's own, by their name, or by language and name.
ALTER TABLE widget_configs ADD COLUMN texts TEXT;
