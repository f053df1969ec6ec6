//! Every metric with its meaning, on one screen. `docs/operations.md` has the same names, which a test compares.

use crate::handlers::widget_script::installed::Tag;
use frontdesk_domain::credits::Limit;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};

/// What is counted.
pub(super) const COUNTERS: &[(&str, &str)] = &[
    (
        "frontdesk_http_requests_total",
        "Requests, by method, route and status; left: the caller had gone before it",
    ),
    ("frontdesk_answers_total", "Answers to visitors' messages, by source"),
    ("frontdesk_messages_turned_away_total", "Messages that found no room"),
    ("frontdesk_provider_calls_total", "Calls to providers, by provider and outcome"),
    ("frontdesk_provider_passed_over_total", "Calls that were not made, by provider and reason"),
    ("frontdesk_tokens_total", "Tokens that were charged, by client and kind"),
    ("frontdesk_credit_denials_total", "Messages that got no model for want of credits, by limit"),
    ("frontdesk_rate_limited_total", "Calls that a rate limit turned away, by limit"),
    ("frontdesk_webhook_attempts_total", "Attempts to deliver an event to a webhook, by outcome"),
    ("frontdesk_webhook_dropped_total", "Events that a webhook will not get, by reason"),
    ("frontdesk_connections_cut_total", "Connections that were cut, by reason"),
    ("frontdesk_widget_loads_total", "Loads of the widget, by what the site's tag names"),
];

/// What is so at the moment.
pub(super) const GAUGES: &[(&str, &str)] = &[
    ("frontdesk_build_info", "1, with the version"),
    ("frontdesk_uptime_seconds", "How long the process has served"),
    ("frontdesk_messages_in_flight", "Messages that are being answered"),
    ("frontdesk_messages_waiting", "Messages that wait for their turn"),
    ("frontdesk_connections", "Open connections"),
    ("frontdesk_database_up", "Whether the database answered this reading"),
    ("frontdesk_database_connections", "Connections for reading, by state"),
    ("frontdesk_database_waiting", "Reads that wait for a connection"),
    ("frontdesk_knowledge_cache_bytes", "Memory of the knowledge bases that are ready to be asked"),
    ("frontdesk_provider_breakers_open", "Circuit breakers that let nothing through, by provider"),
    ("frontdesk_holds", "Calls for which credits are held, over all processes"),
    ("frontdesk_held_tokens", "Tokens that are held for them"),
    ("frontdesk_webhook_pending", "Events on their way to a webhook, over all processes"),
    ("frontdesk_webhook_oldest_pending_seconds", "How long the oldest of them has been on its way"),
];

/// How long, or how much, at a time.
pub(super) const HISTOGRAMS: &[(&str, &str)] = &[
    ("frontdesk_http_request_duration_seconds", "From a request's head to the end of its answer, by route"),
    ("frontdesk_answer_duration_seconds", "From a message's turn to its answer, by source"),
    ("frontdesk_provider_call_duration_seconds", "A call to a provider, by provider"),
    ("frontdesk_ledger_batch_operations", "Operations in one transaction of the ledger"),
    ("frontdesk_ledger_wait_seconds", "An operation's wait until its transaction begins"),
    ("frontdesk_ledger_commit_seconds", "A transaction of the ledger"),
    ("frontdesk_database_wait_seconds", "A read's wait for a connection"),
];

/// Describes all of them, and begins those at 0 whose values are known: an alert on a rate needs the series before
/// the first event.
pub(super) fn describe() {
    for (name, meaning) in COUNTERS {
        describe_counter!(*name, Unit::Count, *meaning);
    }
    for (name, meaning) in GAUGES {
        describe_gauge!(*name, *meaning);
    }
    for (name, meaning) in HISTOGRAMS {
        describe_histogram!(*name, *meaning);
    }
    gauge!("frontdesk_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    counter!("frontdesk_messages_turned_away_total").absolute(0);
    for source in ["llm", "knowledge_base", "default", "repeated"] {
        counter!("frontdesk_answers_total", "source" => source).absolute(0);
    }
    for outcome in ["delivered", "retried", "given_up", "gone"] {
        counter!("frontdesk_webhook_attempts_total", "outcome" => outcome).absolute(0);
    }
    for reason in ["given_up", "gone"] {
        counter!("frontdesk_webhook_dropped_total", "reason" => reason).absolute(0);
    }
    for tag in Tag::ALL.map(Tag::as_str) {
        counter!("frontdesk_widget_loads_total", "tag" => tag).absolute(0);
    }
    for limit in Limit::ALL.map(Limit::as_str) {
        counter!("frontdesk_credit_denials_total", "limit" => limit).absolute(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const ALERTS: &str = include_str!("../../../../docs/deploy/alerts.yml");
    const MANUAL: &str = include_str!("../../../../docs/operations.md");

    #[test]
    fn the_manual_lists_every_metric_and_no_other() {
        let ours: BTreeSet<_> =
            COUNTERS.iter().chain(GAUGES).chain(HISTOGRAMS).map(|(name, _)| *name).collect();
        let rows = MANUAL.lines().filter_map(|line| line.strip_prefix("| `frontdesk_"));
        let listed: BTreeSet<_> = rows
            .map(|row| &row[..row.find(|c: char| c != '_' && !c.is_ascii_lowercase()).unwrap()])
            .map(|name| format!("frontdesk_{name}"))
            .collect();
        assert_eq!(listed.iter().map(String::as_str).collect::<BTreeSet<_>>(), ours);
    }

    #[test]
    fn alerts_are_about_metrics_that_there_are_and_the_manual_explains_each() {
        let word = |c: char| c.is_ascii_lowercase() || c == '_';
        let ours: BTreeSet<_> =
            COUNTERS.iter().chain(GAUGES).chain(HISTOGRAMS).map(|(name, _)| *name).collect();
        for (at, _) in ALERTS.match_indices("frontdesk_") {
            let name = ALERTS[at..].split(|c| !word(c)).next().unwrap();
            assert!(ours.contains(name.trim_end_matches("_bucket")), "{name}");
        }
        let rules: Vec<_> = ALERTS.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
        let rows = MANUAL.lines().filter_map(|line| line.strip_prefix("| `Frontdesk"));
        let listed: Vec<_> = rows.map(|row| format!("Frontdesk{}", row.split('`').next().unwrap())).collect();
        assert!(rules.len() > 10);
        assert_eq!(listed, rules);
    }

    #[test]
    fn names_follow_prometheus() {
        assert!(COUNTERS.iter().all(|(name, _)| name.ends_with("_total")));
        assert!(GAUGES.iter().chain(HISTOGRAMS).all(|(name, _)| !name.ends_with("_total")));
    }
}
