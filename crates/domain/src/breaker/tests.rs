use super::*;
use jiff::Timestamp;
use proptest::prelude::*;

const ILL: Option<Failure> = Some(Failure::Timeout);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + seconds).unwrap()
}

fn opened(seconds: i64) -> Change {
    Change::Opened { until: at(seconds) }
}

/// Opened by a dead key at second 0, for 30 s.
fn open() -> Breaker {
    let mut breaker = Breaker::new(BreakerPolicy::default());
    assert_eq!(breaker.record(Pass::Regular(0), Some(Failure::InvalidKey), at(0)), Some(opened(30)));
    breaker
}

#[test]
fn each_failure_counts_as_the_table_says() {
    let wait = None;
    let table = [
        (Failure::NotConfigured, Sign::None),
        (Failure::InvalidKey, Sign::Dead),
        (Failure::RateLimited { retry_after: wait }, Sign::None),
        (Failure::QuotaSpent, Sign::None),
        (Failure::Overloaded { retry_after: wait }, Sign::Ill),
        (Failure::Timeout, Sign::Ill),
        (Failure::Unreachable, Sign::Ill),
        (Failure::Blocked, Sign::Well),
        (Failure::Empty, Sign::Well),
        (Failure::ModelGone, Sign::Dead),
        (Failure::Rejected, Sign::None),
        (Failure::Malformed, Sign::Ill),
        (Failure::CutOff, Sign::Ill),
        (Failure::CircuitOpen, Sign::None),
        (Failure::QuotaReached, Sign::None),
    ];
    for (failure, sign) in table {
        assert_eq!(Sign::of(failure), sign, "{failure:?}");
        let mut breaker = Breaker::new(BreakerPolicy::default());
        let changes: Vec<_> =
            (1..=5).map(|_| breaker.record(Pass::Regular(0), Some(failure), at(0))).collect();
        let opens_at = changes.iter().position(Option::is_some);
        let expected = match sign {
            Sign::Dead => Some(0),
            Sign::Ill => Some(4),
            Sign::Well | Sign::None => None,
        };
        assert_eq!(opens_at, expected, "{failure:?}");
    }
}

#[test]
fn a_success_ends_a_row_of_failures() {
    let mut breaker = Breaker::new(BreakerPolicy::default());
    for outcome in [ILL, ILL, ILL, ILL, None, ILL, ILL, ILL, ILL] {
        let pass = breaker.pass(at(0)).unwrap();
        assert_eq!(breaker.record(pass, outcome, at(0)), None);
    }
    let pass = breaker.pass(at(0)).unwrap();
    assert_eq!(breaker.record(pass, ILL, at(0)), Some(opened(30)));
}

#[test]
fn calls_that_hang_beside_successes_are_no_row_of_failures_however_they_end() {
    let mut breaker = Breaker::new(BreakerPolicy { least_calls: 100, ..Default::default() });
    let hanging: Vec<_> = (0..16).map(|_| breaker.pass(at(0)).unwrap()).collect();
    let quick = breaker.pass(at(0)).unwrap();
    assert_eq!(breaker.record(quick, None, at(0)), None);
    for pass in hanging {
        assert_eq!(breaker.record(pass, ILL, at(10)), None);
    }
    let after: Vec<_> = (0..5).map(|_| breaker.pass(at(10)).unwrap()).collect();
    let changes: Vec<_> = after.into_iter().map(|pass| breaker.record(pass, ILL, at(20))).collect();
    assert_eq!(changes, [None, None, None, None, Some(opened(50))]);
}

#[test]
fn half_of_twenty_calls_in_a_minute_open_it_and_old_ones_do_not_count() {
    let mut breaker = Breaker::new(BreakerPolicy::default());
    let mut alternate = |n: i64, second: i64| {
        let outcome = if n % 2 == 0 { None } else { ILL };
        breaker.record(Pass::Regular(0), outcome, at(second))
    };
    for n in 0..18 {
        assert_eq!(alternate(n, 0), None);
    }
    for n in 0..19 {
        assert_eq!(alternate(n, 100), None);
    }
    assert_eq!(alternate(19, 101), Some(opened(131)));
}

#[test]
fn half_open_one_probe_decides() {
    let mut breaker = open();
    assert_eq!(breaker.pass(at(29)), Err(at(30)));
    assert!(!breaker.is_ready(at(29)) && breaker.is_ready(at(30)));
    let probe = breaker.pass(at(30)).unwrap();
    assert_eq!(breaker.pass(at(31)), Err(at(31)));
    assert!(!breaker.is_ready(at(31)));
    assert_eq!(breaker.record(Pass::Regular(0), None, at(31)), None, "an old call decides nothing");
    assert_eq!(breaker.record(probe, None, at(32)), Some(Change::Closed));
    assert_eq!(breaker.pass(at(32)), Ok(Pass::Regular(1)));
    assert_eq!(breaker.record(Pass::Regular(0), ILL, at(33)), None, "it starts anew");
}

#[test]
fn each_failed_probe_doubles_the_time_up_to_ten_times() {
    let mut breaker = open();
    let (mut now, mut lasted) = (30, Vec::new());
    for _ in 0..6 {
        let probe = breaker.pass(at(now)).unwrap();
        let Some(Change::Opened { until }) = breaker.record(probe, ILL, at(now)) else { panic!("open") };
        lasted.push(until.as_second() - at(now).as_second());
        now += lasted.last().unwrap();
    }
    assert_eq!(lasted, [60, 120, 240, 300, 300, 300]);
    let probe = breaker.pass(at(now)).unwrap();
    assert_eq!(breaker.record(probe, None, at(now)), Some(Change::Closed));
    assert_eq!(breaker.record(Pass::Regular(0), Some(Failure::ModelGone), at(now)), Some(opened(now + 30)));
}

#[test]
fn a_probe_that_says_nothing_or_vanished_leaves_its_place() {
    let mut breaker = open();
    let probe = breaker.pass(at(30)).unwrap();
    assert_eq!(breaker.record(probe, Some(Failure::Rejected), at(30)), None);
    let vanished = breaker.pass(at(30)).unwrap();
    breaker.give_back(vanished);
    let lost = breaker.pass(at(30)).unwrap();
    assert_eq!(breaker.pass(at(149)), Err(at(149)));
    let newest = breaker.pass(at(150)).unwrap();
    assert_eq!(breaker.record(lost, ILL, at(150)), None, "too late");
    breaker.give_back(lost);
    assert_eq!(breaker.pass(at(150)), Err(at(150)));
    assert_eq!(breaker.record(newest, Some(Failure::Empty), at(150)), Some(Change::Closed));
}

#[test]
fn a_clock_that_goes_back_strands_nothing() {
    let mut breaker = open();
    assert_eq!(breaker.pass(at(-1)), Err(at(30)), "a little is a difference between threads");
    assert!(matches!(breaker.pass(at(-3_600)), Ok(Pass::Probe(_))));
    assert!(matches!(breaker.pass(at(-7_200)), Ok(Pass::Probe(_))), "nor does a probe of the future");
}

proptest! {
    #[test]
    fn there_is_never_more_than_one_probe_and_a_quiet_while_always_lets_one_through(
        steps in prop::collection::vec((0i64..40, 0u8..4, any::<bool>()), 1..200),
    ) {
        let mut breaker = Breaker::new(BreakerPolicy { consecutive_failures: 2, ..Default::default() });
        let (mut now, mut probe) = (0, None);
        for (pause, outcome, returns) in steps {
            now += pause;
            // No call takes as long as a lost probe.
            if let Some((pass, since)) = probe && (returns || now - since > 60) {
                match outcome {
                    0 => breaker.give_back(pass),
                    1 => { breaker.record(pass, None, at(now)); }
                    _ => { breaker.record(pass, ILL, at(now)); }
                }
                probe = None;
            }
            match breaker.pass(at(now)) {
                Ok(pass @ Pass::Probe(_)) => {
                    prop_assert!(probe.is_none(), "two probes");
                    probe = Some((pass, now));
                }
                Ok(pass @ Pass::Regular(_)) => {
                    prop_assert!(probe.is_none(), "closed while a probe is out");
                    breaker.record(pass, (outcome > 1).then_some(Failure::Unreachable), at(now));
                }
                Err(until) => prop_assert!(until <= at(now + 300)),
            }
        }
        prop_assert!(breaker.is_ready(at(now + 301)));
    }
}
