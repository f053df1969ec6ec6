use super::*;

/// How many calls of `tokens` each of `tenants` gets when they take turns until all are refused.
fn turns(quota: &mut Quota, tenants: std::ops::RangeInclusive<i32>, tokens: u32) -> Vec<usize> {
    let mut granted = vec![0; tenants.clone().count()];
    for _ in 0..1_000 {
        for (count, tenant) in granted.iter_mut().zip(tenants.clone()) {
            *count += usize::from(quota.take(tokens, tenant, at(0)).is_ok());
        }
    }
    granted
}

#[test]
fn one_busy_tenant_gets_half_two_a_third_each_and_a_newcomer_finds_room() {
    assert_eq!(turns(&mut per_minute(100, 0, 50), 1..=1, 1), [50]);
    assert_eq!(turns(&mut per_minute(99, 0, 50), 1..=2, 1), [33, 33]);
    assert_eq!(turns(&mut per_minute(100, 0, 50), 1..=3, 1), [25, 25, 25]);
    let mut quota = per_minute(0, 8_000, 50);
    assert_eq!(turns(&mut quota, 1..=1, 1_000), [4]);
    assert_eq!(
        quota.take(1_000, 1, at(0)).unwrap_err(),
        Refused { why: Why::Share { measure: Measure::Tokens }, until: Some(at(65)) }
    );
    assert!(quota.take(1_000, 2, at(0)).is_ok());
}

#[test]
fn the_share_is_a_parameter_and_a_hundred_is_none() {
    assert_eq!(turns(&mut per_minute(100, 0, 80), 1..=1, 1), [80]);
    assert_eq!(turns(&mut per_minute(100, 0, 25), 1..=1, 1), [25]);
    assert_eq!(turns(&mut per_minute(100, 0, 100), 1..=1, 1), [100]);
}

#[test]
fn a_first_call_only_has_to_fit() {
    let mut quota = per_minute(0, 8_000, 50);
    assert!(quota.take(6_000, 1, at(0)).is_ok());
    assert!(quota.take(2_000, 2, at(0)).is_ok());
    let mut smallest = per_minute(1, 0, 50);
    assert!(smallest.take(1, 1, at(0)).is_ok());
}

proptest! {
    #[test]
    fn a_tenant_alone_stops_at_its_share(
        requests in 2u64..60,
        limit in 1_000u64..10_000,
        share in 1u32..100,
        calls in prop::collection::vec(1u32..2_000, 1..100),
    ) {
        let mut quota = per_minute(requests, limit, share);
        let (mut count, mut tokens) = (0u64, 0u64);
        for (seconds, call) in (0i64..).zip(calls).take(59) {
            if quota.take(call, 1, at(seconds)).is_err() {
                continue;
            }
            let (share, call) = (u64::from(share), u64::from(call));
            if count > 0 {
                // What was free before the call, in the proportion of the share.
                prop_assert!((tokens + call) * (100 - share) <= (limit - tokens) * share);
                prop_assert!((count + 1) * (100 - share) <= (requests - count) * share);
                // Hence it was below its share before the call that reached it.
                prop_assert!(tokens * 100 < limit * share && count * 100 < requests * share);
            }
            (count, tokens) = (count + 1, tokens + call);
        }
    }

    #[test]
    fn a_newcomer_is_served_while_the_busy_ones_are_refused(
        requests in 4u64..60,
        limit in 1_000u64..10_000,
        busy in 1i32..4,
        part in 4u32..40,
        share in 1u32..=50,
    ) {
        let mut quota = per_minute(requests, limit, share);
        let call = u32::try_from(limit).unwrap() / part;
        let granted = turns(&mut quota, 1..=busy, call);
        prop_assert!(granted.iter().all(|&calls| calls > 0));
        prop_assert!((1..=busy).all(|tenant| quota.take(call, tenant, at(1)).is_err()));
        prop_assert!(quota.take(call, 99, at(1)).is_ok());
    }
}
