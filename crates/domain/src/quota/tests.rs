mod fair;
mod reports;

use super::*;
use crate::ProviderName;
use proptest::prelude::*;

pub(super) fn at(seconds: i64) -> Timestamp {
    // A slot begins here.
    Timestamp::from_second(1_763_892_000 + seconds).unwrap()
}

/// A quota of so many calls and tokens a minute, without anything else.
pub(super) fn per_minute(requests: u64, tokens: u64, tenant_share_percent: u32) -> Quota {
    let settings = QuotaSettings {
        requests_per_minute: Some(requests),
        tokens_per_minute: Some(tokens),
        tenant_share_percent,
        ..Default::default()
    };
    Quota::new(QuotaRules::new(&ProviderName::OPENAI, "gpt-6-luna", settings))
}

pub(super) fn groq() -> Quota {
    Quota::new(QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", QuotaSettings::default()))
}

fn reached(measure: Measure, window: Window) -> Why {
    Why::Reached { measure, window }
}

#[test]
fn the_free_tiers_are_as_read_in_november_2026() {
    let of = |provider: &ProviderName, model| {
        let limits = free_tier(provider, model);
        [limits.requests_per_minute, limits.tokens_per_minute, limits.requests_per_day, limits.tokens_per_day]
    };
    let table = [
        (ProviderName::GEMINI, "gemini-3.5-flash-lite", [15, 250_000, 500, 0]),
        (ProviderName::GEMINI, "gemini-3.1-flash-lite", [15, 250_000, 500, 0]),
        (ProviderName::GEMINI, "gemini-2.5-flash-lite", [10, 250_000, 20, 0]),
        (ProviderName::GEMINI, "gemini-2.5-flash", [5, 250_000, 20, 0]),
        (ProviderName::GEMINI, "gemini-3.8-flash", [5, 250_000, 20, 0]),
        (ProviderName::GEMINI, "gemini-4-argon", [5, 250_000, 20, 0]),
        (ProviderName::GROQ, "openai/gpt-oss-20b", [30, 8_000, 1_000, 200_000]),
        (ProviderName::GROQ, "qwen/qwen3.8-27b", [30, 8_000, 1_000, 200_000]),
        (ProviderName::OPENAI, "gpt-6-luna", [0; 4]),
        (ProviderName::CLAUDE, "claude-haiku-5-5", [0; 4]),
        ("ollama".parse().unwrap(), "llama", [0; 4]),
    ];
    for (provider, model, limits) in table {
        assert_eq!(of(&provider, model), limits, "{provider} {model}");
    }
}

#[test]
fn each_quota_refuses_what_exceeds_it_and_says_until_when() {
    let of = |settings| Quota::new(QuotaRules::new(&ProviderName::OPENAI, "gpt-6-luna", settings));
    let none = QuotaSettings { tenant_share_percent: 100, ..Default::default() };
    let table = [
        (QuotaSettings { requests_per_minute: Some(2), ..none }, Measure::Requests, Window::Minute, at(65)),
        (QuotaSettings { tokens_per_minute: Some(250), ..none }, Measure::Tokens, Window::Minute, at(65)),
        (QuotaSettings { requests_per_day: Some(2), ..none }, Measure::Requests, Window::Day, at(50_400)),
        (QuotaSettings { tokens_per_day: Some(299), ..none }, Measure::Tokens, Window::Day, at(50_400)),
    ];
    for (settings, measure, window, until) in table {
        let mut quota = of(settings);
        assert!(quota.take(100, 1, at(0)).is_ok() && quota.take(100, 2, at(7)).is_ok(), "{measure} {window}");
        let refused = Refused { why: reached(measure, window), until: Some(until) };
        assert_eq!(quota.take(100, 3, at(8)), Err(refused));
        assert_eq!(quota.take(100, 3, at(until.as_second() - at(1).as_second())), Err(refused));
        assert!(quota.take(100, 3, until).is_ok(), "{measure} {window}");
    }
}

#[test]
fn a_call_larger_than_the_whole_quota_never_fits() {
    let refused = groq().take(8_001, 1, at(0)).unwrap_err();
    let why = Why::TooLarge { measure: Measure::Tokens, window: Window::Minute };
    assert_eq!(refused, Refused { why, until: None });
    assert_eq!(refused.to_string(), "more tokens than a whole minute allows");
}

#[test]
fn zero_switches_a_limit_off_and_a_set_one_replaces_the_free_tiers() {
    let settings = QuotaSettings {
        tokens_per_minute: Some(0),
        tokens_per_day: Some(50_000),
        tenant_share_percent: 100,
        ..Default::default()
    };
    let rules = QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", settings);
    assert_eq!(
        rules.limits(),
        QuotaLimits {
            requests_per_minute: 30,
            tokens_per_minute: 0,
            requests_per_day: 1_000,
            tokens_per_day: 50_000,
        }
    );
    let mut quota = Quota::new(rules);
    assert!(quota.take(50_000, 1, at(0)).is_ok());
    assert_eq!(quota.take(1, 1, at(0)).unwrap_err().why, reached(Measure::Tokens, Window::Day));
}

#[test]
fn geminis_day_ends_at_midnight_in_california() {
    let settings = QuotaSettings { requests_per_day: Some(1), ..Default::default() };
    let mut quota = Quota::new(QuotaRules::new(&ProviderName::GEMINI, "gemini-3.5-flash-lite", settings));
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    assert!(quota.take(1, 1, time("2026-07-02T06:59:59Z")).is_ok());
    assert!(quota.take(1, 1, time("2026-07-02T07:00:00Z")).is_ok(), "the next day, in summer");
    let refused = quota.take(1, 1, time("2026-07-03T06:59:59Z")).unwrap_err();
    assert_eq!(refused.until, Some(time("2026-07-03T07:00:00Z")));
}

#[test]
fn settling_counts_what_was_used_and_what_was_not_made_counts_nothing() {
    let mut quota = groq();
    let first = quota.take(6_000, 1, at(0)).unwrap();
    let second = quota.take(2_000, 2, at(0)).unwrap();
    assert!(quota.take(1, 3, at(0)).is_err());
    quota.settle(&first, Spent::Tokens(7_000));
    assert!(quota.take(1, 3, at(0)).is_err(), "more than was taken");
    quota.settle(&second, Spent::Nothing);
    let third = quota.take(1_000, 2, at(0)).expect("a newcomer again");
    quota.settle(&third, Spent::Unknown);
    assert!(quota.take(1, 3, at(0)).is_err(), "the estimate stays");
}

#[test]
fn what_is_settled_after_midnight_belongs_to_its_own_day() {
    let settings =
        QuotaSettings { tokens_per_day: Some(1_000), tokens_per_minute: Some(0), ..Default::default() };
    let mut quota = Quota::new(QuotaRules::new(&ProviderName::GROQ, "openai/gpt-oss-20b", settings));
    let midnight = 50_400;
    let late = quota.take(900, 1, at(midnight - 1)).unwrap();
    let early = quota.take(1_000, 1, at(midnight)).unwrap();
    quota.settle(&late, Spent::Tokens(100));
    assert!(quota.take(1, 2, at(midnight)).is_err());
    quota.settle(&early, Spent::Tokens(999));
    assert!(quota.take(1, 2, at(midnight)).is_ok());
    assert!(quota.take(900, 3, at(midnight - 1)).is_ok(), "a clock that goes back finds its day");
}

#[test]
fn a_clock_that_goes_back_strands_nothing() {
    let mut quota = per_minute(1, 0, 50);
    assert!(quota.take(1, 1, at(100_000)).is_ok());
    quota.rest_until(at(100_010), at(100_000));
    assert_eq!(quota.take(1, 1, at(99_999)).unwrap_err().why, Why::Rests);
    assert!(quota.take(1, 1, at(0)).is_ok());
}

#[test]
fn rests_last_as_long_as_the_longest_and_end() {
    let mut quota = groq();
    quota.rest_until(at(30), at(0));
    quota.rest_until(at(10), at(1));
    assert_eq!(quota.take(1, 1, at(29)), Err(Refused { why: Why::Rests, until: Some(at(30)) }));
    assert!(!quota.rests(at(30)) && quota.take(1, 1, at(30)).is_ok());
}

#[derive(Debug, Clone)]
struct Event {
    pause: i64,
    tenant: i32,
    tokens: u32,
    /// Which of the open calls is settled, and how.
    settles: Option<(usize, u8)>,
}

fn event() -> impl Strategy<Value = Event> {
    let settles = prop::option::of((any::<usize>(), 0u8..3));
    (0i64..15, 0i32..4, 1u32..900, settles).prop_map(|(pause, tenant, tokens, settles)| Event {
        pause,
        tenant,
        tokens,
        settles,
    })
}

proptest! {
    #[test]
    fn no_minute_is_ever_exceeded(
        requests in 1u64..12,
        limit in 100u64..4_000,
        share in 1u32..=100,
        events in prop::collection::vec(event(), 1..200),
    ) {
        let mut quota = per_minute(requests, limit, share);
        let (mut now, mut open, mut granted) = (0i64, Vec::new(), Vec::<(i64, u64)>::new());
        for event in events {
            now += event.pause;
            if let Some((which, how)) = event.settles.filter(|_| !open.is_empty()) {
                let (taken, index): (Taken, usize) = open.swap_remove(which % open.len());
                let spent = [Spent::Unknown, Spent::Nothing, Spent::Tokens(u64::from(taken.tokens / 2))][how as usize];
                quota.settle(&taken, spent);
                match spent {
                    Spent::Nothing => granted[index].0 = i64::MIN,
                    Spent::Tokens(actual) => granted[index].1 = actual,
                    Spent::Unknown => (),
                }
            }
            if let Ok(taken) = quota.take(event.tokens, event.tenant, at(now)) {
                open.push((taken, granted.len()));
                granted.push((now, u64::from(taken.tokens)));
            }
            let minute: Vec<_> = granted.iter().filter(|call| call.0 > now - 60).collect();
            prop_assert!(minute.len() as u64 <= requests);
            prop_assert!(minute.iter().map(|call| call.1).sum::<u64>() <= limit);
        }
    }
}
