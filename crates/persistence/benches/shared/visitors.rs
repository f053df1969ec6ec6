//! What a visitor's message does to the ledger, without the model's answer in between.

use super::Failure;
use frontdesk_domain::credits::ReserveRequest;
use frontdesk_domain::ids::{ClientId, ConversationId, WidgetId};
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_persistence::{
    AccountKey, Attempt, Begin, Begun, ConversationRef, Finish, Ledger, Outcome, Reply, Status,
    VisitorMessage,
};
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant};

const QUESTION: &str = "When are you open on Saturday?";
const ANSWER: &str = "On Saturday we are open from 9 AM to 1 PM.";

/// How long the two steps of a cycle took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waits {
    pub(crate) begin: Duration,
    pub(crate) finish: Duration,
}

/// One cycle of this widget: store the message and reserve, then settle and store the reply.
pub(crate) async fn cycle(ledger: &Ledger, widget: i32, now: Timestamp) -> Result<Waits, Failure> {
    let account = AccountKey { widget: WidgetId(widget), client: Some(ClientId(widget)) };
    let conversation = ConversationId(widget);
    let started = Instant::now();
    let answer = ledger.begin(begin_of(account, conversation, now)).await?;
    let begin = started.elapsed();
    let Begun::Stored { message, reserved: Ok(reservation), .. } = answer else {
        return Err(format!("widget {widget} has no credits: {answer:?}").into());
    };
    let finish = Finish {
        account,
        settle: Some((reservation, outcome())),
        conversation,
        message,
        reply: Reply {
            text: ANSWER.into(),
            confidence: 0.95,
            entry: None,
            response_time_ms: 812,
            source: "llm",
            sources: Vec::new(),
            truncated: false,
            suggestions: Vec::new(),
        },
        now,
    };
    let started = Instant::now();
    ledger.finish(finish).await?;
    Ok(Waits { begin, finish: started.elapsed() })
}

fn begin_of(account: AccountKey, conversation: ConversationId, now: Timestamp) -> Begin {
    Begin {
        account,
        conversation: ConversationRef::Existing(conversation),
        message: VisitorMessage { text: QUESTION.into(), client_message_id: None },
        attempt: Attempt {
            provider: ProviderName::GEMINI,
            model: "gemini-pro".into(),
            prompt_text: QUESTION.into(),
            request: ReserveRequest { prompt_tokens: 400, reply_tokens: 500 },
            number: 1,
            hold_for: SignedDuration::from_secs(60),
            may_wait: false,
        },
        now,
    }
}

fn outcome() -> Outcome {
    Outcome {
        status: Status::Success,
        usage: TokenUsage { prompt_tokens: 380, completion_tokens: 70, ..TokenUsage::default() },
        usage_estimated: false,
        model: None,
        response_text: Some(ANSWER.into()),
        error: None,
        response_time_ms: 800,
        cost: None,
    }
}
