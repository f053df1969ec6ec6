//! Opening conversations: one for each session, and one for each idempotency key.

use crate::error::ChatError;
use crate::front_desk::{Desk, FrontDesk, account};
use frontdesk_domain::ids::{PublicConversationId, WidgetId};
use frontdesk_persistence::{
    Claimed, ConversationRef, IdempotencyKey, NewConversation, Opening, Operation, Widget,
};
use moka::future::Cache;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

/// A session's id is all that its conversation is found by. A shorter one could be guessed, so it finds none.
pub const MIN_SESSION_CHARS: usize = 8;

/// How often a repeated call looks whether the first one has opened the conversation.
const POLL: Duration = Duration::from_millis(20);
/// After so long the first call is given up: its process has died.
const GIVEN_UP: Duration = Duration::from_secs(2);
/// Sessions whose calls are kept apart, and for how long after the last one.
const MAX_SESSIONS: u64 = 10_000;
const SESSION_IDLE: Duration = Duration::from_secs(10);

/// Lets a session's calls look for its conversation one after another: two at once would both find none, and open two.
/// It knows of this process alone; calls of one session that reach two processes at once are not kept apart.
pub(crate) struct Sessions(Cache<(WidgetId, String), Arc<Mutex<()>>>);

impl Sessions {
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(MAX_SESSIONS).time_to_idle(SESSION_IDLE).build())
    }

    /// To be held until the conversation is open. `None`: no conversation is found by such a session.
    async fn turn(&self, widget: WidgetId, session: &str) -> Option<OwnedMutexGuard<()>> {
        if !found_by(session) {
            return None;
        }
        let key = (widget, session.to_owned());
        let turns: Arc<Mutex<()>> = self.0.get_with(key, async { Arc::default() }).await;
        Some(turns.lock_owned().await)
    }
}

impl FrontDesk {
    /// The session's active conversation, or a new one. With `once`, a call that is repeated gets what the first got,
    /// and opens nothing.
    ///
    /// # Errors
    /// [`ChatError::WidgetNotFound`], [`ChatError::KeyReused`], [`ChatError::Database`], [`ChatError::Ledger`].
    pub async fn open_conversation(
        &self,
        key: &str,
        visitor: NewConversation,
        once: Option<IdempotencyKey>,
    ) -> Result<Opening, ChatError> {
        let desk = self.desk();
        let widget = desk.widget(key).await?;
        let _turn = desk.sessions.turn(widget.id, &visitor.session_id).await;
        let opening = match desk.session_conversation(&widget, &visitor.session_id).await? {
            Some(conversation) => Opening { conversation, existing: true },
            None => Opening { conversation: desk.new_id(), existing: false },
        };
        if let Some(once) = once {
            return desk.open_once(&widget, Operation::OpenConversation, opening, visitor, once).await;
        }
        if !opening.existing {
            desk.open_as(&widget, opening.conversation, visitor).await?;
        }
        Ok(opening)
    }

    /// Makes ids for conversations of an older service, which have none that may leave the API.
    pub fn new_ids(&self) -> impl FnMut() -> PublicConversationId + Send + 'static {
        let desk = self.clone();
        move || desk.desk().new_id()
    }
}

impl Desk {
    /// The conversation of a message that comes without one, but with a key.
    pub(crate) async fn first_conversation(
        &self,
        widget: &Widget,
        visitor: NewConversation,
        once: IdempotencyKey,
    ) -> Result<PublicConversationId, ChatError> {
        let opening = Opening { conversation: self.new_id(), existing: false };
        let opened = self.open_once(widget, Operation::FirstMessage, opening, visitor, once).await?;
        Ok(opened.conversation)
    }

    async fn session_conversation(
        &self,
        widget: &Widget,
        session: &str,
    ) -> Result<Option<PublicConversationId>, ChatError> {
        if !found_by(session) {
            return Ok(None);
        }
        Ok(self.database.active_conversation(widget.id, session).await?)
    }

    async fn open_once(
        &self,
        widget: &Widget,
        operation: Operation,
        opening: Opening,
        visitor: NewConversation,
        once: IdempotencyKey,
    ) -> Result<Opening, ChatError> {
        let claimed = self.database.claim_conversation(widget.id, operation, once, opening, self.time());
        match claimed.await? {
            Claimed::KeyReused => Err(ChatError::KeyReused),
            Claimed::Own => {
                if !opening.existing {
                    self.open_as(widget, opening.conversation, visitor).await?;
                }
                Ok(opening)
            }
            Claimed::Earlier(first) => {
                if !first.existing {
                    self.await_opened(widget, first.conversation, visitor).await?;
                }
                Ok(first)
            }
        }
    }

    /// Waits for a conversation that another call is opening; opens it where that call's process has died.
    async fn await_opened(
        &self,
        widget: &Widget,
        id: PublicConversationId,
        visitor: NewConversation,
    ) -> Result<(), ChatError> {
        let give_up = Instant::now() + GIVEN_UP;
        while Instant::now() < give_up {
            if self.is_open(widget, id).await? {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        let opened = self.open_as(widget, id, visitor).await;
        // Ids are unique: somebody else was quicker.
        if opened.is_err() && self.is_open(widget, id).await? { Ok(()) } else { opened }
    }

    async fn is_open(&self, widget: &Widget, id: PublicConversationId) -> Result<bool, ChatError> {
        Ok(self.database.conversation(widget.id, id, 0).await?.is_some())
    }

    async fn open_as(
        &self,
        widget: &Widget,
        id: PublicConversationId,
        visitor: NewConversation,
    ) -> Result<(), ChatError> {
        let new = conversation_as(id, visitor);
        self.database.ledger().open_conversation(account(widget), new, self.time()).await?;
        Ok(())
    }
}

fn found_by(session: &str) -> bool {
    session.chars().count() >= MIN_SESSION_CHARS
}

/// A conversation to be opened under this id. Without a session of the browser's it is its own session.
pub(crate) fn conversation_as(id: PublicConversationId, mut visitor: NewConversation) -> ConversationRef {
    if visitor.session_id.is_empty() {
        visitor.session_id = id.to_string();
    }
    ConversationRef::New(id, Box::new(visitor))
}
