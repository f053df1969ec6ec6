//! What both databases can do for an audit, under one name.

use super::RollupRow;
use crate::ledger::{AccountRow, RollupDelta};
use crate::schema::{client_llm_usage as u, llm_usage_daily as d};
use crate::types::Day;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;

/// A row that can be read from both databases.
pub(super) trait AuditRow: QueryableByName<Pg> + QueryableByName<Sqlite> + 'static {}

impl<R: QueryableByName<Pg> + QueryableByName<Sqlite> + 'static> AuditRow for R {}

/// A connection that can be audited.
pub(super) trait AuditStore: crate::ledger::LedgerStore {
    /// Runs reads that all see the same state of the database.
    fn in_snapshot<T>(&mut self, work: impl FnOnce(&mut Self) -> QueryResult<T>) -> QueryResult<T>;

    /// Up to `most` accounts with ids above `after`, in the order of their ids.
    fn accounts(&mut self, after: i32, most: i64) -> QueryResult<Vec<AccountRow>>;

    /// The rows of a query that has no parameters but numbers that stand in its text.
    fn rows<R: AuditRow>(&mut self, sql: &str) -> QueryResult<Vec<R>>;

    /// Runs such a statement; returns how many rows it changed.
    fn run(&mut self, sql: &str) -> QueryResult<usize>;

    /// The highest id of the account's adjustments; 0 where it has none.
    fn newest_adjustment(&mut self, account: i32) -> QueryResult<i64> {
        let newest: Vec<Newest> = self.rows(&format!(
            "SELECT CAST(COALESCE(max(id), 0) AS BIGINT) AS id FROM llm_usage_adjustments WHERE account_id = {account}"
        ))?;
        Ok(newest.first().map_or(0, |newest| newest.id))
    }

    /// Replaces a row of the rollup; one without requests is taken away.
    fn set_rollup(&mut self, row: &RollupRow, figures: &RollupDelta, unlogged: i64) -> QueryResult<()>;
}

#[derive(QueryableByName)]
struct Newest {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

macro_rules! audit_store {
    ($connection:ty, |$c:ident, $work:ident| $snapshot:expr) => {
        impl AuditStore for $connection {
            fn in_snapshot<T>(&mut self, $work: impl FnOnce(&mut Self) -> QueryResult<T>) -> QueryResult<T> {
                let $c = self;
                $snapshot
            }

            fn accounts(&mut self, after: i32, most: i64) -> QueryResult<Vec<AccountRow>> {
                let later = u::table.filter(u::id.gt(after)).order(u::id).limit(most);
                later.select(AccountRow::as_select()).load(self)
            }

            fn rows<R: AuditRow>(&mut self, sql: &str) -> QueryResult<Vec<R>> {
                diesel::sql_query(sql).load(self)
            }

            fn run(&mut self, sql: &str) -> QueryResult<usize> {
                diesel::sql_query(sql).execute(self)
            }

            fn set_rollup(&mut self, row: &RollupRow, f: &RollupDelta, unlogged: i64) -> QueryResult<()> {
                let key = (row.widget.0, Day(row.day), row.provider.as_str(), row.model.as_str());
                diesel::delete(d::table.find(key)).execute(self)?;
                if f.requests == 0 {
                    return Ok(());
                }
                diesel::insert_into(d::table)
                    .values((
                        (
                            d::widget_id.eq(key.0),
                            d::day.eq(key.1),
                            d::llm_provider.eq(key.2),
                            d::llm_model.eq(key.3),
                        ),
                        (d::requests.eq(f.requests), d::successful.eq(f.successful), d::failed.eq(f.failed)),
                        (d::rate_limited.eq(f.rate_limited), d::blocked.eq(f.blocked)),
                        (d::credits_exhausted.eq(f.credits_exhausted), d::unlogged_requests.eq(unlogged)),
                        (d::prompt_tokens.eq(f.prompt_tokens), d::completion_tokens.eq(f.completion_tokens)),
                        (d::total_tokens.eq(f.total_tokens), d::timed_requests.eq(f.timed_requests)),
                        (d::response_time_ms.eq(f.response_time_ms), d::cost_micro_usd.eq(f.cost_micro_usd)),
                    ))
                    .execute(self)?;
                Ok(())
            }
        }
    };
}

audit_store!(PgConnection, |c, work| c.build_transaction().read_only().repeatable_read().run(work));
// A deferred transaction of SQLite keeps to the state that its first read saw.
audit_store!(SqliteConnection, |c, work| c.transaction(work));

/// See [`AuditStore::in_snapshot`].
pub(super) fn snapshot<C: AuditStore, T>(
    connection: &mut C,
    work: impl FnOnce(&mut C) -> QueryResult<T>,
) -> QueryResult<T> {
    connection.in_snapshot(work)
}

/// Numbers as the list of an `IN (..)`; an empty one finds nothing.
pub(super) fn list(ids: &[i32]) -> String {
    if ids.is_empty() {
        return "NULL".to_owned();
    }
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(", ")
}
