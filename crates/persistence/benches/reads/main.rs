//! What administrators read, with a short log and with a long one: pages of a widget's request log, its analytics, and
//! the overview of all clients. One widget has half of the log.
//!
//! `cargo bench -p frontdesk-persistence --bench reads -- --help`

mod fill;

use clap::Parser;
use frontdesk_domain::ids::{RequestLogId, WidgetId};
use frontdesk_persistence::{Database, Grouping, LogFilter, LogRange, OverviewFilter};
use frontdesk_tests::{ScratchDir, TempPg};
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures reads on PostgreSQL and SQLite, on a short log and on a long one.
#[derive(Debug, Parser)]
struct Options {
    /// Rows of the long log
    #[arg(long, default_value_t = 10_000_000)]
    rows: u32,
    /// Rows of the short log
    #[arg(long, default_value_t = 10_000)]
    few: u32,
    /// Widgets, each with a client and an account
    #[arg(long, default_value_t = 100_000)]
    widgets: u32,
    /// How often each is read
    #[arg(long, default_value_t = 100)]
    times: usize,
    /// PostgreSQL alone
    #[arg(long)]
    postgres: bool,
    /// A name, as cargo passes it to choose among benchmarks; there is one
    only: Option<String>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// 2026-11-24 14:00 UTC, the last day of the log.
const NOW: Timestamp = Timestamp::constant(1_795_528_800, 0);
/// The widget with half of the log.
const BUSY: WidgetId = WidgetId(1);

fn main() -> Result<(), Failure> {
    // `cargo test --benches` runs this too, and wants to know no more than that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing is measured without --bench: cargo bench -p frontdesk-persistence --bench reads");
        return Ok(());
    }
    let options = Options::parse();
    if options.only.as_ref().is_some_and(|only| !"reads".contains(only.as_str())) {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(&options))
}

async fn measure(options: &Options) -> Result<(), Failure> {
    println!("median and longest of {} reads, in ms; {} widgets\n", options.times, options.widgets);
    println!(
        "| log rows | first page | 50th page | last page | of a status | 30 days | 366 days | by model | overview |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for rows in [options.few, options.rows] {
        let server = TempPg::start()?;
        let url = server.create_database();
        let database = Database::open(&url, 2).await?;
        fill::postgres(&url, options.widgets, rows)?;
        read(&database, &format!("PostgreSQL {rows}"), options.times).await?;
    }
    for rows in [options.few, options.rows].into_iter().filter(|_| !options.postgres) {
        let directory = ScratchDir::new();
        let url = directory.sqlite_url();
        let database = Database::open(&url, 2).await?;
        fill::sqlite(&url, options.widgets, rows)?;
        read(&database, &format!("SQLite {rows}"), options.times).await?;
    }
    Ok(())
}

async fn read(database: &Database, name: &str, times: usize) -> Result<(), Failure> {
    let any = LogFilter::default();
    let rare = LogFilter { status: Some("blocked".into()), ..LogFilter::default() };
    let start = LogRange { after: None, offset: 0, limit: 50 };
    let middle = LogRange { after: after_pages(database, 49).await?, ..start };
    let early = LogFilter { until: Some(NOW - (365 * 24).hours()), ..LogFilter::default() };
    let oldest = database.request_logs(BUSY, early, start, false).await?;
    let last = LogRange { after: oldest.requests.first().map(|request| request.id), ..start };
    let page = |filter: &LogFilter, range| database.request_logs(BUSY, filter.clone(), range, false);
    let days = |by, from| database.analytics_by(by, BUSY, from, date(2026, 11, 24));
    let (month, year) = (date(2026, 10, 26), date(2025, 11, 24));
    let overview = || database.overview(OverviewFilter::default(), month, NOW, (50, 0));
    let figures = [
        timed(times, || page(&any, start)).await?,
        timed(times, || page(&any, middle)).await?,
        timed(times, || page(&any, last)).await?,
        timed(times, || page(&rare, start)).await?,
        timed(times, || days(Grouping::Provider, month)).await?,
        timed(times, || days(Grouping::Day, year)).await?,
        timed(times, || days(Grouping::Model, year)).await?,
        timed(times.div_ceil(10), overview).await?,
    ];
    println!("| {name} | {} |", figures.join(" | "));
    Ok(())
}

async fn after_pages(database: &Database, pages: u32) -> Result<Option<RequestLogId>, Failure> {
    let mut after = None;
    for _ in 0..pages {
        let range = LogRange { after, offset: 0, limit: 50 };
        after = database.request_logs(BUSY, LogFilter::default(), range, false).await?.next;
    }
    Ok(after)
}

/// The median and the longest of so many times.
async fn timed<T, E, F>(times: usize, mut work: impl FnMut() -> F) -> Result<String, Failure>
where
    F: Future<Output = Result<T, E>>,
    Failure: From<E>,
{
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let started = Instant::now();
        work().await?;
        took.push(started.elapsed());
    }
    took.sort();
    let ms = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    Ok(format!("{:.2} / {:.1}", ms(took.get(took.len() / 2)), ms(took.last())))
}
