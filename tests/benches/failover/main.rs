//! How long visitors wait while providers fail: of two providers one call in ten fails at random, by itself and
//! with pieces; and one provider is dead, beside an api that asks the other one directly. The real api on SQLite
//! in memory, providers on this machine.
//!
//! `cargo bench -p frontdesk-tests --bench failover -- --help`

mod dead;
mod random;
mod world;

use clap::Parser;

/// Measures waits of visitors while providers fail.
#[derive(Debug, Parser)]
struct Options {
    /// Messages while one call in ten fails
    #[arg(long, default_value_t = 10_000)]
    messages: u64,
    /// Visitors who ask at once while one call in ten fails
    #[arg(long, default_value_t = 16)]
    visitors: usize,
    /// Messages to each api while a provider is dead
    #[arg(long, default_value_t = 1_000)]
    dead_messages: u64,
    /// Milliseconds that a provider takes for an answer
    #[arg(long, value_delimiter = ',', default_values_t = [0, 50])]
    delays: Vec<u64>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    // `cargo test --benches` runs this too, and wants to know no more than that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing is measured without --bench: cargo bench -p frontdesk-tests --bench failover");
        return;
    }
    let options = Options::parse();
    random::measure(&options);
    dead::measure(&options);
}
