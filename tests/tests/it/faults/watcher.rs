//! Reads the accounts and the log again and again while all this goes on. At every moment the log explains what
//! is used and held, and both together do not exceed a limit; totals never fall, days never go back.

use super::record::Record;
use super::system::System;
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

/// Between two reads.
const PAUSE: Duration = Duration::from_millis(100);
/// So many reads must have succeeded for the watch to mean anything.
const READS: usize = 30;

/// The four limits: used, held, the limit, and since when its period counts.
const LIMITS: [(&str, &str, &str, &str); 4] = [
    ("tokens_used_today", "tokens_reserved", "daily_token_limit", "last_daily_reset"),
    ("requests_made_today", "requests_reserved", "daily_request_limit", "last_daily_reset"),
    ("tokens_used_this_month", "tokens_reserved", "monthly_token_limit", "last_monthly_reset"),
    ("requests_made_this_month", "requests_reserved", "monthly_request_limit", "last_monthly_reset"),
];
/// What never falls.
const RISING: [&str; 4] =
    ["total_tokens_used", "total_requests_made", "last_daily_reset", "last_monthly_reset"];

/// An account as a read found it.
struct Account {
    key: String,
    rising: Vec<String>,
    amounts: Vec<Amounts>,
}

/// The figures of one limit.
struct Amounts {
    used: i64,
    held: i64,
    limit: i64,
    /// Used and held by the log.
    logged: (i64, i64),
    /// Used by calls that were settled when their hold's time was over.
    late: i64,
}

/// Watches until the record ends.
pub(super) fn watch(system: &System, record: &Record) {
    let sql = query();
    let mut before: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut reads = 0;
    while !record.has_ended() {
        // PostgreSQL is away now and then.
        if let Ok(rows) = system.place.try_sql(&sql) {
            reads += 1;
            for account in rows.lines().map(parse) {
                account.check(before.get(&account.key), record);
                before.insert(account.key, account.rising);
            }
        }
        thread::sleep(PAUSE);
    }
    if reads < READS {
        record.complain(format!("the accounts were read {reads} times only"));
    }
}

/// One statement, so that it sees one state of the database.
fn query() -> String {
    let mut columns: Vec<String> = vec!["widget_key".to_owned()];
    columns.extend(RISING.map(str::to_owned));
    let sum = |what: &str, when: &str| format!("sum(CASE WHEN {when} THEN {what} ELSE 0 END)");
    for (used, held, limit, since) in LIMITS {
        let (unit_used, unit_held, counts) = if used.starts_with("tokens") {
            ("l.total_tokens", "l.reserved_tokens", "true")
        } else {
            ("1", "1", "l.status = 'success'")
        };
        let in_period = format!("{counts} AND l.booked_on >= a.{since}");
        columns.extend([used, held, limit].map(|column| format!("a.{column}")));
        columns.push(sum(unit_used, &in_period));
        columns.push(sum(unit_held, "l.status = 'pending'"));
        columns.push(sum(unit_used, &format!("{in_period} AND l.settled_at >= l.reserved_until")));
    }
    format!(
        "SELECT {} FROM client_llm_usage a JOIN widget_configs w ON w.id = a.widget_id
         LEFT JOIN llm_request_logs l ON l.account_id = a.id GROUP BY a.id, widget_key",
        columns.join(", ")
    )
}

fn parse(row: &str) -> Account {
    let columns: Vec<&str> = row.split('|').collect();
    let (rising, amounts) = columns[1..].split_at(RISING.len());
    let number = |text: &&str| text.parse().unwrap_or_else(|error| panic!("{row}: {text}: {error}"));
    let amounts: Vec<i64> = amounts.iter().map(number).collect();
    Account {
        key: columns[0].to_owned(),
        rising: rising.iter().map(|text| (*text).to_owned()).collect(),
        amounts: amounts.chunks(6).map(Amounts::from).collect(),
    }
}

impl Amounts {
    fn fault(&self) -> Option<String> {
        let Self { used, held, limit, logged, late } = self;
        // What is settled late is booked as it is, though its hold was given to others.
        if used + held > limit + late || logged.0 + logged.1 > limit + late {
            return Some(format!(
                "{used} used and {held} held, {logged:?} by the log, {late} late, of {limit}"
            ));
        }
        ((*used, *held) != *logged).then(|| format!("{used} used and {held} held, {logged:?} by the log"))
    }
}

impl From<&[i64]> for Amounts {
    fn from(columns: &[i64]) -> Self {
        let &[used, held, limit, logged, pending, late] = columns else { panic!("{columns:?}") };
        Self { used, held, limit, logged: (logged, pending), late }
    }
}

impl Account {
    fn check(&self, before: Option<&Vec<String>>, record: &Record) {
        let key = &self.key;
        for (amounts, (name, ..)) in self.amounts.iter().zip(LIMITS) {
            if let Some(fault) = amounts.fault() {
                record.complain(format!("{key}: {name}: {fault}"));
            }
        }
        for (name, (now, before)) in RISING.iter().zip(self.rising.iter().zip(before.into_iter().flatten())) {
            // Numbers of the same length compare as their texts do, and so do dates.
            if (now.len(), now) < (before.len(), before) {
                record.complain(format!("{key}: {name} fell from {before} to {now}"));
            }
        }
    }
}
