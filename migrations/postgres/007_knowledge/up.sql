BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE widget_configs
    ADD COLUMN IF NOT EXISTS answer_order VARCHAR(20) DEFAULT 'llm_first',
    ADD COLUMN IF NOT EXISTS language VARCHAR(20),
    ADD COLUMN IF NOT EXISTS knowledge_version BIGINT NOT NULL DEFAULT 0;
COMMENT ON COLUMN widget_configs.answer_order IS 'llm_first: a model answers, else the knowledge base; knowledge_first: the knowledge base where it is sure, without a credit';
COMMENT ON COLUMN widget_configs.language IS 'Of the knowledge base and its visitors: en, de, fr, es, it, pt, nl or any other; NULL: as its entries read';
COMMENT ON COLUMN widget_configs.knowledge_version IS 'Differs after each change of the knowledge base; written by triggers';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- The transaction's number, so that one with thousands of entries writes the widget's row once.
CREATE OR REPLACE FUNCTION frontdesk_version_knowledge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        UPDATE widget_configs SET knowledge_version = txid_current();
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        UPDATE widget_configs SET knowledge_version = txid_current()
        WHERE id = OLD.widget_id AND knowledge_version <> txid_current();
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.widget_id IS DISTINCT FROM OLD.widget_id) THEN
        UPDATE widget_configs SET knowledge_version = txid_current()
        WHERE id = NEW.widget_id AND knowledge_version <> txid_current();
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER frontdesk_version_knowledge_rows AFTER INSERT OR DELETE ON widget_knowledge_base FOR EACH ROW
    EXECUTE FUNCTION frontdesk_version_knowledge();
-- Not for the counters, which change with the answers.
CREATE OR REPLACE TRIGGER frontdesk_version_knowledge_update
    AFTER UPDATE OF id, widget_id, category, question, answer, keywords, priority, is_active ON widget_knowledge_base FOR EACH ROW
    EXECUTE FUNCTION frontdesk_version_knowledge();
CREATE OR REPLACE TRIGGER frontdesk_version_knowledge_truncate AFTER TRUNCATE ON widget_knowledge_base
    EXECUTE FUNCTION frontdesk_version_knowledge();
COMMIT;
