//! `pgbench` with the equivalent statements.

use crate::shared::Failure;
use frontdesk_tests::client_program;
use std::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/ledger/cycle.sql");

/// What it did.
pub(crate) struct Run {
    /// Cycles a second, without the time to connect.
    pub(crate) rate: f64,
    /// Cycles in all.
    pub(crate) cycles: u64,
}

pub(crate) fn run(url: &str, clients: u32, widgets: u32, seconds: u32) -> Result<Run, Failure> {
    let program = client_program("pgbench");
    // One thread per processor of its own would compete with the server's processes for no gain.
    let threads = clients.min(2);
    let output = Command::new(&program)
        .args(["--no-vacuum", "--protocol=prepared", "--file", SCRIPT])
        .arg(format!("--client={clients}"))
        .arg(format!("--jobs={threads}"))
        .arg(format!("--time={seconds}"))
        .arg(format!("--define=widgets={widgets}"))
        .arg(url)
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| format!("{}: {error}: install PostgreSQL's pgbench", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let after = |label: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(label));
        line.and_then(|rest| rest.split_whitespace().next())
            .ok_or_else(|| format!("pgbench does not say `{label}`: {text}"))
    };
    let rate = after("tps = ")?.parse()?;
    let cycles = after("number of transactions actually processed: ")?.parse()?;
    Ok(Run { rate, cycles })
}
