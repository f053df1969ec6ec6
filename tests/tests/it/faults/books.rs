//! The books afterwards: the log explains every counter, and no day or month was granted more than its limit.

use super::record::Record;
use super::system::System;

pub(super) fn check(system: &System, record: &Record) {
    let books = Books { system, record };
    books.faults_left_their_traces();
    books.the_audit_is_clean();
    // What follows does not take the audit's word for it.
    books
        .find_none("calls that are still pending", "SELECT * FROM llm_request_logs WHERE status = 'pending'");
    books.find_none(
        "calls that used more than was held for them",
        "SELECT id, total_tokens, reserved_tokens FROM llm_request_logs WHERE total_tokens > reserved_tokens",
    );
    books.find_none(
        "holds that were released before their time",
        "SELECT id, reserved_until, settled_at FROM llm_request_logs WHERE error_message = 'abandoned' AND settled_at < reserved_until",
    );
    books.counters_are_sums_of_the_log();
    books.the_rollup_is_the_log();
    books.no_period_was_granted_more_than_its_limit();
    books.each_threshold_was_told_once();
}

struct Books<'a> {
    system: &'a System,
    record: &'a Record,
}

impl Books<'_> {
    fn sql(&self, sql: &str) -> String {
        self.system.place.sql(sql)
    }

    fn find_none(&self, what: &str, sql: &str) {
        let found = self.sql(sql);
        if !found.is_empty() {
            self.record.complain(format!("{what}:\n{found}"));
        }
    }

    /// Else nothing was tested: holds were abandoned by a killed api, others were settled after their time, and
    /// providers failed in their ways.
    fn faults_left_their_traces(&self) {
        for (what, rows) in [
            ("abandoned", "error_message = 'abandoned'"),
            ("settled late", "settled_at >= reserved_until AND COALESCE(error_message, '') <> 'abandoned'"),
            ("failed", "status = 'failed' AND COALESCE(error_message, '') <> 'abandoned'"),
            ("limited by a provider", "status = 'rate_limited'"),
        ] {
            if self.sql(&format!("SELECT count(*) FROM llm_request_logs WHERE {rows}")) == "0" {
                self.record.complain(format!("no call was {what}: the faults did nothing"));
            }
        }
    }

    fn the_audit_is_clean(&self) {
        let audit = self.system.worker(&["audit"]);
        if !audit.status.success() || !audit.stdout.contains("audit: no differences") {
            self.record.complain(format!("the audit:\n{}{}", audit.stdout, audit.stderr));
        }
    }

    fn counters_are_sums_of_the_log(&self) {
        let log = |what: &str, when: &str| {
            format!(
                "(SELECT COALESCE(sum({what}), 0) FROM llm_request_logs l WHERE l.account_id = a.id AND {when})"
            )
        };
        let closed = |what: &str, period: &str| {
            format!(
                "(SELECT COALESCE(sum({what}), 0) FROM llm_usage_history h WHERE h.account_id = a.id AND h.period = '{period}')"
            )
        };
        let tokens = "total_tokens";
        let answers = "CASE WHEN status = 'success' THEN 1 ELSE 0 END";
        let (today, month, ever) =
            ("booked_on = a.last_daily_reset", "booked_on >= a.last_monthly_reset", "true");
        for (counter, sum) in [
            ("tokens_used_today", log(tokens, today)),
            ("tokens_used_this_month", log(tokens, month)),
            ("total_tokens_used", log(tokens, ever)),
            ("requests_made_today", log(answers, today)),
            ("requests_made_this_month", log(answers, month)),
            ("total_requests_made", log(answers, ever)),
            ("tokens_reserved", "0".to_owned()),
            ("requests_reserved", "0".to_owned()),
            ("total_tokens_used - tokens_used_today", closed("tokens_used", "day")),
            ("total_tokens_used - tokens_used_this_month", closed("tokens_used", "month")),
            ("total_requests_made - requests_made_today", closed("requests_made", "day")),
            ("total_requests_made - requests_made_this_month", closed("requests_made", "month")),
        ] {
            let differing = format!(
                "SELECT widget_key, {counter}, {sum} FROM client_llm_usage a JOIN widget_configs w ON w.id = a.widget_id WHERE {counter} <> {sum}"
            );
            self.find_none(&format!("{counter} is not the sum of its rows"), &differing);
        }
    }

    fn the_rollup_is_the_log(&self) {
        let count = |status: &str| format!("sum(CASE WHEN status = '{status}' THEN 1 ELSE 0 END)");
        let log = format!(
        "SELECT widget_id, booked_on, llm_provider, llm_model, count(*), {}, {}, {}, {}, {}, sum(total_tokens), COALESCE(sum(response_time_ms), 0)
         FROM llm_request_logs GROUP BY widget_id, booked_on, llm_provider, llm_model",
        count("success"),
        count("failed"),
        count("rate_limited"),
        count("blocked"),
        count("credits_exhausted"),
    );
        let rollup =
        "SELECT widget_id, day, llm_provider, llm_model, requests, successful, failed, rate_limited, blocked,
            credits_exhausted, total_tokens, response_time_ms FROM llm_usage_daily WHERE requests > 0";
        self.find_none("rows of the rollup that the log does not have", &format!("{rollup} EXCEPT {log}"));
        self.find_none("rows of the log that the rollup does not have", &format!("{log} EXCEPT {rollup}"));
    }

    /// But for what was settled after its hold had been released: that is booked as it is.
    fn no_period_was_granted_more_than_its_limit(&self) {
        let month = |column: &str| format!("substr(CAST({column} AS TEXT), 1, 7)");
        for (period, limits) in [
            ("booked_on".to_owned(), ("daily_token_limit", "daily_request_limit")),
            (month("booked_on"), ("monthly_token_limit", "monthly_request_limit")),
        ] {
            let in_time = "settled_at < reserved_until";
            let (tokens, requests) = limits;
            let beyond = format!(
            "SELECT widget_key, {period}, sum(total_tokens), sum(CASE WHEN l.status = 'success' THEN 1 ELSE 0 END)
             FROM llm_request_logs l JOIN client_llm_usage a ON a.id = l.account_id JOIN widget_configs w ON w.id = a.widget_id
             WHERE {in_time} GROUP BY widget_key, {period}, {tokens}, {requests}
             HAVING sum(total_tokens) > {tokens} OR sum(CASE WHEN l.status = 'success' THEN 1 ELSE 0 END) > {requests}"
        );
            self.find_none(&format!("more was granted than {tokens} or {requests} allows"), &beyond);
        }
    }

    /// Once in each day or month in which so much was booked, and otherwise not.
    fn each_threshold_was_told_once(&self) {
        let (limit, percent) = ("payload ->> 'limit'", "CAST(payload ->> 'percent' AS INTEGER)");
        let widget = "CAST(payload ->> 'widget_id' AS INTEGER)";
        self.find_none(
            "thresholds that were told twice",
            &format!(
                "SELECT {widget}, {limit}, {percent}, payload ->> 'resets_at', count(*) FROM webhook_events
                 GROUP BY 1, 2, 3, 4 HAVING count(*) > 1"
            ),
        );
        let answers = "CASE WHEN status = 'success' THEN 1 ELSE 0 END";
        let month = "substr(CAST(booked_on AS TEXT), 1, 7)";
        for (name, period, booked) in [
            ("daily_token_limit", "booked_on", "total_tokens"),
            ("daily_request_limit", "booked_on", answers),
            ("monthly_token_limit", month, "total_tokens"),
            ("monthly_request_limit", month, answers),
        ] {
            for share in [80, 100] {
                let booked = format!(
                    "SELECT widget_id, count(*) FROM (
                        SELECT l.widget_id AS widget_id, {period} AS period FROM llm_request_logs l
                        JOIN client_llm_usage a ON a.id = l.account_id WHERE booked_on IS NOT NULL
                        GROUP BY 1, 2, {name} HAVING sum({booked}) * 100 >= {name} * {share}) AS passed
                     GROUP BY widget_id"
                );
                let told = format!(
                    "SELECT {widget}, count(*) FROM webhook_events
                     WHERE {limit} = '{name}' AND {percent} = {share} GROUP BY 1"
                );
                let which = format!("{share} % of {name}");
                self.find_none(
                    &format!("{which} was told, but not passed"),
                    &format!("{told} EXCEPT {booked}"),
                );
                self.find_none(
                    &format!("{which} was passed, but not told"),
                    &format!("{booked} EXCEPT {told}"),
                );
            }
        }
        self.find_none(
            "events without a delivery",
            "SELECT id FROM webhook_events e WHERE NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event_id = e.id)",
        );
        if self.sql("SELECT count(*) FROM webhook_events") == "0" {
            self.record.complain("no threshold was told: nothing was tested".to_owned());
        }
    }
}
