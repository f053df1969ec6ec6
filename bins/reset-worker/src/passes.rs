//! Passes: one, or one after the other.

use crate::{Cli, Failure, complain};
use frontdesk_persistence::Database;
use frontdesk_persistence::upkeep::{Pass, Summary};
use frontdesk_settings::{Settings, clock};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

const PROGRESS_EVERY: Duration = Duration::from_secs(5);
/// An account may get another zone, or a hold end, at any time.
const LONGEST_SLEEP: Duration = Duration::from_mins(5);

/// Passes until the process is asked to stop. A pass that fails is tried again.
pub(crate) async fn watch_for_ever(
    cli: &Cli,
    settings: &Settings,
    database: &Database,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        if let Err(Failure(_, problem)) = pass(cli, settings, database, &stop).await {
            complain(&problem);
        }
        let now = clock::now();
        let wait = match database.next_midnight(now).await {
            Ok(next) => Duration::try_from(next.duration_since(now)).unwrap_or_default().min(LONGEST_SLEEP),
            Err(error) => {
                complain(&error.to_string());
                LONGEST_SLEEP
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// One pass and its summary. Ends after the running batch when the process is asked to stop.
pub(crate) async fn pass(
    cli: &Cli,
    settings: &Settings,
    database: &Database,
    stop: &watch::Receiver<bool>,
) -> Result<(), Failure> {
    let pass = Pass {
        now: cli.at.unwrap_or_else(clock::now),
        log_retention_days: settings.retention.log_days.unwrap_or(0),
        conversation_retention_days: settings.retention.conversation_days.unwrap_or(0),
        unanswered_retention_days: settings.retention.unanswered_days.unwrap_or(0),
        webhook_retention_days: settings.retention.webhook_days.unwrap_or(0),
        dry_run: cli.dry_run,
    };
    let prefix = if cli.dry_run { "dry run: " } else { "" };
    let mut last = Instant::now();
    let progress = |so_far: &Summary| {
        if last.elapsed() >= PROGRESS_EVERY {
            println!("{prefix}so far: {so_far}");
            last = Instant::now();
        }
        if *stop.borrow() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    println!("{prefix}{}", database.run_pass(&pass, progress).await?);
    Ok(())
}

/// Becomes true when the process is asked to stop.
pub(crate) fn stop_signal() -> std::io::Result<watch::Receiver<bool>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        sender.send_replace(true);
    });
    Ok(receiver)
}
