//! The rows that a batch reads and writes, the same for both databases.

use crate::schema::{client_llm_usage, llm_request_logs, llm_usage_daily};
use crate::types::{Day, UtcTime};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use frontdesk_domain::credits::{Amount, CreditAccount, Exhaustion, Limit, Limits, PassedThresholds};
use frontdesk_domain::ids::{AccountId, ClientId, WidgetId};
use frontdesk_domain::period::ResetZone;
use jiff::Timestamp;

/// A row of `client_llm_usage`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = client_llm_usage)]
pub(crate) struct AccountRow {
    pub(crate) id: i32,
    pub(crate) client_id: Option<i32>,
    pub(crate) widget_id: Option<i32>,
    pub(crate) monthly_token_limit: Option<i64>,
    pub(crate) daily_token_limit: Option<i64>,
    pub(crate) monthly_request_limit: Option<i64>,
    pub(crate) daily_request_limit: Option<i64>,
    pub(crate) tokens_used_this_month: Option<i64>,
    pub(crate) tokens_used_today: Option<i64>,
    pub(crate) requests_made_this_month: Option<i64>,
    pub(crate) requests_made_today: Option<i64>,
    pub(crate) total_tokens_used: Option<i64>,
    pub(crate) total_requests_made: Option<i64>,
    pub(crate) tokens_reserved: i64,
    pub(crate) requests_reserved: i64,
    pub(crate) last_daily_reset: Option<Day>,
    pub(crate) last_monthly_reset: Option<Day>,
    pub(crate) reset_timezone: String,
    pub(crate) credits_exhausted: Option<bool>,
    pub(crate) credits_exhausted_at: Option<UtcTime>,
    pub(crate) exhausted_limit: Option<String>,
    pub(crate) thresholds_passed: i32,
}

/// An account with its place in the database.
#[derive(Debug, Clone)]
pub(crate) struct StoredAccount {
    pub(crate) id: AccountId,
    pub(crate) client: Option<ClientId>,
    pub(crate) widget: Option<WidgetId>,
    pub(crate) credits: CreditAccount,
}

fn amount(tokens: Option<i64>, requests: Option<i64>, missing: Amount) -> Amount {
    Amount { tokens: tokens.unwrap_or(missing.tokens), requests: requests.unwrap_or(missing.requests) }
}

impl AccountRow {
    /// The account as the rules see it. A limit that is NULL is the free one; a zone that is unknown is
    /// taken for UTC and said so.
    pub(crate) fn into_account(self) -> StoredAccount {
        let free = Limits::default();
        let zero = Amount::default();
        let zone = self.reset_timezone.parse().unwrap_or_else(|error| {
            tracing::warn!(account = self.id, %error, "account uses UTC: its reset_timezone is not usable");
            ResetZone::default()
        });
        let exhaustion = self.exhaustion();
        StoredAccount {
            id: AccountId(self.id),
            client: self.client_id.map(ClientId),
            widget: self.widget_id.map(WidgetId),
            credits: CreditAccount {
                limits: Limits {
                    daily: amount(self.daily_token_limit, self.daily_request_limit, free.daily),
                    monthly: amount(self.monthly_token_limit, self.monthly_request_limit, free.monthly),
                },
                used_today: amount(self.tokens_used_today, self.requests_made_today, zero),
                used_this_month: amount(self.tokens_used_this_month, self.requests_made_this_month, zero),
                used_total: amount(self.total_tokens_used, self.total_requests_made, zero),
                held: Amount { tokens: self.tokens_reserved, requests: self.requests_reserved },
                last_daily_reset: self.last_daily_reset.map(|day| day.0),
                last_monthly_reset: self.last_monthly_reset.map(|day| day.0),
                exhaustion,
                passed: PassedThresholds::from_bits(self.thresholds_passed),
                zone,
            },
        }
    }

    /// Whether anything was ever booked on it, or is held.
    pub(crate) fn is_used(&self) -> bool {
        let counters = [
            self.total_tokens_used,
            self.total_requests_made,
            Some(self.tokens_reserved),
            Some(self.requests_reserved),
        ];
        counters.into_iter().flatten().any(|counter| counter != 0)
    }

    /// These rules always write the limit beside the flag; a flag without it was set by hand.
    fn exhaustion(&self) -> Exhaustion {
        let since = self.credits_exhausted_at.map(|at| at.0);
        match (self.credits_exhausted, self.exhausted_limit.as_deref().and_then(Limit::from_name)) {
            (Some(true), Some(limit)) => {
                Exhaustion::Reached { limit, since: since.unwrap_or(Timestamp::UNIX_EPOCH) }
            }
            (Some(true), None) => Exhaustion::SetByHand { since },
            _ => Exhaustion::No,
        }
    }
}

/// The flag's three columns.
pub(crate) struct FlagColumns {
    pub(crate) exhausted: bool,
    pub(crate) at: Option<UtcTime>,
    pub(crate) limit: Option<String>,
}

impl From<Exhaustion> for FlagColumns {
    fn from(exhaustion: Exhaustion) -> Self {
        match exhaustion {
            Exhaustion::No => Self { exhausted: false, at: None, limit: None },
            Exhaustion::Reached { limit, since } => {
                Self { exhausted: true, at: Some(UtcTime(since)), limit: Some(limit.as_str().to_owned()) }
            }
            Exhaustion::SetByHand { since } => Self { exhausted: true, at: since.map(UtcTime), limit: None },
        }
    }
}

/// What a settlement needs to know of a row of `llm_request_logs`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = llm_request_logs)]
pub(crate) struct LogRow {
    pub(crate) id: i32,
    pub(crate) account_id: Option<i32>,
    pub(crate) widget_id: Option<i32>,
    pub(crate) llm_provider: String,
    pub(crate) llm_model: String,
    pub(crate) status: Option<String>,
    pub(crate) error_message: Option<String>,
    pub(crate) reserved_tokens: i64,
    pub(crate) reserved_until: Option<UtcTime>,
    pub(crate) booked_on: Option<Day>,
}

/// `status` of a hold.
pub(crate) const PENDING: &str = "pending";

/// Rows that are holds. A literal: a bound value would hide from the planner that the partial index fits.
pub(crate) fn is_pending() -> SqlLiteral<Nullable<Bool>> {
    sql("llm_request_logs.status = 'pending'")
}

/// `error_message` of a hold that nobody settled in time.
pub(crate) const ABANDONED: &str = "abandoned";

/// `llm_model` is VARCHAR(100).
pub(crate) const MODEL_CHARS: usize = 100;

/// A new row of `widget_conversations`.
#[derive(Debug, Clone)]
pub(crate) struct ConversationInsert {
    pub(crate) public_id: i64,
    pub(crate) widget_id: i32,
    pub(crate) at: UtcTime,
    pub(crate) fields: super::operation::NewConversation,
}

/// An id that is known, or the position of the new row in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum RowRef {
    Id(i32),
    New(usize),
}

/// A new row of `widget_messages`.
#[derive(Debug, Clone)]
pub(crate) struct MessageInsert {
    pub(crate) conversation: RowRef,
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    pub(crate) entry: Option<i32>,
    pub(crate) confidence: Option<f64>,
    pub(crate) response_time_ms: Option<i32>,
    pub(crate) client_message_id: Option<String>,
    pub(crate) reply_to: Option<RowRef>,
    /// A JSON object.
    pub(crate) metadata: Option<String>,
    pub(crate) at: UtcTime,
}

/// A new row of `llm_request_logs`: a hold, or a denial.
#[derive(Debug, Clone)]
pub(crate) struct LogInsert {
    pub(crate) account_id: i32,
    pub(crate) client_id: Option<i32>,
    pub(crate) widget_id: Option<i32>,
    pub(crate) conversation: RowRef,
    pub(crate) message: RowRef,
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) prompt_text: String,
    pub(crate) status: &'static str,
    pub(crate) error: Option<String>,
    pub(crate) attempt: i32,
    pub(crate) reserved_tokens: i64,
    pub(crate) reserved_until: Option<UtcTime>,
    pub(crate) booked_on: Option<Day>,
    pub(crate) at: UtcTime,
}

/// The outcome of a row of `llm_request_logs`.
#[derive(Debug, Clone)]
pub(crate) struct LogUpdate {
    pub(crate) id: i32,
    pub(crate) model: String,
    pub(crate) response_text: Option<String>,
    pub(crate) prompt_tokens: i32,
    pub(crate) completion_tokens: i32,
    pub(crate) total_tokens: i32,
    pub(crate) response_time_ms: Option<i32>,
    pub(crate) status: &'static str,
    pub(crate) error: Option<String>,
    pub(crate) cost_micro_usd: Option<i64>,
    pub(crate) usage_estimated: bool,
    pub(crate) settled_at: UtcTime,
    pub(crate) booked_on: Option<Day>,
}

/// What is added to a row of `llm_usage_daily`; a late settlement takes the abandoned attempt back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
#[diesel(table_name = llm_usage_daily)]
pub(crate) struct RollupDelta {
    pub(crate) requests: i64,
    pub(crate) successful: i64,
    pub(crate) failed: i64,
    pub(crate) rate_limited: i64,
    pub(crate) blocked: i64,
    pub(crate) credits_exhausted: i64,
    pub(crate) prompt_tokens: i64,
    pub(crate) completion_tokens: i64,
    pub(crate) total_tokens: i64,
    pub(crate) timed_requests: i64,
    pub(crate) response_time_ms: i64,
    pub(crate) cost_micro_usd: i64,
}

/// The key of a row of `llm_usage_daily`: widget, day, provider, model.
pub(crate) type RollupKey = (i32, Day, String, String);

/// A row of `llm_usage_history`.
#[derive(Debug, Clone)]
pub(crate) struct HistoryInsert {
    pub(crate) account_id: i32,
    pub(crate) period: &'static str,
    pub(crate) start: Day,
    pub(crate) tokens: i64,
    pub(crate) requests: i64,
    pub(crate) closed_at: UtcTime,
}

/// What new messages change in their conversation.
#[derive(Debug, Clone)]
pub(crate) struct ConversationTouch {
    pub(crate) messages: i32,
    pub(crate) replies: i32,
    /// Whether the visitor wrote one of them: a conversation that was ended or closed is active again.
    pub(crate) reopens: bool,
    pub(crate) last_message: String,
    pub(crate) at: UtcTime,
}
