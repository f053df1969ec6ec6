//! One call in ten fails at random: with status 500 or 429, with a cut connection, or by never answering.

use crate::Options;
use crate::world::{ANSWER, DEADLINE, Told, World, quantile};
use frontdesk_tests::stub::{Faulty, claude_ok, openai_ok};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

pub(crate) fn measure(options: &Options) {
    let openai = Faulty::start(1, Duration::ZERO, openai_ok(ANSWER, 60, 6));
    let claude = Faulty::start(2, Duration::ZERO, claude_ok(ANSWER, 60, 6));
    let world = World::start(Some(&openai.url()), &claude.url());
    let told = tell_all(&world, options);
    let waits = || told.iter().map(|(_, told)| told.waited);
    let answered = told.iter().filter(|(_, told)| told.by_model).count();
    let over = waits().filter(|wait| *wait > DEADLINE).count();
    println!(
        "| messages | answered by a model | calls | p50, ms | p99, ms | longest, ms | over the deadline | calls after it |
|---:|---:|---:|---:|---:|---:|---:|---:|"
    );
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let share = answered as f64 / told.len() as f64 * 100.0;
    println!(
        "| {} | {share:.2} % | {} + {} | {:.1} | {:.0} | {:.0} | {over} | {} |\n",
        told.len(),
        openai.calls(),
        claude.calls(),
        quantile(waits(), 0.5),
        quantile(waits(), 0.99),
        quantile(waits(), 1.0),
        late(&told, &openai) + late(&told, &claude),
    );
}

fn tell_all(world: &World, options: &Options) -> Vec<(u64, Told)> {
    let next = &AtomicU64::new(0);
    let visit = || -> Vec<(u64, Told)> {
        let numbers = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        let mine = numbers.take_while(|number| *number < options.messages);
        mine.map(|number| (number, world.tell(number))).collect()
    };
    thread::scope(|scope| {
        let visits: Vec<_> = (0..options.visitors).map(|_| scope.spawn(visit)).collect();
        let join = |visit: thread::ScopedJoinHandle<'_, Vec<(u64, Told)>>| match visit.join() {
            Ok(told) => told,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        visits.into_iter().flat_map(join).collect()
    })
}

/// How many calls came after their message's deadline.
fn late(told: &[(u64, Told)], provider: &Faulty) -> usize {
    let arrivals = provider.arrivals();
    let late = |(question, told): &(u64, Told)| {
        let calls = arrivals.get(question).into_iter().flatten();
        calls.filter(|arrived| **arrived > told.sent + DEADLINE).count()
    };
    told.iter().map(late).sum()
}
