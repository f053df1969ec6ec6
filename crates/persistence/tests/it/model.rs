//! The ledger, step by random step, beside a plain `CreditAccount`: the books agree after each step, and at
//! the end the log explains every counter.

use crate::support::*;
use frontdesk_domain::credits::{Amount, CreditAccount, Exhaustion, Limits};
use frontdesk_persistence::{AccountKey, Begin, LedgerError, Status};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

contract!(the_ledger_is_its_model);

#[derive(Debug, Clone, Copy)]
enum Step {
    Begin { prompt: u32, reply: u32 },
    Finish { which: usize, status: Status, tokens: u32 },
    Retry { which: usize, tokens: u32 },
    Sweep { which: usize },
    Clock { seconds: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let status =
        prop::sample::select(vec![Status::Success, Status::Failed, Status::RateLimited, Status::Blocked]);
    prop_oneof![
        5 => (0..600_u32, 0..600_u32).prop_map(|(prompt, reply)| Step::Begin { prompt, reply }),
        4 => (any::<usize>(), status, 0..1_200_u32).prop_map(|(which, status, tokens)| Step::Finish { which, status, tokens }),
        1 => (any::<usize>(), 0..300_u32).prop_map(|(which, tokens)| Step::Retry { which, tokens }),
        1 => any::<usize>().prop_map(|which| Step::Sweep { which }),
        2 => prop_oneof![-100..200_i64, 0..90_000_i64].prop_map(|seconds| Step::Clock { seconds }),
        1 => (0..2_600_000_i64).prop_map(|seconds| Step::Clock { seconds }),
    ]
}

/// A hold as the model sees it.
#[derive(Debug, Clone, Copy)]
struct Open {
    held: Held,
    until: Timestamp,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Swept,
    Settled,
}

struct Model {
    account: CreditAccount,
    holds: Vec<Open>,
    now: Timestamp,
}

impl Model {
    fn sweep(&mut self) {
        for open in &mut self.holds {
            if open.state == State::Pending && open.until <= self.now {
                open.state = State::Swept;
                self.account.release(open.held.reservation.hold, self.now);
            }
        }
    }

    /// As the ledger decides: with overdue holds out of the way before a denial.
    fn reserve(&mut self, prompt: u32, reply: u32) -> Option<Amount> {
        let request = attempt_of(prompt, reply).request;
        let mut decision = self.account.reserve(request, self.now);
        if decision.is_err_and(|denial| denial.only_held) {
            self.sweep();
            decision = self.account.reserve(request, self.now);
        }
        decision.ok().map(|grant| grant.hold)
    }

    fn settle(&mut self, which: usize, used: Amount) {
        let open = &mut self.holds[which];
        let hold = if open.state == State::Pending { open.held.reservation.hold } else { Amount::default() };
        open.state = State::Settled;
        self.account.settle(hold, used, self.now);
    }

    fn shown(&self) -> String {
        let show = |amount: Amount| format!("{}/{}", amount.tokens, amount.requests);
        let account = &self.account;
        let (flag, limit) = match account.exhaustion {
            Exhaustion::Reached { limit, .. } => ("exhausted", limit.as_str()),
            _ => ("open", "-"),
        };
        [
            show(account.used_today),
            show(account.used_this_month),
            show(account.used_total),
            show(account.held),
            flag.into(),
            limit.into(),
        ]
        .join("|")
    }
}

async fn walk(store: &Store, key: AccountKey, steps: &[Step]) {
    let now = monday();
    let conversation = store.conversation(key, now).await;
    let limits = Limits { daily: amount(3_000, 6), monthly: amount(9_000, 20) };
    store.set(key, "daily_token_limit = 3000, daily_request_limit = 6, monthly_token_limit = 9000, monthly_request_limit = 20");
    let mut model =
        Model { account: CreditAccount::new(limits, Default::default(), now), holds: vec![], now };
    for (n, step) in steps.iter().enumerate() {
        apply(store, key, conversation, &mut model, *step).await;
        assert_eq!(store.stored(key), model.shown(), "after {n}: {step:?} of {steps:?}");
    }
    audit(store, key, steps);
}

async fn apply(
    store: &Store,
    key: AccountKey,
    conversation: frontdesk_domain::ids::ConversationId,
    model: &mut Model,
    step: Step,
) {
    let ledger = store.ledger();
    let any = |which: usize, model: &Model| (!model.holds.is_empty()).then(|| which % model.holds.len());
    let now = model.now;
    match step {
        Step::Clock { seconds } => model.now += SignedDuration::from_secs(seconds),
        Step::Begin { prompt, reply } => {
            let expected = model.reserve(prompt, reply);
            let begin = Begin { attempt: attempt_of(prompt, reply), ..begin(key, conversation, now) };
            let granted = try_begin(ledger, begin).await;
            assert_eq!(granted.as_ref().ok().map(|held| held.reservation.hold), expected, "{granted:?}");
            let hold =
                |held| Open { held, until: now + SignedDuration::from_secs(60), state: State::Pending };
            model.holds.extend(granted.ok().map(hold));
        }
        Step::Finish { which, status, tokens } => {
            let Some(which) = any(which, model) else { return };
            let open = model.holds[which];
            let result =
                ledger.finish(open.held.finish(outcome(status, tokens / 2, tokens - tokens / 2), now)).await;
            if open.state == State::Settled {
                model.account.roll(now);
                assert!(is_settled(&result), "{result:?}");
            } else {
                result.unwrap();
                model.settle(which, amount(i64::from(tokens), i64::from(status == Status::Success)));
            }
        }
        Step::Retry { which, tokens } => {
            let Some(which) = any(which, model) else { return };
            let open = model.holds[which];
            let result =
                ledger.retry(key.widget, open.held.retry(outcome(Status::Failed, tokens, 0), now)).await;
            if open.state == State::Settled {
                model.account.roll(now);
                assert!(matches!(result, Err(LedgerError::AlreadySettled(_))), "{result:?}");
                return;
            }
            model.settle(which, amount(i64::from(tokens), 0));
            let expected = model.reserve(400, 500);
            let reserved = result.unwrap().ok();
            assert_eq!(reserved.map(|reservation| reservation.hold), expected);
            let hold = |reservation| Open {
                held: Held { reservation, ..open.held },
                until: now + SignedDuration::from_secs(60),
                state: State::Pending,
            };
            model.holds.extend(reserved.map(hold));
        }
        Step::Sweep { which } => {
            let Some(which) = any(which, model) else { return };
            let open = model.holds[which];
            let reservation = open.held.reservation;
            let released = ledger
                .release_abandoned(key.widget, reservation.account, reservation.log, now)
                .await
                .unwrap();
            let expected = open.state == State::Pending && open.until <= now;
            assert_eq!(released, expected);
            model.account.roll(now);
            if expected {
                model.holds[which].state = State::Swept;
                model.account.release(reservation.hold, now);
            }
        }
    }
}

/// The log is the ledger: each counter is a sum over it.
fn audit(store: &Store, key: AccountKey, steps: &[Step]) {
    let account = store.account(key);
    let own = format!("FROM client_llm_usage a WHERE a.id = {account}");
    let log = "COALESCE((SELECT sum(total_tokens) FROM llm_request_logs l WHERE l.account_id = a.id";
    let answered =
        "(SELECT count(*) FROM llm_request_logs l WHERE l.account_id = a.id AND status = 'success'";
    let closed = |column: &str, period: &str| {
        format!(
            "COALESCE((SELECT sum({column}) FROM llm_usage_history h WHERE h.account_id = a.id AND period = '{period}'), 0)"
        )
    };
    for (name, counter, sum) in [
        ("today", "tokens_used_today".to_owned(), format!("{log} AND booked_on = a.last_daily_reset), 0)")),
        ("month", "tokens_used_this_month".to_owned(), format!("{log} AND booked_on >= a.last_monthly_reset), 0)")),
        ("total", "total_tokens_used".to_owned(), format!("{log}), 0)")),
        ("requests today", "requests_made_today".to_owned(), format!("{answered} AND booked_on = a.last_daily_reset)")),
        ("requests", "total_requests_made".to_owned(), format!("{answered})")),
        ("held", "tokens_reserved".to_owned(), "COALESCE((SELECT sum(reserved_tokens) FROM llm_request_logs l WHERE l.account_id = a.id AND status = 'pending'), 0)".to_owned()),
        ("holds", "requests_reserved".to_owned(), "(SELECT count(*) FROM llm_request_logs l WHERE l.account_id = a.id AND status = 'pending')".to_owned()),
        ("days", "total_tokens_used".to_owned(), format!("tokens_used_today + {}", closed("tokens_used", "day"))),
        ("months", "total_tokens_used".to_owned(), format!("tokens_used_this_month + {}", closed("tokens_used", "month"))),
        ("requests of days", "total_requests_made".to_owned(), format!("requests_made_today + {}", closed("requests_made", "day"))),
    ] {
        let counted = store.number(&format!("{counter} {own}"));
        let summed = store.rows(&[&sum], own.strip_prefix("FROM ").unwrap()).remove(0);
        assert_eq!(counted.to_string(), summed, "{name} after {steps:?}");
    }
    let columns = [
        "day",
        "llm_model",
        "requests",
        "successful",
        "failed",
        "rate_limited",
        "blocked",
        "credits_exhausted",
        "total_tokens",
        "response_time_ms",
    ];
    let rollup = store.rows(
        &columns,
        &format!("llm_usage_daily WHERE widget_id = {} AND requests > 0 ORDER BY day", key.widget),
    );
    let is = |status: &str| format!("count(CASE WHEN status = '{status}' THEN 1 END)");
    let counts = ["success", "failed", "rate_limited", "blocked", "credits_exhausted"].map(is);
    let mut columns = vec!["booked_on", "llm_model", "count(*)"];
    columns.extend(counts.iter().map(String::as_str));
    columns.extend(["sum(total_tokens)", "COALESCE(sum(response_time_ms), 0)"]);
    let log = store.rows(&columns, &format!("llm_request_logs WHERE widget_id = {} AND status <> 'pending' GROUP BY booked_on, llm_model ORDER BY booked_on", key.widget));
    assert_eq!(rollup, log, "rollup after {steps:?}");
}

async fn the_ledger_is_its_model(store: &Store) {
    let mut runner = TestRunner::deterministic();
    let steps = prop::collection::vec(step(), 1..60);
    for _ in 0..20 {
        let steps = steps.new_tree(&mut runner).unwrap().current();
        let key = store.widget();
        walk(store, key, &steps).await;
    }
}
