//! What providers say of their quotas reaches the caller with every outcome.

use super::stream;
use crate::support::{ask, request};
use frontdesk_domain::ProviderName;
use frontdesk_domain::quota::{Measure, QuotaReport, Reported, Reset, Window};
use std::time::Duration;

fn reported(measure: Measure, window: Window, limit: u64, remaining: u64, reset: Reset) -> Reported {
    Reported {
        limit: Some(limit),
        remaining: Some(remaining),
        reset: Some(reset),
        ..Reported::new(measure, window)
    }
}

fn millis(millis: u64) -> Reset {
    Reset::In(Duration::from_millis(millis))
}

fn groq() -> Vec<Reported> {
    vec![
        reported(Measure::Requests, Window::Day, 1_000, 999, millis(86_400)),
        reported(Measure::Tokens, Window::Minute, 8_000, 7_930, millis(525)),
    ]
}

#[tokio::test]
async fn streams_tell_the_quota_at_their_end() {
    let at = |time: &str| Reset::At(time.parse().unwrap());
    let openai = vec![
        reported(Measure::Requests, Window::Minute, 500, 499, millis(120)),
        reported(Measure::Tokens, Window::Minute, 200_000, 199_000, millis(360_000)),
    ];
    let claude = vec![
        reported(Measure::Requests, Window::Minute, 1_000, 999, at("2026-11-23T12:00:01Z")),
        reported(Measure::Tokens, Window::Minute, 500_000, 499_000, at("2026-11-23T12:00:30Z")),
    ];
    let table = [
        (ProviderName::GROQ, "groq/stream_success", groq()),
        (ProviderName::GROQ, "groq/stream_cut", groq()),
        (ProviderName::OPENAI, "openai/stream_success", openai),
        (ProviderName::CLAUDE, "claude/stream_success", claude),
        (ProviderName::GEMINI, "gemini/stream_success", Vec::new()),
    ];
    for (provider, fixture, entries) in table {
        let end = stream(&provider, "m", fixture).await.unwrap().end;
        assert_eq!(*end.quota.entries, *entries, "{fixture}");
    }
}

#[tokio::test]
async fn answers_and_errors_tell_the_quota() {
    let left = [Reported { remaining: Some(7_930), ..Reported::new(Measure::Tokens, Window::Minute) }];
    let reply = ask(&ProviderName::GROQ, "groq/success", &request("m")).await.unwrap();
    assert_eq!(*reply.quota.entries, left);
    let error = stream(&ProviderName::GROQ, "m", "groq/stream_error_first").await.unwrap_err();
    assert_eq!(*error.quota.entries, *groq());
    let error = stream(&ProviderName::GROQ, "m", "groq/stream_empty_length").await.unwrap_err();
    assert_eq!(*error.quota.entries, *groq());
}

#[tokio::test]
async fn a_spent_day_of_gemini_has_nothing_left() {
    let spent = [Reported { remaining: Some(0), ..Reported::new(Measure::Requests, Window::Day) }];
    let whole = ask(&ProviderName::GEMINI, "gemini/429_per_day", &request("m")).await.unwrap_err();
    let streamed = stream(&ProviderName::GEMINI, "m", "gemini/429_per_day").await.unwrap_err();
    assert_eq!((*whole.quota.entries).to_vec(), spent);
    assert_eq!(whole, streamed);
    let minute = ask(&ProviderName::GEMINI, "gemini/429_per_minute", &request("m")).await.unwrap_err();
    assert_eq!(minute.quota, QuotaReport::default());
}
