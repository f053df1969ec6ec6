//! The request log of a widget, the newest first, page by page.
//!
//! A page costs the same whatever lies before it and however long the log is: it begins at a row that is found by its
//! key, and reads on along the index of widget and time. Status and provider have no index, for each would make
//! every answer of every visitor dearer: a page that is filtered by them looks at a bounded number of rows, and may
//! end with fewer than were wanted.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::schema::{llm_request_logs as l, widget_conversations as v};
use crate::types::UtcTime;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable};
use frontdesk_domain::ids::{ClientId, MessageId, PublicConversationId, RequestLogId, WidgetId};
use jiff::Timestamp;
use std::collections::HashMap;

/// Rows at which a filtered page looks.
const LOOKED_AT: usize = 5_000;

/// Which rows of the log are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Made then or later.
    pub from: Option<Timestamp>,
    /// Made before.
    pub until: Option<Timestamp>,
    /// `status` as stored.
    pub status: Option<String>,
    /// `llm_provider` as stored.
    pub provider: Option<String>,
}

/// Where a page of the log begins and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogRange {
    /// After this row, which the page before ended with.
    pub after: Option<RequestLogId>,
    /// After so many rows that are wanted.
    pub offset: usize,
    /// At most so many rows.
    pub limit: usize,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The newest first.
    pub requests: Vec<LoggedRequest>,
    /// Where the next page begins; `None` if there is none.
    pub next: Option<RequestLogId>,
}

/// An attempt at a provider: a row of `llm_request_logs`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the columns of llm_request_logs, known from the guide")]
pub struct LoggedRequest {
    pub id: RequestLogId,
    pub client: Option<ClientId>,
    /// None where the conversation is gone, or is none of ours.
    pub conversation: Option<PublicConversationId>,
    pub message: Option<MessageId>,
    pub provider: String,
    pub model: String,
    pub status: Option<String>,
    pub error: Option<String>,
    pub prompt_tokens: i32,
    pub completion_tokens: i32,
    pub total_tokens: i32,
    /// Held until it was settled.
    pub reserved_tokens: i64,
    pub usage_estimated: bool,
    pub response_time_ms: Option<i32>,
    /// In millionths of a US dollar; `None` for a model without a known price.
    pub cost_micro_usd: Option<i64>,
    pub attempt: i32,
    pub created_at: Option<Timestamp>,
    pub settled_at: Option<Timestamp>,
    /// What was asked and answered, where it was asked for and is still there.
    pub texts: Option<(Option<String>, Option<String>)>,
}

/// What a page is chosen by.
type Seen = (i32, Option<String>, String);

type Row = (
    (
        i32,
        Option<i32>,
        Option<i32>,
        String,
        String,
        Option<String>,
        Option<String>,
        Option<i32>,
        Option<i32>,
        Option<i32>,
    ),
    (i64, bool, Option<i32>, i32, Option<UtcTime>, Option<UtcTime>),
    Option<i64>,
    Option<i64>,
);

impl LogFilter {
    fn looks_at_rows(&self) -> bool {
        self.status.is_some() || self.provider.is_some()
    }

    fn lets_through(&self, (_, status, provider): &Seen) -> bool {
        self.status.as_ref().is_none_or(|wanted| status.as_ref() == Some(wanted))
            && self.provider.as_ref().is_none_or(|wanted| provider == wanted)
    }
}

impl Database {
    /// A page of the widget's request log. Rows that are made meanwhile do not move it. Rows without a time, which
    /// no service writes, are on none.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn request_logs(
        &self,
        widget: WidgetId,
        filter: LogFilter,
        range: LogRange,
        with_texts: bool,
    ) -> Result<LogPage, DatabaseError> {
        let looked_at =
            if filter.looks_at_rows() { LOOKED_AT.max(range.limit) } else { range.offset + range.limit + 1 };
        let seen = self.look(widget, &filter, range.after, looked_at).await?;
        let all = seen.len() < looked_at;
        let mut wanted =
            seen.iter().filter(|row| filter.lets_through(row)).skip(range.offset).map(|row| row.0);
        let ids: Vec<i32> = wanted.by_ref().take(range.limit).collect();
        let next = match (wanted.next(), all) {
            (Some(_), _) => ids.last().copied(),
            (None, true) => None,
            (None, false) => seen.last().map(|row| row.0),
        };
        Ok(LogPage { requests: self.logged(ids, with_texts).await?, next: next.map(RequestLogId) })
    }

    /// The first rows after one, along the index.
    async fn look(
        &self,
        widget: WidgetId,
        filter: &LogFilter,
        after: Option<RequestLogId>,
        most: usize,
    ) -> Result<Vec<Seen>, DatabaseError> {
        let (from, until) = (filter.from.map(UtcTime), filter.until.map(UtcTime));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        read!(self, |c| {
            let mut query =
                l::table.filter(l::widget_id.eq(widget.0)).filter(l::created_at.is_not_null()).into_boxed();
            if let Some(from) = from {
                query = query.filter(l::created_at.ge(from));
            }
            if let Some(until) = until {
                query = query.filter(l::created_at.lt(until));
            }
            if let Some(RequestLogId(after)) = after {
                // Its time as it is stored: SQLite has times in texts of more than one form.
                let same = || {
                    sql::<Bool>("created_at <= (SELECT p.created_at FROM llm_request_logs p WHERE p.id = ")
                };
                let earlier =
                    sql::<Bool>("created_at < (SELECT p.created_at FROM llm_request_logs p WHERE p.id = ");
                query = query
                    .filter(same().bind::<Integer, _>(after).sql(")"))
                    .filter(earlier.bind::<Integer, _>(after).sql(")").or(l::id.lt(after)));
            }
            query
                .order((l::created_at.desc(), l::id.desc()))
                .limit(most)
                .select((l::id, l::status, l::llm_provider))
                .load(c)
        })
    }

    /// These rows, in this order; one that was pruned meanwhile is not there.
    async fn logged(&self, ids: Vec<i32>, with_texts: bool) -> Result<Vec<LoggedRequest>, DatabaseError> {
        let order = ids.clone();
        let (rows, texts) = read!(self, |c| {
            let rows: Vec<Row> = l::table
                .left_join(v::table.on(l::conversation_id.eq(v::id.nullable())))
                .filter(l::id.eq_any(&ids))
                .select((
                    (
                        l::id,
                        l::client_id,
                        l::message_id,
                        l::llm_provider,
                        l::llm_model,
                        l::status,
                        l::error_message,
                        l::prompt_tokens,
                        l::completion_tokens,
                        l::total_tokens,
                    ),
                    (
                        l::reserved_tokens,
                        l::usage_estimated,
                        l::response_time_ms,
                        l::attempt,
                        l::created_at,
                        l::settled_at,
                    ),
                    v::public_id.nullable(),
                    // NUMERIC on PostgreSQL, REAL on SQLite.
                    sql::<Nullable<BigInt>>("CAST(ROUND(estimated_cost * 1000000) AS BIGINT)"),
                ))
                .load(c)?;
            let wanted = if with_texts { ids } else { Vec::new() };
            let texts: Vec<(i32, Option<String>, Option<String>)> = l::table
                .filter(l::id.eq_any(wanted))
                .select((l::id, l::prompt_text, l::response_text))
                .load(c)?;
            Ok((rows, texts))
        })?;
        let mut texts: HashMap<i32, _> =
            texts.into_iter().map(|(id, asked, said)| (id, (asked, said))).collect();
        let mut rows: HashMap<i32, LoggedRequest> =
            rows.into_iter().map(|row| (row.0.0, logged_request(row))).collect();
        let one = |id: i32| {
            let texts = texts.remove(&id);
            rows.remove(&id).map(|request| LoggedRequest { texts, ..request })
        };
        Ok(order.into_iter().filter_map(one).collect())
    }
}

fn logged_request((main, more, public_id, cost): Row) -> LoggedRequest {
    let (id, client, message, provider, model, status, error, prompt, completion, total) = main;
    let (reserved_tokens, usage_estimated, response_time_ms, attempt, created_at, settled_at) = more;
    LoggedRequest {
        id: RequestLogId(id),
        client: client.map(ClientId),
        conversation: public_id.map(PublicConversationId::new),
        message: message.map(MessageId),
        provider,
        model,
        status,
        error,
        prompt_tokens: prompt.unwrap_or(0),
        completion_tokens: completion.unwrap_or(0),
        total_tokens: total.unwrap_or(0),
        reserved_tokens,
        usage_estimated,
        response_time_ms,
        cost_micro_usd: cost,
        attempt,
        created_at: created_at.map(|at| at.0),
        settled_at: settled_at.map(|at| at.0),
        texts: None,
    }
}
