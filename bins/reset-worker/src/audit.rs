//! `reset-worker audit`: the books against the request log, as a table.

use crate::Failure;
use frontdesk_persistence::audit::{Audit, Excess, Finding, Subject};
use frontdesk_persistence::{Database, LedgerError};
use frontdesk_settings::clock;
use std::fmt::Display;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use tokio::sync::watch;

const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Prints what the log does not explain. With `repair` sets it right and looks again.
///
/// # Errors
/// When something is left, when it was stopped early, or when the database fails.
pub(crate) async fn audit(
    repair: bool,
    database: &Database,
    stop: &watch::Receiver<bool>,
) -> Result<(), Failure> {
    let mut found = check(database, stop).await?;
    print(&found)?;
    if repair && !found.findings.is_empty() && !*stop.borrow() {
        let mut progress = every(stop, |repaired: &u64| format!("so far: {repaired} repaired"));
        let repaired = database
            .repair(&found, clock::now(), |repaired| progress(&repaired))
            .await
            .map_err(LedgerError::from)?;
        say(&format!("repaired: {repaired} (accounts, and widgets' rollups); looking again\n"))?;
        found = check(database, stop).await?;
        print(&found)?;
    }
    let (accounts, rows) = (found.accounts, found.rollup_rows);
    let checked = format!("accounts checked: {accounts}, rollup rows checked: {rows}");
    if *stop.borrow() {
        return Err(Failure(1, format!("audit: stopped early, {checked}")));
    }
    if found.findings.is_empty() {
        return say(&format!("audit: no differences, {checked}\n"));
    }
    let advice =
        if repair { "what is left cannot be recomputed" } else { "`audit --repair` follows the log" };
    Err(Failure(1, format!("audit: figures that differ: {}, {checked}; {advice}", found.findings.len())))
}

async fn check(database: &Database, stop: &watch::Receiver<bool>) -> Result<Audit, Failure> {
    let mut progress = every(stop, |so_far: &Audit| {
        format!("so far: accounts checked: {}, rollup rows checked: {}", so_far.accounts, so_far.rollup_rows)
    });
    Ok(database.audit(|so_far| progress(so_far)).await.map_err(LedgerError::from)?)
}

/// Says every few seconds how far it is, and breaks when the process is asked to stop.
fn every<T>(stop: &watch::Receiver<bool>, words: impl Fn(&T) -> String) -> impl FnMut(&T) -> ControlFlow<()> {
    let mut last = Instant::now();
    move |so_far| {
        if last.elapsed() >= PROGRESS_EVERY {
            last = Instant::now();
            // Who reads no more does not want to hear how far it is; the result tells of it.
            drop(say(&format!("{}\n", words(so_far))));
        }
        if *stop.borrow() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Writes to the standard output, which may be a pipe that nobody reads any more.
fn say(text: &str) -> Result<(), Failure> {
    let written = std::io::stdout().lock().write_all(text.as_bytes());
    written.map_err(|error| Failure(1, format!("the standard output cannot be written: {error}")))
}

fn print(audit: &Audit) -> Result<(), Failure> {
    let mut text = String::new();
    if !audit.findings.is_empty() {
        text += &line("account", "client", "widget", "figure", "stored", "by the log");
        for finding in &audit.findings {
            text += &lines_of(finding);
        }
    }
    for (subject, excess) in &audit.excesses {
        text += &line_of(*subject, *excess);
    }
    say(&text)
}

fn line_of(subject: Subject, excess: Excess) -> String {
    format!(
        "over its limit, booked as it is: account {} (client {}, widget {}): {} {}, used and held {}, of it without a hold {}\n",
        subject.account,
        or_dash(subject.client),
        or_dash(subject.widget),
        excess.limit.as_str(),
        excess.allowed,
        excess.taken,
        excess.unheld
    )
}

fn lines_of(finding: &Finding) -> String {
    match finding {
        Finding::Account(Subject { account, client, widget }, difference) => {
            let (stored, expected) = (difference.stored, difference.expected);
            let mut lines = String::new();
            for (unit, stored, expected) in
                [("tokens", stored.tokens, expected.tokens), ("requests", stored.requests, expected.requests)]
            {
                if stored != expected {
                    let figure = format!("{unit} {}", difference.figure);
                    lines += &line(account, or_dash(*client), or_dash(*widget), figure, stored, expected);
                }
            }
            lines
        }
        Finding::Rollup { row, column, stored, expected } => {
            let figure = format!("rollup {} {} {} {column}", row.day, row.provider, row.model);
            line("-", "-", row.widget, figure, stored, expected)
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
) -> String {
    // Each part is turned into text first: padding is for texts.
    let [account, client, widget] = [account.to_string(), client.to_string(), widget.to_string()];
    let [figure, stored, logged] = [figure.to_string(), stored.to_string(), logged.to_string()];
    format!("{account:>8} {client:>8} {widget:>8}  {figure:<44} {stored:>20} {logged:>20}\n")
}

fn or_dash(id: Option<impl Display>) -> String {
    id.map_or_else(|| "-".to_owned(), |id| id.to_string())
}
