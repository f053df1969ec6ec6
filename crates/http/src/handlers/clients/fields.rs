//! The fields that `draft` reads, as the OpenAPI document shows them. Nothing else uses these types.

use crate::openapi::types::{Ignored, with_required};
use std::borrow::Cow;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The fields of a client that are to change. Null empties those that may be empty, and leaves the others alone. The
/// columns that the server alone writes may be sent and are not looked at.
#[derive(ToSchema)]
#[schema(as = ClientChange)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows a body")]
pub(super) struct ClientPatchFields {
    #[schema(max_length = 255, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$", example = "Harbour Dental")]
    client_name: Option<String>,
    #[schema(
        max_length = 255,
        pattern = r"^[^\s@\x00-\x1f\x7f-\x9f]+@[^\s@.\x00-\x1f\x7f-\x9f]+(\.[^\s@.\x00-\x1f\x7f-\x9f]+)*$",
        example = "hello@harbourdental.example"
    )]
    email: Option<String>,
    #[schema(max_length = 50, example = "555-0142")]
    phone: Option<String>,
    #[schema(max_length = 255)]
    website: Option<String>,
    /// A mark for people: the client's widgets answer as they did.
    is_active: Option<bool>,
    #[schema(max_length = 255)]
    business_hours: Option<String>,
    #[schema(max_length = 5000)]
    description: Option<String>,
    #[schema(max_length = 255)]
    address: Option<String>,
    #[schema(max_length = 100)]
    city: Option<String>,
    #[schema(max_length = 50)]
    state: Option<String>,
    #[schema(max_length = 20)]
    zip_code: Option<String>,
    #[schema(required = false)]
    id: Ignored,
    #[schema(required = false)]
    created_at: Ignored,
    #[schema(required = false)]
    updated_at: Ignored,
}

/// A whole client.
pub(super) struct ClientFields;

impl PartialSchema for ClientFields {
    fn schema() -> RefOr<Schema> {
        with_required(ClientPatchFields::schema(), &["client_name", "email"], "A whole client.")
    }
}

impl ToSchema for ClientFields {
    fn name() -> Cow<'static, str> {
        "NewClient".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ClientPatchFields::schemas(schemas);
    }
}
