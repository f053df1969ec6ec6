//! The scripts, and what goes in and out of them.

use super::{Entry, Settlement};
use frontdesk_domain::quota::{Measure, QuotaRules, Refused, Spent, Taken, Why, Window};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use redis::aio::ConnectionManager;
use redis::{RedisResult, Script};

const TAKE: &str = concat!(include_str!("prelude.lua"), include_str!("take.lua"));
const SETTLE: &str = concat!(include_str!("prelude.lua"), include_str!("settle.lua"));

/// The four quotas by their number in the scripts, less one.
const QUOTAS: [(Measure, Window); 4] = [
    (Measure::Requests, Window::Minute),
    (Measure::Tokens, Window::Minute),
    (Measure::Requests, Window::Day),
    (Measure::Tokens, Window::Day),
];

pub(super) struct Store {
    take: Script,
    settle: Script,
}

impl Default for Store {
    fn default() -> Self {
        Self { take: Script::new(TAKE), settle: Script::new(SETTLE) }
    }
}

impl Store {
    pub(super) async fn take(
        &self,
        mut connection: ConnectionManager,
        entry: &Entry,
        taken: &Taken,
    ) -> RedisResult<Result<(), Refused>> {
        let rules = &entry.rules;
        let mut call = self.take.key(&entry.name);
        call.arg(taken.at.as_millisecond()).arg(taken.tokens).arg(taken.tenant);
        call.arg(day_number(rules, taken.at)).arg(rules.next_day(taken.at).as_millisecond());
        call.arg(rules.settings.tenant_share_percent.clamp(1, 100));
        for (set, assumed) in limits(rules) {
            call.arg(set.map_or(-1, script_number)).arg(script_number(assumed));
        }
        let (granted, why, quota, until): (u8, u8, usize, i64) = call.invoke_async(&mut connection).await?;
        Ok(if granted == 1 { Ok(()) } else { Err(refused(why, quota, until)) })
    }

    pub(super) async fn settle(
        &self,
        mut connection: ConnectionManager,
        entry: &Entry,
        settlement: &Settlement,
    ) -> RedisResult<()> {
        let Settlement { taken, spent, report, rest_until, now } = settlement;
        let (spent, actual) = match spent {
            Spent::Unknown => (0, 0),
            Spent::Tokens(actual) => (1, script_number(*actual)),
            Spent::Nothing => (2, 0),
        };
        let mut call = self.settle.key(&entry.name);
        call.arg(now.as_millisecond()).arg(taken.at.as_millisecond()).arg(taken.tenant);
        call.arg(day_number(&entry.rules, taken.at)).arg(taken.tokens).arg(spent).arg(actual);
        call.arg(rest_until.map_or(-1, Timestamp::as_millisecond));
        for told in &report.entries {
            let quota = QUOTAS.iter().position(|quota| *quota == (told.measure, told.window));
            let until = entry.rules.resets_at(told, *now).as_millisecond();
            call.arg(quota.map_or(0, |index| index + 1));
            call.arg(told.limit.map_or(-1, script_number))
                .arg(told.remaining.map_or(-1, script_number))
                .arg(until);
        }
        call.invoke_async(&mut connection).await
    }
}

/// What is set and what is assumed, in the scripts' order.
fn limits(rules: &QuotaRules) -> [(Option<u64>, u64); 4] {
    let (set, assumed) = (&rules.settings, &rules.assumed);
    [
        (set.requests_per_minute, assumed.requests_per_minute),
        (set.tokens_per_minute, assumed.tokens_per_minute),
        (set.requests_per_day, assumed.requests_per_day),
        (set.tokens_per_day, assumed.tokens_per_day),
    ]
}

fn refused(why: u8, quota: usize, until: i64) -> Refused {
    let (measure, window) =
        quota.checked_sub(1).and_then(|index| QUOTAS.get(index)).copied().unwrap_or(QUOTAS[0]);
    let why = match why {
        1 => Why::Reached { measure, window },
        2 => Why::Share { measure },
        3 => Why::TooLarge { measure, window },
        _ => Why::Rests,
    };
    let until = (until >= 0).then(|| Timestamp::from_millisecond(until).unwrap_or(Timestamp::MAX));
    Refused { why, until }
}

/// The provider's day, counted from 1970.
fn day_number(rules: &QuotaRules, time: Timestamp) -> i64 {
    const EPOCH: Date = date(1970, 1, 1);
    rules.day_zone.day(time).duration_since(EPOCH).as_hours() / 24
}

/// Lua counts exactly up to here, far above every quota.
fn script_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX).min(10_000_000_000_000)
}
