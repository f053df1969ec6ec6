-- The ledger's own columns and tables on top of those that operators know. One transaction per table. Indexes of big tables:
-- 010 and later.

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- int4 counters overflow at two thousand million tokens. All columns in one statement: the table is written anew once.
DO $widen$
DECLARE
    v_columns TEXT;
    v_detail TEXT;
BEGIN
    SELECT string_agg(format('ALTER COLUMN %I TYPE BIGINT', attname), ', ') INTO v_columns FROM pg_attribute
    WHERE attrelid = 'client_llm_usage'::regclass AND atttypid = 'int4'::regtype AND attname IN ('monthly_token_limit',
        'daily_token_limit', 'monthly_request_limit', 'daily_request_limit', 'tokens_used_this_month', 'tokens_used_today',
        'requests_made_this_month', 'requests_made_today', 'total_tokens_used', 'total_requests_made');
    IF v_columns IS NOT NULL THEN
        EXECUTE 'ALTER TABLE client_llm_usage ' || v_columns;
    END IF;
EXCEPTION WHEN feature_not_supported THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    RAISE EXCEPTION 'client_llm_usage: its counters cannot become BIGINT: %. Drop that view, migrate, and create it again', v_detail;
END $widen$;

ALTER TABLE client_llm_usage
    ADD COLUMN IF NOT EXISTS tokens_reserved BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS requests_reserved BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS reset_timezone VARCHAR(64) NOT NULL DEFAULT 'UTC',
    ADD COLUMN IF NOT EXISTS exhausted_limit VARCHAR(32);

COMMENT ON COLUMN client_llm_usage.tokens_reserved IS 'Tokens held by messages that are being answered: the sum of reserved_tokens over pending rows of llm_request_logs';
COMMENT ON COLUMN client_llm_usage.requests_reserved IS 'Messages that are being answered: the number of pending rows of llm_request_logs';
COMMENT ON COLUMN client_llm_usage.reset_timezone IS 'IANA time zone in which the account''s days and months begin';
COMMENT ON COLUMN client_llm_usage.exhausted_limit IS 'The limit for which credits_exhausted was set; NULL when it was set by hand';

-- NULLs are distinct in a UNIQUE constraint, so an account without a client could exist twice: fold duplicates into the
-- oldest row, then forbid them. Only what was used in the newest day and month of all still counts for these.
WITH twins AS (
    SELECT min(id) AS keep, array_agg(id) AS ids, max(last_daily_reset) AS day, max(last_monthly_reset) AS month
    FROM client_llm_usage GROUP BY COALESCE(client_id, 0), COALESCE(widget_id, 0) HAVING count(*) > 1
), sums AS (
    SELECT t.keep, t.ids, t.day, t.month,
        COALESCE(sum(u.tokens_used_today) FILTER (WHERE u.last_daily_reset IS NOT DISTINCT FROM t.day), 0) AS td,
        COALESCE(sum(u.requests_made_today) FILTER (WHERE u.last_daily_reset IS NOT DISTINCT FROM t.day), 0) AS rd,
        COALESCE(sum(u.tokens_used_this_month) FILTER (WHERE u.last_monthly_reset IS NOT DISTINCT FROM t.month), 0) AS tm,
        COALESCE(sum(u.requests_made_this_month) FILTER (WHERE u.last_monthly_reset IS NOT DISTINCT FROM t.month), 0) AS rm,
        COALESCE(sum(u.total_tokens_used), 0) AS tt, COALESCE(sum(u.total_requests_made), 0) AS tr
    FROM twins t JOIN client_llm_usage u ON u.id = ANY (t.ids) GROUP BY 1, 2, 3, 4
), folded AS (
    UPDATE client_llm_usage u SET last_daily_reset = s.day, last_monthly_reset = s.month, tokens_used_this_month = s.tm,
        tokens_used_today = s.td, requests_made_this_month = s.rm, requests_made_today = s.rd, total_tokens_used = s.tt,
        total_requests_made = s.tr
    FROM sums s WHERE u.id = s.keep
)
DELETE FROM client_llm_usage u USING sums s WHERE u.id = ANY (s.ids) AND u.id <> s.keep;

CREATE UNIQUE INDEX IF NOT EXISTS idx_client_llm_usage_account ON client_llm_usage (COALESCE(widget_id, 0), COALESCE(client_id, 0));
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE llm_request_logs
    ADD COLUMN IF NOT EXISTS account_id INTEGER,
    ADD COLUMN IF NOT EXISTS reserved_tokens BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS reserved_until TIMESTAMP,
    ADD COLUMN IF NOT EXISTS message_id INTEGER,
    ADD COLUMN IF NOT EXISTS attempt INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN IF NOT EXISTS usage_estimated BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS settled_at TIMESTAMP,
    ADD COLUMN IF NOT EXISTS booked_on DATE;

COMMENT ON COLUMN llm_request_logs.account_id IS 'client_llm_usage.id of the account that is charged';
COMMENT ON COLUMN llm_request_logs.reserved_tokens IS 'Tokens held while the row is pending: estimated prompt plus the reply cap';
COMMENT ON COLUMN llm_request_logs.reserved_until IS 'When a pending row counts as abandoned and its hold is released';
COMMENT ON COLUMN llm_request_logs.message_id IS 'widget_messages.id of the visitor''s message';
COMMENT ON COLUMN llm_request_logs.attempt IS 'Which attempt at answering the message it is, from 1';
COMMENT ON COLUMN llm_request_logs.usage_estimated IS 'The provider reported no tokens; they were estimated';
COMMENT ON COLUMN llm_request_logs.booked_on IS 'The account''s local day to which the tokens were charged';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE widget_conversations ADD COLUMN IF NOT EXISTS public_id BIGINT;
COMMENT ON COLUMN widget_conversations.public_id IS 'The conversation id that visitors see: random, 53 bits';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
ALTER TABLE widget_messages
    ADD COLUMN IF NOT EXISTS client_message_id VARCHAR(100),
    ADD COLUMN IF NOT EXISTS reply_to INTEGER;
COMMENT ON COLUMN widget_messages.client_message_id IS 'Idempotency key of a visitor''s message, unique in its conversation';
COMMENT ON COLUMN widget_messages.reply_to IS 'widget_messages.id of the visitor''s message that this one answers';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- An entry that was an answer once can be deleted; the answer stays. NOT VALID spares a look at every message: the constraint
-- that it replaces held for all of them.
DO $entry_key$
DECLARE c RECORD;
BEGIN
    FOR c IN
        SELECT f.conname FROM pg_constraint f
        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
        WHERE f.conrelid = 'widget_messages'::regclass AND f.contype = 'f' AND cardinality(f.conkey) = 1
            AND a.attname = 'knowledge_base_id' AND f.confdeltype <> 'n'
    LOOP
        EXECUTE format('ALTER TABLE widget_messages DROP CONSTRAINT %I', c.conname);
        EXECUTE format('ALTER TABLE widget_messages ADD CONSTRAINT %I FOREIGN KEY (knowledge_base_id)
            REFERENCES widget_knowledge_base (id) ON DELETE SET NULL NOT VALID', c.conname);
    END LOOP;
END $entry_key$;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- Where this makes the rollup, the log has to be counted into it once: llm_usage_backfill stands for that until 005 has
-- done it. Rows are counted outside of this transaction, which holds a lock on widget_configs.
DO $rollup$
BEGIN
    IF to_regclass('llm_usage_daily') IS NULL THEN
        CREATE TABLE llm_usage_daily (
            widget_id INTEGER NOT NULL REFERENCES widget_configs (id) ON DELETE CASCADE,
            day DATE NOT NULL,
            llm_provider VARCHAR(50) NOT NULL,
            llm_model VARCHAR(100) NOT NULL,
            requests BIGINT NOT NULL DEFAULT 0,
            successful BIGINT NOT NULL DEFAULT 0,
            failed BIGINT NOT NULL DEFAULT 0,
            rate_limited BIGINT NOT NULL DEFAULT 0,
            blocked BIGINT NOT NULL DEFAULT 0,
            credits_exhausted BIGINT NOT NULL DEFAULT 0,
            prompt_tokens BIGINT NOT NULL DEFAULT 0,
            completion_tokens BIGINT NOT NULL DEFAULT 0,
            total_tokens BIGINT NOT NULL DEFAULT 0,
            timed_requests BIGINT NOT NULL DEFAULT 0,
            response_time_ms BIGINT NOT NULL DEFAULT 0,
            cost_micro_usd BIGINT NOT NULL DEFAULT 0,
            PRIMARY KEY (widget_id, day, llm_provider, llm_model)
        );
        CREATE TABLE llm_usage_backfill (LIKE llm_usage_daily);
    END IF;
END $rollup$;
COMMENT ON TABLE llm_usage_daily IS 'Rollup of llm_request_logs, written in the same transaction; analytics read this table only';
COMMENT ON COLUMN llm_usage_daily.response_time_ms IS 'Sum over timed_requests, the attempts that reached a provider';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
CREATE TABLE IF NOT EXISTS llm_usage_history (
    account_id INTEGER NOT NULL REFERENCES client_llm_usage (id) ON DELETE CASCADE,
    period VARCHAR(5) NOT NULL,
    period_start DATE NOT NULL,
    tokens_used BIGINT NOT NULL,
    requests_made BIGINT NOT NULL,
    closed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (account_id, period, period_start)
);
COMMENT ON TABLE llm_usage_history IS 'Closed days and months of each account in which something was used';
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- Every widget has its account from the start, so that raising a limit by hand always finds a row. The trigger comes first: it
-- keeps new widgets out until those that are there have theirs.
CREATE OR REPLACE FUNCTION frontdesk_open_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO client_llm_usage (client_id, widget_id) VALUES (NEW.client_id, NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER frontdesk_open_account AFTER INSERT OR UPDATE OF client_id ON widget_configs
    FOR EACH ROW EXECUTE FUNCTION frontdesk_open_account();

INSERT INTO client_llm_usage (client_id, widget_id)
SELECT client_id, id FROM widget_configs ON CONFLICT DO NOTHING;
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '1500ms';
-- A flag that someone takes down takes its reason along, so that one that is raised by hand later counts as raised by hand.
CREATE OR REPLACE FUNCTION frontdesk_forget_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.exhausted_limit := NULL;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER frontdesk_forget_limit BEFORE UPDATE ON client_llm_usage FOR EACH ROW
    WHEN (NEW.exhausted_limit IS NOT NULL AND NEW.credits_exhausted IS NOT TRUE) EXECUTE FUNCTION frontdesk_forget_limit();
COMMIT;

BEGIN;
-- The rules of the service in SQL, for operators.

-- The date in a time zone; one that is not known counts as UTC.
CREATE OR REPLACE FUNCTION frontdesk_today(p_zone TEXT) RETURNS DATE LANGUAGE sql STABLE AS $$
    SELECT (now() AT TIME ZONE CASE p_zone WHEN 'UTC' THEN 'UTC'
        ELSE COALESCE((SELECT name FROM pg_timezone_names WHERE lower(name) = lower(p_zone) LIMIT 1), 'UTC') END)::date
$$;

-- Closes what is due in one pass.
CREATE OR REPLACE FUNCTION frontdesk_roll(p_period TEXT) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    a client_llm_usage%ROWTYPE;
    v_utc TIMESTAMP := now() AT TIME ZONE 'utc';
    v_days JSONB;
    v_today DATE;
    v_start DATE;
    v_reached TEXT;
BEGIN
    SELECT jsonb_object_agg(z.zone, frontdesk_today(z.zone)) INTO v_days
    FROM (SELECT DISTINCT reset_timezone AS zone FROM client_llm_usage) z;
    -- Each row against its own zone's day: rows that are not due are not locked.
    FOR a IN SELECT * FROM client_llm_usage u
        WHERE CASE p_period
            WHEN 'day' THEN COALESCE(u.last_daily_reset < COALESCE((v_days ->> u.reset_timezone)::date, v_utc::date), true)
            ELSE COALESCE(u.last_monthly_reset
                < date_trunc('month', COALESCE((v_days ->> u.reset_timezone)::date, v_utc::date))::date, true)
            END
        ORDER BY id FOR UPDATE
    LOOP
        v_today := COALESCE((v_days ->> a.reset_timezone)::date, v_utc::date);
        v_start := CASE p_period WHEN 'day' THEN v_today ELSE date_trunc('month', v_today)::date END;
        IF p_period = 'day' THEN
            CONTINUE WHEN a.last_daily_reset >= v_start;
            IF COALESCE(a.tokens_used_today, 0) <> 0 OR COALESCE(a.requests_made_today, 0) <> 0 THEN
                INSERT INTO llm_usage_history VALUES (a.id, 'day', COALESCE(a.last_daily_reset, v_today - 1),
                    COALESCE(a.tokens_used_today, 0), COALESCE(a.requests_made_today, 0), v_utc)
                ON CONFLICT (account_id, period, period_start) DO UPDATE SET tokens_used = llm_usage_history.tokens_used + excluded.tokens_used,
                    requests_made = llm_usage_history.requests_made + excluded.requests_made;
            END IF;
            a.tokens_used_today := 0; a.requests_made_today := 0; a.last_daily_reset := v_start;
        ELSE
            CONTINUE WHEN a.last_monthly_reset >= v_start;
            IF COALESCE(a.tokens_used_this_month, 0) <> 0 OR COALESCE(a.requests_made_this_month, 0) <> 0 THEN
                INSERT INTO llm_usage_history VALUES (a.id, 'month',
                    date_trunc('month', COALESCE(a.last_monthly_reset, v_start - 1))::date,
                    COALESCE(a.tokens_used_this_month, 0), COALESCE(a.requests_made_this_month, 0), v_utc)
                ON CONFLICT (account_id, period, period_start) DO UPDATE SET tokens_used = llm_usage_history.tokens_used + excluded.tokens_used,
                    requests_made = llm_usage_history.requests_made + excluded.requests_made;
            END IF;
            a.tokens_used_this_month := 0; a.requests_made_this_month := 0; a.last_monthly_reset := v_start;
        END IF;
        v_reached := CASE
            WHEN COALESCE(a.requests_made_this_month, 0) >= COALESCE(a.monthly_request_limit, 1000) THEN 'monthly_request_limit'
            WHEN COALESCE(a.tokens_used_this_month, 0) >= COALESCE(a.monthly_token_limit, 100000) THEN 'monthly_token_limit'
            WHEN COALESCE(a.requests_made_today, 0) >= COALESCE(a.daily_request_limit, 100) THEN 'daily_request_limit'
            WHEN COALESCE(a.tokens_used_today, 0) >= COALESCE(a.daily_token_limit, 5000) THEN 'daily_token_limit'
        END;
        -- A flag that was set by hand outlives a month's end, not a day's.
        IF p_period = 'day' OR a.credits_exhausted IS NOT TRUE OR a.exhausted_limit IS NOT NULL THEN
            a.credits_exhausted_at := CASE WHEN v_reached IS NULL THEN NULL
                WHEN a.credits_exhausted IS NOT TRUE OR a.exhausted_limit IS NULL THEN v_utc
                ELSE COALESCE(a.credits_exhausted_at, v_utc) END;
            a.credits_exhausted := v_reached IS NOT NULL;
            a.exhausted_limit := v_reached;
        END IF;
        UPDATE client_llm_usage SET tokens_used_today = a.tokens_used_today, requests_made_today = a.requests_made_today,
            last_daily_reset = a.last_daily_reset, tokens_used_this_month = a.tokens_used_this_month,
            requests_made_this_month = a.requests_made_this_month, last_monthly_reset = a.last_monthly_reset,
            credits_exhausted = a.credits_exhausted, credits_exhausted_at = a.credits_exhausted_at,
            exhausted_limit = a.exhausted_limit, updated_at = v_utc
        WHERE id = a.id;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION reset_daily_llm_usage() RETURNS void LANGUAGE sql AS $$ SELECT frontdesk_roll('day') $$;
CREATE OR REPLACE FUNCTION reset_monthly_llm_usage() RETURNS void LANGUAGE sql AS $$ SELECT frontdesk_roll('month') $$;

-- Whether a message of so many tokens would be granted now. It changes nothing: what is due for a reset counts as reset.
CREATE OR REPLACE FUNCTION check_client_llm_credits(p_client_id INTEGER, p_widget_id INTEGER, p_estimated_tokens INTEGER DEFAULT 500)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    a client_llm_usage%ROWTYPE;
    v_today DATE;
    v_new_day BOOLEAN;
    v_new_month BOOLEAN;
    v_td BIGINT; v_rd BIGINT; v_tm BIGINT; v_rm BIGINT;
    v_held BIGINT; v_holds BIGINT;
BEGIN
    SELECT * INTO a FROM client_llm_usage WHERE widget_id = p_widget_id AND client_id IS NOT DISTINCT FROM p_client_id;
    IF NOT FOUND THEN
        -- No account yet: it would start with the free limits.
        RETURN p_estimated_tokens <= 5000;
    END IF;
    v_today := frontdesk_today(a.reset_timezone);
    v_new_day := COALESCE(a.last_daily_reset < v_today, true);
    v_new_month := COALESCE(a.last_monthly_reset < date_trunc('month', v_today)::date, true);
    IF a.credits_exhausted AND a.exhausted_limit IS NULL AND NOT v_new_day THEN
        RETURN false;
    END IF;
    v_td := CASE WHEN v_new_day THEN 0 ELSE COALESCE(a.tokens_used_today, 0) END;
    v_rd := CASE WHEN v_new_day THEN 0 ELSE COALESCE(a.requests_made_today, 0) END;
    v_tm := CASE WHEN v_new_month THEN 0 ELSE COALESCE(a.tokens_used_this_month, 0) END;
    v_rm := CASE WHEN v_new_month THEN 0 ELSE COALESCE(a.requests_made_this_month, 0) END;
    -- Holds whose time is over are released before anyone is denied.
    SELECT a.tokens_reserved - COALESCE(sum(reserved_tokens), 0), a.requests_reserved - count(*) INTO v_held, v_holds
    FROM llm_request_logs
    WHERE status = 'pending' AND reserved_until <= now() AT TIME ZONE 'utc' AND account_id = a.id;
    v_held := GREATEST(v_held, LEAST(a.tokens_reserved, 0));
    v_holds := GREATEST(v_holds, LEAST(a.requests_reserved, 0));
    RETURN v_td + v_held + p_estimated_tokens <= COALESCE(a.daily_token_limit, 5000)
       AND v_tm + v_held + p_estimated_tokens <= COALESCE(a.monthly_token_limit, 100000)
       AND v_rd + v_holds + 1 <= COALESCE(a.daily_request_limit, 100)
       AND v_rm + v_holds + 1 <= COALESCE(a.monthly_request_limit, 1000);
END $$;

COMMENT ON FUNCTION reset_daily_llm_usage() IS 'Starts a new day for every account whose local day has ended. Never needed: the service does it by itself';
COMMENT ON FUNCTION reset_monthly_llm_usage() IS 'Starts a new month for every account whose local month has ended. Never needed: the service does it by itself';
COMMENT ON FUNCTION check_client_llm_credits(INTEGER, INTEGER, INTEGER) IS 'Whether a message of so many tokens would be granted now; changes nothing';
COMMIT;
