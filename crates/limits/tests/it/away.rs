//! A Redis that is away.

use crate::support::{Hand, shared};
use frontdesk_limits::{Limits, Rate, Rates};
use frontdesk_tests::TempRedis;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

const VISITOR: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

async fn let_through(limits: &Limits, of: usize) -> usize {
    let mut count = 0;
    for _ in 0..of {
        count += usize::from(limits.message(VISITOR, 1).await.is_ok());
    }
    count
}

#[tokio::test]
async fn each_process_counts_for_itself_while_redis_is_away_and_together_again_when_it_is_back() {
    let mut redis = TempRedis::start();
    let hand = Hand::default();
    let rates = Rates { address_messages: Rate::per_minute(3), ..Rates::default() };
    let limits = Limits::new(rates, hand.clock(), Some(shared(&redis)));
    let other = Limits::new(rates, hand.clock(), Some(shared(&redis)));
    assert_eq!(let_through(&limits, 5).await, 3);
    assert_eq!(let_through(&other, 5).await, 0);
    redis.stop();
    assert_eq!(let_through(&limits, 5).await, 3, "counted for itself");
    assert_eq!(let_through(&other, 5).await, 3, "counted for itself");
    redis.restart();
    let began = Instant::now();
    // Redis comes back empty: once it is asked again, it lets three through, which memory does not.
    let mut again = 0;
    while again == 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "Redis is not asked again");
        tokio::time::sleep(Duration::from_millis(20)).await;
        again = let_through(&limits, 1).await;
    }
    assert_eq!(let_through(&limits, 5).await, 2);
}

#[tokio::test]
async fn a_frozen_redis_is_waited_for_once() {
    let redis = TempRedis::start();
    let rates = Rates { address_messages: Rate::per_minute(3), ..Rates::default() };
    let limits = Limits::new(rates, Hand::default().clock(), Some(shared(&redis)));
    assert_eq!(let_through(&limits, 1).await, 1);
    redis.freeze();
    // Each of a thousand that waited for a quarter of a second would take minutes.
    let all = tokio::time::timeout(Duration::from_mins(1), let_through(&limits, 1_000)).await;
    assert_eq!(all.unwrap(), 3);
    redis.thaw();
}
