//! Many visitors at once: as fast as they are answered, or at a steady rate.

use crate::visitor::{Target, Visitor};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Tells all visitors of a run of this program apart.
static VISITORS: AtomicU64 = AtomicU64::new(1);

fn visitor(target: &Target) -> Visitor<'_> {
    let number = VISITORS.fetch_add(1, Ordering::Relaxed);
    Visitor::new(target, number).unwrap_or_else(|error| panic!("{}: {error}", target.authority))
}

fn write(visitor: &mut Visitor<'_>) {
    visitor.write().unwrap_or_else(|error| panic!("a message was not answered: {error}"));
}

/// Messages a second of so many visitors who write as soon as they are answered.
pub(crate) fn closed(target: &Target, visitors: usize, length: Duration) -> f64 {
    let (begin, answered) = (Instant::now(), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..visitors {
            scope.spawn(|| {
                let mut visitor = visitor(target);
                while begin.elapsed() < length {
                    write(&mut visitor);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    per_second(answered.into_inner(), begin.elapsed())
}

/// Writes so many messages with so many visitors.
pub(crate) fn messages(target: &Target, visitors: usize, messages: u64) {
    let left = AtomicU64::new(messages);
    thread::scope(|scope| {
        for _ in 0..visitors {
            scope.spawn(|| {
                let mut visitor = visitor(target);
                let take = |left: u64| left.checked_sub(1);
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                    write(&mut visitor);
                }
            });
        }
    });
}

/// The waits at `rate` messages a second, whose times stand fixed before: a wait begins when the message is due, also
/// where its visitor is still kept by the last one.
pub(crate) fn steady(target: &Target, visitors: usize, rate: u32, length: Duration) -> Vec<Duration> {
    let (begin, next) = (Instant::now(), AtomicU64::new(0));
    let turn = |number: u64| Duration::from_secs(number) / rate;
    thread::scope(|scope| {
        let spawn = |_| {
            scope.spawn(|| {
                let (mut visitor, mut waits) = (visitor(target), Vec::new());
                loop {
                    let due = turn(next.fetch_add(1, Ordering::Relaxed));
                    if due >= length {
                        return waits;
                    }
                    thread::sleep(due.saturating_sub(begin.elapsed()));
                    write(&mut visitor);
                    waits.push(begin.elapsed().saturating_sub(due));
                }
            })
        };
        let threads: Vec<_> = (0..visitors).map(spawn).collect();
        let waits = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        waits.collect()
    })
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn per_second(count: u64, length: Duration) -> f64 {
    count as f64 / length.as_secs_f64()
}
