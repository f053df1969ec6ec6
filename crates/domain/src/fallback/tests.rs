use super::*;
use proptest::prelude::*;

const AMPLE: &Circumstances = &Circumstances::within(Duration::from_secs(15));
const MS: fn(u64) -> Duration = Duration::from_millis;

fn ask(provider: usize, attempt: u32) -> Ask {
    Ask { provider, attempt, after: Duration::ZERO }
}

fn again(after: Duration) -> Step {
    Step::Ask(Ask { provider: 0, attempt: 2, after })
}

fn policy() -> FallbackPolicy {
    FallbackPolicy { providers: 2, ..Default::default() }
}

/// Each failure with the step that follows where there is one key, and where there is another.
fn table() -> Vec<(Failure, Step, Step)> {
    let (second, long) = (MS(1_000), MS(34_000));
    let next = Step::Ask(ask(1, 1));
    let after = |ms| again(MS(ms));
    let limited = |retry_after| Failure::RateLimited { retry_after };
    let overloaded = |retry_after| Failure::Overloaded { retry_after };
    vec![
        (Failure::NotConfigured, next, next),
        (Failure::InvalidKey, next, after(0)),
        (limited(Some(second)), after(1_250), after(0)),
        (limited(Some(long)), next, after(0)),
        (limited(None), next, after(0)),
        (Failure::QuotaSpent, next, after(0)),
        (overloaded(None), after(250), after(250)),
        (overloaded(Some(second)), after(1_250), after(1_250)),
        (overloaded(Some(long)), next, next),
        (Failure::Timeout, next, next),
        (Failure::Unreachable, after(250), after(250)),
        (Failure::Blocked, Step::KnowledgeBase, Step::KnowledgeBase),
        (Failure::Empty, next, next),
        (Failure::ModelGone, next, next),
        (Failure::Rejected, next, next),
        (Failure::Malformed, after(250), after(250)),
        (Failure::CutOff, after(250), after(250)),
        (Failure::CircuitOpen, next, next),
        (Failure::QuotaReached, next, next),
    ]
}

#[test]
fn every_failure_has_its_next_step() {
    let another_key = &Circumstances { another_key: true, ..*AMPLE };
    for (failure, alone, with_another_key) in table() {
        assert_eq!(policy().after_failure(ask(0, 1), failure, AMPLE), alone, "{failure:?}");
        let step = policy().after_failure(ask(0, 1), failure, another_key);
        assert_eq!(step, with_another_key, "{failure:?} with another key");
    }
}

#[test]
fn a_spent_retry_budget_leads_to_the_next_provider() {
    let spent = &Circumstances { may_retry: false, another_key: true, ..*AMPLE };
    for (failure, ..) in table().into_iter().filter(|row| row.0 != Failure::Blocked) {
        assert_eq!(policy().after_failure(ask(0, 1), failure, spent), Step::Ask(ask(1, 1)), "{failure:?}");
    }
}

#[test]
fn waits_double_up_to_the_longest_and_are_jittered_down_to_nothing() {
    let patient = FallbackPolicy { attempts_per_provider: 9, ..policy() };
    let wait = |attempt, jitter| {
        let circumstances = Circumstances { jitter, ..*AMPLE };
        match patient.after_failure(ask(0, attempt), Failure::Unreachable, &circumstances) {
            Step::Ask(ask) => ask.after,
            step => panic!("{step:?}"),
        }
    };
    let longest: Vec<_> = (1..=6).map(|attempt| wait(attempt, 1.0)).collect();
    assert_eq!(longest, [250, 500, 1_000, 2_000, 2_000, 2_000].map(MS));
    assert_eq!(wait(2, 0.5), MS(250));
    assert_eq!(wait(4, 0.0), Duration::ZERO);
    for no_fraction in [f64::NAN, f64::INFINITY, -1.0] {
        assert_eq!(wait(1, no_fraction), MS(250));
    }
}

#[test]
fn a_provider_is_tried_three_times_at_the_most() {
    let third = policy().after_failure(ask(0, 2), Failure::Unreachable, AMPLE);
    assert_eq!(third, Step::Ask(Ask { provider: 0, attempt: 3, after: MS(500) }));
    assert_eq!(policy().after_failure(ask(0, 3), Failure::Unreachable, AMPLE), Step::Ask(ask(1, 1)));
}

#[test]
fn the_last_provider_is_followed_by_the_knowledge_base() {
    assert_eq!(policy().after_failure(ask(1, 1), Failure::Timeout, AMPLE), Step::KnowledgeBase);
}

#[test]
fn nothing_is_asked_after_the_deadline() {
    let failure = Failure::Overloaded { retry_after: None };
    let within = |ms| policy().after_failure(ask(0, 1), failure, &Circumstances::within(MS(ms)));
    assert_eq!(within(0), Step::KnowledgeBase);
    assert_eq!(within(100), Step::Ask(ask(1, 1)));
    assert_eq!(within(250), Step::Ask(ask(1, 1)));
    assert_eq!(within(251), again(MS(250)));
}

fn failure() -> impl Strategy<Value = Failure> {
    let plain: Vec<Failure> = table().into_iter().map(|row| row.0).collect();
    let wait = prop::option::of((0u64..60_000).prop_map(MS));
    prop_oneof![
        prop::sample::select(plain),
        wait.clone().prop_map(|retry_after| Failure::RateLimited { retry_after }),
        wait.prop_map(|retry_after| Failure::Overloaded { retry_after }),
    ]
}

fn circumstances() -> impl Strategy<Value = Circumstances> {
    let flags = (any::<bool>(), any::<bool>());
    (0u64..20_000, flags, 0.0..1.0).prop_map(|(remaining, (another_key, may_retry), jitter)| Circumstances {
        remaining: MS(remaining),
        another_key,
        may_retry,
        jitter,
    })
}

proptest! {
    #[test]
    fn every_chain_ends(
        providers in 0usize..6,
        events in prop::collection::vec((failure(), circumstances()), 32),
    ) {
        let policy = FallbackPolicy { providers, ..Default::default() };
        let (mut step, mut asks) = (policy.start(0.0), 0);
        for (failure, circumstances) in events {
            let Step::Ask(ask) = step else { break };
            asks += 1;
            prop_assert!(ask.provider < providers && ask.attempt <= policy.attempts_per_provider);
            prop_assert!(ask.after <= policy.longest_wait + policy.backoff);
            step = policy.after_failure(ask, failure, &circumstances);
            if let Step::Ask(next) = step {
                prop_assert!(next.after < circumstances.remaining);
                prop_assert!(next.provider == ask.provider || next.after.is_zero());
                prop_assert!(next.provider != ask.provider || circumstances.may_retry);
            }
        }
        prop_assert_eq!(step, Step::KnowledgeBase);
        prop_assert!(asks <= providers * 3);
    }

    #[test]
    fn deadlines_shrink_and_the_last_provider_gets_all_that_is_left(
        providers in 1usize..6,
        total in 1u64..60_000,
    ) {
        let policy = FallbackPolicy { providers, ..Default::default() };
        let (mut remaining, mut longest) = (MS(total), MS(total));
        for provider in 0..providers {
            let time = policy.time_for(ask(provider, 1), remaining);
            prop_assert!(time <= longest && time <= remaining);
            (longest, remaining) = (time, remaining.saturating_sub(time));
        }
        prop_assert_eq!(remaining, Duration::ZERO);
    }
}
