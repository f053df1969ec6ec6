//! All clients with what they may use and have used.
//!
//! The clients and the sums over all accounts that may be seen; for one page the accounts themselves and the widgets with
//! their rollup. The accounts are put together here and not by the database, for what is used up is a rule of the
//! domain: a day or month that is over counts as reset. So each is read once, some thousands at a time, and none is
//! kept but those of the page.

use super::usage::{Analytics, Row, UsageReport, report};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::AccountRow;
use crate::repositories::search::{ESCAPED, Search, pattern};
use crate::schema::{client_llm_usage as u, clients as k};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use frontdesk_domain::credits::{Amount, Exhaustion, Limits};
use frontdesk_domain::ids::{ClientId, WidgetId};
use jiff::Timestamp;
use jiff::civil::Date;
use std::cmp::Reverse;
use std::collections::HashMap;

/// Accounts that are read at once.
const AT_ONCE: i64 = 5_000;

/// Which clients are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OverviewFilter {
    /// Who alone may be seen, whatever else is asked for.
    pub owner: Option<ClientId>,
    /// Whether the client's row says so. Widgets without a client have no such row.
    pub is_active: Option<bool>,
    /// Whether a limit of one of the client's accounts is reached.
    pub exhausted: Option<bool>,
    /// A part of the client's name or e-mail address, in any case. SQLite knows the cases of ASCII letters only.
    pub search: Option<String>,
}

/// Accounts, put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientUse {
    /// How many there are.
    pub accounts: i64,
    /// How many of them can use no more until a day or month ends, or a limit is raised.
    pub exhausted: i64,
    /// The sums of their limits.
    pub limits: Limits,
    /// Used on the running days.
    pub today: Amount,
    /// Used in the running months.
    pub this_month: Amount,
    /// Used ever.
    pub total: Amount,
}

/// A client of the overview.
#[derive(Debug, Clone)]
pub struct ClientAccounts {
    /// `None` for the widgets that have no client.
    pub client: Option<ClientId>,
    /// Its name.
    pub name: Option<String>,
    /// Whether its row says so.
    pub is_active: bool,
    /// Its accounts, put together.
    pub credits: ClientUse,
    /// Its accounts as they stand now, the most used in their running month first.
    pub accounts: Vec<UsageReport>,
    /// Its widgets, by id.
    pub widgets: Vec<WidgetUse>,
}

/// A widget of the overview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WidgetUse {
    /// Its id.
    pub id: WidgetId,
    /// Its name.
    pub name: String,
    /// Whether it serves visitors.
    pub is_active: bool,
    /// Its attempts since the first day that was asked for.
    pub analytics: Analytics,
}

/// The clients that were wanted, the most used first.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Those of one page.
    pub clients: Vec<ClientAccounts>,
    /// How many there are on all pages.
    pub total: usize,
    /// The accounts of all of them, put together.
    pub sums: ClientUse,
}

impl Default for ClientUse {
    fn default() -> Self {
        let none = Amount::default();
        Self {
            accounts: 0,
            exhausted: 0,
            limits: Limits { daily: none, monthly: none },
            today: none,
            this_month: none,
            total: none,
        }
    }
}

impl ClientUse {
    fn of(account: &UsageReport) -> Self {
        let credits = &account.credits;
        Self {
            accounts: 1,
            exhausted: i64::from(credits.exhaustion != Exhaustion::No),
            limits: credits.limits,
            today: credits.used_today,
            this_month: credits.used_this_month,
            total: credits.used_total,
        }
    }

    fn plus(self, other: Self) -> Self {
        let limits = (self.limits, other.limits);
        Self {
            accounts: self.accounts + other.accounts,
            exhausted: self.exhausted + other.exhausted,
            limits: Limits {
                daily: limits.0.daily.plus(limits.1.daily),
                monthly: limits.0.monthly.plus(limits.1.monthly),
            },
            today: self.today.plus(other.today),
            this_month: self.this_month.plus(other.this_month),
            total: self.total.plus(other.total),
        }
    }
}

impl ClientAccounts {
    fn new(client: Option<ClientId>, name: Option<String>, is_active: Option<bool>) -> Self {
        let (credits, accounts, widgets) = Default::default();
        Self { client, name, is_active: is_active.unwrap_or(true), credits, accounts, widgets }
    }
}

/// Sums that come out of SQL as whole numbers of 64 bits, whatever was written by hand.
trait Sums {
    fn sum(column: &str) -> String;
}

impl Sums for PgConnection {
    fn sum(column: &str) -> String {
        let (least, most) = (i64::MIN, i64::MAX);
        format!("CAST(LEAST(GREATEST(COALESCE(SUM(d.{column}), 0), {least}), {most}) AS BIGINT) AS {column}")
    }
}

impl Sums for SqliteConnection {
    fn sum(column: &str) -> String {
        format!("CAST(TOTAL(d.{column}) AS INTEGER) AS {column}")
    }
}

#[derive(QueryableByName)]
struct WidgetRow {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Nullable<Integer>)]
    client_id: Option<i32>,
    #[diesel(sql_type = Text)]
    widget_name: String,
    #[diesel(sql_type = Nullable<Bool>)]
    is_active: Option<bool>,
    #[diesel(sql_type = BigInt)]
    requests: i64,
    #[diesel(sql_type = BigInt)]
    total_tokens: i64,
    #[diesel(sql_type = BigInt)]
    timed_requests: i64,
    #[diesel(sql_type = BigInt)]
    response_time_ms: i64,
    #[diesel(sql_type = BigInt)]
    successful: i64,
    #[diesel(sql_type = BigInt)]
    failed: i64,
    #[diesel(sql_type = BigInt)]
    rate_limited: i64,
    #[diesel(sql_type = BigInt)]
    blocked: i64,
    #[diesel(sql_type = BigInt)]
    credits_exhausted: i64,
    #[diesel(sql_type = BigInt)]
    cost_micro_usd: i64,
}

const COUNTS: [&str; 10] = [
    "requests",
    "total_tokens",
    "timed_requests",
    "response_time_ms",
    "successful",
    "failed",
    "rate_limited",
    "blocked",
    "credits_exhausted",
    "cost_micro_usd",
];

impl From<WidgetRow> for WidgetUse {
    fn from(row: WidgetRow) -> Self {
        Self {
            id: WidgetId(row.id),
            name: row.widget_name,
            is_active: row.is_active.unwrap_or(true),
            analytics: Analytics {
                total_requests: row.requests,
                total_tokens: row.total_tokens,
                timed_requests: row.timed_requests,
                response_time_ms: row.response_time_ms,
                successful_requests: row.successful,
                failed_requests: row.failed,
                rate_limited_requests: row.rate_limited,
                blocked_requests: row.blocked,
                credits_exhausted_count: row.credits_exhausted,
                cost_micro_usd: row.cost_micro_usd,
            },
        }
    }
}

/// A client's row: id, name, whether it is active.
type ClientRow = (i32, Option<String>, Option<bool>);

impl Database {
    /// Clients with their accounts as they stand at `now`, and their widgets with what they did on `from` and later
    /// days: up to `limit` of those that the filter lets through, after the first `offset` of them. The most tokens
    /// in the running month come first.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn overview(
        &self,
        filter: OverviewFilter,
        from: Date,
        now: Timestamp,
        (limit, offset): (usize, usize),
    ) -> Result<Overview, DatabaseError> {
        let exhausted = filter.exhausted;
        let mut clients = self.clients_with_sums(filter, now).await?;
        clients.retain(|client| exhausted.is_none_or(|wanted| wanted == (client.credits.exhausted > 0)));
        clients.sort_by_key(|client| (Reverse(client.credits.this_month.tokens), client.client));
        let total = clients.len();
        let sums = clients.iter().map(|client| client.credits).fold(ClientUse::default(), ClientUse::plus);
        let mut clients: Vec<_> = clients.into_iter().skip(offset).take(limit).collect();
        let ids: Vec<_> = clients.iter().map(|client| client.client).collect();
        let mut accounts = self.accounts_of(ids.clone(), now).await?;
        let mut widgets = self.widgets_of(ids, from).await?;
        for client in &mut clients {
            client.accounts = accounts.remove(&client.client).unwrap_or_default();
            let use_of_month = |account: &UsageReport| account.credits.used_this_month.tokens;
            client.accounts.sort_by_key(|account| (Reverse(use_of_month(account)), account.id));
            client.widgets = widgets.remove(&client.client).unwrap_or_default();
        }
        Ok(Overview { clients, total, sums })
    }

    async fn clients_with_sums(
        &self,
        filter: OverviewFilter,
        now: Timestamp,
    ) -> Result<Vec<ClientAccounts>, DatabaseError> {
        let all = filter.owner.is_none() && filter.is_active.is_none() && filter.search.is_none();
        let owner = filter.owner;
        let clients = self.overview_clients(filter).await?;
        let mut sums = self.sums_by_client(owner, now).await?;
        let client = |(id, name, active): ClientRow| ClientAccounts::new(Some(ClientId(id)), name, active);
        let mut clients: Vec<_> = clients.into_iter().map(client).collect();
        if all && sums.contains_key(&None) {
            clients.push(ClientAccounts::new(None, None, None));
        }
        for client in &mut clients {
            client.credits = sums.remove(&client.client).unwrap_or_default();
        }
        Ok(clients)
    }

    async fn sums_by_client(
        &self,
        owner: Option<ClientId>,
        now: Timestamp,
    ) -> Result<HashMap<Option<ClientId>, ClientUse>, DatabaseError> {
        read!(self, |c| {
            let mut sums: HashMap<_, ClientUse> = HashMap::new();
            let mut after = i32::MIN;
            loop {
                let mut accounts = u::table.filter(u::id.gt(after)).order(u::id).limit(AT_ONCE).into_boxed();
                if let Some(owner) = owner {
                    accounts = accounts.filter(u::client_id.eq(owner.0));
                }
                let rows: Vec<Row> =
                    accounts.select((AccountRow::as_select(), u::created_at, u::updated_at)).load(c)?;
                let Some((last, ..)) = rows.last() else { return Ok(sums) };
                after = last.id;
                for account in rows.into_iter().map(|row| report(row, now)) {
                    let sum = sums.entry(account.client).or_default();
                    *sum = sum.plus(ClientUse::of(&account));
                }
            }
        })
    }

    async fn accounts_of(
        &self,
        clients: Vec<Option<ClientId>>,
        now: Timestamp,
    ) -> Result<HashMap<Option<ClientId>, Vec<UsageReport>>, DatabaseError> {
        let ids: Vec<i32> = clients.iter().flatten().map(|client| client.0).collect();
        let with_none = clients.contains(&None);
        let rows: Vec<Row> = read!(self, |c| {
            let mut accounts = u::table.filter(u::client_id.eq_any(ids)).into_boxed();
            if with_none {
                accounts = accounts.or_filter(u::client_id.is_null());
            }
            accounts.select((AccountRow::as_select(), u::created_at, u::updated_at)).load(c)
        })?;
        let mut accounts: HashMap<_, Vec<UsageReport>> = HashMap::new();
        for account in rows.into_iter().map(|row| report(row, now)) {
            accounts.entry(account.client).or_default().push(account);
        }
        Ok(accounts)
    }

    async fn overview_clients(&self, filter: OverviewFilter) -> Result<Vec<ClientRow>, DatabaseError> {
        read!(self, |c| {
            fn search<S: Search>(_: &S) -> String {
                S::one_of(&["client_name", "email"])
            }
            let mut query = k::table.into_boxed();
            if let Some(owner) = filter.owner {
                query = query.filter(k::id.eq(owner.0));
            }
            if let Some(active) = filter.is_active {
                let unsaid = k::is_active.is_null().and(sql::<Bool>("true").eq(active));
                query = query.filter(k::is_active.eq(active).or(unsaid).assume_not_null());
            }
            if let Some(text) = filter.search {
                query = query.filter(sql::<Bool>(&search(c)).bind::<Text, _>(pattern(&text)).sql(ESCAPED));
            }
            query.select((k::id, k::client_name, k::is_active)).load(c)
        })
    }

    async fn widgets_of(
        &self,
        clients: Vec<Option<ClientId>>,
        from: Date,
    ) -> Result<HashMap<Option<ClientId>, Vec<WidgetUse>>, DatabaseError> {
        // Numbers and a date, so that both databases can be told in one text.
        let ids: Vec<_> = clients.iter().flatten().map(ToString::to_string).collect();
        let ids = if ids.is_empty() { "NULL".to_owned() } else { ids.join(", ") };
        let or_none = if clients.contains(&None) { " OR w.client_id IS NULL" } else { "" };
        let rows: Vec<WidgetRow> = read!(self, |c| {
            fn sums<S: Sums>(_: &S) -> String {
                COUNTS.map(S::sum).join(", ")
            }
            let sums = sums(c);
            diesel::sql_query(format!(
                "SELECT w.id, w.client_id, w.widget_name, w.is_active, {sums} FROM widget_configs w
                LEFT JOIN llm_usage_daily d ON d.widget_id = w.id AND d.day >= '{from}'
                WHERE w.client_id IN ({ids}){or_none} GROUP BY w.id, w.client_id, w.widget_name, w.is_active ORDER BY w.id"
            ))
            .load(c)
        })?;
        let mut widgets: HashMap<_, Vec<WidgetUse>> = HashMap::new();
        for row in rows {
            widgets.entry(row.client_id.map(ClientId)).or_default().push(row.into());
        }
        Ok(widgets)
    }
}
