//! `reset-worker audit`: the books against the request log, as a table.

use crate::Failure;
use frontdesk_persistence::audit::{Audit, Finding, Subject};
use frontdesk_persistence::{Database, LedgerError};
use frontdesk_settings::clock;
use std::fmt::Display;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use tokio::sync::watch;

const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Prints what the log does not explain. With `repair` sets it right and looks again.
///
/// # Errors
/// When something is left, or the database fails.
pub(crate) async fn audit(
    repair: bool,
    database: &Database,
    stop: &watch::Receiver<bool>,
) -> Result<(), Failure> {
    let mut found = check(database, stop).await?;
    print(&found);
    if repair && !found.findings.is_empty() {
        let repaired = database.repair(&found, clock::now()).await.map_err(LedgerError::from)?;
        println!("repaired: {repaired} (accounts, and widgets' rollups); looking again");
        found = check(database, stop).await?;
        print(&found);
    }
    let (accounts, rows) = (found.accounts, found.rollup_rows);
    let checked = format!("{accounts} accounts and {rows} rollup rows checked");
    if *stop.borrow() {
        return Err(Failure(1, format!("audit: stopped early, {checked}")));
    }
    if found.findings.is_empty() {
        println!("audit: no differences, {checked}");
        return Ok(());
    }
    let advice =
        if repair { "what is left cannot be recomputed" } else { "`audit --repair` follows the log" };
    Err(Failure(1, format!("audit: {} differences, {checked}; {advice}", found.findings.len())))
}

async fn check(database: &Database, stop: &watch::Receiver<bool>) -> Result<Audit, Failure> {
    let mut last = Instant::now();
    let progress = |so_far: &Audit| {
        if last.elapsed() >= PROGRESS_EVERY {
            println!("so far: {} accounts, {} rollup rows checked", so_far.accounts, so_far.rollup_rows);
            last = Instant::now();
        }
        if *stop.borrow() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    Ok(database.audit(progress).await.map_err(LedgerError::from)?)
}

fn print(audit: &Audit) {
    if !audit.findings.is_empty() {
        line("account", "client", "widget", "figure", "stored", "by the log");
        audit.findings.iter().for_each(print_finding);
    }
    for (subject, excess) in &audit.excesses {
        println!(
            "over its limit, booked as it is: account {} (client {}, widget {}): {} {}, used and held {}, of it without a hold {}",
            subject.account,
            or_dash(subject.client),
            or_dash(subject.widget),
            excess.limit.as_str(),
            excess.allowed,
            excess.taken,
            excess.unheld
        );
    }
}

fn print_finding(finding: &Finding) {
    match finding {
        Finding::Account(Subject { account, client, widget }, difference) => {
            let (stored, expected) = (difference.stored, difference.expected);
            for (unit, stored, expected) in
                [("tokens", stored.tokens, expected.tokens), ("requests", stored.requests, expected.requests)]
            {
                if stored != expected {
                    let figure = format!("{unit} {}", difference.figure);
                    line(account, or_dash(*client), or_dash(*widget), figure, stored, expected);
                }
            }
        }
        Finding::Rollup { row, column, stored, expected } => {
            let figure = format!("rollup {} {} {} {column}", row.day, row.provider, row.model);
            line("-", "-", row.widget, figure, stored, expected);
        }
        Finding::Orphan(log) => line("-", "-", "-", format!("pending log row {log}"), "no account", "-"),
    }
}

fn line(
    account: impl Display,
    client: impl Display,
    widget: impl Display,
    figure: impl Display,
    stored: impl Display,
    logged: impl Display,
) {
    // Each part is turned into text first: padding is for texts.
    let [account, client, widget] = [account.to_string(), client.to_string(), widget.to_string()];
    let [figure, stored, logged] = [figure.to_string(), stored.to_string(), logged.to_string()];
    println!("{account:>8} {client:>8} {widget:>8}  {figure:<44} {stored:>20} {logged:>20}");
}

fn or_dash(id: Option<impl Display>) -> String {
    id.map_or_else(|| "-".to_owned(), |id| id.to_string())
}
