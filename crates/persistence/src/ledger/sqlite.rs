//! The ledger's store on SQLite: in process there are no round trips, so row by row, each statement
//! prepared once. No `first`: its bound `LIMIT` makes SQLite prepare the statement anew each time.

mod write;

use super::operation::AccountKey;
use super::rows::{AccountRow, LogRow, PENDING, is_pending};
use super::store::{Evidence, LedgerStore, Writes, Written};
use crate::schema::{client_llm_usage, llm_request_logs, widget_conversations, widget_messages};
use crate::types::{Day, UtcTime};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::select;
use diesel::sqlite::SqliteConnection;
use frontdesk_domain::credits::Limits;
use std::collections::BTreeMap;

impl LedgerStore for SqliteConnection {
    fn atomically<T>(&mut self, work: impl FnOnce(&mut Self) -> QueryResult<T>) -> QueryResult<T> {
        self.immediate_transaction(work)
    }

    fn wait_briefly(&mut self) -> QueryResult<()> {
        // Its `busy_timeout` bounds every wait.
        Ok(())
    }

    fn lock(&mut self, widgets: &[i32], ids: &[i32]) -> QueryResult<Vec<AccountRow>> {
        use client_llm_usage as u;
        let mut rows: BTreeMap<i32, AccountRow> = BTreeMap::new();
        for widget in widgets {
            let of_widget: Vec<AccountRow> =
                u::table.filter(u::widget_id.eq(*widget)).select(AccountRow::as_select()).load(self)?;
            rows.extend(of_widget.into_iter().map(|row| (row.id, row)));
        }
        for id in ids {
            let with_id: Vec<AccountRow> = u::table.find(*id).select(AccountRow::as_select()).load(self)?;
            rows.extend(with_id.into_iter().map(|row| (row.id, row)));
        }
        Ok(rows.into_values().collect())
    }

    fn open_accounts(&mut self, keys: &[AccountKey], at: UtcTime) -> QueryResult<()> {
        let free = Limits::default();
        let today = at.0.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        for key in keys {
            diesel::insert_or_ignore_into(client_llm_usage::table)
                .values((
                    client_llm_usage::client_id.eq(key.client.map(|id| id.0)),
                    client_llm_usage::widget_id.eq(key.widget.0),
                    client_llm_usage::monthly_token_limit.eq(free.monthly.tokens),
                    client_llm_usage::daily_token_limit.eq(free.daily.tokens),
                    client_llm_usage::monthly_request_limit.eq(free.monthly.requests),
                    client_llm_usage::daily_request_limit.eq(free.daily.requests),
                    client_llm_usage::last_daily_reset.eq(Day(today)),
                    client_llm_usage::last_monthly_reset.eq(Day(today.first_of_month())),
                    client_llm_usage::created_at.eq(at),
                ))
                .execute(self)?;
        }
        Ok(())
    }

    fn logs(&mut self, ids: &[i32]) -> QueryResult<Vec<LogRow>> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            let row: Vec<LogRow> =
                llm_request_logs::table.find(*id).select(LogRow::as_select()).load(self)?;
            rows.extend(row);
        }
        Ok(rows)
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
        use widget_messages as m;
        let mut seen = Vec::new();
        for (conversation, key) in keys {
            let ids: Vec<i32> = m::table
                .filter(m::conversation_id.eq(*conversation))
                .filter(m::client_message_id.eq(key))
                .select(m::id)
                .load(self)?;
            seen.extend(ids.into_iter().map(|id| (*conversation, key.clone(), id)));
        }
        Ok(seen)
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
        write::write(self, writes)
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
