//! The audit's invariants: right books pass whatever was done, and no changed figure does.

use frontdesk_domain::credits::audit::{Adjustment, Booked, Books, Figure};
use frontdesk_domain::credits::{Amount, CreditAccount, Limits, ReserveRequest};
use frontdesk_domain::period::{Period, ResetZone};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const USED: Amount = Amount { tokens: 10, requests: 1 };

/// An account with a log that is kept as the ledger keeps it.
fn kept(zone: &str, start: Timestamp, steps: &[(i64, i64)]) -> Books {
    let zone: ResetZone = zone.parse().unwrap();
    let mut books = Books {
        account: CreditAccount::new(Limits::default(), zone, start),
        booked: Vec::new(),
        adjustments: Vec::new(),
        history: Vec::new(),
        pending: Amount::default(),
    };
    let mut now = start;
    for (seconds, tokens) in steps {
        now += SignedDuration::from_secs(*seconds);
        books.history.extend(books.account.roll(now));
        let request = ReserveRequest { prompt_tokens: 50, reply_tokens: 50 };
        let Ok(grant) = books.account.reserve(request, now) else { continue };
        if *tokens == 0 {
            books.pending = books.pending.plus(grant.hold);
            continue;
        }
        let used = Amount { tokens: *tokens, requests: 1 };
        books.account.settle(grant.hold, used, now);
        let day = books.account.last_daily_reset.unwrap();
        books.booked.push(Booked { day, used, unheld: Amount::default() });
    }
    books
}

fn steps() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((prop_oneof![-4_000_i64..4_000, 0_i64..400_000], 0_i64..100), 1..60)
}

proptest! {
    #[test]
    fn right_books_pass_whatever_was_done(
        zone in prop::sample::select(vec!["UTC", "America/New_York", "Pacific/Kiritimati"]), steps in steps()
    ) {
        let books = kept(zone, "2028-02-27T12:00:00Z".parse().unwrap(), &steps);
        prop_assert_eq!(books.differences(), vec![]);
        prop_assert_eq!(books.excesses(), vec![]);
        // History and current period are the total.
        for (period, current) in [(Period::Day, books.account.used_today), (Period::Month, books.account.used_this_month)] {
            let closed = books.history.iter().filter(|closed| closed.period == period);
            prop_assert_eq!(closed.fold(current, |sum, closed| sum.plus(closed.used)), books.account.used_total);
        }
        let (repaired, mut history) = books.repaired(Timestamp::UNIX_EPOCH);
        let mut stored = books.history.clone();
        stored.sort_by_key(|closed| (closed.period, closed.start));
        history.sort_by_key(|closed| (closed.period, closed.start));
        prop_assert_eq!(history, stored);
        prop_assert_eq!(repaired.used_total, books.account.used_total);
    }

    #[test]
    fn no_changed_figure_passes(steps in steps(), which in 0_usize..8, by in prop_oneof![-5_i64..0, 1_i64..5]) {
        let mut books = kept("UTC", "2028-02-27T12:00:00Z".parse().unwrap(), &steps);
        let account = &mut books.account;
        let changed = [
            &mut account.used_today.tokens, &mut account.used_today.requests,
            &mut account.used_this_month.tokens, &mut account.used_this_month.requests,
            &mut account.used_total.tokens, &mut account.used_total.requests,
            &mut account.held.tokens, &mut account.held.requests,
        ];
        *changed.into_iter().nth(which).unwrap() += by;
        let found = books.differences();
        let figures = [Figure::Today, Figure::ThisMonth, Figure::Total, Figure::Held];
        prop_assert_eq!(found.iter().map(|found| found.figure).collect::<Vec<_>>(), [figures[which / 2]]);
        let (account, history) = books.repaired(Timestamp::UNIX_EPOCH);
        let repaired = Books { account, history, ..books };
        prop_assert_eq!(repaired.differences(), vec![]);
    }
}

fn opened(last_daily_reset: Option<Date>, last_monthly_reset: Option<Date>) -> Books {
    let now = "2026-11-23T10:00:00Z".parse().unwrap();
    let mut account = CreditAccount::new(Limits::default(), ResetZone::default(), now);
    (account.used_today, account.used_this_month) = (USED, USED.plus(USED));
    account.used_total = Amount { tokens: 1_000, requests: 70 };
    (account.last_daily_reset, account.last_monthly_reset) = (last_daily_reset, last_monthly_reset);
    let opening = Adjustment {
        day: last_daily_reset,
        month: last_monthly_reset,
        today: account.used_today,
        this_month: account.used_this_month,
        total: account.used_total,
    };
    Books { account, booked: vec![], adjustments: vec![opening], history: vec![], pending: Amount::default() }
}

#[test]
fn an_opening_balance_explains_counters_of_a_day_that_nobody_knew() {
    for (day, month) in
        [(None, None), (Some(date(2026, 3, 15)), None), (Some(date(2026, 11, 23)), Some(date(2026, 11, 1)))]
    {
        let mut books = opened(day, month);
        assert_eq!(books.differences(), vec![], "{day:?} {month:?}");
        for time in ["2026-11-23T11:00:00Z", "2026-11-24T10:00:00Z", "2026-12-24T10:00:00Z"] {
            books.history.extend(books.account.roll(time.parse().unwrap()));
            assert_eq!(books.differences(), vec![], "{day:?} {month:?} {time}");
        }
    }
}

#[test]
fn an_opening_balance_that_was_rolled_nowhere_is_missed() {
    let mut books = opened(None, Some(date(2026, 11, 1)));
    books.account.roll("2026-11-23T11:00:00Z".parse().unwrap());
    let found = books.differences();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].figure, found[0].expected), (Figure::Closed(Period::Day, date(2026, 11, 22)), USED));
}

#[test]
fn figures_have_words() {
    let words: Vec<String> = [
        Figure::Today,
        Figure::ThisMonth,
        Figure::Total,
        Figure::Held,
        Figure::Closed(Period::Month, date(2026, 11, 1)),
    ]
    .map(|figure| figure.to_string())
    .into();
    assert_eq!(words, ["used today", "used this month", "used in all", "held", "month 2026-11-01"]);
}
