//! All that a batch changes, row by row.

use crate::ledger::rows::{FlagColumns, RowRef, StoredAccount};
use crate::ledger::store::{Writes, Written};
use crate::schema::{llm_request_logs, widget_conversations, widget_messages};
use crate::statement::statement;
use crate::types::{Day, UtcTime};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Double, Integer, Nullable, Text, Timestamp};
use diesel::sqlite::{Sqlite, SqliteConnection};

statement! {
    Sqlite, SaveAccount {
        id: i32 => Integer, td: i64 => BigInt, rd: i64 => BigInt, tm: i64 => BigInt, rm: i64 => BigInt, tt: i64 => BigInt,
        tr: i64 => BigInt, ht: i64 => BigInt, hr: i64 => BigInt, day: Option<Day> => Nullable<Date>, month: Option<Day> => Nullable<Date>,
        out: bool => Bool, out_at: Option<UtcTime> => Nullable<Timestamp>, lim: Option<String> => Nullable<Text>,
        passed: i32 => Integer, at: UtcTime => Timestamp,
    } -> Bool, "UPDATE client_llm_usage SET tokens_used_today = {td}, requests_made_today = {rd}, tokens_used_this_month = {tm},
        requests_made_this_month = {rm}, total_tokens_used = {tt}, total_requests_made = {tr}, tokens_reserved = {ht},
        requests_reserved = {hr}, last_daily_reset = {day}, last_monthly_reset = {month}, credits_exhausted = {out},
        credits_exhausted_at = {out_at}, exhausted_limit = {lim}, thresholds_passed = {passed}, updated_at = {at} WHERE id = {id}"
}

statement! {
    Sqlite, AddHistory {
        account: i32 => Integer, period: &'static str => Text, start: Day => Date, tokens: i64 => BigInt, requests: i64 => BigInt,
        at: UtcTime => Timestamp,
    } -> Bool, "INSERT INTO llm_usage_history (account_id, period, period_start, tokens_used, requests_made, closed_at)
        VALUES ({account}, {period}, {start}, {tokens}, {requests}, {at})
        ON CONFLICT (account_id, period, period_start) DO UPDATE SET tokens_used = tokens_used + excluded.tokens_used,
        requests_made = requests_made + excluded.requests_made"
}

statement! {
    Sqlite, InsertConversation {
        id: i32 => Integer, public_id: i64 => BigInt, widget: i32 => Integer, session: String => Text, visitor: Option<String> => Nullable<Text>,
        name: Option<String> => Nullable<Text>, email: Option<String> => Nullable<Text>, phone: Option<String> => Nullable<Text>,
        agent: Option<String> => Nullable<Text>, referrer: Option<String> => Nullable<Text>, page: Option<String> => Nullable<Text>,
        ip: Option<String> => Nullable<Text>, at: UtcTime => Timestamp,
    } -> Bool, "INSERT INTO widget_conversations (id, public_id, widget_id, session_id, visitor_session_id, visitor_name, visitor_email,
        visitor_phone, user_agent, referrer_url, page_url, ip_address, status, started_at, created_at, updated_at, last_activity_at)
        VALUES ({id}, {public_id}, {widget}, {session}, {visitor}, {name}, {email}, {phone}, {agent}, {referrer}, {page}, {ip}, 'active',
        {at}, {at}, {at}, {at})"
}

statement! {
    Sqlite, InsertMessage {
        id: i32 => Integer, conversation: i32 => Integer, kind: &'static str => Text, text: String => Text, entry: Option<i32> => Nullable<Integer>,
        confidence: Option<f64> => Nullable<Double>, ms: Option<i32> => Nullable<Integer>, key: Option<String> => Nullable<Text>,
        reply_to: Option<i32> => Nullable<Integer>, metadata: Option<String> => Nullable<Text>, at: UtcTime => Timestamp,
    } -> Bool, "INSERT INTO widget_messages (id, conversation_id, message_type, message_text, knowledge_base_id, confidence_score,
        response_time_ms, client_message_id, reply_to, metadata, created_at)
        VALUES ({id}, {conversation}, {kind}, {text}, (SELECT id FROM widget_knowledge_base WHERE id = {entry}), round({confidence}, 2),
        {ms}, {key}, {reply_to}, {metadata}, {at})"
}

statement! {
    Sqlite, InsertLog {
        id: i32 => Integer, account: i32 => Integer, client: Option<i32> => Nullable<Integer>, widget: Option<i32> => Nullable<Integer>,
        conversation: i32 => Integer, message: i32 => Integer, provider: String => Text, model: String => Text, prompt: String => Text,
        status: &'static str => Text, error: Option<String> => Nullable<Text>, attempt: i32 => Integer, tokens: i64 => BigInt,
        until: Option<UtcTime> => Nullable<Timestamp>, day: Option<Day> => Nullable<Date>, at: UtcTime => Timestamp,
    } -> Bool, "INSERT INTO llm_request_logs (id, account_id, client_id, widget_id, conversation_id, message_id, llm_provider, llm_model,
        prompt_text, status, error_message, attempt, reserved_tokens, reserved_until, booked_on, settled_at, created_at)
        VALUES ({id}, {account}, {client}, {widget}, {conversation}, {message}, {provider}, {model}, {prompt}, {status}, {error}, {attempt},
        {tokens}, {until}, {day}, CASE WHEN {day} IS NOT NULL THEN {at} END, {at})"
}

statement! {
    Sqlite, SettleLog {
        id: i32 => Integer, model: String => Text, response: Option<String> => Nullable<Text>, prompt: i32 => Integer,
        completion: i32 => Integer, total: i32 => Integer, ms: Option<i32> => Nullable<Integer>, status: &'static str => Text,
        error: Option<String> => Nullable<Text>, cost: Option<i64> => Nullable<BigInt>, estimated: bool => Bool,
        at: UtcTime => Timestamp, day: Option<Day> => Nullable<Date>,
    } -> Bool, "UPDATE llm_request_logs SET llm_model = {model}, response_text = {response}, prompt_tokens = {prompt},
        completion_tokens = {completion}, total_tokens = {total}, response_time_ms = {ms}, status = {status}, error_message = {error},
        estimated_cost = {cost} / 1000000.0, usage_estimated = {estimated}, settled_at = {at}, booked_on = {day} WHERE id = {id}"
}

statement! {
    Sqlite, AddRollup {
        widget: i32 => Integer, day: Day => Date, provider: String => Text, model: String => Text, requests: i64 => BigInt,
        successful: i64 => BigInt, failed: i64 => BigInt, limited: i64 => BigInt, blocked: i64 => BigInt, exhausted: i64 => BigInt,
        prompt: i64 => BigInt, completion: i64 => BigInt, total: i64 => BigInt, timed: i64 => BigInt, ms: i64 => BigInt, cost: i64 => BigInt,
    } -> Bool, "INSERT INTO llm_usage_daily (widget_id, day, llm_provider, llm_model, requests, successful, failed, rate_limited, blocked,
        credits_exhausted, prompt_tokens, completion_tokens, total_tokens, timed_requests, response_time_ms, cost_micro_usd)
        VALUES ({widget}, {day}, {provider}, {model}, {requests}, {successful}, {failed}, {limited}, {blocked}, {exhausted}, {prompt},
        {completion}, {total}, {timed}, {ms}, {cost})
        ON CONFLICT (widget_id, day, llm_provider, llm_model) DO UPDATE SET requests = requests + excluded.requests,
        successful = successful + excluded.successful, failed = failed + excluded.failed, rate_limited = rate_limited + excluded.rate_limited,
        blocked = blocked + excluded.blocked, credits_exhausted = credits_exhausted + excluded.credits_exhausted,
        prompt_tokens = prompt_tokens + excluded.prompt_tokens, completion_tokens = completion_tokens + excluded.completion_tokens,
        total_tokens = total_tokens + excluded.total_tokens, timed_requests = timed_requests + excluded.timed_requests,
        response_time_ms = response_time_ms + excluded.response_time_ms, cost_micro_usd = cost_micro_usd + excluded.cost_micro_usd"
}

statement! {
    Sqlite, TouchConversation {
        id: i32 => Integer, messages: i32 => Integer, replies: i32 => Integer, reopens: bool => Bool, last: String => Text,
        at: UtcTime => Timestamp,
    } -> Bool, "UPDATE widget_conversations SET status = CASE WHEN {reopens} THEN 'active' ELSE status END,
        ended_at = CASE WHEN NOT {reopens} THEN ended_at END, closed_at = CASE WHEN NOT {reopens} THEN closed_at END,
        close_reason = CASE WHEN NOT {reopens} THEN close_reason END, message_count = COALESCE(message_count, 0) + {messages},
        bot_response_count = COALESCE(bot_response_count, 0) + {replies}, last_message = {last}, last_message_at = {at},
        last_activity_at = {at}, updated_at = {at} WHERE id = {id}"
}

statement! {
    Sqlite, UseEntry { id: i32 => Integer, used: i32 => Integer } -> Bool,
    "UPDATE widget_knowledge_base SET times_used = min(COALESCE(times_used, 0) + {used}, 2147483647) WHERE id = {id}"
}

pub(super) fn write(db: &mut SqliteConnection, writes: &Writes) -> QueryResult<Written> {
    for (account, at) in &writes.accounts {
        save_account(account, *at).execute(db)?;
    }
    for h in &writes.history {
        AddHistory {
            account: h.account_id,
            period: h.period,
            start: h.start,
            tokens: h.tokens,
            requests: h.requests,
            at: h.closed_at,
        }
        .execute(db)?;
    }
    let mut written = Written { conversations: write_conversations(db, writes)?, ..Written::default() };
    written.messages = write_messages(db, writes, &written.conversations)?;
    written.logs = write_logs(db, writes, &written)?;
    settle_logs(db, writes)?;
    write_rollup(db, writes)?;
    for (row, t) in &writes.touches {
        TouchConversation {
            id: id_of(*row, &written.conversations)?,
            messages: t.messages,
            replies: t.replies,
            reopens: t.reopens,
            last: t.last_message.clone(),
            at: t.at,
        }
        .execute(db)?;
    }
    for (id, used) in &writes.entries_used {
        UseEntry { id: *id, used: *used }.execute(db)?;
    }
    Ok(written)
}

fn save_account(account: &StoredAccount, at: UtcTime) -> SaveAccount {
    let credits = &account.credits;
    let flag = FlagColumns::from(credits.exhaustion);
    SaveAccount {
        id: account.id.0,
        td: credits.used_today.tokens,
        rd: credits.used_today.requests,
        tm: credits.used_this_month.tokens,
        rm: credits.used_this_month.requests,
        tt: credits.used_total.tokens,
        tr: credits.used_total.requests,
        ht: credits.held.tokens,
        hr: credits.held.requests,
        day: credits.last_daily_reset.map(Day),
        month: credits.last_monthly_reset.map(Day),
        out: flag.exhausted,
        out_at: flag.at,
        lim: flag.limit,
        passed: credits.passed.bits(),
        at,
    }
}

fn id_of(row: RowRef, new: &[i32]) -> QueryResult<i32> {
    match row {
        RowRef::Id(id) => Ok(id),
        RowRef::New(position) => new.get(position).copied().ok_or(diesel::result::Error::NotFound),
    }
}

/// Ids for so many new rows after the highest id so far, as SQLite itself would choose them: the transaction is
/// the only writer. Asking for each row's id back would cost a journal per row.
fn new_ids(highest: Option<i32>, rows: usize) -> Vec<i32> {
    (highest.unwrap_or(0)..i32::MAX).map(|id| id + 1).take(rows).collect()
}

fn write_conversations(db: &mut SqliteConnection, writes: &Writes) -> QueryResult<Vec<i32>> {
    if writes.conversations.is_empty() {
        return Ok(Vec::new());
    }
    let highest = widget_conversations::table.select(max(widget_conversations::id)).get_result(db)?;
    let ids = new_ids(highest, writes.conversations.len());
    for (id, c) in ids.iter().zip(&writes.conversations) {
        InsertConversation {
            id: *id,
            public_id: c.public_id,
            widget: c.widget_id,
            session: c.fields.session_id.clone(),
            visitor: c.fields.visitor_session_id.clone(),
            name: c.fields.visitor_name.clone(),
            email: c.fields.visitor_email.clone(),
            phone: c.fields.visitor_phone.clone(),
            agent: c.fields.user_agent.clone(),
            referrer: c.fields.referrer_url.clone(),
            page: c.fields.page_url.clone(),
            ip: c.fields.ip_address.map(|address| address.to_string()),
            at: c.at,
        }
        .execute(db)?;
    }
    Ok(ids)
}

fn write_messages(
    db: &mut SqliteConnection,
    writes: &Writes,
    conversations: &[i32],
) -> QueryResult<Vec<i32>> {
    if writes.messages.is_empty() {
        return Ok(Vec::new());
    }
    let highest = widget_messages::table.select(max(widget_messages::id)).get_result(db)?;
    let ids = new_ids(highest, writes.messages.len());
    for (id, m) in ids.iter().zip(&writes.messages) {
        InsertMessage {
            id: *id,
            conversation: id_of(m.conversation, conversations)?,
            kind: m.kind,
            text: m.text.clone(),
            entry: m.entry,
            confidence: m.confidence,
            ms: m.response_time_ms,
            key: m.client_message_id.clone(),
            reply_to: m.reply_to.map(|row| id_of(row, &ids)).transpose()?,
            metadata: m.metadata.clone(),
            at: m.at,
        }
        .execute(db)?;
    }
    Ok(ids)
}

fn write_logs(db: &mut SqliteConnection, writes: &Writes, written: &Written) -> QueryResult<Vec<i32>> {
    if writes.new_logs.is_empty() {
        return Ok(Vec::new());
    }
    let highest = llm_request_logs::table.select(max(llm_request_logs::id)).get_result(db)?;
    let ids = new_ids(highest, writes.new_logs.len());
    for (id, l) in ids.iter().zip(&writes.new_logs) {
        InsertLog {
            id: *id,
            account: l.account_id,
            client: l.client_id,
            widget: l.widget_id,
            conversation: id_of(l.conversation, &written.conversations)?,
            message: id_of(l.message, &written.messages)?,
            provider: l.provider.clone(),
            model: l.model.clone(),
            prompt: l.prompt_text.clone(),
            status: l.status,
            error: l.error.clone(),
            attempt: l.attempt,
            tokens: l.reserved_tokens,
            until: l.reserved_until,
            day: l.booked_on,
            at: l.at,
        }
        .execute(db)?;
    }
    Ok(ids)
}

fn settle_logs(db: &mut SqliteConnection, writes: &Writes) -> QueryResult<()> {
    for s in writes.settled_logs.values() {
        SettleLog {
            id: s.id,
            model: s.model.clone(),
            response: s.response_text.clone(),
            prompt: s.prompt_tokens,
            completion: s.completion_tokens,
            total: s.total_tokens,
            ms: s.response_time_ms,
            status: s.status,
            error: s.error.clone(),
            cost: s.cost_micro_usd,
            estimated: s.usage_estimated,
            at: s.settled_at,
            day: s.booked_on,
        }
        .execute(db)?;
    }
    Ok(())
}

fn write_rollup(db: &mut SqliteConnection, writes: &Writes) -> QueryResult<()> {
    for ((widget, day, provider, model), r) in &writes.rollup {
        AddRollup {
            widget: *widget,
            day: *day,
            provider: provider.clone(),
            model: model.clone(),
            requests: r.requests,
            successful: r.successful,
            failed: r.failed,
            limited: r.rate_limited,
            blocked: r.blocked,
            exhausted: r.credits_exhausted,
            prompt: r.prompt_tokens,
            completion: r.completion_tokens,
            total: r.total_tokens,
            timed: r.timed_requests,
            ms: r.response_time_ms,
            cost: r.cost_micro_usd,
        }
        .execute(db)?;
    }
    Ok(())
}
