//! Conversations: what visitors' scripts do with theirs, and the inbox of those who answer them.

pub(crate) mod inbox;
pub(crate) mod lead;
pub(crate) mod messages;
pub(crate) mod open;
pub(crate) mod progress;
pub(crate) mod visitor_data;

use crate::error::ApiError;
use crate::handlers::widget_key;
use crate::state::State;
use frontdesk_chat::ChatError;
use frontdesk_domain::ids::PublicConversationId;
use frontdesk_persistence::ConversationKey;

/// The id in a path. What is no id is nobody's.
fn conversation_id(text: &str) -> Result<PublicConversationId, ApiError> {
    let id = text.parse().map(PublicConversationId::new);
    id.map_err(|_| ChatError::ConversationNotFound.into())
}

/// A conversation that has to be of the widget with this key.
async fn of_widget(state: &State, key: &str, id: PublicConversationId) -> Result<ConversationKey, ApiError> {
    let widget = state.desk.widget(widget_key(key)?).await?;
    Ok(ConversationKey { id, widget: Some(widget.id) })
}

/// A conversation of whichever widget; whether the caller may see it was checked before.
fn of_any_widget(text: &str) -> Result<ConversationKey, ApiError> {
    Ok(ConversationKey { id: conversation_id(text)?, widget: None })
}

/// Passes what was found.
fn found<T>(found: Option<T>) -> Result<T, ApiError> {
    found.ok_or_else(|| ChatError::ConversationNotFound.into())
}

/// Passes where something was found.
fn is_found(is: bool) -> Result<(), ApiError> {
    found(is.then_some(()))
}
