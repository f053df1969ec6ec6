//! The functions that operators call by hand decide as the rules of the domain do.

use crate::support::*;
use frontdesk_domain::credits::{Amount, CreditAccount, Exhaustion, Limit, Limits, ReserveRequest};
use frontdesk_domain::period::ResetZone;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// A row of `client_llm_usage` as anybody may have left it.
#[derive(Debug, Clone)]
struct Row {
    limits: [Option<i64>; 4],
    used: [Option<i64>; 4],
    held: (i64, i64),
    day: Option<Date>,
    month: Option<Date>,
    zone: &'static str,
    flag: Option<bool>,
    reason: Option<Limit>,
    wanted: u32,
}

const ZONES: [&str; 9] = [
    "UTC",
    "America/New_York",
    "asia/kolkata",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Mars/Olympus",
    "",
    "XYZ3",
    "PDT",
];

fn rows(today: Date) -> impl Strategy<Value = Row> {
    let limit = || prop_oneof![2 => Just(None), 1 => Just(Some(-1)), 1 => Just(Some(0)), 16 => (1..6_000_i64).prop_map(Some)];
    let used = || prop_oneof![Just(None), Just(Some(0)), (1..2_000_i64).prop_map(Some)];
    let date = move || {
        let offset = prop_oneof![Just(0), -2..3_i64, -70..0_i64];
        prop_oneof![1 => Just(None), 9 => offset.prop_map(move |days| Some(today.saturating_add(days.days())))]
    };
    let month = date().prop_map(|day: Option<Date>| day.map(Date::first_of_month));
    let held = prop_oneof![Just((0, 0)), (1..900_i64, 1..3_i64)];
    let flag = prop_oneof![2 => Just(None), 2 => Just(Some(false)), 1 => Just(Some(true))];
    let reason = prop_oneof![2 => Just(None), 1 => prop::sample::select(Limit::ALL.to_vec()).prop_map(Some)];
    (
        [limit(), limit(), limit(), limit()],
        [used(), used(), used(), used()],
        (held, date(), month, prop::sample::select(ZONES.to_vec()), flag, reason, 0..1_500_u32),
    )
        .prop_map(|(limits, used, (held, day, month, zone, flag, reason, wanted))| {
            // What the table does by itself: no reason without its flag.
            let reason = reason.filter(|_| flag == Some(true));
            Row { limits, used, held, day, month, zone, flag, reason, wanted }
        })
}

fn sample(today: Date, count: usize) -> Vec<Row> {
    let mut runner = TestRunner::deterministic();
    let rows = rows(today);
    (0..count).map(|_| rows.new_tree(&mut runner).unwrap().current()).collect()
}

impl Row {
    fn account(&self) -> CreditAccount {
        let free = Limits::default();
        let amount = |[tokens, requests]: [Option<i64>; 2], missing: Amount| Amount {
            tokens: tokens.unwrap_or(missing.tokens),
            requests: requests.unwrap_or(missing.requests),
        };
        let [lmt, ldt, lmr, ldr] = self.limits;
        let [umt, udt, umr, udr] = self.used;
        let zero = Amount::default();
        CreditAccount {
            limits: Limits {
                daily: amount([ldt, ldr], free.daily),
                monthly: amount([lmt, lmr], free.monthly),
            },
            used_today: amount([udt, udr], zero),
            used_this_month: amount([umt, umr], zero),
            used_total: zero,
            held: Amount { tokens: self.held.0, requests: self.held.1 },
            last_daily_reset: self.day,
            last_monthly_reset: self.month,
            exhaustion: match (self.flag, self.reason) {
                (Some(true), Some(limit)) => Exhaustion::Reached { limit, since: Timestamp::UNIX_EPOCH },
                (Some(true), None) => Exhaustion::SetByHand { since: None },
                _ => Exhaustion::No,
            },
            passed: Default::default(),
            zone: self.zone.parse::<ResetZone>().unwrap_or_default(),
        }
    }

    fn columns(&self) -> String {
        let number = |value: Option<i64>| value.map_or("NULL".to_owned(), |value| value.to_string());
        let text = |value: Option<String>| value.map_or("NULL".to_owned(), |value| format!("'{value}'"));
        let [lmt, ldt, lmr, ldr] = self.limits.map(number);
        let [umt, udt, umr, udr] = self.used.map(number);
        format!(
            "monthly_token_limit = {lmt}, daily_token_limit = {ldt}, monthly_request_limit = {lmr}, daily_request_limit = {ldr},
            tokens_used_this_month = {umt}, tokens_used_today = {udt}, requests_made_this_month = {umr}, requests_made_today = {udr},
            tokens_reserved = {}, requests_reserved = {}, last_daily_reset = {}, last_monthly_reset = {}, reset_timezone = '{}',
            credits_exhausted = {}, exhausted_limit = {}, credits_exhausted_at = NULL",
            self.held.0,
            self.held.1,
            text(self.day.map(|day| day.to_string())),
            text(self.month.map(|month| month.to_string())),
            self.zone,
            self.flag.map_or("NULL".to_owned(), |flag| flag.to_string()),
            text(self.reason.map(|limit| limit.as_str().to_owned())),
        )
    }
}

/// So many accounts, one per widget, without a client.
async fn planted(count: usize) -> (Store, Vec<Row>) {
    let store = Store::postgres().await;
    let today = server_time(&store).to_zoned_datetime(TimeZone::UTC).date();
    let rows = sample(today, count);
    store.run(&format!("INSERT INTO widget_configs (id, widget_key, widget_name) SELECT n, 'k' || n, 'w' FROM generate_series(1, {count}) n"));
    let updates: Vec<String> = rows
        .iter()
        .zip(1..)
        .map(|(row, n)| format!("UPDATE client_llm_usage SET {} WHERE widget_id = {n}", row.columns()))
        .collect();
    store.run_unchecked(&updates.join(";"));
    (store, rows)
}

const NOW: &str = "to_char(now(), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

fn server_time(store: &Store) -> Timestamp {
    at(&store.rows(&[NOW], "(SELECT 1) one")[0])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_decides_as_the_domain() {
    let (store, rows) = planted(400).await;
    let (mut granted, mut denied) = (0, 0);
    for (row, n) in rows.iter().zip(1..) {
        let check = format!("check_client_llm_credits(NULL, {n}, {})", row.wanted);
        let answer = store.rows(&[&check, NOW], "(SELECT 1) one").remove(0);
        let (answer, now) = answer.split_once('|').unwrap();
        let request = ReserveRequest { prompt_tokens: row.wanted, reply_tokens: 0 };
        let expected = row.account().reserve(request, at(now));
        assert_eq!(answer, expected.is_ok().to_string(), "{row:?} at {now}: {expected:?}");
        *(if expected.is_ok() { &mut granted } else { &mut denied }) += 1;
    }
    assert!(granted > 40 && denied > 40, "{granted} granted, {denied} denied");
}

/// What the reset functions leave, beside what `CreditAccount::roll` leaves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_leave_what_the_domain_leaves() {
    for order in [["daily", "monthly"], ["monthly", "daily"]] {
        let (store, rows) = planted(400).await;
        let [first, second] = order.map(|period| format!("SELECT reset_{period}_llm_usage();"));
        store.run(&format!("BEGIN; CREATE TABLE clock AS SELECT {NOW} AS now; {first} {second} COMMIT"));
        let now = at(&store.rows(&["now"], "clock")[0]);
        let mut due = 0;
        let mut history = Vec::new();
        for (row, n) in rows.iter().zip(1..) {
            let mut account = row.account();
            let columns = [
                "COALESCE(tokens_used_today, 0)",
                "COALESCE(requests_made_today, 0)",
                "COALESCE(tokens_used_this_month, 0)",
                "COALESCE(requests_made_this_month, 0)",
                "last_daily_reset",
                "last_monthly_reset",
                "COALESCE(credits_exhausted, false)",
                "exhausted_limit",
            ];
            let stored = store.rows(&columns, &format!("client_llm_usage WHERE widget_id = {n}")).remove(0);
            // What is not due is not touched, not even its flag.
            if account.is_due(now) {
                due += 1;
                for closed in account.roll(now) {
                    history.push(format!(
                        "{n}|{}|{}|{}|{}",
                        closed.period.as_str(),
                        closed.start,
                        closed.used.tokens,
                        closed.used.requests
                    ));
                }
            }
            let (flag, reason) = match account.exhaustion {
                Exhaustion::No => (false, "-"),
                Exhaustion::Reached { limit, .. } => (true, limit.as_str()),
                Exhaustion::SetByHand { .. } => (true, "-"),
            };
            let date = |date: Option<Date>| date.map_or("-".to_owned(), |date| date.to_string());
            let expected = format!(
                "{}|{}|{}|{}|{}|{}|{flag}|{reason}",
                account.used_today.tokens,
                account.used_today.requests,
                account.used_this_month.tokens,
                account.used_this_month.requests,
                date(account.last_daily_reset),
                date(account.last_monthly_reset),
            );
            assert_eq!(stored, expected, "{row:?} at {now}");
        }
        assert!(due > 100, "{due} due");
        history.sort();
        let mut stored = store.rows(
            &["a.widget_id", "period", "period_start", "tokens_used", "requests_made"],
            "llm_usage_history h JOIN client_llm_usage a ON a.id = h.account_id",
        );
        stored.sort();
        assert_eq!(stored, history);
        // Again: nothing is due.
        store.run(&format!("{first} {second}"));
        assert_eq!(store.number("count(*) FROM llm_usage_history"), i64::try_from(history.len()).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_looks_at_holds_that_are_over() {
    let store = Store::postgres().await;
    let now = server_time(&store);
    let (key, conversation) = store.open(now).await;
    store.set(key, "daily_request_limit = 1");
    let check = format!("check_client_llm_credits({}, {}, 100)", key.client.unwrap(), key.widget);
    let answer = |store: &Store| store.rows(&[&check], "(SELECT 1) one").remove(0);
    assert_eq!(answer(&store), "true");
    held(store.ledger(), begin(key, conversation, now)).await;
    assert_eq!(answer(&store), "false");
    store.run("UPDATE llm_request_logs SET reserved_until = reserved_until - interval '1 hour'");
    assert_eq!(answer(&store), "true");
    held(store.ledger(), begin(key, conversation, now)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_knows_the_free_limits_of_an_account_to_come() {
    let store = Store::postgres().await;
    let checks = [
        "check_client_llm_credits(1, 2)",
        "check_client_llm_credits(1, 2, 5000)",
        "check_client_llm_credits(1, 2, 5001)",
    ];
    assert_eq!(store.rows(&checks, "(SELECT 1) one"), ["true|true|false"]);
}
