//! The audit: every counter, the daily rollup and the history against the request log that explains them.
//!
//! The invariants of an account are [`frontdesk_domain::credits::audit`]; this module reads the books, a
//! page of accounts in one snapshot each, so that an audit of a busy database neither blocks it nor sees
//! half of a transaction. What `llm_usage_adjustments` holds (opening balances, manual resets, pruned rows)
//! counts as explained.

mod books;
mod repair;
mod rollup;
mod store;

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::schema::widget_configs;
use books::{Rows, StoredBooks};
use diesel::prelude::*;
use diesel::sql_types::Integer;
use frontdesk_domain::credits::audit::Difference;
pub use frontdesk_domain::credits::audit::Excess;
use frontdesk_domain::ids::{AccountId, ClientId, RequestLogId, WidgetId};
use jiff::Timestamp;
use jiff::civil::Date;
use rollup::Comparison;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use store::AuditStore as _;

/// Accounts or widgets in one snapshot.
const PAGE: i64 = 500;

/// Whose account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// `client_llm_usage.id`.
    pub account: AccountId,
    /// Its client.
    pub client: Option<ClientId>,
    /// Its widget.
    pub widget: Option<WidgetId>,
}

/// One row of `llm_usage_daily`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RollupRow {
    /// The widget.
    pub widget: WidgetId,
    /// The account's local day.
    pub day: Date,
    /// The provider.
    pub provider: String,
    /// The model.
    pub model: String,
}

/// Something that the request log does not explain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A counter or a closed period of an account.
    Account(Subject, Difference),
    /// A figure of the daily rollup.
    Rollup {
        /// The row.
        row: RollupRow,
        /// The column.
        column: &'static str,
        /// As it is stored.
        stored: i64,
        /// As the log has it; where rows were pruned, the least that it can be.
        expected: i64,
    },
    /// A pending row of the request log whose account does not exist: it holds nothing.
    Orphan(RequestLogId),
}

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// Accounts that were checked.
    pub accounts: u64,
    /// Rows of the daily rollup that were checked.
    pub rollup_rows: u64,
    /// What the log does not explain; empty when the books are right.
    pub findings: Vec<Finding>,
    /// Limits that are passed. That is no fault of the books: no grant passes a limit, but a limit may be
    /// lowered below what was used, and what a provider reports beyond its hold is booked as it is.
    pub excesses: Vec<(Subject, Excess)>,
}

impl Database {
    /// Checks all accounts and the whole rollup. Changes nothing and may run at any time. `progress` gets
    /// the figures so far after each page; when it breaks, the audit ends there.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn audit(
        &self,
        mut progress: impl FnMut(&Audit) -> ControlFlow<()>,
    ) -> Result<Audit, DatabaseError> {
        let mut audit = Audit::default();
        let moved = self.moved().await?;
        let mut after = AccountId(0);
        loop {
            let page = self.books_after(after, &moved).await?;
            let Some(last) = page.last() else { break };
            after = last.subject.account;
            for books in &page {
                audit.account(books);
            }
            if progress(&audit).is_break() {
                return Ok(audit);
            }
        }
        let mut after = WidgetId(0);
        while let Some((last, comparison)) = self.rollups_after(after).await? {
            after = last;
            audit.rollup_rows += comparison.rows;
            audit.findings.extend(comparison.findings);
            if progress(&audit).is_break() {
                return Ok(audit);
            }
        }
        audit.findings.extend(self.orphans().await?.into_iter().map(Finding::Orphan));
        Ok(audit)
    }

    /// Sets what `audit` found right to what the log says, one transaction an account and one a widget's
    /// rollup, with its accounts locked; returns how many accounts and widgets were changed. Rows without an
    /// account end as abandoned when their time is over. `progress` gets the figure so far after each
    /// transaction; when it breaks, the repair ends there.
    ///
    /// # Errors
    /// [`DatabaseError`]; the accounts before it are repaired.
    pub async fn repair(
        &self,
        audit: &Audit,
        now: Timestamp,
        mut progress: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<u64, DatabaseError> {
        let mut accounts = Vec::new();
        let mut widgets = Vec::new();
        for finding in &audit.findings {
            match finding {
                Finding::Account(subject, _) => accounts.push(subject.account),
                Finding::Rollup { row, .. } => widgets.push(row.widget),
                Finding::Orphan(_) => {}
            }
        }
        accounts.dedup();
        widgets.sort_unstable();
        widgets.dedup();
        let mut repaired = 0;
        for account in accounts {
            repaired += u64::from(self.repair_account(account, now).await?);
            if progress(repaired).is_break() {
                return Ok(repaired);
            }
        }
        for widget in widgets {
            repaired += u64::from(self.repair_rollup(widget).await?);
            if progress(repaired).is_break() {
                return Ok(repaired);
            }
        }
        self.abandon_orphans(now).await?;
        Ok(repaired)
    }

    async fn books_after(
        &self,
        after: AccountId,
        moved: &Arc<BTreeSet<i32>>,
    ) -> Result<Vec<StoredBooks>, DatabaseError> {
        let moved = Arc::clone(moved);
        read!(self, |c| store::snapshot(c, |c| {
            let accounts = c.accounts(after.0, PAGE)?;
            let any_moved = accounts.iter().any(|account| moved.contains(&account.id));
            let rows = if any_moved { Rows::OfAnyWidget } else { Rows::OfTheirWidgets };
            books::load(c, accounts, rows)
        }))
    }

    async fn rollups_after(&self, after: WidgetId) -> Result<Option<(WidgetId, Comparison)>, DatabaseError> {
        use widget_configs as w;
        read!(self, |c| store::snapshot(c, |c| {
            let ids: Vec<i32> =
                w::table.filter(w::id.gt(after.0)).order(w::id).limit(PAGE).select(w::id).load(c)?;
            let Some(last) = ids.last() else { return Ok(None) };
            Ok(Some((WidgetId(*last), rollup::compare(c, &ids)?)))
        }))
    }

    /// Accounts with rows of the log under another widget than their own.
    async fn moved(&self) -> Result<Arc<BTreeSet<i32>>, DatabaseError> {
        let rows: Vec<Id> = read!(self, |c| c.rows(
            "SELECT DISTINCT u.id FROM llm_request_logs l JOIN client_llm_usage u ON u.id = l.account_id
            WHERE l.widget_id IS NOT NULL AND (u.widget_id IS NULL OR u.widget_id <> l.widget_id)"
        ))?;
        Ok(Arc::new(rows.into_iter().map(|row| row.id).collect()))
    }

    async fn orphans(&self) -> Result<Vec<RequestLogId>, DatabaseError> {
        let rows: Vec<Id> = read!(self, |c| c.rows(
            "SELECT l.id FROM llm_request_logs l WHERE l.status = 'pending'
                AND NOT EXISTS (SELECT 1 FROM client_llm_usage u WHERE u.id = l.account_id) ORDER BY l.id"
        ))?;
        Ok(rows.into_iter().map(|row| RequestLogId(row.id)).collect())
    }
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Integer)]
    id: i32,
}

impl Audit {
    fn account(&mut self, stored: &StoredBooks) {
        self.accounts += 1;
        let differences = stored.books.differences().into_iter();
        self.findings.extend(differences.map(|difference| Finding::Account(stored.subject, difference)));
        let excesses = stored.books.excesses().into_iter();
        self.excesses.extend(excesses.map(|excess| (stored.subject, excess)));
    }
}
