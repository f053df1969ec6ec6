//! An event as it is sent. The same bytes in every attempt.

use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::WebhookEvent;
use serde::Serialize;

#[derive(Serialize)]
struct Message<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    created_at: String,
    client_id: ClientId,
    data: &'a serde_json::Value,
}

/// The body.
pub(crate) fn body(event: &WebhookEvent) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Message {
        id: &event.id,
        kind: &event.kind,
        created_at: format!("{:.3}", event.created_at),
        client_id: event.client,
        data: &event.data,
    })
}
