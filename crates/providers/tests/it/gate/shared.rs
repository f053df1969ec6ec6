//! Gates of several processes on one Redis.

use super::*;
use frontdesk_providers::SharedQuotas;
use frontdesk_redis::Redis;
use frontdesk_tests::TempRedis;
use std::time::Instant;

/// A process with Groq's 8,000 tokens a minute.
fn process_on(redis: &TempRedis, says: Say) -> (World, SharedQuotas) {
    let world = World::new(Resilience { quota: settings(), ..Resilience::default() }, [vec![says]]);
    let quotas = SharedQuotas::on(Redis::open(&redis.url()).unwrap());
    world.providers.share_quotas(&quotas);
    (world, quotas)
}

fn two_on(redis: &TempRedis) -> [World; 2] {
    [(); 2].map(|()| process_on(redis, Say::Used(1_000)).0)
}

fn is_away(quotas: &SharedQuotas) -> bool {
    format!("{quotas:?}").contains("is_away: true")
}

/// How many calls each can make before both are refused.
async fn calls_of(worlds: &[World; 2]) -> [usize; 2] {
    let mut made = [0, 0];
    for _ in 0..20 {
        for (made, world) in made.iter_mut().zip(worlds) {
            *made += usize::from(world.ask_for(1, 1_000).await.is_ok());
        }
    }
    made
}

async fn wait_until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(30), "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn two_processes_never_exceed_a_minute_together() {
    let redis = TempRedis::start();
    let worlds = two_on(&redis);
    assert_eq!(calls_of(&worlds).await, [4, 4]);
    let refused = worlds[1].ask_for(9, 1).await.unwrap_err();
    assert_eq!(refused.failure, Failure::QuotaReached);
    for world in &worlds {
        world.clock.advance(65);
    }
    assert_eq!(calls_of(&worlds).await, [4, 4]);
}

#[tokio::test]
async fn what_one_process_gives_back_another_may_take() {
    let redis = TempRedis::start();
    let [one, other] = two_on(&redis);
    let whole = Call { tokens: 8_000, ..one.call() };
    let permit = one.providers.admit(&whole).await.unwrap();
    assert_eq!(failure(other.ask_for(2, 8_000).await), Failure::QuotaReached);
    drop(permit);
    wait_until("it is given back", async || other.providers.admit(&whole).await.is_ok()).await;
}

#[tokio::test]
async fn a_key_that_one_process_was_refused_rests_for_all() {
    let redis = TempRedis::start();
    let [other, _] = two_on(&redis);
    let limited = Say::Fail(Failure::RateLimited { retry_after: Some(Duration::from_secs(50)) });
    let (one, _) = process_on(&redis, limited);
    one.ask_for(1, 10).await.unwrap_err();
    let rests = async || match other.admit().await {
        Err(error) => error.detail.ends_with("the provider has asked to wait until 2026-11-23T10:00:50Z"),
        Ok(_) => false,
    };
    wait_until("it rests", rests).await;
}

#[tokio::test]
async fn without_redis_each_process_counts_for_itself_and_together_again_when_it_is_back() {
    let mut redis = TempRedis::start();
    let [(one, quotas_of_one), (other, quotas_of_other)] =
        [(); 2].map(|()| process_on(&redis, Say::Used(1_000)));
    let worlds = [one, other];
    assert!(worlds[0].ask_for(1, 4_000).await.is_ok());
    assert!(!is_away(&quotas_of_one));
    redis.stop();
    // One has counted its own call, which used 1,000.
    assert_eq!(calls_of(&worlds).await, [7, 8]);
    assert!(is_away(&quotas_of_one) && is_away(&quotas_of_other));
    redis.restart();
    wait_until("Redis is back", async || !is_away(&quotas_of_one) && !is_away(&quotas_of_other)).await;
    for world in &worlds {
        world.clock.advance(65);
    }
    assert_eq!(calls_of(&worlds).await, [4, 4]);
}

#[tokio::test]
async fn a_frozen_redis_fails_nobody() {
    let redis = TempRedis::start();
    let worlds = two_on(&redis);
    assert!(worlds[0].ask_for(1, 1_000).await.is_ok());
    redis.freeze();
    let made = calls_of(&worlds).await;
    redis.thaw();
    assert_eq!(made, [7, 8]);
}
