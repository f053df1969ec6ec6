//! Ledger cycles a second (reserve, two messages, settle, log, rollup), on one hot widget and on many, on
//! PostgreSQL beside `pgbench` with the equivalent statements on the same server, and on SQLite beside the same
//! ledger with a transaction per operation; and how long a lone caller waits.
//!
//! `cargo bench -p frontdesk-persistence --bench ledger -- --help`

#[path = "../shared/mod.rs"]
mod shared;

mod cases;
mod pgbench;
mod report;
mod sqlite;
mod world;

use cases::{Case, Path, Store};
use clap::{Parser, ValueEnum};
use report::Samples;
use shared::Failure;
use std::path::PathBuf;
use world::World;

/// Measures the ledger in rounds, in each of which every case has its turn on a fresh copy of the database.
#[derive(Debug, Parser)]
struct Options {
    /// Only the cases with this text in their name, such as `sqlite hot`
    only: Option<String>,
    /// Where the databases are
    #[arg(long, value_enum, default_value_t = Storage::Disk)]
    storage: Storage,
    /// A folder on the disk to measure that the user `postgres` can reach [default: that for temporary files]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Rounds; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Seconds of each case in each round
    #[arg(long, default_value_t = 3)]
    seconds: u32,
    /// Widgets of the spread cases
    #[arg(long, default_value_t = 10_000)]
    widgets: u32,
    /// Messages that are being answered at once
    #[arg(long, default_value_t = 512)]
    visitors: u32,
    /// Client counts of `pgbench`; the best one counts
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4, 8, 16, 32, 64])]
    clients: Vec<u32>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Storage {
    /// On a disk, with `fsync`: as in production
    Disk,
    /// In memory, PostgreSQL without `fsync`: what is left when a commit costs nearly nothing
    Memory,
}

fn main() -> Result<(), Failure> {
    // `cargo test --benches` runs this too, and wants to know no more than that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing is measured without --bench: cargo bench -p frontdesk-persistence --bench ledger");
        return Ok(());
    }
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(&options))
}

async fn measure(options: &Options) -> Result<(), Failure> {
    let world = World::make(options).await?;
    println!("{}\n", world.describe(options)?);
    let cases = cases(options);
    let mut samples = Samples::default();
    for round in 1..=options.rounds {
        for case in &cases {
            eprintln!("round {round} of {}: {case}", options.rounds);
            samples.add(*case, world.run(*case, options).await?);
        }
    }
    print!("{samples}");
    Ok(())
}

/// What is measured side by side is neighbours in a round.
fn cases(options: &Options) -> Vec<Case> {
    let mut cases = Vec::new();
    for widgets in [1, options.widgets] {
        let case = |store, path| Case { store, widgets, path };
        cases.push(case(Store::Postgres, Path::Ledger));
        cases.push(case(Store::Postgres, Path::OneByOne));
        cases.extend(options.clients.iter().map(|clients| case(Store::Postgres, Path::Pgbench(*clients))));
        cases.push(case(Store::Sqlite, Path::Ledger));
        cases.push(case(Store::Sqlite, Path::OneByOne));
    }
    cases.push(Case { store: Store::Postgres, widgets: options.widgets, path: Path::LoneCaller });
    cases.push(Case { store: Store::Sqlite, widgets: options.widgets, path: Path::LoneCaller });
    if let Some(only) = &options.only {
        cases.retain(|case| case.to_string().contains(only));
    }
    cases
}
