//! Quotas of providers, seen by the real binaries.

use crate::place::{HOURS, Place, on_both, say};
use frontdesk_tests::stub::{gemini_ok, openai_ok};
use frontdesk_tests::{Api, Stub, TempRedis};

on_both! {
    two_apis_on_one_redis_never_send_a_provider_more_than_its_minute,
    an_api_without_its_redis_answers_and_says_so_once,
}

const CALLS: usize = 4;

fn gemini() -> Stub {
    Stub::start(|_| gemini_ok("Nine to five, says Gemini.", 50, 10))
}

fn environment<'a>(gemini: &'a str, groq: &'a str, redis: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("GEMINI_API_KEY", "a-key"),
        ("GEMINI_BASE_URL", gemini),
        ("PROVIDERS__GEMINI__REQUESTS_PER_MINUTE", "4"),
        ("PROVIDER_WIDGET_SHARE_PERCENT", "100"),
        ("GROQ_API_KEY", "another-key"),
        ("GROQ_BASE_URL", groq),
        ("FALLBACK_PROVIDERS", "groq"),
        ("REDIS_URL", redis),
    ]
}

fn two_apis_on_one_redis_never_send_a_provider_more_than_its_minute(place: &Place) {
    let redis = TempRedis::start();
    let (gemini, groq) = (gemini(), Stub::start(|_| openai_ok("Nine to five, says Groq.", 50, 10)));
    let (gemini_url, groq_url, redis_url) = (gemini.url(), groq.url(), redis.url());
    let environment = environment(&gemini_url, &groq_url, &redis_url);
    let apis: [Api; 2] = [place.demo(&environment), place.demo(&environment)];
    for turn in 0..12 {
        let answer = say(&apis[turn % 2], HOURS);
        let by = if turn < CALLS { "Gemini" } else { "Groq" };
        assert_eq!(answer["response"], format!("Nine to five, says {by}."), "{turn}: {answer}");
    }
    assert_eq!(gemini.requests().len(), CALLS);
    assert_eq!(groq.requests().len(), 12 - CALLS);
}

fn an_api_without_its_redis_answers_and_says_so_once(place: &Place) {
    let mut redis = TempRedis::start();
    let (gemini, groq) = (gemini(), Stub::start(|_| openai_ok("Nine to five, says Groq.", 50, 10)));
    let (gemini_url, groq_url, redis_url) = (gemini.url(), groq.url(), redis.url());
    let api = place.demo(&environment(&gemini_url, &groq_url, &redis_url));
    redis.stop();
    for _ in 0..6 {
        assert!(say(&api, HOURS)["response"].as_str().unwrap().starts_with("Nine to five"));
    }
    assert_eq!(gemini.requests().len(), CALLS, "it counts for itself");
    let log = api.process().stdout() + &api.process().stderr();
    assert_eq!(log.matches("Redis does not answer").count(), 1, "{log}");
    redis.restart();
    api.process().wait_for_line(|line| line.contains("Redis answers again"));
}
