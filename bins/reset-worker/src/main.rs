//! Frontdesk's reset worker. Wiring only: settings in, passes of upkeep done.

mod audit;
mod passes;

use clap::{Parser, Subcommand};
use frontdesk_persistence::{Database, DatabaseError, LedgerError};
use frontdesk_settings::{Settings, telemetry};
use jiff::Timestamp;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

/// Closes days and months that have ended, releases what nobody settled, and prunes old rows.
///
/// One pass, then it ends: for a scheduler. Limits are right without it; it makes the tables true for those
/// who read them. Any number of passes may run at the same time and beside the API. The same environment
/// variables as for `api`: DATABASE_URL, LOG_RETENTION_DAYS, CONVERSATION_RETENTION_DAYS,
/// UNANSWERED_RETENTION_DAYS, WEBHOOK_RETENTION_DAYS.
///
/// Exit codes: 0 done, 1 failed or the audit found differences, 2 bad configuration or usage.
#[derive(Parser)]
#[command(name = "reset-worker", version, args_conflicts_with_subcommands = true)]
#[expect(clippy::doc_markdown, reason = "--help shows the text as it is")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Passes for ever: at each local midnight of an account, and every 5 minutes
    #[arg(long)]
    watch: bool,
    /// Does as if it were this time, for trying out on a copy: what it closes, releases and prunes early stays so
    #[arg(long, value_name = "RFC3339", conflicts_with = "watch")]
    at: Option<Timestamp>,
    /// Counts what a pass would do and changes nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Checks every counter, the daily rollup and the history against the request log; changes nothing
    ///
    /// Prints a table of what differs and exits 1 if anything does. Limits that are passed because they were
    /// lowered later, or because a provider reported more than was held, are listed and are no difference.
    Audit {
        /// Sets counters, history and rollup to what the log says, one transaction an account, and looks again
        #[arg(long)]
        repair: bool,
    },
}

struct Failure(u8, String);

impl Failure {
    fn configuration(problem: impl Display) -> Self {
        Self(2, problem.to_string())
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Database(DatabaseError::Url(_)) => Self::configuration(error),
            LedgerError::Database(DatabaseError::Query(ref text)) if is_without_tables(text) => {
                Self(1, format!("{error} (has `api migrate` been run?)"))
            }
            error => Self(1, error.to_string()),
        }
    }
}

/// The words of both databases for a table or column that is not there.
fn is_without_tables(text: &str) -> bool {
    ["does not exist", "no such table", "no such column"].iter().any(|words| text.contains(words))
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(code, problem)) => {
            complain(&problem);
            ExitCode::from(code)
        }
    }
}

/// One line, though libpq speaks in several.
fn complain(problem: &str) {
    eprintln!("{}", problem.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[tokio::main]
async fn run(cli: &Cli) -> Result<(), Failure> {
    let settings = Settings::load().map_err(Failure::configuration)?;
    telemetry::init(&settings.telemetry).map_err(Failure::configuration)?;
    // A file that is not there would be made, and found to be empty.
    if let Some(path) = settings.database.url.sqlite_path()
        && !Path::new(path).exists()
    {
        return Err(Failure(1, format!("DATABASE_URL: there is no {path}; `api migrate` makes it")));
    }
    let stop = passes::stop_signal().map_err(|error| Failure(1, error.to_string()))?;
    let url = settings.database.url.expose();
    let database = Database::connect(url, settings.database.pool_size).await.map_err(LedgerError::from)?;
    if let Some(Command::Audit { repair }) = cli.command {
        return audit::audit(repair, &database, &stop).await;
    }
    if !cli.watch {
        return passes::pass(cli, &settings, &database, &stop).await;
    }
    passes::watch_for_ever(cli, &settings, &database, stop).await;
    Ok(())
}
