-- What an audit needs to explain every counter by the request log, for ever: what the log does not show is kept beside it.

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- Where this makes the table, the accounts that are there need their opening balances once: llm_usage_opening stands for that
-- until it is done. They are counted outside of this transaction, which keeps writers of the accounts out.
DO $adjustments$
BEGIN
    IF to_regclass('llm_usage_adjustments') IS NULL THEN
        CREATE TABLE llm_usage_adjustments (
            id BIGSERIAL PRIMARY KEY,
            account_id INTEGER NOT NULL REFERENCES client_llm_usage (id) ON DELETE CASCADE,
            reason VARCHAR(20) NOT NULL,
            day DATE,
            month DATE,
            tokens_today BIGINT NOT NULL DEFAULT 0,
            requests_today BIGINT NOT NULL DEFAULT 0,
            tokens_this_month BIGINT NOT NULL DEFAULT 0,
            requests_this_month BIGINT NOT NULL DEFAULT 0,
            total_tokens BIGINT NOT NULL DEFAULT 0,
            total_requests BIGINT NOT NULL DEFAULT 0,
            created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc')
        );
        CREATE TABLE llm_usage_opening ();
    END IF;
END $adjustments$;
CREATE UNIQUE INDEX IF NOT EXISTS idx_llm_usage_adjustments_pruned ON llm_usage_adjustments (account_id, day) WHERE reason = 'pruned';
CREATE INDEX IF NOT EXISTS idx_llm_usage_adjustments_account ON llm_usage_adjustments (account_id);
COMMENT ON TABLE llm_usage_adjustments IS 'What the counters hold and llm_request_logs does not show: opening balances, manual resets, pruned rows';
COMMENT ON COLUMN llm_usage_adjustments.reason IS 'opening balance, manual reset, or pruned';
COMMENT ON COLUMN llm_usage_adjustments.day IS 'The local day that tokens_today and requests_today belong to; NULL where the account did not know it';
COMMENT ON COLUMN llm_usage_adjustments.month IS 'The first day of the month that tokens_this_month and requests_this_month belong to';

-- An account that is put in with counters has an opening balance, too.
CREATE OR REPLACE FUNCTION frontdesk_note_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month,
        requests_this_month, total_tokens, total_requests)
    VALUES (NEW.id, 'opening balance', NEW.last_daily_reset, NEW.last_monthly_reset, COALESCE(NEW.tokens_used_today, 0),
        COALESCE(NEW.requests_made_today, 0), COALESCE(NEW.tokens_used_this_month, 0), COALESCE(NEW.requests_made_this_month, 0),
        COALESCE(NEW.total_tokens_used, 0), COALESCE(NEW.total_requests_made, 0));
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER frontdesk_note_opening AFTER INSERT ON client_llm_usage FOR EACH ROW
    WHEN (NEW.tokens_used_today <> 0 OR NEW.requests_made_today <> 0 OR NEW.tokens_used_this_month <> 0
        OR NEW.requests_made_this_month <> 0 OR NEW.total_tokens_used <> 0 OR NEW.total_requests_made <> 0)
    EXECUTE FUNCTION frontdesk_note_opening();

-- The guide's manual reset sets both of a period's counters to 0 and leaves its date. The service's own counters only
-- grow within a period; a repair by the audit takes this row back.
CREATE OR REPLACE FUNCTION frontdesk_note_reset() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_day BOOLEAN := NEW.tokens_used_today = 0 AND NEW.requests_made_today = 0
        AND NEW.last_daily_reset IS NOT DISTINCT FROM OLD.last_daily_reset;
    v_month BOOLEAN := NEW.tokens_used_this_month = 0 AND NEW.requests_made_this_month = 0
        AND NEW.last_monthly_reset IS NOT DISTINCT FROM OLD.last_monthly_reset;
BEGIN
    INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month, requests_this_month)
    VALUES (NEW.id, 'manual reset', OLD.last_daily_reset, OLD.last_monthly_reset,
        CASE WHEN v_day THEN -COALESCE(OLD.tokens_used_today, 0) ELSE 0 END,
        CASE WHEN v_day THEN -COALESCE(OLD.requests_made_today, 0) ELSE 0 END,
        CASE WHEN v_month THEN -COALESCE(OLD.tokens_used_this_month, 0) ELSE 0 END,
        CASE WHEN v_month THEN -COALESCE(OLD.requests_made_this_month, 0) ELSE 0 END);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER frontdesk_note_reset AFTER UPDATE ON client_llm_usage FOR EACH ROW
    WHEN ((NEW.tokens_used_today = 0 AND NEW.requests_made_today = 0 AND (OLD.tokens_used_today <> 0 OR OLD.requests_made_today <> 0)
            AND NEW.last_daily_reset IS NOT DISTINCT FROM OLD.last_daily_reset)
        OR (NEW.tokens_used_this_month = 0 AND NEW.requests_made_this_month = 0
            AND (OLD.tokens_used_this_month <> 0 OR OLD.requests_made_this_month <> 0)
            AND NEW.last_monthly_reset IS NOT DISTINCT FROM OLD.last_monthly_reset))
    EXECUTE FUNCTION frontdesk_note_reset();
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE llm_usage_daily ADD COLUMN IF NOT EXISTS unlogged_requests BIGINT NOT NULL DEFAULT 0;
COMMENT ON COLUMN llm_usage_daily.unlogged_requests IS 'How many of the requests have no row of the ledger: they are from before it, or pruned';
COMMIT;

BEGIN;
-- What is in the rollup and not in the ledger. As long as llm_usage_opening stands this may be done again.
DO $unlogged$
BEGIN
    IF to_regclass('llm_usage_opening') IS NULL THEN
        RETURN;
    END IF;
    UPDATE llm_usage_daily d SET unlogged_requests = d.requests - COALESCE(g.requests, 0)
    FROM llm_usage_daily e
    LEFT JOIN (
        SELECT widget_id, booked_on, llm_provider, llm_model, count(*) AS requests FROM llm_request_logs
        WHERE account_id IS NOT NULL AND booked_on IS NOT NULL AND widget_id IS NOT NULL GROUP BY 1, 2, 3, 4
    ) g ON g.widget_id = e.widget_id AND g.booked_on = e.day AND g.llm_provider = e.llm_provider AND g.llm_model = e.llm_model
    WHERE d.widget_id = e.widget_id AND d.day = e.day AND d.llm_provider = e.llm_provider AND d.llm_model = e.llm_model
        AND d.unlogged_requests <> d.requests - COALESCE(g.requests, 0);
END $unlogged$;
COMMIT;

BEGIN;
-- The baseline of accounts that were there before: their counters and their history, less what is explained already. One
-- statement, so that all of it is of one moment.
DO $opening$
BEGIN
    IF to_regclass('llm_usage_opening') IS NULL THEN
        RETURN;
    END IF;
    WITH explained AS MATERIALIZED (
        SELECT account_id, booked_on AS day, date_trunc('month', booked_on)::date AS month, sum(total_tokens)::bigint AS td,
            count(*) FILTER (WHERE status = 'success') AS rd, sum(total_tokens)::bigint AS tm,
            count(*) FILTER (WHERE status = 'success') AS rm, sum(total_tokens)::bigint AS tt,
            count(*) FILTER (WHERE status = 'success') AS tr
        FROM llm_request_logs WHERE account_id IS NOT NULL AND booked_on IS NOT NULL GROUP BY 1, 2
        UNION ALL
        SELECT account_id, day, date_trunc('month', month)::date, tokens_today, requests_today, tokens_this_month, requests_this_month,
            total_tokens, total_requests
        FROM llm_usage_adjustments
    ), running AS (
        -- Of the running day and month, and ever.
        INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month,
            requests_this_month, total_tokens, total_requests)
        SELECT * FROM (
            SELECT u.id, 'opening balance', u.last_daily_reset, date_trunc('month', u.last_monthly_reset)::date,
                COALESCE(u.tokens_used_today, 0) - COALESCE(e.td, 0) AS td,
                COALESCE(u.requests_made_today, 0) - COALESCE(e.rd, 0) AS rd,
                COALESCE(u.tokens_used_this_month, 0) - COALESCE(e.tm, 0) AS tm,
                COALESCE(u.requests_made_this_month, 0) - COALESCE(e.rm, 0) AS rm,
                COALESCE(u.total_tokens_used, 0) - COALESCE(e.tt, 0) AS tt,
                COALESCE(u.total_requests_made, 0) - COALESCE(e.tr, 0) AS tr
            FROM client_llm_usage u
            LEFT JOIN (
                SELECT x.account_id, sum(x.td) FILTER (WHERE x.day IS NOT DISTINCT FROM a.last_daily_reset) AS td,
                    sum(x.rd) FILTER (WHERE x.day IS NOT DISTINCT FROM a.last_daily_reset) AS rd,
                    sum(x.tm) FILTER (WHERE x.month IS NOT DISTINCT FROM date_trunc('month', a.last_monthly_reset)::date) AS tm,
                    sum(x.rm) FILTER (WHERE x.month IS NOT DISTINCT FROM date_trunc('month', a.last_monthly_reset)::date) AS rm,
                    sum(x.tt) AS tt, sum(x.tr) AS tr
                FROM explained x JOIN client_llm_usage a ON a.id = x.account_id GROUP BY 1
            ) e ON e.account_id = u.id
        ) opening
        WHERE td <> 0 OR rd <> 0 OR tm <> 0 OR rm <> 0 OR tt <> 0 OR tr <> 0
    )
    -- Of the days and months before: what the history says, or that it says nothing.
    INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month, requests_this_month)
    SELECT account_id, 'opening balance', CASE period WHEN 'day' THEN start END, CASE period WHEN 'month' THEN start END,
        CASE period WHEN 'day' THEN tokens ELSE 0 END, CASE period WHEN 'day' THEN requests ELSE 0 END,
        CASE period WHEN 'month' THEN tokens ELSE 0 END, CASE period WHEN 'month' THEN requests ELSE 0 END
    FROM (
        SELECT account_id, period, start, sum(tokens) AS tokens, sum(requests) AS requests FROM (
            SELECT account_id, period::text, period_start AS start, tokens_used AS tokens, requests_made AS requests FROM llm_usage_history
            UNION ALL
            SELECT account_id, 'day', day, -td, -rd FROM explained
            UNION ALL
            SELECT account_id, 'month', month, -tm, -rm FROM explained
        ) AS sides GROUP BY 1, 2, 3
    ) AS closed JOIN client_llm_usage a ON a.id = closed.account_id
    WHERE (tokens <> 0 OR requests <> 0) AND start IS NOT NULL
        AND CASE period WHEN 'day' THEN COALESCE(start < a.last_daily_reset, true)
            ELSE COALESCE(start < date_trunc('month', a.last_monthly_reset)::date, true) END;
    DROP TABLE llm_usage_opening;
END $opening$;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- The request log explains the counters and the rollup, and a pending row is a hold: neither may vanish with its conversation. NOT
-- VALID spares a look at every row: the constraint that it replaces held for all of them. The locks in the order of the writers.
LOCK TABLE widget_conversations IN ACCESS EXCLUSIVE MODE;
DO $conversation_key$
DECLARE c RECORD;
BEGIN
    FOR c IN
        SELECT f.conname, f.confrelid::regclass AS referenced FROM pg_constraint f
        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
        WHERE f.conrelid = 'llm_request_logs'::regclass AND f.contype = 'f' AND cardinality(f.conkey) = 1
            AND a.attname = 'conversation_id' AND f.confdeltype <> 'n'
    LOOP
        EXECUTE format('ALTER TABLE llm_request_logs DROP CONSTRAINT %I', c.conname);
        EXECUTE format('ALTER TABLE llm_request_logs ADD CONSTRAINT %I FOREIGN KEY (conversation_id) REFERENCES %s (id)
            ON DELETE SET NULL NOT VALID', c.conname, c.referenced);
    END LOOP;
END $conversation_key$;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- Nor with a client whose widget has moved to another.
DO $client_key$
DECLARE c RECORD;
BEGIN
    FOR c IN
        SELECT f.conname, f.confrelid::regclass AS referenced FROM pg_constraint f
        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
        WHERE f.conrelid = 'llm_request_logs'::regclass AND f.contype = 'f' AND cardinality(f.conkey) = 1
            AND a.attname = 'client_id' AND f.confdeltype <> 'n'
    LOOP
        EXECUTE format('ALTER TABLE llm_request_logs DROP CONSTRAINT %I', c.conname);
        EXECUTE format('ALTER TABLE llm_request_logs ADD CONSTRAINT %I FOREIGN KEY (client_id) REFERENCES %s (id)
            ON DELETE SET NULL NOT VALID', c.conname, c.referenced);
    END LOOP;
END $client_key$;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- 016 has its place: a message is answered once.
DROP INDEX IF EXISTS idx_messages_reply_to;
COMMIT;
