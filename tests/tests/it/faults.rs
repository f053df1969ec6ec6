//! Faults while visitors talk: processes are killed and stopped, the database goes away, the clock jumps,
//! providers fail, visitors hang up. Afterwards nothing that was acknowledged is missing, nothing is there
//! twice, the books agree, no limit was ever exceeded, and no credits stay held.

mod books;
mod chaos;
mod messages;
mod providers;
mod record;
mod system;
mod visitors;
mod watcher;
mod widgets;

use chaos::Chaos;
use frontdesk_tests::TempPg;
use record::Record;
use std::thread;
use std::time::Duration;
use system::System;

/// What a test waits for takes seconds at the most; on a busy machine some more.
const LIMIT: Duration = Duration::from_mins(1);

#[test]
fn two_apis_and_a_worker_on_postgres_lose_nothing_to_faults() {
    let server = TempPg::start().unwrap();
    let system = System::postgres(server, 2);
    survives(&system, 12);
}

#[test]
fn an_api_and_a_worker_on_sqlite_lose_nothing_to_faults() {
    let system = System::sqlite();
    survives(&system, 8);
}

fn survives(system: &System, visitors: usize) {
    system.start();
    let record = &Record::new(visitors);
    thread::scope(|scope| {
        // ends the threads when this one panics, else the scope would wait for ever
        let end = record.ends_when_dropped();
        scope.spawn(|| watcher::watch(system, record));
        let visit = |number| scope.spawn(move || visitors::visit(system, record, number));
        let talking: Vec<_> = (0..visitors).map(visit).collect();
        let chaos = Chaos { system, record };
        for round in 1..=rounds() {
            chaos.round(round);
        }
        record.close();
        for visitor in talking {
            visitor.join().unwrap();
        }
        chaos.leave_holds_behind();
        chaos.wait_for_release();
        drop(end);
    });
    messages::check(&system.place, record);
    books::check(system, record);
    record.check();
}

/// How often each fault happens: `FAULT_ROUNDS`, or once.
#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of ours")]
fn rounds() -> usize {
    let rounds = std::env::var("FAULT_ROUNDS").ok();
    rounds.map_or(1, |rounds| rounds.parse().expect("FAULT_ROUNDS is a number"))
}
