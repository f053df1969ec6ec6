-- Counts into the rollup what was logged before there was one. That reads the whole log, beside whoever writes to it: nothing
-- here keeps a writer waiting. It is one transaction with the end of llm_usage_backfill, so it happens once, however often it is
-- begun. Rows with an account are not counted: who wrote them rolled them up.
BEGIN;
DO $count$
BEGIN
    IF to_regclass('llm_usage_backfill') IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO llm_usage_backfill (widget_id, day, llm_provider, llm_model, requests, successful, failed, rate_limited, blocked,
        credits_exhausted, prompt_tokens, completion_tokens, total_tokens, timed_requests, response_time_ms, cost_micro_usd)
    SELECT widget_id, COALESCE(created_at, now() AT TIME ZONE 'utc')::date, llm_provider, llm_model, count(*),
        count(*) FILTER (WHERE status = 'success'), count(*) FILTER (WHERE status = 'failed'),
        count(*) FILTER (WHERE status = 'rate_limited'), count(*) FILTER (WHERE status = 'blocked'),
        count(*) FILTER (WHERE status = 'credits_exhausted'), COALESCE(sum(prompt_tokens), 0), COALESCE(sum(completion_tokens), 0),
        COALESCE(sum(total_tokens), 0), count(response_time_ms), COALESCE(sum(response_time_ms), 0),
        COALESCE(sum(estimated_cost * 1000000), 0)::bigint
    FROM llm_request_logs
    WHERE widget_id IS NOT NULL AND account_id IS NULL AND status <> 'pending'
    GROUP BY 1, 2, 3, 4;
    -- A widget may have been deleted meanwhile; the others stay until this ends, a moment later. The newest day comes last: only
    -- its rows can be wanted by somebody else.
    INSERT INTO llm_usage_daily AS d (widget_id, day, llm_provider, llm_model, requests, successful, failed, rate_limited, blocked,
        credits_exhausted, prompt_tokens, completion_tokens, total_tokens, timed_requests, response_time_ms, cost_micro_usd,
        unlogged_requests)
    SELECT b.*, b.requests FROM llm_usage_backfill b JOIN widget_configs w ON w.id = b.widget_id
    ORDER BY b.day, b.widget_id, b.llm_provider, b.llm_model FOR KEY SHARE OF w
    ON CONFLICT (widget_id, day, llm_provider, llm_model) DO UPDATE SET
        requests = d.requests + excluded.requests, successful = d.successful + excluded.successful,
        failed = d.failed + excluded.failed, rate_limited = d.rate_limited + excluded.rate_limited,
        blocked = d.blocked + excluded.blocked, credits_exhausted = d.credits_exhausted + excluded.credits_exhausted,
        prompt_tokens = d.prompt_tokens + excluded.prompt_tokens, completion_tokens = d.completion_tokens + excluded.completion_tokens,
        total_tokens = d.total_tokens + excluded.total_tokens, timed_requests = d.timed_requests + excluded.timed_requests,
        response_time_ms = d.response_time_ms + excluded.response_time_ms, cost_micro_usd = d.cost_micro_usd + excluded.cost_micro_usd,
        unlogged_requests = d.unlogged_requests + excluded.unlogged_requests;
    DROP TABLE llm_usage_backfill;
END $count$;
COMMIT;
