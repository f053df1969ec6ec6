//! What the api keeps in memory.

use crate::world::World;
use crate::{Options, load, servers};
use std::fs;

/// How many messages lie between two looks.
const STEPS: u64 = 10;

pub(crate) fn measure(options: &Options) {
    let model = servers::model();
    println!("| resident memory, MB | idle | after messages |\n|---|---:|---|");
    for &kind in &options.databases {
        let world = World::start(kind, &model, options);
        let idle = resident(&world);
        let step = options.messages / STEPS;
        let looks = (1..=STEPS).map(|look| {
            load::messages(&world.target, options.visitors, step);
            let (messages, memory) = (look * step, resident(&world));
            eprintln!("{}: {memory:.1} MB after {messages} messages", kind.name());
            format!("{messages}: {memory:.1}")
        });
        let looks = looks.collect::<Vec<_>>().join(", ");
        println!("| {} | {idle:.1} | {looks} |", kind.name());
        world.check();
    }
    println!();
}

/// In megabytes, as the system counts them.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn resident(world: &World) -> f64 {
    let path = format!("/proc/{}/status", world.api.process().id());
    let status = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok());
    kilobytes.unwrap_or_else(|| panic!("{path} has no VmRSS")) as f64 / 1024.0
}
