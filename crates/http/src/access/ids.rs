//! The ids in a path: what a parameter is called says what it is, and so whose.

use super::Principal;
use crate::error::ApiError;
use crate::state::State;
use actix_web::dev::{Path, ResourcePath};
use frontdesk_chat::ChatError;
use frontdesk_domain::ids::{ClientId, DeliveryId, PublicConversationId, WebhookId, WidgetId};
use frontdesk_persistence::WebhookError;

/// What a parameter of a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// `{client}`: `clients.id`.
    Client,
    /// `{widget}`: `widget_configs.id`.
    Widget,
    /// `{conversation}`: `widget_conversations.public_id`.
    Conversation,
    /// `{webhook}`: `webhooks.id`.
    Webhook,
    /// `{delivery}`: `webhook_deliveries.id`.
    Delivery,
    /// An id that its handler looks up within one of the above.
    Within,
}

impl Named {
    /// `None`: nobody has said what such a parameter is.
    pub(crate) fn by(parameter: &str) -> Option<Self> {
        match parameter {
            "client" => Some(Self::Client),
            "widget" => Some(Self::Widget),
            "conversation" => Some(Self::Conversation),
            "webhook" => Some(Self::Webhook),
            "delivery" => Some(Self::Delivery),
            "entry" | "question" => Some(Self::Within),
            _ => None,
        }
    }
}

/// Whether all that the path names is the client's to whom the key is bound. What is another client's, nobody's or
/// no id at all gets the answer of what does not exist.
pub(super) async fn check<T: ResourcePath>(
    state: &State,
    principal: Principal,
    path: &Path<T>,
) -> Result<(), ApiError> {
    let Some(client) = principal.client else { return Ok(()) };
    for (parameter, value) in path.iter() {
        let (owned, unknown) = match Named::by(parameter) {
            Some(Named::Client) => (value.parse() == Ok(client.0), ApiError::ClientNotFound),
            Some(Named::Widget) => (owns_widget(state, client, value).await?, ApiError::WidgetNotFound),
            Some(Named::Conversation) => {
                (owns_conversation(state, client, value).await?, ChatError::ConversationNotFound.into())
            }
            Some(Named::Webhook) => {
                (owns_webhook(state, client, value).await?, WebhookError::Unknown(WebhookId(0)).into())
            }
            Some(Named::Delivery) => (
                owns_delivery(state, client, value).await?,
                WebhookError::UnknownDelivery(DeliveryId(0)).into(),
            ),
            Some(Named::Within) => continue,
            // A test keeps such parameters out of the table; should one get in, it is closed.
            None => (false, ApiError::RouteNotFound),
        };
        if !owned {
            return Err(unknown);
        }
    }
    Ok(())
}

async fn owns_widget(state: &State, client: ClientId, value: &str) -> Result<bool, ApiError> {
    let Ok(id) = value.parse() else { return Ok(false) };
    Ok(state.database.client_owns_widget(client, WidgetId(id)).await?)
}

async fn owns_conversation(state: &State, client: ClientId, value: &str) -> Result<bool, ApiError> {
    let Ok(id) = value.parse() else { return Ok(false) };
    Ok(state.database.client_owns_conversation(client, PublicConversationId::new(id)).await?)
}

async fn owns_webhook(state: &State, client: ClientId, value: &str) -> Result<bool, ApiError> {
    let Ok(id) = value.parse() else { return Ok(false) };
    Ok(state.database.client_owns_webhook(client, WebhookId(id)).await?)
}

async fn owns_delivery(state: &State, client: ClientId, value: &str) -> Result<bool, ApiError> {
    let Ok(id) = value.parse() else { return Ok(false) };
    Ok(state.database.client_owns_delivery(client, DeliveryId(id)).await?)
}
