//! The servers and files that are measured.

use crate::cases::{Case, Measured, Path, Store};
use crate::shared::visitors::{Waits, cycle};
use crate::shared::{Failure, fill};
use crate::{Options, Storage, pgbench, sqlite};
use frontdesk_persistence::Database;
use frontdesk_tests::{ScratchDir, TempPg, psql};
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// 2026-11-23 10:00 UTC, the day that the accounts are in.
const NOW: Timestamp = Timestamp::constant(1_795_428_000, 0);
/// Cycles before the clock starts: connections are opened and statements prepared.
const WARM_UP: i32 = 20;

pub(crate) struct World {
    server: TempPg,
    /// A filled database to copy.
    postgres: String,
    dir: ScratchDir,
    /// A filled file to copy.
    sqlite: PathBuf,
}

impl World {
    pub(crate) async fn make(options: &Options) -> Result<Self, Failure> {
        let folder = options.folder.clone().unwrap_or_else(std::env::temp_dir);
        let (server, dir) = match options.storage {
            Storage::Disk => (TempPg::start_durable(&folder)?, ScratchDir::new_in(&folder)),
            Storage::Memory => (TempPg::start()?, ScratchDir::new()),
        };
        let postgres = fill::postgres(&server, options.widgets).await?;
        let sqlite = sqlite::filled(&dir, options.widgets).await?;
        Ok(Self { server, postgres, dir, sqlite })
    }

    /// What a reader of the figures has to know.
    pub(crate) fn describe(&self, options: &Options) -> Result<String, Failure> {
        let setting = |name: &str| psql(&self.postgres, &format!("SHOW {name}"));
        let version = setting("server_version")?;
        let version = version.split_whitespace().next().unwrap_or_default();
        let processors = std::thread::available_parallelism()?;
        let storage = match options.storage {
            Storage::Disk => "on disk",
            Storage::Memory => "in memory",
        };
        Ok(format!(
            "{processors} processors; PostgreSQL {version} {storage}, fsync {}, synchronous_commit {}, \
             full_page_writes {}, shared_buffers {}; SQLite {storage}, synchronous FULL; rounds: {}, seconds: {}, \
             visitors at once: {}",
            setting("fsync")?,
            setting("synchronous_commit")?,
            setting("full_page_writes")?,
            setting("shared_buffers")?,
            options.rounds,
            options.seconds,
            options.visitors,
        ))
    }

    pub(crate) async fn run(&self, case: Case, options: &Options) -> Result<Measured, Failure> {
        match case.store {
            Store::Postgres => {
                let url = self.server.create_from(&self.postgres);
                // What other cases left to be written is not this one's business.
                psql(&url, "CHECKPOINT")?;
                let measured = self.run_on(&url, case, options).await?;
                let name = psql(&url, "SELECT current_database()")?;
                psql(&self.postgres, &format!("DROP DATABASE {name} WITH (FORCE)"))?;
                Ok(measured)
            }
            Store::Sqlite => {
                let copy = ScratchDir::new_in(self.dir.path());
                let url = sqlite::copy(&self.sqlite, &copy.path().join("copy.db"))?;
                self.run_on(&url, case, options).await
            }
        }
    }

    async fn run_on(&self, url: &str, case: Case, options: &Options) -> Result<Measured, Failure> {
        if let Path::Pgbench(clients) = case.path {
            let run = pgbench::run(url, clients, case.widgets, options.seconds)?;
            check(url, run.cycles)?;
            return Ok(Measured::Rate(run.rate));
        }
        let database = match case.path {
            Path::OneByOne => Database::connect_with_batches_of(1, url, 1).await?,
            _ => Database::connect(url, 1).await?,
        };
        let duration = Duration::from_secs(options.seconds.into());
        let widgets = i32::try_from(case.widgets)?;
        for n in 0..WARM_UP {
            cycle(database.ledger(), 1 + n % widgets, NOW).await?;
        }
        let (cycles, measured) = if case.path == Path::LoneCaller {
            let waits = alone(&database, widgets, duration).await?;
            (waits.len() as u64, Measured::Waits(waits))
        } else {
            let (cycles, took) = crowd(&database, widgets, options.visitors, duration).await?;
            #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 cycles")]
            let rate = cycles as f64 / took.as_secs_f64();
            (cycles, Measured::Rate(rate))
        };
        if case.store == Store::Postgres {
            check(url, cycles + u64::from(WARM_UP.unsigned_abs()))?;
        }
        Ok(measured)
    }
}

/// Whether the database holds what so many cycles have to leave, whoever made them.
fn check(url: &str, cycles: u64) -> Result<(), Failure> {
    let found = psql(
        url,
        "SELECT (SELECT count(*) FROM llm_request_logs WHERE status = 'success'),
            (SELECT count(*) / 2 FROM widget_messages), (SELECT sum(requests) FROM llm_usage_daily),
            (SELECT sum(total_requests_made) FROM client_llm_usage),
            (SELECT sum(bot_response_count) FROM widget_conversations),
            (SELECT sum(tokens_reserved) FROM client_llm_usage)",
    )?;
    let expected = format!("{cycles}|{cycles}|{cycles}|{cycles}|{cycles}|0");
    if found == expected {
        return Ok(());
    }
    Err(format!("the database holds {found} instead of {expected}").into())
}

/// Visitors without a pause; returns how many cycles they did in which time.
async fn crowd(
    database: &Database,
    widgets: i32,
    visitors: u32,
    duration: Duration,
) -> Result<(u64, Duration), Failure> {
    let cycles = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..visitors {
        let (ledger, cycles) = (database.ledger().clone(), Arc::clone(&cycles));
        running.spawn(async move {
            while started.elapsed() < duration {
                cycle(&ledger, rand::random_range(1..=widgets), NOW).await?;
                cycles.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(visitor) = running.join_next().await {
        visitor??;
    }
    Ok((cycles.load(Ordering::Relaxed), started.elapsed()))
}

/// One visitor without a pause.
async fn alone(database: &Database, widgets: i32, duration: Duration) -> Result<Vec<Waits>, Failure> {
    let started = Instant::now();
    let mut waits = Vec::new();
    while started.elapsed() < duration {
        waits.push(cycle(database.ledger(), rand::random_range(1..=widgets), NOW).await?);
    }
    Ok(waits)
}
