//! What callers ask of the ledger, and what it answers.

use super::waiting::HoldsWait;
use frontdesk_domain::credits::{Amount, Denial, ReserveRequest};
use frontdesk_domain::ids::{
    AccountId, ClientId, ConversationId, EntryId, MessageId, PublicConversationId, RequestLogId, WidgetId,
};
use frontdesk_domain::pricing::MicroUsd;
use frontdesk_domain::{ProviderName, TokenUsage};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Whose credits: one account per client and widget. A widget without a client has one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey {
    /// The widget.
    pub widget: WidgetId,
    /// Its client.
    pub client: Option<ClientId>,
}

/// How an operation names its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum AccountRef {
    /// By what it belongs to; it is opened with the free limits where it is missing.
    Key(AccountKey),
    /// By its id.
    Id(AccountId),
}

/// A conversation to be opened.
#[derive(Debug, Clone, Default)]
pub struct NewConversation {
    /// The browser's session, chosen by the widget script.
    pub session_id: String,
    /// The visitor's session over several conversations.
    pub visitor_session_id: Option<String>,
    /// What the visitor said of themselves.
    pub visitor_name: Option<String>,
    /// What the visitor said of themselves.
    pub visitor_email: Option<String>,
    /// What the visitor said of themselves.
    pub visitor_phone: Option<String>,
    /// The browser's `User-Agent`.
    pub user_agent: Option<String>,
    /// Where the visitor came from.
    pub referrer_url: Option<String>,
    /// The page with the widget.
    pub page_url: Option<String>,
    /// Where the visitor's calls come from.
    pub ip_address: Option<IpAddr>,
}

/// The conversation that a message belongs to.
#[derive(Debug, Clone)]
pub enum ConversationRef {
    /// It exists.
    Existing(ConversationId),
    /// It is opened in the same transaction under this unguessable id.
    New(PublicConversationId, Box<NewConversation>),
}

/// A visitor's message, to be stored.
#[derive(Debug, Clone)]
pub struct VisitorMessage {
    /// What the visitor wrote.
    pub text: String,
    /// Idempotency key: a second message with the same one in its conversation is not stored.
    pub client_message_id: Option<String>,
}

/// An attempt at a provider, for which credits are to be held.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The provider to be asked.
    pub provider: ProviderName,
    /// The model to be asked.
    pub model: String,
    /// The visitor's question, for the log.
    pub prompt_text: String,
    /// The most it may use.
    pub request: ReserveRequest,
    /// Which attempt at answering the message it is, from 1.
    pub number: u32,
    /// After this time nobody will settle the hold any more.
    pub hold_for: SignedDuration,
    /// Whether the caller waits and tries once more when only other messages' holds are in the way. Such a
    /// denial is not logged, and comes with a [`HoldsWait`].
    pub may_wait: bool,
}

/// Why there is no reservation.
#[derive(Debug)]
pub struct Refusal {
    /// Which limit is in the way.
    pub denial: Denial,
    /// A place in the queue for the next hold that ends; only for an attempt that may wait. Nothing was
    /// logged then: the caller tries once more with [`Ledger::reserve`](super::Ledger::reserve).
    pub wait: Option<HoldsWait>,
}

/// A second try at a reservation for a message that is stored.
#[derive(Debug, Clone)]
pub struct Reserve {
    /// Who pays.
    pub account: AccountKey,
    /// The message that is being answered.
    pub conversation: ConversationId,
    /// The message that is being answered.
    pub message: MessageId,
    /// The provider to be asked.
    pub attempt: Attempt,
    /// The time.
    pub now: Timestamp,
}

/// Held credits: a pending row of the request log. It must be settled once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// The pending row.
    pub log: RequestLogId,
    /// The account that is charged.
    pub account: AccountId,
    /// What is held.
    pub hold: Amount,
    /// The reply cap that the hold covers.
    pub reply_tokens: u32,
}

/// How an attempt ended: `llm_request_logs.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The model answered. The only outcome that costs a request.
    Success,
    /// The call failed.
    Failed,
    /// The provider's rate limit or quota was hit.
    RateLimited,
    /// The provider refused to answer.
    Blocked,
    /// There were no credits; no provider was called.
    CreditsExhausted,
}

impl Status {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::RateLimited => "rate_limited",
            Self::Blocked => "blocked",
            Self::CreditsExhausted => "credits_exhausted",
        }
    }
}

/// The outcome of an attempt, with which its reservation is settled.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// What it used; charged whatever the status.
    pub usage: TokenUsage,
    /// Whether `usage` is an estimate because the provider reported none.
    pub usage_estimated: bool,
    /// The model that answered, where the provider named it.
    pub model: Option<String>,
    /// The answer.
    pub response_text: Option<String>,
    /// Why there is none, for operators.
    pub error: Option<String>,
    /// From request to answer, in milliseconds.
    pub response_time_ms: u32,
    /// At list price; `None` for a model without a known price.
    pub cost: Option<MicroUsd>,
}

/// The reply to be stored.
#[derive(Debug, Clone)]
pub struct Reply {
    /// What the visitor gets to read.
    pub text: String,
    /// 0 to 1, stored with two decimals.
    pub confidence: f64,
    /// The knowledge-base entry that was the answer.
    pub entry: Option<EntryId>,
    /// From the visitor's message to this reply, in milliseconds.
    pub response_time_ms: u32,
    /// What gave it, as the answer flow names it. This and what follows is kept in `metadata`, so that a message that is
    /// sent again gets the same answer.
    pub source: &'static str,
    /// The entries whose text it is.
    pub sources: Vec<SourceEntry>,
    /// Whether the text stops before its end.
    pub truncated: bool,
    /// What was offered with it.
    pub suggestions: Vec<Suggestion>,
}

/// A knowledge entry whose text an answer is, as the visitor was told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceEntry {
    /// The entry.
    pub id: EntryId,
    /// Its question.
    pub question: String,
}

/// A related question that the knowledge base can answer, as the visitor was offered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The entry.
    pub id: EntryId,
    /// Its question.
    pub question: String,
    /// Its answer.
    pub answer: String,
}

/// The first step of a message: store it, and hold credits for the first attempt.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Who pays.
    pub account: AccountKey,
    /// Where it belongs.
    pub conversation: ConversationRef,
    /// What was said.
    pub message: VisitorMessage,
    /// The provider to be asked.
    pub attempt: Attempt,
    /// The time.
    pub now: Timestamp,
}

/// What became of a [`Begin`].
#[derive(Debug)]
pub enum Begun {
    /// The message is stored.
    Stored {
        /// Its conversation.
        conversation: ConversationId,
        /// Its id.
        message: MessageId,
        /// The held credits, or why there are none; then a `credits_exhausted` row is in the log, unless the
        /// refusal has a wait.
        reserved: Result<Reservation, Refusal>,
    },
    /// A message with the same idempotency key was there before; nothing was stored or held.
    Duplicate(MessageId),
}

/// A failed attempt and the next one, in one step.
#[derive(Debug, Clone)]
pub struct Retry {
    /// What was held for the failed attempt.
    pub reservation: Reservation,
    /// How it failed.
    pub outcome: Outcome,
    /// The message that is being answered.
    pub conversation: ConversationId,
    /// The message that is being answered.
    pub message: MessageId,
    /// The next attempt.
    pub attempt: Attempt,
    /// The time.
    pub now: Timestamp,
}

/// The last step of a message: settle what is held, store the reply.
#[derive(Debug, Clone)]
pub struct Finish {
    /// Who pays.
    pub account: AccountKey,
    /// The held credits and how the attempt ended; `None` where nothing is held.
    pub settle: Option<(Reservation, Outcome)>,
    /// Where the reply belongs.
    pub conversation: ConversationId,
    /// The message that is answered.
    pub message: MessageId,
    /// The answer.
    pub reply: Reply,
    /// The time.
    pub now: Timestamp,
}

/// What became of a [`Finish`]. What was held is settled either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// The reply is stored under this id.
    Stored(MessageId),
    /// The message had this reply already, from a repetition of it; no second one was stored.
    Duplicate(MessageId),
}

impl Finished {
    /// The reply that the message has.
    pub const fn reply(self) -> MessageId {
        match self {
            Self::Stored(reply) | Self::Duplicate(reply) => reply,
        }
    }
}

/// A message that no model is asked for, with its reply.
#[derive(Debug, Clone)]
pub struct Record {
    /// The account that would pay.
    pub account: AccountKey,
    /// Where it belongs.
    pub conversation: ConversationRef,
    /// What was said.
    pub message: VisitorMessage,
    /// The answer.
    pub reply: Reply,
    /// The time.
    pub now: Timestamp,
}

/// What became of a [`Record`].
#[derive(Debug, Clone, Copy)]
pub enum Recorded {
    /// Message and reply are stored.
    Stored {
        /// Their conversation.
        conversation: ConversationId,
        /// The reply's id.
        reply: MessageId,
    },
    /// A message with the same idempotency key was there before; nothing was stored.
    Duplicate(MessageId),
}

/// The message that a row of the batch refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageRef {
    Existing(MessageId),
    /// The visitor's message of the same operation.
    Own,
}

/// A settlement inside an operation.
#[derive(Debug, Clone)]
pub(crate) enum Settle {
    /// By whoever made the attempt.
    Outcome(RequestLogId, Outcome),
    /// By a sweeper: only if the hold is still pending and its time is over.
    Abandoned(RequestLogId),
}

/// The one shape of everything that the ledger does, applied in the order of the fields.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) account: AccountRef,
    pub(crate) now: Timestamp,
    pub(crate) settle: Option<Settle>,
    pub(crate) conversation: Option<ConversationRef>,
    pub(crate) message: Option<VisitorMessage>,
    pub(crate) reserve: Option<(MessageRef, Attempt)>,
    pub(crate) reply: Option<(MessageRef, Reply)>,
}

impl Operation {
    /// An operation that only rolls the account to `now`.
    pub(crate) fn roll(account: AccountRef, now: Timestamp) -> Self {
        Self { account, now, settle: None, conversation: None, message: None, reserve: None, reply: None }
    }

    /// Whether its caller waits after a denial that only holds cause.
    pub(crate) fn may_wait(&self) -> bool {
        self.reserve.as_ref().is_some_and(|(_, attempt)| attempt.may_wait)
    }

    /// Whether a text that comes from the visitor holds a NUL.
    pub(crate) fn has_nul(&self) -> bool {
        let message = self.message.iter();
        let said = message.flat_map(|m| [Some(&m.text), m.client_message_id.as_ref()]);
        let fields = match &self.conversation {
            Some(ConversationRef::New(_, fields)) => Some(fields),
            _ => None,
        };
        let opened = fields.into_iter().flat_map(|c| {
            [
                Some(&c.session_id),
                c.visitor_session_id.as_ref(),
                c.visitor_name.as_ref(),
                c.visitor_email.as_ref(),
                c.visitor_phone.as_ref(),
                c.user_agent.as_ref(),
                c.referrer_url.as_ref(),
                c.page_url.as_ref(),
            ]
        });
        said.chain(opened).flatten().any(|text| text.contains('\0'))
    }
}
