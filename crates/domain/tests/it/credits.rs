//! Properties of the credit rules: whatever is done in whatever order at whatever times.

use frontdesk_domain::credits::{
    Amount, CreditAccount, DenialReason, Exhaustion, Limit, Limits, ReserveRequest,
};
use frontdesk_domain::period::{Period, ResetZone, UnknownZone};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Op {
    Reserve {
        prompt: u32,
        reply: u32,
    },
    /// Settle the n-th open hold with this share of it, in percent.
    Settle {
        which: usize,
        percent: i64,
    },
    Release {
        which: usize,
    },
    /// Move the clock; it may go back.
    Step {
        seconds: i64,
    },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0u32..3_000, 1u32..2_000).prop_map(|(prompt, reply)| Op::Reserve { prompt, reply }),
        3 => (any::<usize>(), 0i64..=100).prop_map(|(which, percent)| Op::Settle { which, percent }),
        1 => any::<usize>().prop_map(|which| Op::Release { which }),
        2 => prop_oneof![-90_000i64..90_000, 0i64..3_000_000].prop_map(|seconds| Op::Step { seconds }),
    ]
}

fn zone() -> impl Strategy<Value = ResetZone> {
    prop::sample::select(vec![
        "UTC",
        "America/New_York",
        "Europe/Berlin",
        "Pacific/Kiritimati",
        "Asia/Kolkata",
    ])
    .prop_map(|name| name.parse().unwrap())
}

fn limits() -> impl Strategy<Value = Limits> {
    let amount =
        |tokens: i64| (0..tokens, 0i64..20).prop_map(|(tokens, requests)| Amount { tokens, requests });
    (amount(10_000), amount(40_000)).prop_map(|(daily, monthly)| Limits { daily, monthly })
}

/// Around the leap day, the ends of months and both changes of clocks.
fn start() -> impl Strategy<Value = Timestamp> {
    prop::sample::select(vec![
        "2026-11-30T23:59:58Z",
        "2028-02-28T23:59:58Z",
        "2026-03-29T00:59:58Z",
        "2026-10-25T00:59:58Z",
        "2026-03-08T04:59:58Z",
        "2026-12-31T23:59:58Z",
    ])
    .prop_map(|text| text.parse().unwrap())
}

fn within_limits(account: &CreditAccount) -> bool {
    Limit::ALL.into_iter().all(|limit| account.room(limit) >= 0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn used_plus_held_never_passes_a_limit(
        zone in zone(), limits in limits(), start in start(), ops in prop::collection::vec(op(), 1..80)
    ) {
        let mut now = start;
        let mut account = CreditAccount::new(limits, zone, now);
        let mut holds: Vec<Amount> = Vec::new();
        for op in ops {
            let total = account.used_total;
            match op {
                Op::Reserve { prompt, reply } => {
                    if let Ok(grant) = account.reserve(ReserveRequest { prompt_tokens: prompt, reply_tokens: reply }, now) {
                        prop_assert!(grant.reply_tokens >= reply.min(64) && grant.reply_tokens <= reply);
                        prop_assert_eq!(grant.hold.tokens, i64::from(prompt) + i64::from(grant.reply_tokens));
                        prop_assert!(within_limits(&account), "{:?}", account);
                        holds.push(grant.hold);
                    }
                }
                Op::Settle { which, percent } if !holds.is_empty() => {
                    let hold = holds.swap_remove(which % holds.len());
                    let used = Amount { tokens: hold.tokens * percent / 100, requests: 1 };
                    prop_assert_eq!(account.settle(hold, used, now), Default::default());
                }
                Op::Release { which } if !holds.is_empty() => {
                    let hold = holds.swap_remove(which % holds.len());
                    prop_assert_eq!(account.release(hold, now), Default::default());
                }
                Op::Settle { .. } | Op::Release { .. } => {}
                Op::Step { seconds } => now = now.saturating_add(seconds.seconds()).unwrap(),
            }
            // A settlement after midnight books to the new day what was held in the old one, and the new
            // day counted that hold from its first moment: no operation may break the limits.
            prop_assert!(within_limits(&account), "{:?}", account);
            let held = holds.iter().fold(Amount::default(), |sum, hold| sum.plus(*hold));
            prop_assert_eq!(account.held, held);
            prop_assert!(account.used_total.tokens >= total.tokens && account.used_total.requests >= total.requests);
            if account.exhaustion != Exhaustion::No {
                prop_assert!(account.reached().is_some(), "marked without a reason: {:?}", account);
            }
        }
    }

    #[test]
    fn a_new_day_never_clears_an_exhausted_month(zone in zone(), month in 1i8..=12, days in 1i64..27) {
        let start = zone.start_of(jiff::civil::date(2028, month, 1)).saturating_add(1.hour()).unwrap();
        let mut account = CreditAccount::new(Limits::default(), zone.clone(), start);
        let month = account.last_monthly_reset;
        account.used_this_month = Amount { tokens: 100_000, requests: 0 };
        let now = start.saturating_add((days * 24).hours()).unwrap();
        account.roll(now);
        prop_assert_eq!(account.last_monthly_reset, month);
        let month_is_marked = matches!(account.exhaustion, Exhaustion::Reached { limit: Limit::MonthlyTokens, .. });
        prop_assert!(month_is_marked);
        let denial = account.reserve(ReserveRequest { prompt_tokens: 1, reply_tokens: 1 }, now).unwrap_err();
        prop_assert_eq!(denial.reason, DenialReason::Limit(Limit::MonthlyTokens));
        prop_assert_eq!(denial.resets_at, account.resets_at(Period::Month));
        prop_assert!(!denial.only_held && denial.resets_at > now);
    }

    #[test]
    fn every_period_is_closed_once(zone in zone(), start in start(), steps in prop::collection::vec(-40_000i64..200_000, 1..60)) {
        let mut now = start;
        let mut account = CreditAccount::new(Limits::default(), zone, now);
        let mut closed = Vec::new();
        for seconds in steps {
            now = now.saturating_add(seconds.seconds()).unwrap();
            closed.extend(account.roll(now));
            account.settle(Amount::default(), Amount { tokens: 7, requests: 1 }, now);
        }
        for (period, current) in [(Period::Day, account.used_today), (Period::Month, account.used_this_month)] {
            let of_period: Vec<_> = closed.iter().filter(|c| c.period == period).collect();
            let sum = of_period.iter().fold(current, |sum, c| sum.plus(c.used));
            prop_assert_eq!(sum, account.used_total);
            prop_assert!(of_period.windows(2).all(|pair| pair[0].start < pair[1].start));
        }
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_missing_or_old_date_is_due() {
    let now = at("2026-11-23T10:00:00Z");
    let mut account = CreditAccount::new(Limits::default(), ResetZone::default(), now);
    account.used_today = Amount { tokens: 5_000, requests: 3 };
    account.used_this_month = Amount { tokens: 99_999, requests: 3 };
    (account.last_daily_reset, account.last_monthly_reset) = (None, Some(jiff::civil::date(2026, 4, 1)));
    let closed = account.roll(now);
    assert_eq!(closed.len(), 2);
    assert_eq!(closed[0].start, jiff::civil::date(2026, 11, 22));
    assert_eq!(closed[1].start, jiff::civil::date(2026, 4, 1));
    assert!(account.used_today.is_zero() && account.used_this_month.is_zero());
}

#[test]
fn what_is_no_time_zone_is_refused_and_never_taken_for_another() {
    for name in
        ["", "Mars/Olympus", " UTC", "UTC+5", "FOO+5", "CEST", "localtime", "Factory", "etc/unknown", "\0"]
    {
        assert_eq!(name.parse::<ResetZone>(), Err(UnknownZone(name.into())), "{name}");
    }
    for name in ["UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "EST5EDT", "Etc/GMT+12"] {
        assert_eq!(name.parse::<ResetZone>().unwrap().to_string(), name);
    }
}

#[test]
fn a_flag_set_by_hand_holds_for_the_day() {
    let now = at("2026-11-23T10:00:00Z");
    let mut account = CreditAccount::new(Limits::default(), ResetZone::default(), now);
    account.exhaustion = Exhaustion::SetByHand { since: None };
    let request = ReserveRequest { prompt_tokens: 1, reply_tokens: 100 };
    let denial = account.reserve(request, now).unwrap_err();
    assert_eq!(denial.reason, DenialReason::SetByHand);
    assert_eq!(denial.resets_at, at("2026-11-24T00:00:00Z"));
    assert!(account.reserve(request, at("2026-11-24T00:00:00Z")).is_ok());
}

#[test]
fn raised_limits_take_effect_at_once() {
    let now = at("2026-11-23T10:00:00Z");
    let mut account = CreditAccount::new(Limits::default(), ResetZone::default(), now);
    account.settle(Amount::default(), Amount { tokens: 6_000, requests: 1 }, now);
    assert_eq!(account.exhaustion, Exhaustion::Reached { limit: Limit::DailyTokens, since: now });
    account.limits.daily.tokens = 10_000;
    assert!(account.reserve(ReserveRequest { prompt_tokens: 100, reply_tokens: 100 }, now).is_ok());
    assert_eq!(account.exhaustion, Exhaustion::No);
}

#[test]
fn of_two_limits_in_the_way_the_one_that_resets_last_is_named() {
    let now = at("2026-11-23T10:00:00Z");
    let mut account = CreditAccount::new(Limits::default(), ResetZone::default(), now);
    account.used_today = Amount { tokens: 5_000, requests: 100 };
    account.used_this_month = Amount { tokens: 100_000, requests: 100 };
    let denial = account.reserve(ReserveRequest { prompt_tokens: 1, reply_tokens: 1 }, now).unwrap_err();
    assert_eq!(denial.reason, DenialReason::Limit(Limit::MonthlyTokens));
    assert_eq!(denial.resets_at, at("2026-12-01T00:00:00Z"));
}

#[test]
fn negative_limits_deny_and_huge_counters_do_not_wrap() {
    let now = at("2026-11-23T10:00:00Z");
    let mut account = CreditAccount::new(Limits::default(), ResetZone::default(), now);
    account.limits.daily.requests = -1;
    assert!(account.reserve(ReserveRequest { prompt_tokens: 1, reply_tokens: 1 }, now).is_err());
    account.used_total.tokens = i64::MAX;
    account.settle(Amount::default(), Amount { tokens: i64::MAX, requests: 1 }, now);
    assert_eq!(account.used_total.tokens, i64::MAX);
    assert!(
        account.reserve(ReserveRequest { prompt_tokens: u32::MAX, reply_tokens: u32::MAX }, now).is_err()
    );
}
