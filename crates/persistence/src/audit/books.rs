//! The books of accounts, as they are stored.

use super::Subject;
use super::store::{AuditStore, list};
use crate::ledger::AccountRow;
use crate::types::Day;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Text};
use frontdesk_domain::credits::audit::{Adjustment, Booked, Books};
use frontdesk_domain::credits::{Amount, ClosedPeriod};
use frontdesk_domain::period::Period;
use std::collections::BTreeMap;

/// Which rows of the log are looked at for accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// Those of the accounts' widgets, by an index: all, as long as nobody moved an account by hand.
    OfTheirWidgets,
    /// All, by reading the whole log.
    OfAnyWidget,
}

/// The books of one account.
pub(super) struct StoredBooks {
    pub(super) subject: Subject,
    pub(super) books: Books,
}

#[derive(QueryableByName)]
struct BookedRow {
    #[diesel(sql_type = Integer)]
    account_id: i32,
    #[diesel(sql_type = Date)]
    day: Day,
    #[diesel(sql_type = BigInt)]
    tokens: i64,
    #[diesel(sql_type = BigInt)]
    requests: i64,
    #[diesel(sql_type = BigInt)]
    unheld_tokens: i64,
    #[diesel(sql_type = BigInt)]
    unheld_requests: i64,
}

#[derive(QueryableByName)]
struct PendingRow {
    #[diesel(sql_type = Integer)]
    account_id: i32,
    #[diesel(sql_type = BigInt)]
    tokens: i64,
    #[diesel(sql_type = BigInt)]
    requests: i64,
}

#[derive(QueryableByName)]
struct AdjustmentRow {
    #[diesel(sql_type = Integer)]
    account_id: i32,
    #[diesel(sql_type = Nullable<Date>)]
    day: Option<Day>,
    #[diesel(sql_type = Nullable<Date>)]
    month: Option<Day>,
    #[diesel(sql_type = BigInt)]
    tokens_today: i64,
    #[diesel(sql_type = BigInt)]
    requests_today: i64,
    #[diesel(sql_type = BigInt)]
    tokens_this_month: i64,
    #[diesel(sql_type = BigInt)]
    requests_this_month: i64,
    #[diesel(sql_type = BigInt)]
    total_tokens: i64,
    #[diesel(sql_type = BigInt)]
    total_requests: i64,
}

#[derive(QueryableByName)]
struct HistoryRow {
    #[diesel(sql_type = Integer)]
    account_id: i32,
    #[diesel(sql_type = Text)]
    period: String,
    #[diesel(sql_type = Date)]
    period_start: Day,
    #[diesel(sql_type = BigInt)]
    tokens_used: i64,
    #[diesel(sql_type = BigInt)]
    requests_made: i64,
}

/// The books of these accounts, in the order of their ids. The caller sees to it that all of it is one
/// state of the database.
pub(super) fn load<C: AuditStore>(
    c: &mut C,
    accounts: Vec<AccountRow>,
    which: Rows,
) -> QueryResult<Vec<StoredBooks>> {
    let ids = list(&accounts.iter().map(|row| row.id).collect::<Vec<_>>());
    let widgets = list(&accounts.iter().filter_map(|row| row.widget_id).collect::<Vec<_>>());
    let of_widgets = match which {
        Rows::OfTheirWidgets => format!("AND (widget_id IN ({widgets}) OR widget_id IS NULL)"),
        Rows::OfAnyWidget => String::new(),
    };
    let mut books: Stored = accounts.into_iter().map(|row| (row.id, opened(row))).collect();
    read_booked(c, &ids, &of_widgets, &mut books)?;
    read_pending(c, &ids, &mut books)?;
    read_adjustments(c, &ids, &mut books)?;
    read_history(c, &ids, &mut books)?;
    Ok(books.into_values().collect())
}

type Stored = BTreeMap<i32, StoredBooks>;

fn opened(row: AccountRow) -> StoredBooks {
    let account = row.into_account();
    StoredBooks {
        subject: Subject { account: account.id, client: account.client, widget: account.widget },
        books: Books {
            account: account.credits,
            booked: Vec::new(),
            adjustments: Vec::new(),
            history: Vec::new(),
            pending: Amount::default(),
        },
    }
}

fn read_booked<C: AuditStore>(c: &mut C, ids: &str, of_widgets: &str, books: &mut Stored) -> QueryResult<()> {
    // What was settled after its hold had expired was not held at all.
    let rows: Vec<BookedRow> = c.rows(&format!(
        "SELECT account_id, booked_on AS day, CAST(sum(COALESCE(total_tokens, 0)) AS BIGINT) AS tokens,
            CAST(count(CASE WHEN status = 'success' THEN 1 END) AS BIGINT) AS requests,
            CAST(sum(CASE WHEN settled_at > reserved_until THEN COALESCE(total_tokens, 0)
                WHEN total_tokens > reserved_tokens THEN total_tokens - reserved_tokens ELSE 0 END) AS BIGINT) AS unheld_tokens,
            CAST(count(CASE WHEN status = 'success' AND settled_at > reserved_until THEN 1 END) AS BIGINT) AS unheld_requests
        FROM llm_request_logs
        WHERE account_id IN ({ids}) {of_widgets} AND booked_on IS NOT NULL
        GROUP BY account_id, booked_on"
    ))?;
    for row in rows {
        if let Some(stored) = books.get_mut(&row.account_id) {
            stored.books.booked.push(Booked {
                day: row.day.0,
                used: Amount { tokens: row.tokens, requests: row.requests },
                unheld: Amount { tokens: row.unheld_tokens, requests: row.unheld_requests },
            });
        }
    }
    Ok(())
}

fn read_pending<C: AuditStore>(c: &mut C, ids: &str, books: &mut Stored) -> QueryResult<()> {
    let rows: Vec<PendingRow> = c.rows(&format!(
        "SELECT account_id, CAST(sum(reserved_tokens) AS BIGINT) AS tokens, CAST(count(*) AS BIGINT) AS requests
        FROM llm_request_logs WHERE status = 'pending' AND account_id IN ({ids}) GROUP BY account_id"
    ))?;
    for row in rows {
        if let Some(stored) = books.get_mut(&row.account_id) {
            stored.books.pending = Amount { tokens: row.tokens, requests: row.requests };
        }
    }
    Ok(())
}

fn read_adjustments<C: AuditStore>(c: &mut C, ids: &str, books: &mut Stored) -> QueryResult<()> {
    let rows: Vec<AdjustmentRow> = c.rows(&format!(
        "SELECT account_id, day, month, tokens_today, requests_today, tokens_this_month, requests_this_month, total_tokens,
            total_requests
        FROM llm_usage_adjustments WHERE account_id IN ({ids})"
    ))?;
    for row in rows {
        if let Some(stored) = books.get_mut(&row.account_id) {
            stored.books.adjustments.push(Adjustment {
                day: row.day.map(|day| day.0),
                month: row.month.map(|month| month.0),
                today: Amount { tokens: row.tokens_today, requests: row.requests_today },
                this_month: Amount { tokens: row.tokens_this_month, requests: row.requests_this_month },
                total: Amount { tokens: row.total_tokens, requests: row.total_requests },
            });
        }
    }
    Ok(())
}

fn read_history<C: AuditStore>(c: &mut C, ids: &str, books: &mut Stored) -> QueryResult<()> {
    let rows: Vec<HistoryRow> = c.rows(&format!(
        "SELECT account_id, period, period_start, tokens_used, requests_made FROM llm_usage_history WHERE account_id IN ({ids})"
    ))?;
    for row in rows {
        if let Some(stored) = books.get_mut(&row.account_id) {
            stored.books.history.push(ClosedPeriod {
                period: if row.period == Period::Month.as_str() { Period::Month } else { Period::Day },
                start: row.period_start.0,
                used: Amount { tokens: row.tokens_used, requests: row.requests_made },
            });
        }
    }
    Ok(())
}
