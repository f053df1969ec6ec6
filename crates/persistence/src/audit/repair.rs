//! Repairs: an account or a widget's rollup as the log has it, in one transaction with the accounts locked.

use super::books::{self, Rows};
use super::rollup;
use super::store::AuditStore;
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::{LedgerStore as _, StoredAccount, Writes};
use crate::types::UtcTime;
use diesel::prelude::*;
use frontdesk_domain::credits::ClosedPeriod;
use frontdesk_domain::ids::{AccountId, WidgetId};
use jiff::Timestamp;

impl Database {
    /// Returns whether anything was changed: another process may have been quicker.
    pub(super) async fn repair_account(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<bool, DatabaseError> {
        read!(self, |c| c.atomically(|c| account_as_logged(c, account, now)))
    }

    /// Returns whether anything was changed.
    pub(super) async fn repair_rollup(&self, widget: WidgetId) -> Result<bool, DatabaseError> {
        read!(self, |c| c.atomically(|c| rollup_as_logged(c, widget)))
    }
}

fn account_as_logged<C: AuditStore>(c: &mut C, account: AccountId, now: Timestamp) -> QueryResult<bool> {
    let locked = c.lock(&[], &[account.0])?;
    let Some(stored) = books::load(c, locked, Rows::OfAnyWidget)?.pop() else { return Ok(false) };
    if stored.books.differences().is_empty() {
        return Ok(false);
    }
    let (credits, history) = stored.books.repaired(now);
    let subject = stored.subject;
    let repaired = StoredAccount { id: account, client: subject.client, widget: subject.widget, credits };
    // A counter that goes to zero looks like a manual reset to the database's trigger.
    let newest = c.newest_adjustment(account.0)?;
    c.write(&Writes { accounts: vec![(repaired, UtcTime(now))], ..Writes::default() })?;
    c.run(&format!("DELETE FROM llm_usage_adjustments WHERE account_id = {account} AND id > {newest}"))?;
    let same = |a: &ClosedPeriod, b: &ClosedPeriod| (a.period, a.start) == (b.period, b.start);
    for wrong in stored.books.history.iter().filter(|old| !history.iter().any(|new| same(old, new))) {
        c.run(&delete_history(account, wrong))?;
    }
    for right in history.iter().filter(|new| !stored.books.history.contains(new)) {
        c.run(&set_history(account, right, now))?;
    }
    Ok(true)
}

fn delete_history(account: AccountId, closed: &ClosedPeriod) -> String {
    format!(
        "DELETE FROM llm_usage_history WHERE account_id = {account} AND period = '{}' AND period_start = '{}'",
        closed.period.as_str(),
        closed.start
    )
}

fn set_history(account: AccountId, closed: &ClosedPeriod, now: Timestamp) -> String {
    let at = now.strftime("%Y-%m-%d %H:%M:%S.%6f");
    format!(
        "INSERT INTO llm_usage_history (account_id, period, period_start, tokens_used, requests_made, closed_at)
        VALUES ({account}, '{}', '{}', {}, {}, '{at}')
        ON CONFLICT (account_id, period, period_start) DO UPDATE SET tokens_used = excluded.tokens_used,
            requests_made = excluded.requests_made",
        closed.period.as_str(),
        closed.start,
        closed.used.tokens,
        closed.used.requests
    )
}

fn rollup_as_logged<C: AuditStore>(c: &mut C, widget: WidgetId) -> QueryResult<bool> {
    c.lock(&[widget.0], &[])?;
    let mut changed = false;
    for (row, pair) in rollup::load(c, &[widget.0])? {
        if pair.differences().next().is_some() {
            c.set_rollup(&row, &pair.repaired(), pair.unlogged)?;
            changed = true;
        }
    }
    Ok(changed)
}
