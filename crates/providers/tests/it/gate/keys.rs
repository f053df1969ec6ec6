use super::*;

#[tokio::test]
async fn all_keys_share_the_load() {
    let world = World::unlimited([vec![Say::Used(1)], vec![Say::Used(1)], vec![Say::Used(1)]]);
    for _ in 0..30 {
        world.ask().await.unwrap();
    }
    assert_eq!(world.calls(), [10, 10, 10]);
}

#[tokio::test]
async fn a_key_that_is_refused_rests_and_another_is_used() {
    for refusal in [Failure::InvalidKey, Failure::QuotaSpent, Failure::RateLimited { retry_after: None }] {
        let world = World::unlimited([vec![Say::Fail(refusal)], vec![Say::Used(1)]]);
        assert_eq!(failure(world.ask().await), refusal);
        assert!(world.providers.prospects(world.name(), MODEL, None).another_key, "{refusal}");
        for _ in 0..6 {
            assert!(world.ask().await.is_ok(), "{refusal}");
        }
        assert_eq!(world.calls(), [1, 6], "{refusal}");
    }
}

#[tokio::test]
async fn the_last_key_rests_after_three_refusals_in_a_row_that_name_no_time() {
    let refused = || Say::Fail(Failure::RateLimited { retry_after: None });
    let says = vec![refused(), refused(), Say::Used(1), refused(), refused(), refused(), Say::Used(1)];
    let world = World::unlimited([says]);
    for answered in [false, false, true, false, false, false] {
        assert_eq!(world.ask().await.is_ok(), answered);
    }
    assert_eq!(failure(world.ask().await), Failure::QuotaReached);
    assert_eq!(world.calls(), [6]);
    world.clock.advance(10);
    assert!(world.ask().await.is_ok());
}

#[tokio::test]
async fn there_is_no_other_key_when_all_rest() {
    let limited = Say::Fail(Failure::RateLimited { retry_after: Some(Duration::from_secs(20)) });
    let world = World::unlimited([vec![limited.clone()], vec![limited]]);
    for _ in 0..2 {
        assert!(world.providers.prospects(world.name(), MODEL, None).another_key);
        world.ask().await.unwrap_err();
    }
    assert!(!world.providers.prospects(world.name(), MODEL, None).another_key);
    let refused = world.ask().await.unwrap_err();
    assert_eq!(refused.failure, Failure::QuotaReached);
    let detail =
        "groq openai/gpt-oss-20b (key 1 of 2): the provider has asked to wait until 2026-11-23T10:00:20Z";
    assert_eq!(refused.detail, detail);
    world.clock.advance(20);
    assert!(world.admit().await.is_ok());
}

#[tokio::test]
async fn a_key_that_failed_is_not_another_one_for_itself() {
    let bare = Say::Fail(Failure::RateLimited { retry_after: None });
    let world = World::unlimited([vec![Say::Fail(Failure::InvalidKey)], vec![bare]]);
    world.ask().await.unwrap_err();
    let permit = world.admit().await.unwrap();
    let failed = permit.key_number();
    assert_eq!(failed, Some(2));
    assert_eq!(
        permit.complete(&request()).await.unwrap_err().failure,
        Failure::RateLimited { retry_after: None }
    );
    let prospects = world.providers.prospects(world.name(), MODEL, failed);
    assert!(prospects.ready && !prospects.another_key, "{prospects:?}");
}

#[tokio::test]
async fn one_key_is_never_another_one() {
    let world = World::unlimited([vec![Say::Used(1)]]);
    assert!(!world.providers.prospects(world.name(), MODEL, None).another_key);
}

#[tokio::test]
async fn repeated_calls_have_a_budget() {
    let world = World::unlimited([vec![Say::Used(1)]]);
    let again = Call { is_retry: true, ..world.call() };
    for _ in 0..3 {
        assert!(world.providers.prospects(world.name(), MODEL, None).may_retry);
        assert!(world.ask_with(again).await.is_ok());
    }
    assert!(!world.providers.prospects(world.name(), MODEL, None).may_retry);
    assert_eq!(failure(world.ask_with(again).await), Failure::QuotaReached);
    for _ in 0..20 {
        world.ask().await.unwrap();
    }
    assert!(world.ask_with(again).await.is_ok(), "4 of 20");
    assert!(!world.providers.prospects(world.name(), MODEL, None).may_retry);
    world.clock.advance(65);
    assert!(world.providers.prospects(world.name(), MODEL, None).may_retry);
}

#[tokio::test]
async fn a_provider_without_a_key_takes_nothing_from_its_quota() {
    let world = World::new(Resilience::default(), [vec![Say::Fail(Failure::NotConfigured)]]);
    for tenant in 0..50 {
        assert_eq!(failure(world.ask_for(tenant, 8_000).await), Failure::NotConfigured);
    }
}
