//! All that a batch changes, in one statement.
//!
//! Its shape leaves one plan, in which no part reads more than the rows that it is about, for a plan may be made
//! while a table is empty and kept while it grows:
//!
//! * A join by `id = ANY (ARRAY[..])` can be done by looking each id up in the index and in no other way.
//! * New rows refer to each other by position; a join of them would compare every row with every other one.
//!
//! Nobody waits for a knowledge entry that another session holds, for example an operator's open transaction: what is
//! to be counted on it, and which reply it was, is written down in `knowledge_counts` and carried out later. An entry
//! that was deleted while it was being quoted is left out of the reply's row: the answer must not fail for it.

use crate::ledger::rows::{FlagColumns, RowRef};
use crate::ledger::store::Writes;
use crate::statement::statement;
use crate::types::{Day, UtcTime};
use diesel::pg::Pg;
use diesel::sql_types::{Array, BigInt, Bool, Date, Double, Integer, Nullable, Text, Timestamp};

statement! {
    Pg, Write {
        c_count: i32 => Integer, m_count: i32 => Integer, l_count: i32 => Integer,

        a_id: Vec<i32> => Array<Integer>, a_td: Vec<i64> => Array<BigInt>, a_rd: Vec<i64> => Array<BigInt>,
        a_tm: Vec<i64> => Array<BigInt>, a_rm: Vec<i64> => Array<BigInt>, a_tt: Vec<i64> => Array<BigInt>,
        a_tr: Vec<i64> => Array<BigInt>, a_ht: Vec<i64> => Array<BigInt>, a_hr: Vec<i64> => Array<BigInt>,
        a_day: Vec<Option<Day>> => Array<Nullable<Date>>, a_month: Vec<Option<Day>> => Array<Nullable<Date>>,
        a_out: Vec<bool> => Array<Bool>, a_out_at: Vec<Option<UtcTime>> => Array<Nullable<Timestamp>>,
        a_limit: Vec<Option<String>> => Array<Nullable<Text>>, a_passed: Vec<i32> => Array<Integer>,
        a_at: Vec<UtcTime> => Array<Timestamp>,

        h_account: Vec<i32> => Array<Integer>, h_period: Vec<&'static str> => Array<Text>, h_start: Vec<Day> => Array<Date>,
        h_tokens: Vec<i64> => Array<BigInt>, h_requests: Vec<i64> => Array<BigInt>, h_at: Vec<UtcTime> => Array<Timestamp>,

        c_public: Vec<i64> => Array<BigInt>, c_widget: Vec<i32> => Array<Integer>, c_at: Vec<UtcTime> => Array<Timestamp>,
        c_session: Vec<String> => Array<Text>, c_visitor: Vec<Option<String>> => Array<Nullable<Text>>,
        c_name: Vec<Option<String>> => Array<Nullable<Text>>, c_email: Vec<Option<String>> => Array<Nullable<Text>>,
        c_phone: Vec<Option<String>> => Array<Nullable<Text>>, c_agent: Vec<Option<String>> => Array<Nullable<Text>>,
        c_referrer: Vec<Option<String>> => Array<Nullable<Text>>, c_page: Vec<Option<String>> => Array<Nullable<Text>>,
        c_ip: Vec<Option<String>> => Array<Nullable<Text>>,

        m_conv: Vec<Option<i32>> => Array<Nullable<Integer>>, m_conv_new: Vec<Option<i32>> => Array<Nullable<Integer>>,
        m_kind: Vec<&'static str> => Array<Text>, m_text: Vec<String> => Array<Text>,
        m_entry: Vec<Option<i32>> => Array<Nullable<Integer>>, m_confidence: Vec<Option<f64>> => Array<Nullable<Double>>,
        m_ms: Vec<Option<i32>> => Array<Nullable<Integer>>, m_key: Vec<Option<String>> => Array<Nullable<Text>>,
        m_to: Vec<Option<i32>> => Array<Nullable<Integer>>, m_to_new: Vec<Option<i32>> => Array<Nullable<Integer>>,
        m_metadata: Vec<Option<String>> => Array<Nullable<Text>>, m_at: Vec<UtcTime> => Array<Timestamp>,

        l_account: Vec<i32> => Array<Integer>, l_client: Vec<Option<i32>> => Array<Nullable<Integer>>,
        l_widget: Vec<Option<i32>> => Array<Nullable<Integer>>,
        l_conv: Vec<Option<i32>> => Array<Nullable<Integer>>, l_conv_new: Vec<Option<i32>> => Array<Nullable<Integer>>,
        l_msg: Vec<Option<i32>> => Array<Nullable<Integer>>, l_msg_new: Vec<Option<i32>> => Array<Nullable<Integer>>,
        l_provider: Vec<String> => Array<Text>, l_model: Vec<String> => Array<Text>, l_prompt: Vec<String> => Array<Text>,
        l_status: Vec<&'static str> => Array<Text>, l_error: Vec<Option<String>> => Array<Nullable<Text>>,
        l_attempt: Vec<i32> => Array<Integer>, l_tokens: Vec<i64> => Array<BigInt>,
        l_until: Vec<Option<UtcTime>> => Array<Nullable<Timestamp>>, l_day: Vec<Option<Day>> => Array<Nullable<Date>>,
        l_at: Vec<UtcTime> => Array<Timestamp>,

        s_id: Vec<i32> => Array<Integer>, s_model: Vec<String> => Array<Text>, s_response: Vec<Option<String>> => Array<Nullable<Text>>,
        s_prompt: Vec<i32> => Array<Integer>, s_completion: Vec<i32> => Array<Integer>, s_total: Vec<i32> => Array<Integer>,
        s_ms: Vec<Option<i32>> => Array<Nullable<Integer>>, s_status: Vec<&'static str> => Array<Text>,
        s_error: Vec<Option<String>> => Array<Nullable<Text>>, s_cost: Vec<Option<i64>> => Array<Nullable<BigInt>>,
        s_estimated: Vec<bool> => Array<Bool>, s_at: Vec<UtcTime> => Array<Timestamp>, s_day: Vec<Option<Day>> => Array<Nullable<Date>>,

        r_widget: Vec<i32> => Array<Integer>, r_day: Vec<Day> => Array<Date>, r_provider: Vec<String> => Array<Text>,
        r_model: Vec<String> => Array<Text>, r_requests: Vec<i64> => Array<BigInt>, r_successful: Vec<i64> => Array<BigInt>,
        r_failed: Vec<i64> => Array<BigInt>, r_limited: Vec<i64> => Array<BigInt>, r_blocked: Vec<i64> => Array<BigInt>,
        r_exhausted: Vec<i64> => Array<BigInt>, r_prompt: Vec<i64> => Array<BigInt>, r_completion: Vec<i64> => Array<BigInt>,
        r_total: Vec<i64> => Array<BigInt>, r_timed: Vec<i64> => Array<BigInt>, r_ms: Vec<i64> => Array<BigInt>,
        r_cost: Vec<i64> => Array<BigInt>,

        t_conv: Vec<Option<i32>> => Array<Nullable<Integer>>, t_messages: Vec<i32> => Array<Integer>,
        t_replies: Vec<i32> => Array<Integer>, t_reopens: Vec<bool> => Array<Bool>, t_last: Vec<String> => Array<Text>, t_at: Vec<UtcTime> => Array<Timestamp>,
        n_messages: Vec<i32> => Array<Integer>, n_replies: Vec<i32> => Array<Integer>, n_last: Vec<String> => Array<Text>,

        e_id: Vec<i32> => Array<Integer>, e_used: Vec<i32> => Array<Integer>,
    } -> (Array<Integer>, Array<Integer>, Array<Integer>), r"
WITH new AS MATERIALIZED (
  SELECT ARRAY(SELECT nextval((SELECT pg_get_serial_sequence('widget_conversations', 'id')::regclass))::int FROM generate_series(1, {c_count})) AS conversations,
    ARRAY(SELECT nextval((SELECT pg_get_serial_sequence('widget_messages', 'id')::regclass))::int FROM generate_series(1, {m_count})) AS messages,
    ARRAY(SELECT nextval((SELECT pg_get_serial_sequence('llm_request_logs', 'id')::regclass))::int FROM generate_series(1, {l_count})) AS logs
), quoted AS MATERIALIZED (
  SELECT k.id FROM unnest({e_id}) AS e (id), widget_knowledge_base k WHERE k.id = ANY (ARRAY[e.id]) FOR KEY SHARE OF k SKIP LOCKED
), free AS MATERIALIZED (
  SELECT k.id, e.used FROM unnest({e_id}, {e_used}) AS e (id, used), widget_knowledge_base k WHERE k.id = ANY (ARRAY[e.id])
  FOR NO KEY UPDATE OF k SKIP LOCKED
), accounts AS (
  UPDATE client_llm_usage a SET tokens_used_today = n.td, requests_made_today = n.rd, tokens_used_this_month = n.tm,
    requests_made_this_month = n.rm, total_tokens_used = n.tt, total_requests_made = n.tr, tokens_reserved = n.ht, requests_reserved = n.hr,
    last_daily_reset = n.day, last_monthly_reset = n.month, credits_exhausted = n.out, credits_exhausted_at = n.out_at,
    exhausted_limit = n.lim, thresholds_passed = n.passed, updated_at = n.at
  FROM unnest({a_id}, {a_td}, {a_rd}, {a_tm}, {a_rm}, {a_tt}, {a_tr}, {a_ht}, {a_hr}, {a_day}, {a_month}, {a_out}, {a_out_at}, {a_limit},
    {a_passed}, {a_at})
    AS n (id, td, rd, tm, rm, tt, tr, ht, hr, day, month, out, out_at, lim, passed, at)
  WHERE a.id = ANY (ARRAY[n.id])
), history AS (
  INSERT INTO llm_usage_history AS h (account_id, period, period_start, tokens_used, requests_made, closed_at)
  SELECT * FROM unnest({h_account}, {h_period}, {h_start}, {h_tokens}, {h_requests}, {h_at})
  ON CONFLICT (account_id, period, period_start) DO UPDATE
  SET tokens_used = h.tokens_used + excluded.tokens_used, requests_made = h.requests_made + excluded.requests_made
), opened AS (
  INSERT INTO widget_conversations (id, public_id, widget_id, session_id, visitor_session_id, visitor_name, visitor_email, visitor_phone,
    user_agent, referrer_url, page_url, ip_address, status, started_at, created_at, updated_at, last_activity_at,
    message_count, bot_response_count, last_message, last_message_at)
  SELECT (SELECT conversations FROM new)[c.ord], c.public_id, c.widget, c.session_id, c.visitor, c.name, c.email, c.phone, c.agent,
    c.referrer, c.page, c.ip::inet, 'active', c.at, c.at, c.at, c.at, c.messages, c.replies,
    CASE WHEN c.messages > 0 THEN c.last END, CASE WHEN c.messages > 0 THEN c.at END
  FROM unnest({c_public}, {c_widget}, {c_at}, {c_session}, {c_visitor}, {c_name}, {c_email}, {c_phone}, {c_agent}, {c_referrer}, {c_page}, {c_ip},
    {n_messages}, {n_replies}, {n_last}) WITH ORDINALITY
    AS c (public_id, widget, at, session_id, visitor, name, email, phone, agent, referrer, page, ip, messages, replies, last, ord)
), said AS (
  INSERT INTO widget_messages (id, conversation_id, message_type, message_text, knowledge_base_id, confidence_score, response_time_ms,
    client_message_id, reply_to, metadata, created_at)
  SELECT (SELECT messages FROM new)[m.ord], COALESCE(m.conv, (SELECT conversations FROM new)[m.conv_new]), m.kind, m.text,
    CASE WHEN m.entry = ANY (ARRAY(SELECT id FROM quoted)) THEN m.entry END,
    m.confidence::numeric, m.ms, m.key, COALESCE(m.reply_to, (SELECT messages FROM new)[m.to_new]), m.metadata::jsonb, m.at
  FROM unnest({m_conv}, {m_conv_new}, {m_kind}, {m_text}, {m_entry}, {m_confidence}, {m_ms}, {m_key}, {m_to}, {m_to_new},
    {m_metadata}, {m_at})
    WITH ORDINALITY AS m (conv, conv_new, kind, text, entry, confidence, ms, key, reply_to, to_new, metadata, at, ord)
), logged AS (
  INSERT INTO llm_request_logs (id, account_id, client_id, widget_id, conversation_id, message_id, llm_provider, llm_model, prompt_text,
    status, error_message, attempt, reserved_tokens, reserved_until, booked_on, settled_at, created_at)
  SELECT (SELECT logs FROM new)[l.ord], l.account, l.client, l.widget, COALESCE(l.conv, (SELECT conversations FROM new)[l.conv_new]),
    COALESCE(l.msg, (SELECT messages FROM new)[l.msg_new]), l.provider, l.model, l.prompt,
    l.status, l.error, l.attempt, l.tokens, l.until, l.day, CASE WHEN l.day IS NOT NULL THEN l.at END, l.at
  FROM unnest({l_account}, {l_client}, {l_widget}, {l_conv}, {l_conv_new}, {l_msg}, {l_msg_new}, {l_provider}, {l_model}, {l_prompt},
    {l_status}, {l_error}, {l_attempt}, {l_tokens}, {l_until}, {l_day}, {l_at}) WITH ORDINALITY
    AS l (account, client, widget, conv, conv_new, msg, msg_new, provider, model, prompt, status, error, attempt, tokens, until, day, at, ord)
), settled AS (
  UPDATE llm_request_logs g SET llm_model = s.model, response_text = s.response, prompt_tokens = s.prompt, completion_tokens = s.completion,
    total_tokens = s.total, response_time_ms = s.ms, status = s.status, error_message = s.error, estimated_cost = s.cost::numeric / 1000000,
    usage_estimated = s.estimated, settled_at = s.at, booked_on = s.day
  FROM unnest({s_id}, {s_model}, {s_response}, {s_prompt}, {s_completion}, {s_total}, {s_ms}, {s_status}, {s_error}, {s_cost},
    {s_estimated}, {s_at}, {s_day}) AS s (id, model, response, prompt, completion, total, ms, status, error, cost, estimated, at, day)
  WHERE g.id = ANY (ARRAY[s.id])
), rollup AS (
  INSERT INTO llm_usage_daily AS d (widget_id, day, llm_provider, llm_model, requests, successful, failed, rate_limited, blocked,
    credits_exhausted, prompt_tokens, completion_tokens, total_tokens, timed_requests, response_time_ms, cost_micro_usd)
  SELECT * FROM unnest({r_widget}, {r_day}, {r_provider}, {r_model}, {r_requests}, {r_successful}, {r_failed}, {r_limited}, {r_blocked},
    {r_exhausted}, {r_prompt}, {r_completion}, {r_total}, {r_timed}, {r_ms}, {r_cost})
  ON CONFLICT (widget_id, day, llm_provider, llm_model) DO UPDATE SET requests = d.requests + excluded.requests,
    successful = d.successful + excluded.successful, failed = d.failed + excluded.failed, rate_limited = d.rate_limited + excluded.rate_limited,
    blocked = d.blocked + excluded.blocked, credits_exhausted = d.credits_exhausted + excluded.credits_exhausted,
    prompt_tokens = d.prompt_tokens + excluded.prompt_tokens, completion_tokens = d.completion_tokens + excluded.completion_tokens,
    total_tokens = d.total_tokens + excluded.total_tokens, timed_requests = d.timed_requests + excluded.timed_requests,
    response_time_ms = d.response_time_ms + excluded.response_time_ms, cost_micro_usd = d.cost_micro_usd + excluded.cost_micro_usd
), touched AS (
  UPDATE widget_conversations w SET status = CASE WHEN t.reopens THEN 'active' ELSE w.status END,
    ended_at = CASE WHEN NOT t.reopens THEN w.ended_at END, closed_at = CASE WHEN NOT t.reopens THEN w.closed_at END,
    close_reason = CASE WHEN NOT t.reopens THEN w.close_reason END, message_count = COALESCE(w.message_count, 0) + t.messages,
    bot_response_count = COALESCE(w.bot_response_count, 0) + t.replies, last_message = t.last, last_message_at = t.at,
    last_activity_at = t.at, updated_at = t.at
  FROM unnest({t_conv}, {t_messages}, {t_replies}, {t_reopens}, {t_last}, {t_at})
    AS t (id, messages, replies, reopens, last, at)
  WHERE w.id = ANY (ARRAY[t.id])
), used AS (
  UPDATE widget_knowledge_base k SET times_used = LEAST(COALESCE(k.times_used, 0)::bigint + f.used, 2147483647)::int
  FROM free f WHERE k.id = ANY (ARRAY[f.id])
), later AS (
  INSERT INTO knowledge_counts (entry_id, used, helpful, not_helpful, message_id)
  SELECT e.id, e.used, 0, 0, NULL::int FROM unnest({e_id}, {e_used}) AS e (id, used)
  WHERE e.id <> ALL (ARRAY(SELECT id FROM free)) AND (SELECT k.id FROM widget_knowledge_base k WHERE k.id = e.id) IS NOT NULL
  UNION ALL
  SELECT m.entry, 0, 0, 0, (SELECT messages FROM new)[m.ord] FROM unnest({m_entry}) WITH ORDINALITY AS m (entry, ord)
  WHERE m.entry <> ALL (ARRAY(SELECT id FROM quoted)) AND (SELECT k.id FROM widget_knowledge_base k WHERE k.id = m.entry) IS NOT NULL
)
SELECT conversations, messages, logs FROM new"
}

fn col<T, U>(rows: &[T], value: impl Fn(&T) -> U) -> Vec<U> {
    rows.iter().map(value).collect()
}

fn known(row: RowRef) -> Option<i32> {
    match row {
        RowRef::Id(id) => Some(id),
        RowRef::New(_) => None,
    }
}

/// The position of a new row as an array counts: from 1.
fn ordinal(row: RowRef) -> Option<i32> {
    match row {
        RowRef::Id(_) => None,
        RowRef::New(position) => Some(count(position + 1)),
    }
}

/// A batch has far fewer rows.
fn count(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}

impl From<&Writes> for Write {
    #[expect(clippy::too_many_lines, reason = "one line per column of one statement")]
    fn from(w: &Writes) -> Self {
        let flags = col(&w.accounts, |(a, _)| FlagColumns::from(a.credits.exhaustion));
        let rollup: Vec<_> = w.rollup.iter().collect();
        let settled: Vec<_> = w.settled_logs.values().collect();
        // New conversations are inserted with their counts, since one statement cannot touch a row twice.
        let fresh = |position: usize| w.touches.get(&RowRef::New(position));
        let positions: Vec<usize> = (0..w.conversations.len()).collect();
        let old: Vec<_> = w.touches.iter().filter(|(row, _)| known(**row).is_some()).collect();
        Self {
            c_count: count(w.conversations.len()),
            m_count: count(w.messages.len()),
            l_count: count(w.new_logs.len()),
            a_id: col(&w.accounts, |(a, _)| a.id.0),
            a_td: col(&w.accounts, |(a, _)| a.credits.used_today.tokens),
            a_rd: col(&w.accounts, |(a, _)| a.credits.used_today.requests),
            a_tm: col(&w.accounts, |(a, _)| a.credits.used_this_month.tokens),
            a_rm: col(&w.accounts, |(a, _)| a.credits.used_this_month.requests),
            a_tt: col(&w.accounts, |(a, _)| a.credits.used_total.tokens),
            a_tr: col(&w.accounts, |(a, _)| a.credits.used_total.requests),
            a_ht: col(&w.accounts, |(a, _)| a.credits.held.tokens),
            a_hr: col(&w.accounts, |(a, _)| a.credits.held.requests),
            a_day: col(&w.accounts, |(a, _)| a.credits.last_daily_reset.map(Day)),
            a_month: col(&w.accounts, |(a, _)| a.credits.last_monthly_reset.map(Day)),
            a_out: col(&flags, |f| f.exhausted),
            a_out_at: col(&flags, |f| f.at),
            a_limit: col(&flags, |f| f.limit.clone()),
            a_passed: col(&w.accounts, |(a, _)| a.credits.passed.bits()),
            a_at: col(&w.accounts, |(_, at)| *at),
            h_account: col(&w.history, |h| h.account_id),
            h_period: col(&w.history, |h| h.period),
            h_start: col(&w.history, |h| h.start),
            h_tokens: col(&w.history, |h| h.tokens),
            h_requests: col(&w.history, |h| h.requests),
            h_at: col(&w.history, |h| h.closed_at),
            c_public: col(&w.conversations, |c| c.public_id),
            c_widget: col(&w.conversations, |c| c.widget_id),
            c_at: col(&w.conversations, |c| c.at),
            c_session: col(&w.conversations, |c| c.fields.session_id.clone()),
            c_visitor: col(&w.conversations, |c| c.fields.visitor_session_id.clone()),
            c_name: col(&w.conversations, |c| c.fields.visitor_name.clone()),
            c_email: col(&w.conversations, |c| c.fields.visitor_email.clone()),
            c_phone: col(&w.conversations, |c| c.fields.visitor_phone.clone()),
            c_agent: col(&w.conversations, |c| c.fields.user_agent.clone()),
            c_referrer: col(&w.conversations, |c| c.fields.referrer_url.clone()),
            c_page: col(&w.conversations, |c| c.fields.page_url.clone()),
            c_ip: col(&w.conversations, |c| c.fields.ip_address.map(|address| address.to_string())),
            m_conv: col(&w.messages, |m| known(m.conversation)),
            m_conv_new: col(&w.messages, |m| ordinal(m.conversation)),
            m_kind: col(&w.messages, |m| m.kind),
            m_text: col(&w.messages, |m| m.text.clone()),
            m_entry: col(&w.messages, |m| m.entry),
            m_confidence: col(&w.messages, |m| m.confidence),
            m_ms: col(&w.messages, |m| m.response_time_ms),
            m_key: col(&w.messages, |m| m.client_message_id.clone()),
            m_to: col(&w.messages, |m| m.reply_to.and_then(known)),
            m_to_new: col(&w.messages, |m| m.reply_to.and_then(ordinal)),
            m_metadata: col(&w.messages, |m| m.metadata.clone()),
            m_at: col(&w.messages, |m| m.at),
            l_account: col(&w.new_logs, |l| l.account_id),
            l_client: col(&w.new_logs, |l| l.client_id),
            l_widget: col(&w.new_logs, |l| l.widget_id),
            l_conv: col(&w.new_logs, |l| known(l.conversation)),
            l_conv_new: col(&w.new_logs, |l| ordinal(l.conversation)),
            l_msg: col(&w.new_logs, |l| known(l.message)),
            l_msg_new: col(&w.new_logs, |l| ordinal(l.message)),
            l_provider: col(&w.new_logs, |l| l.provider.clone()),
            l_model: col(&w.new_logs, |l| l.model.clone()),
            l_prompt: col(&w.new_logs, |l| l.prompt_text.clone()),
            l_status: col(&w.new_logs, |l| l.status),
            l_error: col(&w.new_logs, |l| l.error.clone()),
            l_attempt: col(&w.new_logs, |l| l.attempt),
            l_tokens: col(&w.new_logs, |l| l.reserved_tokens),
            l_until: col(&w.new_logs, |l| l.reserved_until),
            l_day: col(&w.new_logs, |l| l.booked_on),
            l_at: col(&w.new_logs, |l| l.at),
            s_id: col(&settled, |s| s.id),
            s_model: col(&settled, |s| s.model.clone()),
            s_response: col(&settled, |s| s.response_text.clone()),
            s_prompt: col(&settled, |s| s.prompt_tokens),
            s_completion: col(&settled, |s| s.completion_tokens),
            s_total: col(&settled, |s| s.total_tokens),
            s_ms: col(&settled, |s| s.response_time_ms),
            s_status: col(&settled, |s| s.status),
            s_error: col(&settled, |s| s.error.clone()),
            s_cost: col(&settled, |s| s.cost_micro_usd),
            s_estimated: col(&settled, |s| s.usage_estimated),
            s_at: col(&settled, |s| s.settled_at),
            s_day: col(&settled, |s| s.booked_on),
            r_widget: col(&rollup, |(key, _)| key.0),
            r_day: col(&rollup, |(key, _)| key.1),
            r_provider: col(&rollup, |(key, _)| key.2.clone()),
            r_model: col(&rollup, |(key, _)| key.3.clone()),
            r_requests: col(&rollup, |(_, r)| r.requests),
            r_successful: col(&rollup, |(_, r)| r.successful),
            r_failed: col(&rollup, |(_, r)| r.failed),
            r_limited: col(&rollup, |(_, r)| r.rate_limited),
            r_blocked: col(&rollup, |(_, r)| r.blocked),
            r_exhausted: col(&rollup, |(_, r)| r.credits_exhausted),
            r_prompt: col(&rollup, |(_, r)| r.prompt_tokens),
            r_completion: col(&rollup, |(_, r)| r.completion_tokens),
            r_total: col(&rollup, |(_, r)| r.total_tokens),
            r_timed: col(&rollup, |(_, r)| r.timed_requests),
            r_ms: col(&rollup, |(_, r)| r.response_time_ms),
            r_cost: col(&rollup, |(_, r)| r.cost_micro_usd),
            t_conv: col(&old, |(row, _)| known(**row)),
            t_messages: col(&old, |(_, t)| t.messages),
            t_replies: col(&old, |(_, t)| t.replies),
            t_reopens: col(&old, |(_, t)| t.reopens),
            t_last: col(&old, |(_, t)| t.last_message.clone()),
            t_at: col(&old, |(_, t)| t.at),
            n_messages: col(&positions, |p| fresh(*p).map_or(0, |t| t.messages)),
            n_replies: col(&positions, |p| fresh(*p).map_or(0, |t| t.replies)),
            n_last: col(&positions, |p| fresh(*p).map_or_else(String::new, |t| t.last_message.clone())),
            e_id: w.entries_used.keys().copied().collect(),
            e_used: w.entries_used.values().copied().collect(),
        }
    }
}
