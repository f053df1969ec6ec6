//! One pass of the worker over many due accounts on PostgreSQL while visitors write: how long it takes, and
//! how long a visitor waits at most. The pass is cut off in the middle once, as a kill would do it, and the next
//! one finishes. Then what a pass costs when nothing is due.
//!
//! `cargo bench -p frontdesk-persistence --bench upkeep -- --help`

#[path = "../shared/mod.rs"]
mod shared;

mod accounts;
mod traffic;

use clap::Parser;
use frontdesk_persistence::Database;
use frontdesk_persistence::upkeep::{Pass, Summary};
use frontdesk_tests::TempPg;
use jiff::Timestamp;
use shared::Failure;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use traffic::Traffic;

/// Measures a pass of the worker beside visitors, on a server with its files on disk and `fsync`.
#[derive(Debug, Parser)]
struct Options {
    /// Due accounts
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u32,
    /// Time zones that they are spread over
    #[arg(long, default_value_t = 50)]
    zones: u32,
    /// Visitors, each of whom writes the next message as soon as the last one is answered
    #[arg(long, default_value_t = 16)]
    visitors: u32,
    /// A folder on a disk that the user `postgres` can reach [default: that for temporary files]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// A name, as cargo passes it to choose among benchmarks; there is one
    only: Option<String>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// 2026-11-24 14:00 UTC: the 23rd has ended in every zone.
const NOW: Timestamp = Timestamp::constant(1_795_528_800, 0);
/// How long the visitors are alone, for comparison.
const ALONE: Duration = Duration::from_secs(5);

fn main() -> Result<(), Failure> {
    // `cargo test --benches` runs this too, and wants to know no more than that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing is measured without --bench: cargo bench -p frontdesk-persistence --bench upkeep");
        return Ok(());
    }
    let options = Options::parse();
    if options.only.as_ref().is_some_and(|only| !"upkeep".contains(only.as_str())) {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(&options))
}

async fn measure(options: &Options) -> Result<(), Failure> {
    let folder = options.folder.clone().unwrap_or_else(std::env::temp_dir);
    let server = TempPg::start_durable(&folder)?;
    let started = Instant::now();
    let url = shared::fill::postgres(&server, options.accounts + accounts::NOT_DUE).await?;
    accounts::make_due(&url, options.accounts, options.zones)?;
    eprintln!("filled in {:.0?}", started.elapsed());

    let api = Database::connect(&url, 4).await?;
    let traffic = Traffic::start(&api, options.accounts + accounts::NOT_DUE, options.visitors);
    tokio::time::sleep(ALONE).await;
    println!("{} due accounts in {} zones\n", options.accounts, options.zones);
    println!("| | s | accounts | accounts/s | messages/s | failures | wait: median ms | p99 | longest |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    traffic.report("visitors alone", 0)?;

    let rolled = cut_off(&url, options.accounts / 2).await?;
    traffic.report("first half of a pass, then cut off", rolled)?;
    let rolled = whole_pass(&url).await?.accounts_rolled;
    traffic.report("the next pass", rolled)?;
    traffic.stop().await?;
    accounts::check(&url, options.accounts)?;

    let traffic = Traffic::start(&api, options.accounts + accounts::NOT_DUE, options.visitors);
    let rolled = whole_pass(&url).await?.accounts_rolled;
    traffic.report("a pass with nothing due", rolled)?;
    traffic.stop().await?;
    let started = Instant::now();
    whole_pass(&url).await?;
    println!("\na pass with nothing due and no visitors: {:.2?}", started.elapsed());
    Ok(())
}

fn pass() -> Pass {
    Pass {
        now: NOW,
        log_retention_days: 90,
        conversation_retention_days: 0,
        unanswered_retention_days: 0,
        webhook_retention_days: 0,
        dry_run: false,
    }
}

/// As the worker does it: from a process, here a handle, of its own.
async fn whole_pass(url: &str) -> Result<Summary, Failure> {
    let worker = Database::connect(url, 4).await?;
    Ok(worker.run_pass(&pass(), |_| ControlFlow::Continue(())).await?)
}

/// Drops the pass where it is as soon as so many accounts are rolled; what it has submitted goes on.
async fn cut_off(url: &str, after: u32) -> Result<u64, Failure> {
    let worker = Database::connect(url, 4).await?;
    let rolled = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&rolled);
    let running = tokio::spawn(async move {
        let progress = |so_far: &Summary| {
            counter.store(so_far.accounts_rolled, Ordering::Relaxed);
            ControlFlow::Continue(())
        };
        worker.run_pass(&pass(), progress).await
    });
    while rolled.load(Ordering::Relaxed) < u64::from(after) {
        if running.is_finished() {
            return Err(format!("the pass ended before it could be cut off: {:?}", running.await?).into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.abort();
    Ok(rolled.load(Ordering::Relaxed))
}
