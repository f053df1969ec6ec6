//! The systemd units, as far as that can be told without systemd.

use super::text;

/// The values of a key, in their order.
fn values(unit: &str, key: &str) -> Vec<String> {
    let found = unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    found.map(str::to_owned).collect()
}

/// What closes a unit off: from the comment on.
fn closed_off(unit: &str) -> Vec<&str> {
    let from = unit.lines().skip_while(|line| !line.starts_with("# It reads its settings"));
    from.take_while(|line| !line.is_empty()).collect()
}

#[test]
fn the_units_run_our_programs_and_are_closed_off_alike() {
    let (api, worker) = (text("docs/deploy/frontdesk.service"), text("docs/deploy/reset-worker.service"));
    assert_eq!(values(&api, "ExecStartPre"), ["/opt/frontdesk/bin/api migrate"]);
    assert_eq!(values(&api, "ExecStart"), ["/opt/frontdesk/bin/api serve"]);
    assert_eq!(values(&worker, "ExecStart"), ["/opt/frontdesk/bin/reset-worker"]);
    assert!(closed_off(&api).len() > 20);
    assert_eq!(closed_off(&api), closed_off(&worker));
}

#[test]
fn a_unit_stops_patiently_and_is_not_started_again_with_a_wrong_setting() {
    let api = text("docs/deploy/frontdesk.service");
    let seconds: u32 = values(&api, "TimeoutStopSec")[0].parse().unwrap();
    let example = text(".env.example");
    let patience: u32 = super::assigned(&example, "#SHUTDOWN_TIMEOUT_SECONDS").parse().unwrap();
    assert!(seconds > patience, "{seconds} s are not above {patience} s");
    assert_eq!(values(&api, "RestartPreventExitStatus"), ["2"]);
    let manual = text("docs/deploy/systemd.md");
    for unit in ["frontdesk.service", "reset-worker.service", "reset-worker.timer"] {
        assert!(manual.contains(&format!("docs/deploy/{unit}")), "{unit} is not installed");
    }
}
