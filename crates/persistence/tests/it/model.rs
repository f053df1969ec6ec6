//! The ledger beside a plain model, through random lives: after each step the answer and the stored account are
//! the model's; at the end the log, the history and the audit agree. A failure shrinks to a short life.
//!
//! `PROPTEST_CASES=5000` tries more lives than usual.

mod plain;
mod steps;
mod world;

use crate::support::*;
use frontdesk_persistence::Database;
use proptest::test_runner::{Config, TestCaseResult, TestError, TestRunner};
use steps::{Life, life};
use world::World;

contract!(the_ledger_is_its_model);

async fn the_ledger_is_its_model(store: &Store) {
    let other = Database::connect(&store.url, 2).await.unwrap();
    let runtime = tokio::runtime::Handle::current();
    // A failure is told whole: no file is needed to repeat it.
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    tokio::task::block_in_place(|| {
        match runner.run(&life(), |life| runtime.block_on(live(store, &other, life))) {
            Ok(()) => {}
            Err(TestError::Abort(why)) => panic!("{why}"),
            Err(TestError::Fail(why, life)) => {
                panic!("{why}\nin this life, as short as it could be made:\n{life}");
            }
        }
    });
}

async fn live(store: &Store, other: &Database, life: Life) -> TestCaseResult {
    let mut world = World::open(store, other, &life).await;
    for (process, step) in &life.steps {
        world.take(*process, step).await?;
    }
    world.close().await
}
