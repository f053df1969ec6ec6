//! Whose something is.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::repositories::conversations::nameable;
use crate::schema::{webhook_deliveries, webhooks, widget_configs, widget_conversations};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::select;
use frontdesk_domain::ids::{ClientId, DeliveryId, PublicConversationId, WebhookId, WidgetId};

impl Database {
    /// Whether there is such a widget, active or not, and it belongs to the client.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn client_owns_widget(&self, client: ClientId, id: WidgetId) -> Result<bool, DatabaseError> {
        let own = widget_configs::table.find(id.0).filter(widget_configs::client_id.eq(client.0));
        read!(self, |c| select(exists(own)).get_result(c))
    }

    /// Whether there is such a conversation, and it was had with a widget of the client.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn client_owns_conversation(
        &self,
        client: ClientId,
        id: PublicConversationId,
    ) -> Result<bool, DatabaseError> {
        let own = widget_conversations::table
            .inner_join(
                widget_configs::table.on(widget_conversations::widget_id.eq(widget_configs::id.nullable())),
            )
            .filter(widget_conversations::public_id.eq(nameable(id)))
            .filter(widget_configs::client_id.eq(client.0));
        read!(self, |c| select(exists(own)).get_result(c))
    }

    /// Whether there is such a webhook, and it belongs to the client.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn client_owns_webhook(&self, client: ClientId, id: WebhookId) -> Result<bool, DatabaseError> {
        let own = webhooks::table.find(id.0).filter(webhooks::client_id.eq(client.0));
        read!(self, |c| select(exists(own)).get_result(c))
    }

    /// Whether there is such a delivery, and its webhook belongs to the client.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn client_owns_delivery(
        &self,
        client: ClientId,
        id: DeliveryId,
    ) -> Result<bool, DatabaseError> {
        let own = webhook_deliveries::table
            .inner_join(webhooks::table)
            .filter(webhook_deliveries::id.eq(id.0))
            .filter(webhooks::client_id.eq(client.0));
        read!(self, |c| select(exists(own)).get_result(c))
    }
}
