//! Clients, whose widgets these are, for administrators.

pub(crate) mod client;
mod draft;
mod fields;
pub(crate) mod list;

use crate::reply::Instant;
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::StoredClient;
use serde::Serialize;
use utoipa::ToSchema;

/// A client; the names are the columns of `clients`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
pub(super) struct Row {
    #[schema(example = 1)]
    id: ClientId,
    #[schema(example = "Harbour Dental")]
    client_name: Option<String>,
    #[schema(example = "hello@harbourdental.example")]
    email: String,
    phone: Option<String>,
    website: Option<String>,
    is_active: bool,
    business_hours: Option<String>,
    description: Option<String>,
    address: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip_code: Option<String>,
    created_at: Option<Instant>,
    updated_at: Option<Instant>,
}

impl From<StoredClient> for Row {
    fn from(client: StoredClient) -> Self {
        Self {
            id: client.id,
            client_name: client.client_name,
            email: client.email,
            phone: client.phone,
            website: client.website,
            is_active: client.is_active,
            business_hours: client.business_hours,
            description: client.description,
            address: client.address,
            city: client.city,
            state: client.state,
            zip_code: client.zip_code,
            created_at: client.created_at.map(Instant),
            updated_at: client.updated_at.map(Instant),
        }
    }
}
