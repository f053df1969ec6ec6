//! Abuse limits, seen by the real binaries: what a looping page, a forger and several processes get.

use crate::place::{HOURS, MESSAGE, Place, on_both};
use frontdesk_tests::stub::gemini_ok;
use frontdesk_tests::{Api, Stub, TempRedis};
use serde_json::json;
use std::time::Instant;

on_both! {
    a_looping_page_costs_no_more_than_its_limit,
    nobody_evades_the_limit_with_a_made_up_header,
    two_apis_on_one_redis_share_the_limits,
    without_its_redis_each_api_counts_for_itself_and_says_so_once,
    an_api_behind_a_proxy_it_does_not_know_of_says_so,
}

/// Messages a minute from one address.
const A_MINUTE: usize = 6;

fn model() -> Stub {
    Stub::start(|_| gemini_ok("Nine to five.", 50, 10))
}

fn environment(model: &str) -> Vec<(&str, &str)> {
    vec![
        ("GEMINI_API_KEY", "a-key"),
        ("GEMINI_BASE_URL", model),
        ("PROVIDERS__GEMINI__REQUESTS_PER_MINUTE", "0"),
        ("RATE_LIMITS", "on"),
        ("RATE_LIMIT_PER_IP", "6"),
    ]
}

/// What the limit lets through at the most, from its first message until now.
fn at_most(began: Instant) -> usize {
    let ten_seconds = usize::try_from(began.elapsed().as_secs() / 10).unwrap();
    A_MINUTE + ten_seconds + 1
}

/// Sends a message and tells whether it was answered. Whoever is not is told when to come back.
fn is_answered(api: &Api, headers: &[(&str, &str)]) -> bool {
    let response = api.send("POST", MESSAGE, headers, Some(&json!({ "message_text": HOURS })));
    if response.status == 200 {
        return true;
    }
    assert_eq!((response.status, &response.json["code"]), (429, &json!("rate_limited")), "{}", response.text);
    let wait: u32 = response.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    assert_eq!(response.header("ratelimit-remaining"), Some("0"));
    false
}

fn a_looping_page_costs_no_more_than_its_limit(place: &Place) {
    let model = model();
    let api = place.demo(&environment(&model.url()));
    let began = Instant::now();
    let answered = (0..1_000).filter(|_| is_answered(&api, &[])).count();
    assert!(answered >= A_MINUTE && answered <= at_most(began), "{answered}");
    assert_eq!(model.requests().len(), answered);
    let stored = place.sql("SELECT count(*) FROM llm_request_logs");
    assert_eq!(stored, answered.to_string(), "what is turned away leaves no row");
    assert_eq!(place.sql("SELECT count(*) FROM widget_messages"), (2 * answered).to_string());
}

fn nobody_evades_the_limit_with_a_made_up_header(place: &Place) {
    let model = model();
    let url = model.url();
    let mut environment = environment(&url);
    environment.push(("TRUSTED_PROXIES", "1"));
    let api = place.demo(&environment);
    let began = Instant::now();
    let forged = |turn: usize| format!("198.51.100.{}, 2001:db8:{turn:x}::1, 192.0.2.7", turn % 250);
    let answered = (0..50).filter(|turn| is_answered(&api, &[("X-Forwarded-For", &forged(*turn))])).count();
    assert!(answered >= A_MINUTE && answered <= at_most(began), "{answered}");
    assert!(
        is_answered(&api, &[("X-Forwarded-For", "192.0.2.7, 192.0.2.8")]),
        "another client is another one"
    );
    let address = if place.url.starts_with("sqlite") { "ip_address" } else { "host(ip_address)" };
    let addresses = format!("SELECT DISTINCT {address} FROM widget_conversations ORDER BY 1");
    assert_eq!(place.sql(&addresses), "192.0.2.7\n192.0.2.8");
}

fn two_apis_on_one_redis_share_the_limits(place: &Place) {
    let (model, redis) = (model(), TempRedis::start());
    let (url, redis_url) = (model.url(), redis.url());
    let mut environment = environment(&url);
    environment.push(("REDIS_URL", &redis_url));
    let apis = [place.demo(&environment), place.demo(&environment)];
    let began = Instant::now();
    let answered = (0..40).filter(|turn| is_answered(&apis[turn % 2], &[])).count();
    assert!(answered >= A_MINUTE && answered <= at_most(began), "{answered}");
    assert_eq!(model.requests().len(), answered);
}

fn without_its_redis_each_api_counts_for_itself_and_says_so_once(place: &Place) {
    let (model, mut redis) = (model(), TempRedis::start());
    let (url, redis_url) = (model.url(), redis.url());
    let mut environment = environment(&url);
    environment.push(("REDIS_URL", &redis_url));
    let api = place.demo(&environment);
    redis.stop();
    let began = Instant::now();
    let answered = (0..40).filter(|_| is_answered(&api, &[])).count();
    assert!(answered >= A_MINUTE && answered <= at_most(began), "{answered}");
    let log = api.process().stdout() + &api.process().stderr();
    assert_eq!(log.matches("Redis does not answer").count(), 1, "{log}");
    redis.restart();
    api.process().wait_for_line(|line| line.contains("Redis answers again"));
}

fn an_api_behind_a_proxy_it_does_not_know_of_says_so(place: &Place) {
    let model = model();
    let api = place.demo(&environment(&model.url()));
    for turn in 0..4 {
        assert!(is_answered(&api, &[("X-Forwarded-For", &format!("192.0.2.{turn}"))]));
    }
    api.process().wait_for_line(|line| line.contains("TRUSTED_PROXIES"));
    let log = api.process().stdout() + &api.process().stderr();
    assert_eq!(log.matches("TRUSTED_PROXIES is 0").count(), 1, "{log}");
}
