//! One message from its first step to its last: every counter, row and id exact.

use crate::support::*;
use frontdesk_domain::credits::{DenialReason, Limit};
use frontdesk_domain::ids::{AccountId, EntryId, MessageId, RequestLogId};
use frontdesk_domain::pricing::MicroUsd;
use frontdesk_persistence::{
    Attempt, Begin, Begun, Finish, LedgerError, Outcome, Record, Recorded, Reply, Status,
};
use jiff::ToSpan;
use rand::{RngExt, SeedableRng};

/// `estimated_cost` has four digits before its six decimals.
const MOST_COST: i64 = 9_999_999_999;

contract!(
    a_cycle_leaves_exact_books,
    a_new_conversation_comes_with_its_message,
    a_record_needs_no_credits,
    a_conversation_is_opened_once,
    a_denial_names_the_limit_that_resets_last,
    a_retry_settles_and_holds_anew,
    a_denied_retry_keeps_the_settlement,
    what_was_blocked_costs_tokens_only,
    use_above_the_hold_is_booked,
    zero_use_is_zero,
    a_cost_is_kept_to_its_last_decimal,
    absurd_use_is_booked_as_far_as_the_log_holds_it,
    a_reservation_is_settled_once,
    unknown_reservations_are_refused,
    an_entry_deleted_meanwhile_fails_nothing,
);

const LOG: [&str; 14] = [
    "id",
    "status",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "reserved_tokens",
    "CAST(round(estimated_cost * 1000000) AS INTEGER)",
    "booked_on",
    "substr(CAST(settled_at AS TEXT), 1, 19)",
    "attempt",
    "message_id",
    "response_time_ms",
    "error_message",
    "llm_model",
];

const ROLLUP: [&str; 15] = [
    "day",
    "llm_provider",
    "llm_model",
    "requests",
    "successful",
    "failed",
    "rate_limited",
    "blocked",
    "credits_exhausted",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "timed_requests",
    "response_time_ms",
    "cost_micro_usd",
];

async fn a_cycle_leaves_exact_books(store: &Store) {
    let now = monday();
    let key = store.widget();
    let conversation = store.conversation(key, now).await;
    store.run("INSERT INTO widget_knowledge_base (id, widget_id, question, answer) VALUES (7, 1, 'q', 'a')");

    let first = held(store.ledger(), begin(key, conversation, now)).await;
    assert_eq!(first.reservation.hold, amount(900, 1));
    assert_eq!(first.reservation.reply_tokens, 500);
    assert_eq!(first.reservation.account, store.account(key));
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
    let log = format!("{}|pending|0|0|0|900|0|-|-|1|{}|-|-|gemini-pro", first.reservation.log, first.message);
    assert_eq!(store.rows(&LOG, "llm_request_logs"), [log]);
    assert_eq!(
        store.rows(&["substr(CAST(reserved_until AS TEXT), 1, 19)"], "llm_request_logs"),
        ["2026-11-23 10:01:00"]
    );
    assert!(store.rows(&ROLLUP, "llm_usage_daily").is_empty());

    let later = now + 2.seconds();
    let answer = Finish {
        reply: Reply { entry: Some(EntryId(7)), ..reply() },
        ..first.finish(outcome(Status::Success, 380, 70), later)
    };
    let reply = store.ledger().finish(answer).await.unwrap().reply();
    assert_eq!(store.stored(key), "450/1|450/1|450/1|0/0|open|-");
    let log = format!(
        "{}|success|380|70|450|900|125|2026-11-23|2026-11-23 10:00:02|1|{}|1200|-|gemini-pro",
        first.reservation.log, first.message
    );
    assert_eq!(store.rows(&LOG, "llm_request_logs"), [log]);
    assert_eq!(
        store.rows(&ROLLUP, "llm_usage_daily"),
        ["2026-11-23|gemini|gemini-pro|1|1|0|0|0|0|380|70|450|1|1200|125"]
    );
    assert_eq!(
        store.rows(
            &[
                "id",
                "message_count",
                "bot_response_count",
                "last_message",
                "substr(CAST(last_message_at AS TEXT), 1, 19)",
                "substr(CAST(last_activity_at AS TEXT), 1, 19)"
            ],
            "widget_conversations"
        ),
        [format!("{conversation}|2|1|From 9 to 5.|2026-11-23 10:00:02|2026-11-23 10:00:02")]
    );
    assert_eq!(
        store.rows(
            &[
                "id",
                "message_type",
                "message_text",
                "CAST(round(confidence_score * 100) AS INTEGER)",
                "reply_to",
                "knowledge_base_id",
                "response_time_ms",
                "substr(CAST(created_at AS TEXT), 1, 19)"
            ],
            "widget_messages ORDER BY id"
        ),
        [
            format!("{}|user|When are you open?|-|-|-|-|2026-11-23 10:00:00", first.message),
            format!("{reply}|bot|From 9 to 5.|95|{}|7|1234|2026-11-23 10:00:02", first.message),
        ]
    );
    assert_eq!(store.number("times_used FROM widget_knowledge_base"), 1);
}

async fn a_new_conversation_comes_with_its_message(store: &Store) {
    let now = monday();
    let key = store.widget();
    let first = held(
        store.ledger(),
        Begin {
            conversation: new_conversation(),
            ..begin(key, frontdesk_domain::ids::ConversationId(0), now)
        },
    )
    .await;
    let conversation = [
        "id",
        "widget_id",
        "message_count",
        "bot_response_count",
        "last_message",
        "visitor_email",
        "status",
        "session_id",
    ];
    assert_eq!(
        store.rows(&conversation, "widget_conversations"),
        [format!(
            "{}|{}|1|0|When are you open?|visitor@example.com|active|session",
            first.conversation, key.widget
        )]
    );
    assert_eq!(
        store.rows(&["conversation_id", "message_id"], "llm_request_logs"),
        [format!("{}|{}", first.conversation, first.message)]
    );
}

async fn a_record_needs_no_credits(store: &Store) {
    let now = monday();
    let key = store.widget();
    store.set(key, "daily_token_limit = 0, monthly_request_limit = -1");
    let record = Record {
        account: key,
        conversation: new_conversation(),
        message: message("yes"),
        reply: reply(),
        now,
    };
    let Recorded::Stored { conversation, reply } = store.ledger().record(record).await.unwrap() else {
        panic!("a duplicate")
    };
    assert_eq!(
        store.rows(&["id", "message_count", "bot_response_count", "last_message"], "widget_conversations"),
        [format!("{conversation}|2|1|From 9 to 5.")]
    );
    assert_eq!(
        store.rows(&["id"], "widget_messages WHERE message_type = 'bot' AND reply_to IS NOT NULL"),
        [reply.to_string()]
    );
    assert_eq!(store.number("count(*) FROM llm_request_logs"), 0);
}

async fn a_conversation_is_opened_once(store: &Store) {
    let key = store.widget();
    let conversation = new_conversation();
    let id = store.ledger().open_conversation(key, conversation.clone(), monday()).await.unwrap();
    assert_eq!(
        store.rows(&["id", "message_count", "last_message"], "widget_conversations"),
        [format!("{id}|0|-")]
    );
    // Its public id is taken.
    let again = store.ledger().open_conversation(key, conversation, monday()).await;
    assert!(matches!(again, Err(LedgerError::Database(_))), "{again:?}");
}

async fn a_denial_names_the_limit_that_resets_last(store: &Store) {
    let now = monday();
    let key = store.widget();
    let conversation = store.conversation(key, now).await;
    store.set(key, "daily_token_limit = 100, daily_request_limit = 0");
    let denial = try_begin(store.ledger(), begin(key, conversation, now)).await.unwrap_err();
    assert_eq!(denial.reason, DenialReason::Limit(Limit::DailyRequests));
    assert_eq!(denial.resets_at, at("2026-11-24T00:00:00Z"));
    store.set(key, "monthly_token_limit = 100");
    let denial = try_begin(store.ledger(), begin(key, conversation, now)).await.unwrap_err();
    assert_eq!(denial.reason, DenialReason::Limit(Limit::MonthlyTokens));
    assert_eq!(denial.resets_at, at("2026-12-01T00:00:00Z"));
    let logged = [
        "status",
        "total_tokens",
        "reserved_tokens",
        "booked_on",
        "CASE WHEN reserved_until IS NULL THEN 'none' END",
        "error_message",
    ];
    assert_eq!(
        store.rows(&logged, "llm_request_logs ORDER BY id"),
        [
            "credits_exhausted|0|0|2026-11-23|none|credits exhausted (daily_request_limit) until 2026-11-24T00:00:00Z",
            "credits_exhausted|0|0|2026-11-23|none|credits exhausted (monthly_token_limit) until 2026-12-01T00:00:00Z",
        ]
    );
    assert_eq!(
        store.rows(&ROLLUP, "llm_usage_daily"),
        ["2026-11-23|gemini|gemini-pro|2|0|0|0|0|2|0|0|0|0|0|0"]
    );
    // The messages are there all the same.
    assert_eq!(store.number("count(*) FROM widget_messages"), 2);
    assert_eq!(store.stored(key), "0/0|0/0|0/0|0/0|exhausted|daily_request_limit");
}

async fn a_retry_settles_and_holds_anew(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    let failed = Outcome { response_time_ms: 0, ..outcome(Status::RateLimited, 0, 0) };
    let second = store.ledger().retry(key.widget, first.retry(failed, now)).await.unwrap().unwrap();
    assert_ne!(second.log, first.reservation.log);
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
    let done = Held { reservation: second, ..first }.finish(outcome(Status::Success, 10, 5), now);
    store.ledger().finish(done).await.unwrap();
    assert_eq!(store.stored(key), "15/1|15/1|15/1|0/0|open|-");
    assert_eq!(
        store.rows(
            &["status", "attempt", "message_id", "total_tokens", "error_message", "response_time_ms"],
            "llm_request_logs ORDER BY id"
        ),
        [
            format!("rate_limited|1|{0}|0|503|-", first.message),
            format!("success|2|{0}|15|-|1200", first.message)
        ]
    );
    assert_eq!(store.number("message_count FROM widget_conversations"), 2);
}

async fn a_denied_retry_keeps_the_settlement(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    store.set(key, "daily_token_limit = 100");
    let denial = store
        .ledger()
        .retry(key.widget, first.retry(outcome(Status::Failed, 90, 0), now))
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(denial.denial.reason, DenialReason::Limit(Limit::DailyTokens));
    assert_eq!(store.stored(key), "90/0|90/0|90/0|0/0|open|-");
    assert_eq!(
        store.rows(&["status", "attempt"], "llm_request_logs ORDER BY id"),
        ["failed|1", "credits_exhausted|2"]
    );
}

async fn what_was_blocked_costs_tokens_only(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let blocked = held(store.ledger(), begin(key, conversation, now)).await;
    store.ledger().finish(blocked.finish(outcome(Status::Blocked, 300, 0), now)).await.unwrap();
    assert_eq!(store.stored(key), "300/0|300/0|300/0|0/0|open|-");
    assert_eq!(store.rows(&["blocked", "requests", "total_tokens"], "llm_usage_daily"), ["1|1|300"]);
}

async fn use_above_the_hold_is_booked(store: &Store) {
    let now = monday();
    let key = store.widget();
    let conversation = store.conversation(key, now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    store.ledger().finish(first.finish(outcome(Status::Success, 4_000, 2_000), now)).await.unwrap();
    assert_eq!(store.stored(key), "6000/1|6000/1|6000/1|0/0|exhausted|daily_token_limit");
    let denial = try_begin(store.ledger(), begin(key, conversation, now)).await.unwrap_err();
    assert_eq!(denial.reason, DenialReason::Limit(Limit::DailyTokens));
}

async fn zero_use_is_zero(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    let silent = Outcome { cost: None, usage_estimated: true, ..outcome(Status::Success, 0, 0) };
    store.ledger().finish(first.finish(silent, now)).await.unwrap();
    assert_eq!(store.stored(key), "0/1|0/1|0/1|0/0|open|-");
    let flag = "CASE WHEN usage_estimated THEN 'estimated' END";
    assert_eq!(store.rows(&["total_tokens", "estimated_cost", flag], "llm_request_logs"), ["0|-|estimated"]);
}

async fn a_cost_is_kept_to_its_last_decimal(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let mut random = rand::rngs::StdRng::seed_from_u64(1);
    let edges =
        [0, 1, 9, 10, 1_040, 99_999, 100_000, 999_999, 1_000_000, 1_000_001, 4_503_599_627, MOST_COST];
    let costs: Vec<i64> =
        edges.into_iter().chain((0..40).map(|_| random.random_range(0..=MOST_COST))).collect();
    for cost in &costs {
        let call = held(store.ledger(), begin(key, conversation, now)).await;
        let paid = Outcome { cost: Some(MicroUsd(*cost)), ..outcome(Status::Success, 10, 5) };
        store.ledger().finish(call.finish(paid, now)).await.unwrap();
    }
    // PostgreSQL has the decimals themselves; SQLite the nearest number, whose six decimals are these.
    let decimals = if store.is_postgres() { "estimated_cost" } else { "printf('%.6f', estimated_cost)" };
    let stored = store.rows(&[decimals], "llm_request_logs ORDER BY id");
    let expected: Vec<String> = costs.iter().map(|cost| MicroUsd(*cost).to_string()).collect();
    assert_eq!(stored, expected);
    assert_eq!(store.number("cost_micro_usd FROM llm_usage_daily"), costs.iter().sum::<i64>());
}

/// Whatever a provider claims: the settlement must not fail, and the log must explain the counters.
async fn absurd_use_is_booked_as_far_as_the_log_holds_it(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    let absurd = Outcome {
        model: Some(format!("{}\0", "m".repeat(150))),
        response_text: Some("a\0b".into()),
        cost: Some(MicroUsd(i64::MAX)),
        response_time_ms: u32::MAX,
        ..outcome(Status::Success, u32::MAX, u32::MAX)
    };
    let answer = Finish { reply: Reply { text: "a\0b".into(), ..reply() }, ..first.finish(absurd, now) };
    store.ledger().finish(answer).await.unwrap();
    assert_eq!(store.stored(key), "2147483647/1|2147483647/1|2147483647/1|0/0|exhausted|monthly_token_limit");
    assert_eq!(
        store.rows(&["total_tokens", "response_text", "llm_model"], "llm_request_logs"),
        [format!("2147483647|ab|{}", "m".repeat(100))]
    );
    assert_eq!(store.number("total_tokens FROM llm_usage_daily"), 2_147_483_647);
    assert_eq!(store.rows(&["message_text"], "widget_messages WHERE message_type = 'bot'"), ["ab"]);
}

async fn a_reservation_is_settled_once(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    store.ledger().finish(first.finish(outcome(Status::Success, 10, 5), now)).await.unwrap();
    let books =
        (store.stored(key), store.rows(&LOG, "llm_request_logs"), store.rows(&ROLLUP, "llm_usage_daily"));
    let again = store.ledger().finish(first.finish(outcome(Status::Success, 99, 99), now)).await;
    assert!(is_settled(&again), "{again:?}");
    let again = store.ledger().retry(key.widget, first.retry(outcome(Status::Failed, 1, 0), now)).await;
    assert!(matches!(again, Err(LedgerError::AlreadySettled(_))), "{again:?}");
    assert_eq!(
        books,
        (store.stored(key), store.rows(&LOG, "llm_request_logs"), store.rows(&ROLLUP, "llm_usage_daily"))
    );
    assert_eq!(store.number("count(*) FROM widget_messages"), 2);
}

async fn unknown_reservations_are_refused(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let (other, _) = store.open(now).await;
    let first = held(store.ledger(), begin(key, conversation, now)).await;
    let mut nowhere = first;
    nowhere.reservation.log = RequestLogId(4_711);
    let result = store.ledger().finish(nowhere.finish(outcome(Status::Success, 1, 1), now)).await;
    assert!(matches!(result, Err(LedgerError::UnknownReservation(RequestLogId(4_711)))), "{result:?}");
    let result = store.ledger().retry(key.widget, nowhere.retry(outcome(Status::Failed, 1, 1), now)).await;
    assert!(matches!(result, Err(LedgerError::UnknownReservation(RequestLogId(4_711)))), "{result:?}");
    let mut foreign = first;
    foreign.reservation.account = store.account(other);
    let result = store.ledger().finish(foreign.finish(outcome(Status::Success, 1, 1), now)).await;
    assert!(matches!(result, Err(LedgerError::UnknownReservation(_))), "{result:?}");
    let mut gone = first;
    gone.reservation.account = AccountId(4_711);
    let result = store.ledger().finish(gone.finish(outcome(Status::Success, 1, 1), now)).await;
    assert!(matches!(result, Err(LedgerError::UnknownAccount(AccountId(4_711)))), "{result:?}");
    let result = store.ledger().roll(None, AccountId(4_711), now).await;
    assert!(matches!(result, Err(LedgerError::UnknownAccount(_))), "{result:?}");
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
}

async fn an_entry_deleted_meanwhile_fails_nothing(store: &Store) {
    let now = monday();
    let (key, conversation) = store.open(now).await;
    let first = held(
        store.ledger(),
        Begin { attempt: Attempt { number: 1, ..attempt() }, ..begin(key, conversation, now) },
    )
    .await;
    let answer = Finish {
        reply: Reply { entry: Some(EntryId(4_711)), ..reply() },
        ..first.finish(outcome(Status::Success, 10, 5), now)
    };
    let MessageId(id) = store.ledger().finish(answer).await.unwrap().reply();
    assert_eq!(store.rows(&["knowledge_base_id"], &format!("widget_messages WHERE id = {id}")), ["-"]);
    assert_eq!(store.stored(key), "15/1|15/1|15/1|0/0|open|-");
    let begun = store.ledger().begin(begin(key, conversation, now)).await.unwrap();
    assert!(matches!(begun, Begun::Stored { reserved: Ok(_), .. }));
}
