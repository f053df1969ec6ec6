use super::*;

fn report(entry: Reported) -> QuotaReport {
    QuotaReport { entries: [entry].into() }
}

fn tokens(limit: Option<u64>, remaining: Option<u64>, reset: Option<Reset>) -> QuotaReport {
    report(Reported { limit, remaining, reset, ..Reported::new(Measure::Tokens, Window::Minute) })
}

const fn seconds(seconds: u64) -> Reset {
    Reset::In(Duration::from_secs(seconds))
}

#[test]
fn less_is_left_than_was_counted_here() {
    let mut quota = groq();
    quota.report(&tokens(None, Some(300), Some(seconds(7))), at(0));
    let why = reached(Measure::Tokens, Window::Minute);
    assert_eq!(quota.take(301, 1, at(0)), Err(Refused { why, until: Some(at(7)) }));
    let taken = quota.take(300, 1, at(0)).unwrap();
    assert!(quota.take(1, 2, at(6)).is_err());
    quota.settle(&taken, Spent::Tokens(100));
    assert!(quota.take(200, 2, at(6)).is_ok() && quota.take(1, 3, at(6)).is_err());
    assert!(quota.take(5_000, 3, at(7)).is_ok(), "after the reset our own count holds");
}

#[test]
fn more_is_left_than_was_counted_here() {
    let mut quota = groq();
    let taken = quota.take(8_000, 1, at(0)).unwrap();
    quota.settle(&taken, Spent::Tokens(8_000));
    assert!(quota.take(1, 2, at(1)).is_err());
    quota.report(&tokens(None, Some(5_000), Some(seconds(30))), at(1));
    assert!(quota.take(5_000, 2, at(1)).is_ok(), "cached tokens do not count there");
    assert!(quota.take(1, 3, at(1)).is_err());
}

#[test]
fn calls_under_way_are_not_in_what_the_provider_counts() {
    let mut quota = groq();
    let first = quota.take(1_000, 1, at(0)).unwrap();
    let second = quota.take(2_000, 2, at(0)).unwrap();
    quota.settle(&first, Spent::Tokens(500));
    quota.report(&tokens(None, Some(7_500), None), at(1));
    assert!(quota.take(5_501, 3, at(1)).is_err());
    quota.settle(&second, Spent::Tokens(500));
    assert!(quota.take(7_000, 3, at(1)).is_ok());
}

#[test]
fn a_reported_limit_replaces_the_assumed_one_and_never_exceeds_a_set_one() {
    let mut paid = groq();
    paid.report(&tokens(Some(250_000), None, None), at(0));
    assert!(paid.take(200_000, 1, at(0)).is_ok());
    let mut careful = per_minute(0, 1_000, 50);
    careful.report(&tokens(Some(250_000), Some(250_000), None), at(0));
    assert_eq!(careful.take(1_001, 1, at(0)).unwrap_err().until, None);
    assert!(careful.take(1_000, 1, at(0)).is_ok() && careful.take(1, 2, at(0)).is_err());
    let mut downgraded = per_minute(0, 1_000, 50);
    downgraded.report(&tokens(Some(100), None, None), at(0));
    assert!(downgraded.take(101, 1, at(0)).is_err() && downgraded.take(100, 1, at(0)).is_ok());
    let mut zero = groq();
    zero.report(&tokens(Some(0), None, None), at(0));
    assert!(zero.take(8_000, 1, at(0)).is_ok(), "a limit of 0 is none");
}

#[test]
fn without_a_limit_what_is_left_counts_all_the_same_unless_it_is_switched_off() {
    let rules = |settings| QuotaRules::new(&ProviderName::OPENAI, "gpt-6-luna", settings);
    let mut unknown = Quota::new(rules(QuotaSettings::default()));
    assert!(unknown.take(u32::MAX, 1, at(0)).is_ok());
    unknown.report(&tokens(None, Some(0), Some(seconds(20))), at(0));
    assert_eq!(unknown.take(1, 1, at(0)).unwrap_err().until, Some(at(20)));
    let mut off = Quota::new(rules(QuotaSettings { tokens_per_minute: Some(0), ..Default::default() }));
    off.report(&tokens(Some(10), Some(0), Some(seconds(20))), at(0));
    assert!(off.take(1_000, 1, at(0)).is_ok());
}

#[test]
fn resets_are_believed_within_reason() {
    let until = |window, reset| {
        let mut quota = groq();
        let entry = Reported { remaining: Some(0), reset, ..Reported::new(Measure::Requests, window) };
        quota.report(&report(entry), at(0));
        quota.take(1, 1, at(0)).err().and_then(|refused| refused.until)
    };
    assert_eq!(until(Window::Minute, None), Some(at(60)));
    assert_eq!(until(Window::Minute, Some(seconds(u64::MAX))), Some(at(120)));
    assert_eq!(until(Window::Day, None), Some(at(50_400)));
    assert_eq!(until(Window::Day, Some(seconds(180))), Some(at(180)));
    assert_eq!(until(Window::Day, Some(Reset::At(Timestamp::MAX))), Some(at(90_000)));
    assert_eq!(until(Window::Minute, Some(Reset::At(at(-1)))), None, "over already");
}
