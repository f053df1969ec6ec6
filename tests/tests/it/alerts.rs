//! The alerts of `docs/deploy/alerts.yml`, as Prometheus' own tool reads and tries them.

use std::io::ErrorKind;
use std::process::Command;

/// What promtool has to say, or nothing where it is not installed: it is part of Debian's package `prometheus`, with a server
/// that nobody wants to run for tests. What needs no tool is checked in `crates/http/src/metrics/catalogue.rs`.
fn promtool(arguments: &[&str]) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = match Command::new("promtool").args(arguments).current_dir(folder).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return,
        output => output.unwrap(),
    };
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn prometheus_reads_every_rule() {
    promtool(&["check", "rules", "docs/deploy/alerts.yml"]);
}

#[test]
fn each_alert_rings_when_it_should_and_none_in_quiet_traffic() {
    promtool(&["test", "rules", "tests/alerts.test.yml"]);
}
