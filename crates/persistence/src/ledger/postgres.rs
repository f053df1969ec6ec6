//! The ledger's store on PostgreSQL: a whole batch is one statement over arrays, whatever it holds.

mod write;

use super::operation::AccountKey;
use super::rows::{AccountRow, LogRow, PENDING, is_pending};
use super::store::{Evidence, LedgerStore, Writes, Written};
use crate::schema::{client_llm_usage, llm_request_logs, widget_conversations, widget_messages};
use crate::statement::statement;
use crate::types::{Day, UtcTime};
use diesel::connection::SimpleConnection;
use diesel::dsl::{SqlTypeOf, exists};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::select;
use diesel::sql_types::{Array, Integer, Nullable, Text};
use frontdesk_domain::credits::Limits;
use write::Write;

// One list of ids: for `widget_id = .. OR id = ..` the planner would read the whole table.
statement! {
    Pg, Lock { widgets: Vec<i32> => Array<Integer>, ids: Vec<i32> => Array<Integer> }
    -> SqlTypeOf<<AccountRow as Selectable<Pg>>::SelectExpression>, r"
SELECT id, client_id, widget_id, monthly_token_limit, daily_token_limit, monthly_request_limit, daily_request_limit,
  tokens_used_this_month, tokens_used_today, requests_made_this_month, requests_made_today, total_tokens_used, total_requests_made,
  tokens_reserved, requests_reserved, last_daily_reset, last_monthly_reset, reset_timezone, credits_exhausted, credits_exhausted_at,
  exhausted_limit, thresholds_passed
FROM client_llm_usage
WHERE id = ANY (ARRAY(SELECT w.id FROM client_llm_usage w WHERE w.widget_id = ANY ({widgets}) UNION SELECT unnest({ids})))
ORDER BY id FOR UPDATE"
}

// One index look-up for each pair; with two lists of values it would be one for each of their combinations.
statement! {
    Pg, Seen { conversations: Vec<i32> => Array<Integer>, keys: Vec<String> => Array<Text> }
    -> (Integer, Text, Nullable<Integer>), r"
SELECT k.conversation, k.key,
  (SELECT m.id FROM widget_messages m WHERE m.conversation_id = k.conversation AND m.client_message_id = k.key)
FROM unnest({conversations}, {keys}) AS k (conversation, key)"
}

impl LedgerStore for PgConnection {
    fn atomically<T>(&mut self, work: impl FnOnce(&mut Self) -> QueryResult<T>) -> QueryResult<T> {
        self.transaction(work)
    }

    fn wait_briefly(&mut self) -> QueryResult<()> {
        self.batch_execute("SET LOCAL lock_timeout = '2s'")
    }

    fn lock(&mut self, widgets: &[i32], ids: &[i32]) -> QueryResult<Vec<AccountRow>> {
        Lock { widgets: widgets.to_vec(), ids: ids.to_vec() }.load(self)
    }

    fn open_accounts(&mut self, keys: &[AccountKey], at: UtcTime) -> QueryResult<()> {
        let free = Limits::default();
        let today = at.0.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        let rows: Vec<_> = keys
            .iter()
            .map(|key| {
                (
                    client_llm_usage::client_id.eq(key.client.map(|id| id.0)),
                    client_llm_usage::widget_id.eq(key.widget.0),
                    client_llm_usage::monthly_token_limit.eq(free.monthly.tokens),
                    client_llm_usage::daily_token_limit.eq(free.daily.tokens),
                    client_llm_usage::monthly_request_limit.eq(free.monthly.requests),
                    client_llm_usage::daily_request_limit.eq(free.daily.requests),
                    client_llm_usage::last_daily_reset.eq(Day(today)),
                    client_llm_usage::last_monthly_reset.eq(Day(today.first_of_month())),
                    client_llm_usage::created_at.eq(at),
                )
            })
            .collect();
        diesel::insert_into(client_llm_usage::table).values(rows).on_conflict_do_nothing().execute(self)?;
        Ok(())
    }

    fn logs(&mut self, ids: &[i32]) -> QueryResult<Vec<LogRow>> {
        llm_request_logs::table
            .filter(llm_request_logs::id.eq_any(ids))
            .select(LogRow::as_select())
            .load(self)
    }

    fn overdue(&mut self, account: i32, now: UtcTime) -> QueryResult<Vec<LogRow>> {
        llm_request_logs::table
            .filter(is_pending())
            .filter(llm_request_logs::reserved_until.le(now))
            .filter(llm_request_logs::account_id.eq(account))
            .select(LogRow::as_select())
            .load(self)
    }

    fn seen(&mut self, keys: &[(i32, String)]) -> QueryResult<Vec<(i32, String, i32)>> {
        let (conversations, keys) = keys.iter().cloned().unzip();
        let rows: Vec<(i32, String, Option<i32>)> = Seen { conversations, keys }.load(self)?;
        Ok(rows.into_iter().filter_map(|(conversation, key, id)| Some((conversation, key, id?))).collect())
    }

    fn replies(&mut self, messages: &[i32]) -> QueryResult<Vec<(i32, i32)>> {
        use widget_messages as m;
        let rows: Vec<(Option<i32>, i32)> =
            m::table.filter(m::reply_to.eq_any(messages)).select((m::reply_to, m::id)).load(self)?;
        Ok(rows.into_iter().filter_map(|(message, reply)| Some((message?, reply))).collect())
    }

    fn has_conversation(&mut self, id: i32) -> QueryResult<bool> {
        select(exists(widget_conversations::table.find(id))).get_result(self)
    }

    fn write(&mut self, writes: &Writes) -> QueryResult<Written> {
        let (conversations, messages, logs) = Write::from(writes).get_result(self)?;
        Ok(Written { conversations, messages, logs })
    }

    fn holds(&mut self, evidence: Evidence) -> QueryResult<bool> {
        use {llm_request_logs as l, widget_conversations as c, widget_messages as m};
        match evidence {
            Evidence::Conversation(id) => select(exists(c::table.find(id))).get_result(self),
            Evidence::Message(id) => select(exists(m::table.find(id))).get_result(self),
            Evidence::Log(id) => select(exists(l::table.find(id))).get_result(self),
            Evidence::Settled(id) => {
                select(exists(l::table.find(id).filter(l::status.ne(PENDING)))).get_result(self)
            }
        }
    }
}
