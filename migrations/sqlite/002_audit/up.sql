-- What an audit needs to explain every counter by the request log, for ever: what the log does not show is kept beside it.
-- The comments of the columns are in the other database's migration of this name.

CREATE TABLE IF NOT EXISTS llm_usage_adjustments (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id INTEGER NOT NULL REFERENCES client_llm_usage (id) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    day TEXT,
    month TEXT,
    tokens_today INTEGER NOT NULL DEFAULT 0,
    requests_today INTEGER NOT NULL DEFAULT 0,
    tokens_this_month INTEGER NOT NULL DEFAULT 0,
    requests_this_month INTEGER NOT NULL DEFAULT 0,
    total_tokens INTEGER NOT NULL DEFAULT 0,
    total_requests INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS idx_llm_usage_adjustments_pruned ON llm_usage_adjustments (account_id, day) WHERE reason = 'pruned';
CREATE INDEX IF NOT EXISTS idx_llm_usage_adjustments_account ON llm_usage_adjustments (account_id);

-- The baseline of a database that was there before: its counters and its history, less what the log explains.
CREATE TEMPORARY TABLE explained AS
SELECT account_id, booked_on AS day, date(booked_on, 'start of month') AS month, sum(total_tokens) AS tokens,
    count(*) FILTER (WHERE status = 'success') AS requests
FROM llm_request_logs WHERE account_id IS NOT NULL AND booked_on IS NOT NULL GROUP BY account_id, booked_on;
-- Of the running day and month, and ever.
INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month,
    requests_this_month, total_tokens, total_requests)
SELECT * FROM (
    SELECT u.id, 'opening balance', u.last_daily_reset, date(u.last_monthly_reset, 'start of month'),
        COALESCE(u.tokens_used_today, 0) - COALESCE(sum(e.tokens) FILTER (WHERE e.day = u.last_daily_reset), 0) AS td,
        COALESCE(u.requests_made_today, 0) - COALESCE(sum(e.requests) FILTER (WHERE e.day = u.last_daily_reset), 0) AS rd,
        COALESCE(u.tokens_used_this_month, 0)
            - COALESCE(sum(e.tokens) FILTER (WHERE e.month = date(u.last_monthly_reset, 'start of month')), 0) AS tm,
        COALESCE(u.requests_made_this_month, 0)
            - COALESCE(sum(e.requests) FILTER (WHERE e.month = date(u.last_monthly_reset, 'start of month')), 0) AS rm,
        COALESCE(u.total_tokens_used, 0) - COALESCE(sum(e.tokens), 0) AS tt,
        COALESCE(u.total_requests_made, 0) - COALESCE(sum(e.requests), 0) AS tr
    FROM client_llm_usage u LEFT JOIN explained e ON e.account_id = u.id GROUP BY u.id
) opening
WHERE td <> 0 OR rd <> 0 OR tm <> 0 OR rm <> 0 OR tt <> 0 OR tr <> 0;
-- Of the days and months before: what the history says, or that it says nothing.
INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month, requests_this_month)
SELECT account_id, 'opening balance', iif(period = 'day', start, NULL), iif(period = 'month', start, NULL),
    iif(period = 'day', tokens, 0), iif(period = 'day', requests, 0), iif(period = 'month', tokens, 0), iif(period = 'month', requests, 0)
FROM (
    SELECT account_id, period, start, sum(tokens) AS tokens, sum(requests) AS requests FROM (
        SELECT account_id, period, period_start AS start, tokens_used AS tokens, requests_made AS requests FROM llm_usage_history
        UNION ALL
        SELECT account_id, 'day', day, -tokens, -requests FROM explained
        UNION ALL
        SELECT account_id, 'month', month, -tokens, -requests FROM explained
    ) GROUP BY account_id, period, start
) closed JOIN client_llm_usage a ON a.id = closed.account_id
WHERE (tokens <> 0 OR requests <> 0)
    AND iif(period = 'day', COALESCE(start < a.last_daily_reset, 1), COALESCE(start < date(a.last_monthly_reset, 'start of month'), 1));
DROP TABLE explained;

ALTER TABLE llm_usage_daily ADD COLUMN unlogged_requests INTEGER NOT NULL DEFAULT 0;
UPDATE llm_usage_daily SET unlogged_requests = requests - (
    SELECT count(*) FROM llm_request_logs g
    WHERE g.widget_id = llm_usage_daily.widget_id AND g.booked_on = llm_usage_daily.day AND g.llm_provider = llm_usage_daily.llm_provider
        AND g.llm_model = llm_usage_daily.llm_model AND g.account_id IS NOT NULL AND g.status <> 'pending');

-- An account that is put in with counters has an opening balance, too.
CREATE TRIGGER IF NOT EXISTS frontdesk_note_opening AFTER INSERT ON client_llm_usage
    WHEN NEW.tokens_used_today <> 0 OR NEW.requests_made_today <> 0 OR NEW.tokens_used_this_month <> 0
        OR NEW.requests_made_this_month <> 0 OR NEW.total_tokens_used <> 0 OR NEW.total_requests_made <> 0 BEGIN
    INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month,
        requests_this_month, total_tokens, total_requests)
    VALUES (NEW.id, 'opening balance', NEW.last_daily_reset, NEW.last_monthly_reset, COALESCE(NEW.tokens_used_today, 0),
        COALESCE(NEW.requests_made_today, 0), COALESCE(NEW.tokens_used_this_month, 0), COALESCE(NEW.requests_made_this_month, 0),
        COALESCE(NEW.total_tokens_used, 0), COALESCE(NEW.total_requests_made, 0));
END;

-- The guide's manual reset sets both of a period's counters to 0 and leaves its date. The service's own counters only
-- grow within a period; a repair by the audit takes this row back.
CREATE TRIGGER IF NOT EXISTS frontdesk_note_reset AFTER UPDATE ON client_llm_usage
    WHEN (NEW.tokens_used_today = 0 AND NEW.requests_made_today = 0 AND (OLD.tokens_used_today <> 0 OR OLD.requests_made_today <> 0)
            AND NEW.last_daily_reset IS OLD.last_daily_reset)
        OR (NEW.tokens_used_this_month = 0 AND NEW.requests_made_this_month = 0
            AND (OLD.tokens_used_this_month <> 0 OR OLD.requests_made_this_month <> 0)
            AND NEW.last_monthly_reset IS OLD.last_monthly_reset) BEGIN
    INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month, requests_this_month)
    SELECT NEW.id, 'manual reset', OLD.last_daily_reset, OLD.last_monthly_reset,
        iif(day_is_reset, -COALESCE(OLD.tokens_used_today, 0), 0), iif(day_is_reset, -COALESCE(OLD.requests_made_today, 0), 0),
        iif(month_is_reset, -COALESCE(OLD.tokens_used_this_month, 0), 0), iif(month_is_reset, -COALESCE(OLD.requests_made_this_month, 0), 0)
    FROM (
        SELECT NEW.tokens_used_today = 0 AND NEW.requests_made_today = 0 AND NEW.last_daily_reset IS OLD.last_daily_reset AS day_is_reset,
            NEW.tokens_used_this_month = 0 AND NEW.requests_made_this_month = 0
                AND NEW.last_monthly_reset IS OLD.last_monthly_reset AS month_is_reset
    );
END;

-- The request log explains the counters and the rollup, and a pending row is a hold: neither may vanish with its conversation, nor
-- with a client whose widget has moved to another.
CREATE TRIGGER IF NOT EXISTS frontdesk_keep_log BEFORE DELETE ON widget_conversations BEGIN
    UPDATE llm_request_logs SET conversation_id = NULL WHERE conversation_id = OLD.id;
END;
CREATE TRIGGER IF NOT EXISTS frontdesk_keep_log_of_client BEFORE DELETE ON clients BEGIN
    UPDATE llm_request_logs SET client_id = NULL WHERE client_id = OLD.id;
END;

-- A message is answered once.
DROP INDEX IF EXISTS idx_messages_reply_to;
CREATE UNIQUE INDEX IF NOT EXISTS idx_messages_one_reply ON widget_messages (reply_to) WHERE reply_to IS NOT NULL;
