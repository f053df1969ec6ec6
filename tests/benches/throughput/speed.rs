//! Messages a second.

use crate::world::{World, bare};
use crate::{Options, load, servers};
use frontdesk_tests::quantile;
use std::time::Duration;

pub(crate) fn measure(options: &Options) {
    let model = servers::model();
    let bare = bare(&model);
    let worlds = World::all(&model, options);
    let length = Duration::from_secs(options.seconds);
    let mut passed = Vec::new();
    let mut answered = vec![Vec::new(); worlds.len()];
    // The first round warms up.
    for round in 0..=options.rounds {
        let through = load::closed(&bare, options.visitors, length);
        let speeds: Vec<f64> =
            worlds.iter().map(|world| load::closed(&world.target, options.visitors, length)).collect();
        eprintln!("round {round}: pass-through {through:.0}/s, {speeds:.0?}/s");
        if round > 0 {
            passed.push(through);
            for (all, speed) in answered.iter_mut().zip(speeds) {
                all.push(speed);
            }
        }
    }
    println!("| messages/s | median | lowest | highest | of the pass-through |\n|---|---:|---:|---:|---:|");
    let through = quantile(&passed, 0.5);
    row("bare pass-through", &passed, through);
    for (world, speeds) in worlds.iter().zip(&answered) {
        world.check();
        row(world.kind.name(), speeds, through);
    }
    println!();
}

fn row(name: &str, speeds: &[f64], through: f64) {
    let at = |of| quantile(speeds, of);
    let (median, percent) = (at(0.5), at(0.5) / through * 100.0);
    println!("| {name} | {median:.0} | {:.0} | {:.0} | {percent:.0} % |", at(0.0), at(1.0));
}
