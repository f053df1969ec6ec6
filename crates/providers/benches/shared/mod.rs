//! What the benchmarks have in common.

use std::time::Duration;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Whether cargo wants a benchmark to measure: `cargo test --benches` runs it too, and wants to know no more than
/// that it starts.
pub(crate) fn is_wanted(name: &str) -> bool {
    let wanted = std::env::args().any(|argument| argument == "--bench");
    if !wanted {
        println!("nothing is measured without --bench: cargo bench -p frontdesk-providers --bench {name}");
    }
    wanted
}

/// Times of the same thing.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.add_us(time.as_secs_f64() * 1e6);
    }

    /// Adds a time in microseconds.
    pub(crate) fn add_us(&mut self, microseconds: f64) {
        self.0.push(microseconds);
    }

    /// The time below which the share `of` lies, in microseconds: 0.5 is the median. 0 of nothing.
    pub(crate) fn quantile(&self, of: f64) -> f64 {
        frontdesk_tests::quantile(&self.0, of)
    }
}
