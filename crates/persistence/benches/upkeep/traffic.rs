//! Visitors in the background, and what they saw of the service.

use crate::NOW;
use crate::shared::Failure;
use crate::shared::visitors::cycle;
use frontdesk_persistence::Database;
use frontdesk_tests::quantile;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::task::JoinSet;

/// What was seen since the last report.
#[derive(Debug)]
struct Seen {
    since: Instant,
    /// Milliseconds, of each step of each message.
    waits: Vec<f64>,
    failures: Vec<String>,
}

impl Seen {
    fn new() -> Self {
        Self { since: Instant::now(), waits: Vec::new(), failures: Vec::new() }
    }
}

/// Running visitors.
pub(crate) struct Traffic {
    visitors: JoinSet<()>,
    stopping: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
}

impl Traffic {
    /// Each visitor writes to one of `widgets` widgets after the other, due and not due, without a pause.
    pub(crate) fn start(database: &Database, widgets: u32, visitors: u32) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(Mutex::new(Seen::new()));
        let mut running = JoinSet::new();
        for _ in 0..visitors {
            let (ledger, stopping, seen) =
                (database.ledger().clone(), Arc::clone(&stopping), Arc::clone(&seen));
            running.spawn(async move {
                while !stopping.load(Ordering::Relaxed) {
                    let widget = rand::random_range(1..=widgets).cast_signed();
                    let result = cycle(&ledger, widget, NOW).await;
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    match result {
                        Ok(waits) => {
                            let steps = [waits.begin, waits.finish];
                            seen.waits.extend(steps.map(|wait| wait.as_secs_f64() * 1e3));
                        }
                        Err(error) => seen.failures.push(error.to_string()),
                    }
                }
            });
        }
        Self { visitors: running, stopping, seen }
    }

    /// Prints a row about the time since the last one.
    pub(crate) fn report(&self, what: &str, rolled: u64) -> Result<(), Failure> {
        let seen = mem::replace(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner), Seen::new());
        if let Some(failure) = seen.failures.first() {
            eprintln!("the first failure: {failure}");
        }
        let seconds = seen.since.elapsed().as_secs_f64();
        let per_second = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds;
        let messages = u64::try_from(seen.waits.len())? / 2;
        println!(
            "| {what} | {seconds:.1} | {rolled} | {:.0} | {:.0} | {} | {:.1} | {:.1} | {:.0} |",
            per_second(rolled),
            per_second(messages),
            seen.failures.len(),
            quantile(&seen.waits, 0.5),
            quantile(&seen.waits, 0.99),
            quantile(&seen.waits, 1.0),
        );
        Ok(())
    }

    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        self.stopping.store(true, Ordering::Relaxed);
        while let Some(ended) = self.visitors.join_next().await {
            ended?;
        }
        Ok(())
    }
}
