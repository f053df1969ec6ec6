//! What a message costs beside a bare pass-through. The real api on PostgreSQL and SQLite, a language model on this
//! machine that answers at once, and a server of the same kind that does nothing but hand each body on to that
//! model: whoever sends, all servers and the database share the machine's processors.
//!
//! `cargo bench -p frontdesk-tests --bench throughput -- --help`

mod fill;
mod latency;
mod load;
mod memory;
mod servers;
mod speed;
mod visitor;
mod world;

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Measures messages beside a bare pass-through.
#[derive(Debug, Parser)]
struct Options {
    /// What is measured
    #[arg(value_enum, default_values_t = [Case::Speed, Case::Latency])]
    cases: Vec<Case>,
    /// On which databases
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Kind::Sqlite, Kind::Postgres])]
    databases: Vec<Kind>,
    /// Rounds of every case, in turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each round
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Visitors who write as soon as they are answered
    #[arg(long, default_value_t = 64)]
    visitors: usize,
    /// Messages a second where waits are measured
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// Widgets, each with a client and an account
    #[arg(long, default_value_t = 10)]
    widgets: u32,
    /// Rows of the request log from before
    #[arg(long, default_value_t = 1_000)]
    log_rows: u64,
    /// Entries of each knowledge base that is asked
    #[arg(long, default_value_t = 100)]
    entries: u32,
    /// Messages of `memory`
    #[arg(long, default_value_t = 1_000_000)]
    messages: u64,
    /// Where the databases are; not in memory, if disks are to count
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/tmp"))]
    folder: PathBuf,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Case {
    /// Messages a second, beside the pass-through
    Speed,
    /// What is added to the wait at a steady rate, beside the pass-through
    Latency,
    /// Resident memory over many messages
    Memory,
}

/// A database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

fn main() {
    // `cargo test --benches` runs this too, and wants to know no more than that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing is measured without --bench: cargo bench -p frontdesk-tests --bench throughput");
        return;
    }
    let options = Options::parse();
    std::fs::create_dir_all(&options.folder)
        .unwrap_or_else(|error| panic!("{}: {error}", options.folder.display()));
    println!(
        "{} widgets, {} log rows, {} entries, {} visitors\n",
        options.widgets, options.log_rows, options.entries, options.visitors
    );
    for case in &options.cases {
        match case {
            Case::Speed => speed::measure(&options),
            Case::Latency => latency::measure(&options),
            Case::Memory => memory::measure(&options),
        }
    }
}
