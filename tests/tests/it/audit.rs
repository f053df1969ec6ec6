//! `reset-worker audit`, as an operator runs it.

use crate::place::{Place, on_both, say};
use frontdesk_tests::stub::gemini_ok;
use frontdesk_tests::{Finished, Process, Stub};

on_both! {
    an_audit_of_right_books_says_so_and_exits_zero,
    an_audit_prints_a_table_of_differences_and_exits_one,
    a_repair_follows_the_log_and_exits_zero,
    a_row_without_an_account_is_ended_by_a_repair,
    an_audit_whose_output_nobody_reads_says_so,
    the_guides_manual_reset_is_no_difference,
    a_limit_that_was_lowered_is_listed_and_exits_zero,
}

fn audit(place: &Place, arguments: &[&str]) -> Finished {
    let arguments: Vec<&str> = ["audit"].iter().chain(arguments).copied().collect();
    Process::run("reset-worker", &arguments, &[("DATABASE_URL", &place.url)])
}

/// The demo's widget has used 120 tokens for one message.
fn used(place: &Place) {
    let stub = Stub::start(|_| gemini_ok("From the model.", 100, 20));
    let api = place.demo(&[("GEMINI_API_KEY", "dummy"), ("GEMINI_BASE_URL", &stub.url())]);
    say(&api, "Is there parking?");
    assert!(api.terminate().status.success());
}

fn an_audit_of_right_books_says_so_and_exits_zero(place: &Place) {
    used(place);
    let clean = audit(place, &[]);
    assert_eq!(clean.stdout, "audit: no differences, accounts checked: 1, rollup rows checked: 1\n");
    assert_eq!((clean.status.code(), clean.stderr.as_str()), (Some(0), ""));
}

fn an_audit_prints_a_table_of_differences_and_exits_one(place: &Place) {
    used(place);
    place.sql("UPDATE client_llm_usage SET tokens_used_today = 127, tokens_reserved = 5");
    place.sql("UPDATE llm_usage_daily SET failed = 2");
    let found = audit(place, &[]);
    assert_eq!(found.status.code(), Some(1));
    let day = place.sql("SELECT day FROM llm_usage_daily");
    let rows: Vec<Vec<&str>> = found.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        rows,
        [
            vec!["account", "client", "widget", "figure", "stored", "by", "the", "log"],
            vec!["1", "1", "1", "tokens", "used", "today", "127", "120"],
            vec!["1", "1", "1", "tokens", "held", "5", "0"],
            vec!["-", "-", "1", "rollup", &day, "gemini", "gemini-stub", "failed", "2", "0"],
        ]
    );
    assert_eq!(
        found.stderr,
        "audit: figures that differ: 3, accounts checked: 1, rollup rows checked: 1; `audit --repair` follows the log\n"
    );
    assert_eq!(
        place.sql("SELECT tokens_used_today FROM client_llm_usage"),
        "127",
        "an audit changes nothing"
    );
}

fn a_repair_follows_the_log_and_exits_zero(place: &Place) {
    used(place);
    place.sql("UPDATE client_llm_usage SET tokens_used_today = 0, total_tokens_used = 7");
    place.sql("DELETE FROM llm_usage_daily");
    let repair = audit(place, &["--repair"]);
    assert_eq!(repair.status.code(), Some(0), "{} {}", repair.stdout, repair.stderr);
    assert!(repair.stdout.contains("tokens used in all"), "{}", repair.stdout);
    assert!(repair.stdout.contains("repaired: 2 (accounts, and widgets' rollups)"), "{}", repair.stdout);
    let counters = "SELECT tokens_used_today, requests_made_today, total_tokens_used FROM client_llm_usage";
    assert_eq!(place.sql(counters), "120|1|120");
    assert_eq!(place.sql("SELECT requests, total_tokens FROM llm_usage_daily"), "1|120");
    assert_eq!(audit(place, &[]).status.code(), Some(0));
}

fn a_row_without_an_account_is_ended_by_a_repair(place: &Place) {
    used(place);
    place.sql(
        "INSERT INTO llm_request_logs (llm_provider, llm_model, status) VALUES ('gemini', 'm', 'pending')",
    );
    let found = audit(place, &[]);
    assert_eq!(found.status.code(), Some(1));
    assert!(found.stdout.contains("pending log row 2"), "{}", found.stdout);
    assert_eq!(audit(place, &["--repair"]).status.code(), Some(0));
    assert_eq!(
        place.sql("SELECT status, error_message FROM llm_request_logs WHERE id = 2"),
        "failed|abandoned"
    );
}

/// `audit | head -1`: the reader goes away.
fn an_audit_whose_output_nobody_reads_says_so(place: &Place) {
    used(place);
    place.sql("UPDATE client_llm_usage SET tokens_used_today = 1");
    let script = format!(
        "{} audit | true; exit ${{PIPESTATUS[0]}}",
        frontdesk_tests::process::binary("reset-worker").display()
    );
    let run = || {
        std::process::Command::new("bash")
            .args(["-c", &script])
            .env("DATABASE_URL", &place.url)
            .output()
            .unwrap()
    };
    let output = run();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(!words.contains("panicked"), "{words}");
}

fn the_guides_manual_reset_is_no_difference(place: &Place) {
    used(place);
    place.sql("UPDATE client_llm_usage SET tokens_used_today = 0, requests_made_today = 0, credits_exhausted = false WHERE client_id = 1");
    let clean = audit(place, &[]);
    assert_eq!(clean.status.code(), Some(0), "{}{}", clean.stdout, clean.stderr);
}

fn a_limit_that_was_lowered_is_listed_and_exits_zero(place: &Place) {
    used(place);
    place.sql("UPDATE client_llm_usage SET daily_token_limit = 100");
    let listed = audit(place, &[]);
    assert_eq!(listed.status.code(), Some(0));
    let line = "over its limit, booked as it is: account 1 (client 1, widget 1): daily_token_limit 100, used and held 120, of it without a hold 0";
    assert_eq!(listed.stdout.lines().next(), Some(line));
}
