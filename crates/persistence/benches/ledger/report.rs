//! Medians and ratios, as Markdown.

use crate::cases::{Case, Measured, Path, Store, shape};
use crate::shared::visitors::Waits;
use frontdesk_tests::quantile;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the ledger has to be, as a multiple of the path beside it: on a hot widget and on many.
const TARGETS: [(Store, f64, f64); 2] = [(Store::Postgres, 8.0, 2.0), (Store::Sqlite, 8.0, 2.0)];
/// Milliseconds that a lone caller may wait on PostgreSQL, in the median.
const LONE_CALLER_MS: f64 = 3.0;

/// Everything measured so far.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    rates: BTreeMap<Case, Vec<f64>>,
    waits: BTreeMap<Store, Vec<Waits>>,
}

impl Samples {
    pub(crate) fn add(&mut self, case: Case, measured: Measured) {
        match measured {
            Measured::Rate(rate) => self.rates.entry(case).or_default().push(rate),
            Measured::Waits(waits) => self.waits.entry(case.store).or_default().extend(waits),
        }
    }

    fn median(&self, case: Case) -> Option<f64> {
        self.rates.get(&case).map(|rates| quantile(rates, 0.5))
    }

    /// The ledger's rate, and the best of what it is compared with.
    fn compared(&self, store: Store, widgets: u32) -> Option<(f64, Path, f64)> {
        let ledger = self.median(Case { store, widgets, path: Path::Ledger })?;
        let is_other = |case: &&Case| {
            case.store == store
                && case.widgets == widgets
                && match store {
                    Store::Postgres => matches!(case.path, Path::Pgbench(_)),
                    Store::Sqlite => case.path == Path::OneByOne,
                }
        };
        let others = self.rates.keys().filter(is_other);
        let others = others.filter_map(|case| Some((case.path, self.median(*case)?)));
        let (path, best) = others.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        Some((ledger, path, best))
    }

    fn ratios(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shapes: BTreeSet<u32> = self.rates.keys().map(|case| case.widgets).collect();
        writeln!(
            f,
            "| ledger against | cycles/s | cycles/s of the ledger | ratio | target | |\n|---|---:|---:|---:|---:|---|"
        )?;
        for (store, hot, spread) in TARGETS {
            for widgets in &shapes {
                let Some((ledger, path, best)) = self.compared(store, *widgets) else { continue };
                let (ratio, target) = (ledger / best, if *widgets == 1 { hot } else { spread });
                let verdict = if ratio >= target { "reached" } else { "missed" };
                let shape = shape(*widgets);
                writeln!(
                    f,
                    "| {store} {shape}: {path} | {best:.0} | {ledger:.0} | {ratio:.1} | {target:.0} | {verdict} |"
                )?;
            }
        }
        writeln!(f)
    }

    fn lone_callers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.waits.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "| lone caller, ms | reserve, median | p99 | settle, median | p99 | |\n|---|---:|---:|---:|---:|---|"
        )?;
        for (store, waits) in &self.waits {
            let begin: Vec<f64> = waits.iter().map(|w| w.begin.as_secs_f64() * 1e3).collect();
            let finish: Vec<f64> = waits.iter().map(|w| w.finish.as_secs_f64() * 1e3).collect();
            let medians = (quantile(&begin, 0.5), quantile(&finish, 0.5));
            let verdict = match store {
                Store::Sqlite => "",
                Store::Postgres if medians.0.max(medians.1) < LONE_CALLER_MS => "under 3 ms: reached",
                Store::Postgres => "under 3 ms: missed",
            };
            let (begin99, finish99) = (quantile(&begin, 0.99), quantile(&finish, 0.99));
            writeln!(
                f,
                "| {store} | {:.2} | {begin99:.2} | {:.2} | {finish99:.2} | {verdict} |",
                medians.0, medians.1
            )?;
        }
        writeln!(f)
    }
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| cycles/s | median | lowest | highest |\n|---|---:|---:|---:|")?;
        for (case, rates) in &self.rates {
            let (median, lowest, highest) =
                (quantile(rates, 0.5), quantile(rates, 0.0), quantile(rates, 1.0));
            writeln!(f, "| {case} | {median:.0} | {lowest:.0} | {highest:.0} |")?;
        }
        writeln!(f)?;
        self.ratios(f)?;
        self.lone_callers(f)
    }
}
