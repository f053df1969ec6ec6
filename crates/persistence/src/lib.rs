//! Everything that Frontdesk stores, on PostgreSQL and on SQLite.
//!
//! [`Database`] is an async facade: its callers never see SQL, a connection, a pool or a thread.
//!
//! * [`Ledger`]: whatever has to do with credits, and all writes of a conversation, in group commits.
//! * `Database::widget_by_key` and its like: reads, from a pool.
//! * `Database::change_knowledge`, `Database::vote`: the knowledge base and what visitors think of it, in transactions
//!   of their own.
//! * `outbox`: events for clients' webhooks, stored in the transaction that causes them; `Database::claim_deliveries`
//!   and its like: their way out.
//! * [`upkeep`]: what the reset worker does in batches.
//! * [`audit`]: every counter against the request log that explains it.
//!
//! No rule about credits stands here: those are in [`frontdesk_domain::credits`].

pub mod audit;
mod database;
mod demo;
mod error;
mod ledger;
mod location;
mod migrate;
mod outbox;
mod readers;
mod repositories;
mod schema;
mod statement;
mod types;
pub mod upkeep;

pub use database::{Database, ReaderSettings};
pub use error::{AccountError, ClientError, DatabaseError, KnowledgeError, LedgerError, WidgetError};
pub use ledger::{
    AccountKey, Attempt, Begin, Begun, ConversationRef, Finish, Finished, HoldsWait, Ledger, NewConversation,
    Outcome, Record, Recorded, Refusal, Reply, Reservation, Reserve, Retry, SourceEntry, Status, Suggestion,
    VisitorMessage,
};
pub use outbox::{EventKind, RETRY_FOR};
pub use readers::{Lane, PoolUse, within};
pub use repositories::accounts::AccountChange;
pub use repositories::analytics::{Group, Grouping};
pub use repositories::api_keys::role::{Role, UnknownRole};
pub use repositories::api_keys::{ApiKey, ApiKeyError, ApiKeyId, KeyHash, KeyState, NewApiKey};
pub use repositories::clients::{ClientFilter, ClientPage, ClientPatch, NewClient, StoredClient};
pub use repositories::conversations::ConversationKey;
pub use repositories::conversations::changes::{Ended, TranscriptWish};
pub use repositories::conversations::erase::{EraseError, Erased};
pub use repositories::conversations::inbox::{InboxFilter, InboxPage, MOST_COUNTED};
pub use repositories::conversations::lead::{Captured, Lead};
pub use repositories::conversations::messages::{HumanReply, MessageRange, Replied, StoredMessage};
pub use repositories::conversations::state::ConversationState;
pub use repositories::conversations::stored::StoredConversation;
pub use repositories::conversations::turns::{Conversation, StoredReply, Turn};
pub use repositories::conversations::visitor::{Visitor, VisitorConversation, VisitorData, VisitorRequest};
pub use repositories::feedback::{Feedback, Vote};
pub use repositories::idempotency::{Claimed, IdempotencyKey, Opening, Operation};
pub use repositories::knowledge::active::KnowledgeEntry;
pub use repositories::knowledge::change::{EntryPatch, KnowledgeChange, NewEntry};
pub use repositories::knowledge::page::{KnowledgeFilter, KnowledgePage};
pub use repositories::knowledge::stored::StoredEntry;
pub use repositories::logs::{LogFilter, LogPage, LogRange, LoggedRequest};
pub use repositories::maintenance::{DueAccount, DueZones, Held, OverdueHold};
pub use repositories::overview::{ClientAccounts, ClientUse, Overview, OverviewFilter, WidgetUse};
pub use repositories::retention::PrunedConversations;
pub use repositories::unanswered::group::{Guess, Heard, MAX_OPEN, MAX_SAMPLES, WaitingReply};
pub use repositories::unanswered::{QuestionStatus, UnansweredError, UnansweredPage, UnansweredQuestion};
pub use repositories::usage::{Analytics, UsageReport};
pub use repositories::webhooks::deliveries::{AttemptReport, ClaimedDelivery, Then, WebhookEvent};
pub use repositories::webhooks::log::{Delivery, DeliveryPage, DeliveryStatus};
pub use repositories::webhooks::pending::PendingDeliveries;
pub use repositories::webhooks::{
    MAX_WEBHOOKS, NewWebhook, PREVIOUS_SECRET_FOR, Webhook, WebhookError, WebhookPatch,
};
pub use repositories::widgets::change::{Deletion, NewWidget, WidgetPatch};
pub use repositories::widgets::stored::{StoredWidget, WidgetFilter, WidgetPage};
pub use repositories::widgets::{Business, LlmSettings, Presentation, PublicConfig, Restrictions, Widget};
