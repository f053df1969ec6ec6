//! The reset worker as a scheduler runs it.

use crate::place::{Place, on_both, say, usage};
use frontdesk_tests::stub::gemini_ok;
use frontdesk_tests::{Process, Stub};
use serde_json::json;

on_both! {
    a_pass_closes_the_day_once_and_keeps_the_month,
    two_workers_at_once_lose_nothing,
    bad_configuration_is_one_line_and_exit_code_two,
}

fn worker(place: &Place, arguments: &[&str]) -> frontdesk_tests::Finished {
    Process::run("reset-worker", arguments, &[("DATABASE_URL", &place.url)])
}

/// An account that has used 120 tokens, and the midnights after the next and the one thereafter. (Two
/// days ahead, so that the end of a month is met whatever day it is: the month's counters are not asserted.)
fn used(place: &Place) -> (String, String) {
    let stub = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let api = place.demo(&[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())]);
    say(&api, "Is there parking?");
    assert_eq!(usage(&api)["tokens_used_today"], json!(120));
    assert!(api.terminate().status.success());
    let day = place.sql("SELECT last_daily_reset FROM client_llm_usage");
    (day, "2099-12-31T00:00:01Z".to_owned())
}

fn a_pass_closes_the_day_once_and_keeps_the_month(place: &Place) {
    let (day, later) = used(place);
    let nothing = worker(place, &[]);
    assert!(nothing.status.success(), "{}", nothing.stderr);
    assert!(nothing.stdout.contains("accounts rolled: 0, holds released: 0"), "{}", nothing.stdout);
    let dry = worker(place, &["--at", &later, "--dry-run"]);
    assert!(dry.status.success() && dry.stdout.contains("accounts rolled: 1"), "{}", dry.stdout);
    assert_eq!(place.sql("SELECT tokens_used_today FROM client_llm_usage"), "120");
    let first = worker(place, &["--at", &later]);
    assert!(first.stdout.contains("accounts rolled: 1"), "{} {}", first.stdout, first.stderr);
    let second = worker(place, &["--at", &later]);
    assert!(second.stdout.contains("accounts rolled: 0"), "{}", second.stdout);
    let counters = "SELECT tokens_used_today, requests_made_today, total_tokens_used FROM client_llm_usage";
    assert_eq!(place.sql(counters), "0|0|120");
    let history =
        "SELECT period_start, tokens_used, requests_made FROM llm_usage_history WHERE period = 'day'";
    assert_eq!(place.sql(history), format!("{day}|120|1"));
    assert_eq!(place.sql("SELECT count(*) FROM llm_usage_history"), "2");
}

fn two_workers_at_once_lose_nothing(place: &Place) {
    let (_, later) = used(place);
    std::thread::scope(|scope| {
        let passes: Vec<_> = (0..2).map(|_| scope.spawn(|| worker(place, &["--at", &later]))).collect();
        for pass in passes {
            let pass = pass.join().unwrap();
            assert!(pass.status.success(), "{}", pass.stderr);
        }
    });
    let history = "SELECT sum(tokens_used), sum(requests_made) FROM llm_usage_history WHERE period = 'day'";
    assert_eq!(place.sql(history), "120|1");
}

fn bad_configuration_is_one_line_and_exit_code_two(place: &Place) {
    let environment = [("DATABASE_URL", place.url.as_str()), ("LOG_RETENTION_DAYS", "many")];
    let finished = Process::run("reset-worker", &[], &environment);
    assert_eq!(finished.status.code(), Some(2));
    assert_eq!(finished.stderr.trim().lines().count(), 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("LOG_RETENTION_DAYS"), "{}", finished.stderr);
}
