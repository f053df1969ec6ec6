//! Identifiers. A newtype per table, so that a widget's id cannot be passed where a client's is wanted.
//!
//! ```compile_fail
//! use frontdesk_domain::ids::{ClientId, WidgetId};
//! let widget: WidgetId = ClientId(5);
//! ```

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            /// The number.
            ///
            /// ```
            #[doc = concat!("assert_eq!(frontdesk_domain::ids::", stringify!($name), "(7).to_string(), \"7\");")]
            /// ```
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// `clients.id`.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ids::ClientId(5).to_string(), "5");
    /// ```
    ClientId(i32)
}
id! {
    /// `widget_configs.id`.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ids::WidgetId(10).to_string(), "10");
    /// ```
    WidgetId(i32)
}
id! {
    /// `client_llm_usage.id`: one credit account.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ids::AccountId(1).to_string(), "1");
    /// ```
    AccountId(i32)
}
id! {
    /// `widget_conversations.id`. It never leaves the API: see [`PublicConversationId`].
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ids::ConversationId(7).to_string(), "7");
    /// ```
    ConversationId(i32)
}
id! {
    /// `widget_messages.id`.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ids::MessageId(456).to_string(), "456");
    /// ```
    MessageId(i32)
}
id! {
    /// `widget_knowledge_base.id`.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ids::EntryId(3).to_string(), "3");
    /// ```
    EntryId(i32)
}
id! {
    /// `llm_request_logs.id`: one attempt at a provider, and while it is pending the hold for it.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ids::RequestLogId(9).to_string(), "9");
    /// ```
    RequestLogId(i32)
}

id! {
    /// `webhooks.id`: where a client wants to hear of events.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ids::WebhookId(2).to_string(), "2");
    /// ```
    WebhookId(i32)
}
id! {
    /// `webhook_deliveries.id`: an event on its way to a webhook.
    ///
    /// ```
    /// assert_eq!(frontdesk_domain::ids::DeliveryId(8).to_string(), "8");
    /// ```
    DeliveryId(i32)
}

/// The conversation id that visitors see: 53 random bits, so that it cannot be guessed and is still a
/// number that every JSON reader holds exactly.
///
/// ```
/// use frontdesk_domain::ids::PublicConversationId;
/// let from_a_generator = 0xFEDC_BA98_7654_3210;
/// let id = PublicConversationId::from_random(from_a_generator);
/// assert!(id > PublicConversationId::new(0) && id < PublicConversationId::MAX);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicConversationId(i64);

impl PublicConversationId {
    /// The largest that is ever made, 2^53 - 1. A larger one that a database holds must not be sent.
    ///
    /// ```
    /// use frontdesk_domain::ids::PublicConversationId;
    /// assert_eq!(PublicConversationId::MAX.get(), 9_007_199_254_740_991);
    /// ```
    pub const MAX: Self = Self((1 << 53) - 1);

    /// Takes 53 bits of `random`, which must come from a cryptographic source.
    ///
    /// ```
    /// use frontdesk_domain::ids::PublicConversationId;
    /// let id = PublicConversationId::from_random(u64::MAX);
    /// assert_eq!(id.get(), (1 << 53) - 1);
    /// ```
    pub fn from_random(random: u64) -> Self {
        Self((random >> 11).cast_signed())
    }

    /// Wraps an id that a client sent or a database holds; any number may be asked for.
    ///
    /// ```
    /// use frontdesk_domain::ids::PublicConversationId;
    /// assert_eq!(PublicConversationId::new(123).get(), 123);
    /// ```
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// The number as stored and sent.
    ///
    /// ```
    /// use frontdesk_domain::ids::PublicConversationId;
    /// assert_eq!(PublicConversationId::new(123).get(), 123);
    /// ```
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for PublicConversationId {
    /// The number.
    ///
    /// ```
    /// use frontdesk_domain::ids::PublicConversationId;
    /// assert_eq!(PublicConversationId::new(123).to_string(), "123");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
