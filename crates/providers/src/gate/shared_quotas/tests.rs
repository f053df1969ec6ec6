//! The scripts against the domain's rules: the same steps, the same answers, on a real Redis.

use super::*;
use frontdesk_domain::ProviderName;
use frontdesk_domain::quota::{Measure, Quota, QuotaSettings, Reported, Reset, Window};
use frontdesk_tests::TempRedis;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::time::Duration;

#[derive(Debug, Clone)]
enum Step {
    Take { tokens: u32, tenant: i32 },
    Settle { which: usize, spent: Spent, report: Vec<Reported>, rest: Option<i64> },
}

fn spent() -> impl Strategy<Value = Spent> {
    prop_oneof![Just(Spent::Unknown), Just(Spent::Nothing), (0u64..3_000).prop_map(Spent::Tokens)]
}

fn reported() -> impl Strategy<Value = Reported> {
    let quota = prop::sample::select(vec![
        (Measure::Requests, Window::Minute),
        (Measure::Tokens, Window::Minute),
        (Measure::Requests, Window::Day),
        (Measure::Tokens, Window::Day),
    ]);
    let seconds = prop::option::of(-5i64..200);
    let amount = || prop::option::of(0u64..6_000);
    (quota, amount(), amount(), seconds).prop_map(|((measure, window), limit, remaining, seconds)| {
        let reset = seconds.map(|seconds| match u64::try_from(seconds) {
            Ok(seconds) if seconds % 2 == 0 => Reset::In(Duration::from_secs(seconds)),
            _ => Reset::At(at(seconds)),
        });
        Reported { measure, window, limit, remaining, reset }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let take = (1u32..2_500, -1i32..4).prop_map(|(tokens, tenant)| Step::Take { tokens, tenant });
    let report = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(reported(), 1..3)];
    let rest = prop_oneof![9 => Just(None), 1 => (0i64..30).prop_map(Some)];
    let settle = (any::<usize>(), spent(), report, rest)
        .prop_map(|(which, spent, report, rest)| Step::Settle { which, spent, report, rest });
    prop_oneof![2 => take, 1 => settle]
}

fn settings() -> impl Strategy<Value = QuotaSettings> {
    let limit = |most: u64| prop_oneof![2 => Just(None), 1 => Just(Some(0)), 3 => (1..most).prop_map(Some)];
    (limit(8), limit(8_000), limit(40), limit(40_000), 1u32..=100).prop_map(|(rpm, tpm, rpd, tpd, share)| {
        QuotaSettings {
            requests_per_minute: rpm,
            tokens_per_minute: tpm,
            requests_per_day: rpd,
            tokens_per_day: tpd,
            tenant_share_percent: share,
        }
    })
}

/// Ten minutes before a day ends, in UTC.
fn at(seconds: i64) -> Timestamp {
    "2026-11-23T23:50:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(seconds)
}

async fn assert_same_answers(
    quotas: &SharedQuotas,
    entry: &Entry,
    steps: Vec<(i64, Step)>,
) -> Result<(), TestCaseError> {
    let mut quota = Quota::new(entry.rules.clone());
    let (mut seconds, mut open) = (0, Vec::new());
    for (pause, step) in steps {
        seconds += pause;
        let now = at(seconds);
        match step {
            Step::Take { tokens, tenant } => {
                let ours = quota.take(tokens, tenant, now);
                let theirs = quotas.take(entry, &Taken { at: now, tenant, tokens }).await.unwrap();
                prop_assert_eq!(ours.map(|_| ()), theirs);
                open.extend(ours.ok());
            }
            Step::Settle { which, spent, report, rest } if !open.is_empty() => {
                let taken: Taken = open.swap_remove(which % open.len());
                let report = QuotaReport { entries: report.into() };
                let rest_until = rest.map(|rest| at(seconds + rest));
                quota.settle(&taken, spent);
                quota.report(&report, now);
                if let Some(until) = rest_until {
                    quota.rest_until(until, now);
                }
                let settlement = Settlement { taken, spent, report, rest_until, now };
                let settled =
                    quotas.redis.run(|connection| quotas.store.settle(connection, entry, &settlement));
                settled.await.unwrap();
            }
            Step::Settle { .. } => (),
        }
    }
    Ok(())
}

#[test]
fn the_scripts_answer_as_the_domain_does() {
    let redis = TempRedis::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let quotas = runtime.block_on(async { SharedQuotas::on(Redis::open(&redis.url()).unwrap()) });
    let pause = prop_oneof![6 => 0i64..12, 1 => -70i64..0, 1 => 0i64..400];
    let steps = prop::collection::vec((pause, step()), 1..80);
    let cases = std::cell::Cell::new(0);
    let result = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() }).run(
        &(settings(), steps),
        |(settings, steps)| {
            cases.set(cases.get() + 1);
            let rules = QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", settings);
            let entry = Entry { name: format!("case-{}", cases.get()), rules };
            runtime.block_on(assert_same_answers(&quotas, &entry, steps))
        },
    );
    result.unwrap_or_else(|error| panic!("{error}"));
}
