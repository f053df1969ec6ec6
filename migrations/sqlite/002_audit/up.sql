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
WHERE (td <> 0 OR rd <> 0 OR tm <> 0 OR rm <> 0 OR tt <> 0 OR tr <> 0) AND NOT EXISTS (SELECT 1 FROM llm_usage_adjustments);
INSERT INTO llm_usage_adjustments (account_id, reason, day, month, tokens_today, requests_today, tokens_this_month, requests_this_month)
SELECT h.account_id, 'opening balance', iif(h.period = 'day', h.period_start, NULL), iif(h.period = 'month', h.period_start, NULL),
    iif(h.period = 'day', h.tokens_used - COALESCE(sum(g.total_tokens), 0), 0),
    iif(h.period = 'day', h.requests_made - count(g.id) FILTER (WHERE g.status = 'success'), 0),
    iif(h.period = 'month', h.tokens_used - COALESCE(sum(g.total_tokens), 0), 0),
    iif(h.period = 'month', h.requests_made - count(g.id) FILTER (WHERE g.status = 'success'), 0)
FROM llm_usage_history h
LEFT JOIN llm_request_logs g ON g.account_id = h.account_id AND g.booked_on >= h.period_start
    AND g.booked_on < date(h.period_start, iif(h.period = 'day', '+1 day', '+1 month'))
WHERE NOT EXISTS (SELECT 1 FROM llm_usage_adjustments a WHERE a.account_id = h.account_id AND a.reason <> 'opening balance')
GROUP BY h.account_id, h.period, h.period_start, h.tokens_used, h.requests_made
HAVING h.tokens_used <> COALESCE(sum(g.total_tokens), 0) OR h.requests_made <> count(g.id) FILTER (WHERE g.status = 'success');

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

-- The guide's manual reset sets both of a period's counters to 0 and leaves its date. No other statement does: the service's own
-- counters only grow within a period.
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

-- The request log explains the counters, and a pending row is a hold: neither may vanish with its conversation.
CREATE TRIGGER IF NOT EXISTS frontdesk_keep_log BEFORE DELETE ON widget_conversations BEGIN
    UPDATE llm_request_logs SET conversation_id = NULL WHERE conversation_id = OLD.id;
END;

-- A message is answered once.
DROP INDEX IF EXISTS idx_messages_reply_to;
CREATE UNIQUE INDEX IF NOT EXISTS idx_messages_one_reply ON widget_messages (reply_to) WHERE reply_to IS NOT NULL;
