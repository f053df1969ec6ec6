//! What administrators set: an account's limits, and where its midnight is.
//!
//! A change writes its own columns alone, under the lock of the account's row, and the ledger never writes
//! these: so neither loses what the other wrote. The next message sees it.

use super::usage::UsageReport;
use crate::database::{Database, read};
use crate::error::{AccountError, DatabaseError, LedgerError};
use crate::ledger::{AccountKey, AccountRow, LedgerStore};
use crate::schema::{client_llm_usage, widget_configs};
use crate::types::UtcTime;
use diesel::prelude::*;
use frontdesk_domain::credits::{InvalidLimit, Limit, Limits};
use frontdesk_domain::ids::AccountId;
use frontdesk_domain::period::{ResetZone, UnknownZone};
use jiff::Timestamp;

/// What is to change of an account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccountChange {
    /// These limits; the others stay as they are.
    pub limits: Vec<(Limit, i64)>,
    /// The time zone in which its days and months begin; `None` stays. Where the new zone is ahead and its day has
    /// begun, the running day is closed. Where it is behind, the running day lasts until the new zone's date is past it.
    pub zone: Option<ResetZone>,
}

impl Database {
    /// Sets the four limits of an account, which is opened where it is missing. The flag
    /// `credits_exhausted` follows at once. Returns the account as it then stands.
    ///
    /// # Errors
    /// [`AccountError::InvalidLimit`], [`AccountError::UnknownAccount`]: nothing is changed.
    /// [`AccountError::Database`]: the change stands as a whole or not at all; the same call may be made
    /// again.
    pub async fn set_limits(
        &self,
        account: AccountKey,
        limits: Limits,
        now: Timestamp,
    ) -> Result<UsageReport, AccountError> {
        let limits = Limits::new(limits.daily, limits.monthly)?;
        self.change_limits(account, &Limit::ALL.map(|limit| (limit, limits.get(limit))), now).await
    }

    /// As [`set_limits`](Self::set_limits), but sets these limits alone and leaves the others as they are. Without
    /// any, the account is opened where it is missing, and else stays as it is.
    ///
    /// # Errors
    /// As [`set_limits`](Self::set_limits).
    pub async fn change_limits(
        &self,
        account: AccountKey,
        limits: &[(Limit, i64)],
        now: Timestamp,
    ) -> Result<UsageReport, AccountError> {
        let change = AccountChange { limits: limits.to_vec(), zone: None };
        self.change_account(account, change, now).await
    }

    /// Sets the time zone of [`AccountChange::zone`]; the account is opened where it is missing. Returns the account
    /// as it then stands.
    ///
    /// # Errors
    /// As [`change_account`](Self::change_account).
    pub async fn set_reset_zone(
        &self,
        account: AccountKey,
        zone: &ResetZone,
        now: Timestamp,
    ) -> Result<UsageReport, AccountError> {
        let change = AccountChange { limits: Vec::new(), zone: Some(zone.clone()) };
        self.change_account(account, change, now).await
    }

    /// Changes an account, which is opened where it is missing, in one transaction. The flag `credits_exhausted`
    /// follows at once. Returns the account as it then stands.
    ///
    /// # Errors
    /// [`AccountError::InvalidLimit`], [`AccountError::UnknownAccount`], [`AccountError::UnknownZone`] (the database's
    /// own list of zones is older than ours): nothing is changed. [`AccountError::Database`] as for
    /// [`set_limits`](Self::set_limits).
    pub async fn change_account(
        &self,
        key: AccountKey,
        change: AccountChange,
        now: Timestamp,
    ) -> Result<UsageReport, AccountError> {
        let unknown = AccountError::UnknownAccount(key);
        let limits = change.limits.into_iter().map(|(limit, most)| Ok((limit, limit.check(most)?)));
        let limits = limits.collect::<Result<Vec<_>, InvalidLimit>>()?;
        let zone = change.zone.map(|zone| zone.to_string());
        let (name, at) = (zone.clone(), UtcTime(now));
        let changed: Result<_, DatabaseError> = read!(self, |c| c.atomically(|c| {
            use client_llm_usage as u;
            c.wait_briefly()?;
            let Some(id) = open(c, key, at)? else { return Ok(None) };
            if limits.is_empty() && zone.is_none() {
                return Ok(Some(AccountId(id)));
            }
            let of = |wanted| limits.iter().rfind(|(limit, _)| *limit == wanted).map(|(_, most)| *most);
            diesel::update(u::table.find(id))
                .set((
                    of(Limit::DailyTokens).map(|most| u::daily_token_limit.eq(most)),
                    of(Limit::DailyRequests).map(|most| u::daily_request_limit.eq(most)),
                    of(Limit::MonthlyTokens).map(|most| u::monthly_token_limit.eq(most)),
                    of(Limit::MonthlyRequests).map(|most| u::monthly_request_limit.eq(most)),
                    zone.map(|zone| u::reset_timezone.eq(zone)),
                    u::updated_at.eq(at),
                ))
                .execute(c)?;
            Ok(Some(AccountId(id)))
        }));
        let changed = changed.map_err(|error| match (error, name) {
            (DatabaseError::Query(text), Some(name)) if text.contains("unknown time zone") => {
                AccountError::from(UnknownZone(name))
            }
            (error, _) => error.into(),
        })?;
        let Some(id) = changed else { return Err(unknown) };
        // For those who read the table: the next message would do it, too.
        match self.ledger().roll(Some(key.widget), id, now).await {
            Ok(_) => {}
            Err(LedgerError::Database(error)) => return Err(error.into()),
            Err(_) => return Err(unknown),
        }
        self.usage_of_account(id, now).await?.ok_or(unknown)
    }
}

/// The id of the account, locked until the transaction ends. One that is missing is opened, for a widget
/// that is there and for its present client.
fn open<S: AccountStore>(store: &mut S, key: AccountKey, at: UtcTime) -> QueryResult<Option<i32>> {
    let client = key.client.map(|client| client.0);
    let own = |rows: Vec<AccountRow>| rows.into_iter().find(|row| row.client_id == client).map(|row| row.id);
    let widgets = [key.widget.0];
    if let Some(id) = own(store.lock(&widgets, &[])?) {
        return Ok(Some(id));
    }
    if !store.client_of(key.widget.0)?.contains(&client) {
        return Ok(None);
    }
    store.open_accounts(&[key], at)?;
    Ok(own(store.lock(&widgets, &[])?))
}

/// What a change needs beyond the ledger's verbs.
pub(crate) trait AccountStore: LedgerStore {
    /// The client of a widget, if there is such a widget.
    fn client_of(&mut self, widget: i32) -> QueryResult<Vec<Option<i32>>>;
}

impl AccountStore for PgConnection {
    fn client_of(&mut self, widget: i32) -> QueryResult<Vec<Option<i32>>> {
        widget_configs::table.find(widget).select(widget_configs::client_id).load(self)
    }
}

impl AccountStore for SqliteConnection {
    fn client_of(&mut self, widget: i32) -> QueryResult<Vec<Option<i32>>> {
        widget_configs::table.find(widget).select(widget_configs::client_id).load(self)
    }
}
