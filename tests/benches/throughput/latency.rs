//! What is added to the wait at a steady rate.

use crate::world::{World, bare};
use crate::{Options, load, servers};
use frontdesk_tests::quantile;
use std::time::Duration;

pub(crate) fn measure(options: &Options) {
    let model = servers::model();
    let bare = bare(&model);
    let worlds = World::all(&model, options);
    let length = Duration::from_secs(options.seconds);
    let mut waits = vec![Vec::new(); worlds.len() + 1];
    for round in 0..=options.rounds {
        for (all, target) in waits.iter_mut().zip([&bare].into_iter().chain(worlds.iter().map(|w| &w.target)))
        {
            let these = load::steady(target, options.visitors, options.rate, length);
            // The first round warms up.
            if round > 0 {
                all.extend(these.iter().map(|wait| wait.as_secs_f64() * 1e3));
            }
        }
    }
    println!(
        "| waits at {} messages/s, ms | median | 99th percentile | longest | added: median | added: 99th percentile |",
        options.rate
    );
    println!("|---|---:|---:|---:|---:|---:|");
    let names = ["bare pass-through"].into_iter().chain(worlds.iter().map(|world| world.kind.name()));
    for (name, these) in names.zip(&waits) {
        let at = |of| quantile(these, of);
        let added = |of| quantile(these, of) - quantile(&waits[0], of);
        println!(
            "| {name} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            at(0.5),
            at(0.99),
            at(1.0),
            added(0.5),
            added(0.99)
        );
    }
    worlds.iter().for_each(World::check);
    println!();
}
