-- What an audit needs to explain every counter by the request log, for ever: what the log does not show is kept beside it.

DO $$
BEGIN
    IF to_regclass('llm_usage_adjustments') IS NOT NULL THEN
        RETURN;
    END IF;
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
    -- The baseline of accounts that were there before: their counters and their history, less what the log explains.
    INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month,
        requests_this_month, total_tokens, total_requests)
    SELECT * FROM (
        SELECT u.id, 'opening balance', u.last_daily_reset, u.last_monthly_reset,
            COALESCE(u.tokens_used_today, 0) - COALESCE(l.tokens_today, 0) AS td,
            COALESCE(u.requests_made_today, 0) - COALESCE(l.requests_today, 0) AS rd,
            COALESCE(u.tokens_used_this_month, 0) - COALESCE(l.tokens_this_month, 0) AS tm,
            COALESCE(u.requests_made_this_month, 0) - COALESCE(l.requests_this_month, 0) AS rm,
            COALESCE(u.total_tokens_used, 0) - COALESCE(l.tokens, 0) AS tt,
            COALESCE(u.total_requests_made, 0) - COALESCE(l.requests, 0) AS tr
        FROM client_llm_usage u
        LEFT JOIN (
            SELECT a.id, sum(g.total_tokens) AS tokens, count(*) FILTER (WHERE g.status = 'success') AS requests,
                sum(g.total_tokens) FILTER (WHERE g.booked_on = a.last_daily_reset) AS tokens_today,
                count(*) FILTER (WHERE g.status = 'success' AND g.booked_on = a.last_daily_reset) AS requests_today,
                sum(g.total_tokens) FILTER (WHERE g.booked_on >= a.last_monthly_reset) AS tokens_this_month,
                count(*) FILTER (WHERE g.status = 'success' AND g.booked_on >= a.last_monthly_reset) AS requests_this_month
            FROM llm_request_logs g JOIN client_llm_usage a ON a.id = g.account_id
            WHERE g.booked_on IS NOT NULL GROUP BY a.id
        ) l ON l.id = u.id
    ) opening
    WHERE td <> 0 OR rd <> 0 OR tm <> 0 OR rm <> 0 OR tt <> 0 OR tr <> 0;
    INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month, requests_this_month)
    SELECT h.account_id, 'opening balance', CASE WHEN h.period = 'day' THEN h.period_start END,
        CASE WHEN h.period = 'month' THEN h.period_start END,
        CASE WHEN h.period = 'day' THEN h.tokens_used - COALESCE(sum(g.total_tokens), 0) ELSE 0 END,
        CASE WHEN h.period = 'day' THEN h.requests_made - count(g.id) FILTER (WHERE g.status = 'success') ELSE 0 END,
        CASE WHEN h.period = 'month' THEN h.tokens_used - COALESCE(sum(g.total_tokens), 0) ELSE 0 END,
        CASE WHEN h.period = 'month' THEN h.requests_made - count(g.id) FILTER (WHERE g.status = 'success') ELSE 0 END
    FROM llm_usage_history h
    LEFT JOIN llm_request_logs g ON g.account_id = h.account_id AND g.booked_on >= h.period_start
        AND g.booked_on < h.period_start + CASE h.period WHEN 'day' THEN INTERVAL '1 day' ELSE INTERVAL '1 month' END
    GROUP BY h.account_id, h.period, h.period_start, h.tokens_used, h.requests_made
    HAVING h.tokens_used <> COALESCE(sum(g.total_tokens), 0) OR h.requests_made <> count(g.id) FILTER (WHERE g.status = 'success');

    ALTER TABLE llm_usage_daily ADD COLUMN unlogged_requests BIGINT NOT NULL DEFAULT 0;
    UPDATE llm_usage_daily d SET unlogged_requests = d.requests - (
        SELECT count(*) FROM llm_request_logs g
        WHERE g.widget_id = d.widget_id AND g.booked_on = d.day AND g.llm_provider = d.llm_provider AND g.llm_model = d.llm_model
            AND g.account_id IS NOT NULL AND g.status <> 'pending');
END $$;

CREATE UNIQUE INDEX IF NOT EXISTS idx_llm_usage_adjustments_pruned ON llm_usage_adjustments (account_id, day) WHERE reason = 'pruned';
CREATE INDEX IF NOT EXISTS idx_llm_usage_adjustments_account ON llm_usage_adjustments (account_id);

COMMENT ON TABLE llm_usage_adjustments IS 'What the counters hold and llm_request_logs does not show: opening balances, manual resets, pruned rows';
COMMENT ON COLUMN llm_usage_adjustments.reason IS 'opening balance, manual reset, or pruned';
COMMENT ON COLUMN llm_usage_adjustments.day IS 'The local day that tokens_today and requests_today belong to; NULL where the account did not know it';
COMMENT ON COLUMN llm_usage_adjustments.month IS 'The first day of the month that tokens_this_month and requests_this_month belong to';

COMMENT ON COLUMN llm_usage_daily.unlogged_requests IS 'How many of the requests have no row of the ledger: they are from before it, or pruned';

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
DROP TRIGGER IF EXISTS frontdesk_note_opening ON client_llm_usage;
CREATE TRIGGER frontdesk_note_opening AFTER INSERT ON client_llm_usage FOR EACH ROW
    WHEN (NEW.tokens_used_today <> 0 OR NEW.requests_made_today <> 0 OR NEW.tokens_used_this_month <> 0
        OR NEW.requests_made_this_month <> 0 OR NEW.total_tokens_used <> 0 OR NEW.total_requests_made <> 0)
    EXECUTE FUNCTION frontdesk_note_opening();

-- The guide's manual reset sets both of a period's counters to 0 and leaves its date. No other statement does: the service's own
-- counters only grow within a period.
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
DROP TRIGGER IF EXISTS frontdesk_note_reset ON client_llm_usage;
CREATE TRIGGER frontdesk_note_reset AFTER UPDATE ON client_llm_usage FOR EACH ROW
    WHEN ((NEW.tokens_used_today = 0 AND NEW.requests_made_today = 0 AND (OLD.tokens_used_today <> 0 OR OLD.requests_made_today <> 0)
            AND NEW.last_daily_reset IS NOT DISTINCT FROM OLD.last_daily_reset)
        OR (NEW.tokens_used_this_month = 0 AND NEW.requests_made_this_month = 0
            AND (OLD.tokens_used_this_month <> 0 OR OLD.requests_made_this_month <> 0)
            AND NEW.last_monthly_reset IS NOT DISTINCT FROM OLD.last_monthly_reset))
    EXECUTE FUNCTION frontdesk_note_reset();

-- A time zone is checked when it is written, and stored as the IANA database spells it.
CREATE OR REPLACE FUNCTION frontdesk_check_timezone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_name TEXT;
BEGIN
    SELECT name INTO v_name FROM pg_timezone_names
    WHERE lower(name) = lower(NEW.reset_timezone) AND name !~ '^(posix|right)/' AND name NOT IN ('posixrules', 'localtime', 'Factory')
    ORDER BY name = NEW.reset_timezone DESC LIMIT 1;
    IF v_name IS NULL THEN
        RAISE EXCEPTION 'unknown time zone "%": use an IANA name such as "UTC" or "Europe/Berlin"', NEW.reset_timezone
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    NEW.reset_timezone := v_name;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS frontdesk_check_timezone_insert ON client_llm_usage;
CREATE TRIGGER frontdesk_check_timezone_insert BEFORE INSERT ON client_llm_usage FOR EACH ROW
    WHEN (NEW.reset_timezone <> 'UTC') EXECUTE FUNCTION frontdesk_check_timezone();
DROP TRIGGER IF EXISTS frontdesk_check_timezone_update ON client_llm_usage;
CREATE TRIGGER frontdesk_check_timezone_update BEFORE UPDATE OF reset_timezone ON client_llm_usage FOR EACH ROW
    WHEN (NEW.reset_timezone <> 'UTC' AND NEW.reset_timezone IS DISTINCT FROM OLD.reset_timezone) EXECUTE FUNCTION frontdesk_check_timezone();

-- The request log explains the counters, and a pending row is a hold: neither may vanish with its conversation. NOT VALID spares
-- a look at every row: the constraint that it replaces held for all of them.
DO $$
DECLARE c RECORD;
BEGIN
    FOR c IN
        SELECT f.conname FROM pg_constraint f
        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
        WHERE f.conrelid = 'llm_request_logs'::regclass AND f.contype = 'f' AND cardinality(f.conkey) = 1
            AND a.attname = 'conversation_id' AND f.confdeltype <> 'n'
    LOOP
        EXECUTE format('ALTER TABLE llm_request_logs DROP CONSTRAINT %I', c.conname);
        EXECUTE format('ALTER TABLE llm_request_logs ADD CONSTRAINT %I FOREIGN KEY (conversation_id)
            REFERENCES widget_conversations (id) ON DELETE SET NULL NOT VALID', c.conname);
    END LOOP;
END $$;
