//! Frontdesk's API. Wiring only: settings in, a running server out.

mod embed;
mod keys;
mod limits;
mod providers;
mod serve;
mod traces;
mod webhooks;
mod widget;

use clap::{Parser, Subcommand};
use frontdesk_http::Health;
use frontdesk_persistence::{Database, DatabaseError};
use frontdesk_settings::{ServerSettings, Settings, telemetry};
use std::fmt::Display;
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Runtime;
use traces::Traces;

/// Answers visitors' messages on clients' web sites.
///
/// Without a command it serves. Every setting is an environment variable, such as DATABASE_URL, PORT or
/// GEMINI_API_KEY; docs/configuration.md lists all of them.
///
/// Exit codes: 0 stopped by a signal or done, 1 failed, 2 bad configuration or usage.
#[derive(Parser)]
#[command(name = "api", version)]
#[expect(clippy::doc_markdown, reason = "--help shows the text as it is")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Brings the database up to date and serves until SIGTERM or SIGINT (the default)
    Serve {
        /// Puts a demo client with the widget key `demo` into a database that has no widgets
        #[arg(long)]
        demo: bool,
    },
    /// Brings the database up to date and ends
    Migrate,
    /// Prints the OpenAPI document of all calls; wants neither settings nor a database
    Openapi,
    /// Prints the lines that put a widget on a site
    Embed(embed::Arguments),
    /// Makes, lists and revokes keys of the administration
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Asks the server on HOST and PORT whether it can answer visitors: for the health check of a container
    Health {
        /// Only whether the process lives, whatever has become of its database
        #[arg(long)]
        live: bool,
    },
}

/// How long threads that still wait for a database keep the process when all else is done: one that hangs would
/// keep it until the platform kills it.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Why the process ends early: the exit code, and one line for the operator.
struct Failure(u8, String);

impl Failure {
    /// The configuration is at fault.
    fn configuration(problem: impl Display) -> Self {
        Self(2, problem.to_string())
    }

    /// Something outside of this process failed.
    fn outside(problem: impl Display) -> Self {
        Self(1, problem.to_string())
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Url(_) => Self::configuration(error),
            // Only `api migrate` and `api serve` make the tables.
            DatabaseError::Query(text) if is_unmigrated(&text) => {
                Self::outside(format!("database error: {text} (has `api migrate` been run?)"))
            }
            error => Self::outside(error),
        }
    }
}

/// Whether a table or column is missing, in SQLite's words or PostgreSQL's.
fn is_unmigrated(text: &str) -> bool {
    ["no such table", "no such column", "does not exist"].iter().any(|words| text.contains(words))
}

fn main() -> ExitCode {
    let command = Cli::parse().command.unwrap_or(Command::Serve { demo: false });
    match run(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(code, problem)) => {
            // libpq speaks in several lines.
            eprintln!("{}", problem.split_whitespace().collect::<Vec<_>>().join(" "));
            ExitCode::from(code)
        }
    }
}

fn run(command: &Command) -> Result<(), Failure> {
    if matches!(command, Command::Openapi) {
        print!("{}", frontdesk_http::openapi().map_err(Failure::outside)?);
        return Ok(());
    }
    let settings = Settings::load().map_err(Failure::configuration)?;
    let runtime = Runtime::new().map_err(Failure::outside)?;
    let result = match command {
        Command::Serve { demo } => serve(&runtime, settings, *demo),
        command => once(&runtime, &settings, command),
    };
    runtime.shutdown_timeout(LAST_WAIT);
    result
}

fn serve(runtime: &Runtime, settings: Settings, demo: bool) -> Result<(), Failure> {
    let traces = Traces::begin(&settings, runtime.handle())?;
    let result = runtime.block_on(serve::serve(settings, demo, traces.follow()));
    traces.finish();
    result
}

fn once(runtime: &Runtime, settings: &Settings, command: &Command) -> Result<(), Failure> {
    telemetry::init(&settings.telemetry).map_err(Failure::configuration)?;
    runtime.block_on(async {
        match command {
            Command::Serve { .. } | Command::Openapi => Ok(()),
            Command::Migrate => migrate(settings).await,
            Command::Embed(arguments) => embed::embed(settings, arguments).await,
            Command::Keys(command) => keys::keys(settings, command).await,
            Command::Health { live } => health(&settings.server, *live).await,
        }
    })
}

async fn migrate(settings: &Settings) -> Result<(), Failure> {
    let database = Database::connect(settings.database.url.expose(), 1).await?;
    let done = database.migrate_with(|name| println!("migrated {name}")).await?;
    if done.is_empty() {
        println!("nothing to do");
    }
    Ok(())
}

async fn health(server: &ServerSettings, live: bool) -> Result<(), Failure> {
    let health = if live { Health::Live } else { Health::Ready };
    frontdesk_http::probe(&server.host, server.port, health).await.map_err(Failure::outside)
}
