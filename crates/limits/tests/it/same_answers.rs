//! One history, two ways to count, the same answers.

use crate::support::{Hand, shared};
use frontdesk_limits::{Limits, Rate, Rates};
use frontdesk_tests::TempRedis;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
enum Step {
    Call { address: u16 },
    Message { address: u16, widget: i32 },
    Conversation { conversation: i64 },
    FailedKey { address: u16 },
}

fn step() -> impl Strategy<Value = Step> {
    let address = || 0u16..3;
    prop_oneof![
        address().prop_map(|address| Step::Call { address }),
        (address(), 0i32..2).prop_map(|(address, widget)| Step::Message { address, widget }),
        (0i64..3).prop_map(|conversation| Step::Conversation { conversation }),
        address().prop_map(|address| Step::FailedKey { address }),
    ]
}

/// Windows from one that a Redis in the test's own time would see the end of, to an hour.
fn rate() -> impl Strategy<Value = Option<Rate>> {
    (0u32..7, 1u64..3_600_000_000).prop_map(|(most, micros)| Rate::new(most, Duration::from_micros(micros)))
}

fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![6 => Just(0i64), 2 => 0i64..1_000, 3 => 0i64..100_000_000, 1 => 0i64..7_200_000_000]
}

/// No two cases share a key.
fn address(case: u16, number: u16) -> IpAddr {
    Ipv6Addr::new(0x2001, 0xdb8, case, number, 0, 0, 0, number).into()
}

#[test]
fn memory_and_redis_give_the_same_answers_to_any_history() {
    let redis = TempRedis::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let shared_limits = runtime.block_on(async { shared(&redis) });
    let cases = Cell::new(0u16);
    let (admitted, refused) = (Cell::new(0), Cell::new(0));
    let histories =
        ([rate(), rate(), rate(), rate(), rate()], prop::collection::vec((pause(), step()), 1..60));
    let result = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() }).run(
        &histories,
        |([address_messages, address_calls, address_failed_keys, widget_messages, own], steps)| {
            cases.set(cases.get() + 1);
            let case = cases.get();
            let rates = Rates {
                address_messages,
                address_calls,
                address_failed_keys,
                widget_messages,
                conversations: true,
            };
            let hand = Hand::default();
            let memory = Limits::new(rates, hand.clock(), None);
            let redis = Limits::new(rates, hand.clock(), Some(shared_limits.clone()));
            let ask = async |limits: &Limits, step| match step {
                Step::Call { address: number } => limits.call(address(case, number)).await,
                Step::Message { address: number, widget } => {
                    limits.message(address(case, number), i32::from(case) * 2 + widget).await
                }
                Step::Conversation { conversation } => {
                    limits.conversation(case.into(), conversation, own).await
                }
                Step::FailedKey { address: number } => limits.failed_key(address(case, number)).await,
            };
            for (pause, step) in steps {
                hand.turn(pause);
                let ours = runtime.block_on(ask(&memory, step));
                let theirs = runtime.block_on(ask(&redis, step));
                let count = if ours.is_ok() { &admitted } else { &refused };
                count.set(count.get() + 1);
                prop_assert_eq!(ours, theirs, "{:?}", step);
            }
            Ok(())
        },
    );
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(admitted.get() > 500 && refused.get() > 500, "{admitted:?} {refused:?}");
}

#[test]
fn two_processes_with_one_redis_share_a_limit() {
    let redis = TempRedis::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let hand = Hand::default();
        let rates = Rates { address_messages: Rate::per_minute(6), ..Rates::default() };
        let [one, other] = [(); 2].map(|()| Limits::new(rates, hand.clock(), Some(shared(&redis))));
        let mut let_through = 0;
        for _ in 0..10 {
            for limits in [&one, &other] {
                let_through += i32::from(limits.message(address(0, 1), 1).await.is_ok());
            }
        }
        assert_eq!(let_through, 6);
        let refused = other.message(address(0, 1), 1).await.unwrap_err();
        assert_eq!((refused.wait, refused.standing.remaining), (Duration::from_secs(10), 0));
    });
}

#[test]
fn a_clock_that_goes_back_keeps_nobody_out_of_redis() {
    let redis = TempRedis::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let hand = Hand::default();
        let rates = Rates { address_messages: Rate::per_minute(2), ..Rates::default() };
        let limits = Limits::new(rates, hand.clock(), Some(shared(&redis)));
        let day = 86_400_000_000;
        hand.turn(day);
        assert!(limits.message(address(0, 1), 1).await.is_ok());
        assert!(limits.message(address(0, 1), 1).await.is_ok());
        hand.turn(-day);
        assert!(limits.message(address(0, 1), 1).await.is_ok());
    });
}

#[test]
fn a_process_whose_clock_is_behind_counts_with_the_others() {
    let redis = TempRedis::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (hand, behind) = (Hand::default(), Hand::default());
        behind.turn(-20_000_000);
        let rates = Rates { address_messages: Rate::per_minute(2), ..Rates::default() };
        let [limits, other] =
            [&hand, &behind].map(|hand| Limits::new(rates, hand.clock(), Some(shared(&redis))));
        assert!(limits.message(address(0, 1), 1).await.is_ok());
        assert!(limits.message(address(0, 1), 1).await.is_ok());
        assert_eq!(limits.message(address(0, 1), 1).await.unwrap_err().wait, Duration::from_secs(30));
        assert_eq!(other.message(address(0, 1), 1).await.unwrap_err().wait, Duration::from_secs(50));
    });
}

#[test]
fn of_many_at_once_just_so_many_are_let_through() {
    let redis = TempRedis::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let rates = Rates { widget_messages: Rate::per_minute(50), ..Rates::default() };
        for counted_in in [None, Some(shared(&redis))] {
            let limits = Limits::new(rates, Hand::default().clock(), counted_in);
            let mut calls = tokio::task::JoinSet::new();
            for number in 0..400 {
                let limits = limits.clone();
                calls.spawn(async move { limits.message(address(1, number), 1).await.is_ok() });
            }
            let answers = calls.join_all().await;
            assert_eq!(answers.into_iter().filter(|admitted| *admitted).count(), 50, "{limits:?}");
        }
    });
}
