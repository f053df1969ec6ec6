//! Visitors who leave their contact details.

use super::progress::{field, missing};
use crate::body::JsonBody;
use crate::contact;
use crate::error::{ApiError, BodyError};
use crate::fields::{Read, document};
use crate::handlers::widget_key;
use crate::idempotency;
use crate::reply;
use crate::state::State;
use crate::text::{ConversationNumber, Text};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use frontdesk_chat::ChatError;
use frontdesk_domain::ids::PublicConversationId;
use frontdesk_persistence::{Captured, Lead};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[schema(as = Lead)]
struct LeadFields {
    conversation_id: Option<ConversationNumber>,
    visitor_name: Option<Text<255>>,
    visitor_email: Option<Text<255>>,
    visitor_phone: Option<Text<50>>,
    handoff_type: Option<Text<50>>,
    handoff_details: Option<Value>,
    client_message_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LeadStored)]
struct Stored {
    success: bool,
    message: &'static str,
    lead_id: Option<i32>,
}

const THANKS: &str = "Thank you! We will get in touch with you.";

impl LeadFields {
    fn into_lead(self) -> Result<Lead, BodyError> {
        let checked = |name: &str, text: Option<String>, check: fn(String) -> Read<String>| {
            contact::given(text).map(check).transpose().map_err(|problem| field(name, problem))
        };
        let lead = Lead {
            name: contact::given(self.visitor_name.map(|text| text.0)),
            email: checked("visitor_email", self.visitor_email.map(|text| text.0), contact::email)?,
            phone: checked("visitor_phone", self.visitor_phone.map(|text| text.0), contact::phone)?,
            handoff_type: contact::given(self.handoff_type.map(|text| text.0)),
            handoff_details: self
                .handoff_details
                .map(document)
                .transpose()
                .map_err(|problem| field("handoff_details", problem))?,
        };
        if lead.name.is_none() && lead.email.is_none() && lead.phone.is_none() {
            let problem =
                "send it, or visitor_phone or visitor_name: there is nothing to reach the visitor by";
            return Err(field("visitor_email", problem.to_owned()));
        }
        Ok(lead)
    }
}

/// What a call is about, for its idempotency key.
fn about(id: PublicConversationId, lead: &Lead) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        id.to_string(),
        text(&lead.name),
        text(&lead.email),
        text(&lead.phone),
        text(&lead.handoff_type),
        lead.handoff_details.as_ref().map_or_else(String::new, Value::to_string),
    ]
}

/// Stores the contact details that a visitor leaves.
#[utoipa::path(
    post,
    path = "/public/widget/{key}/capture-lead",
    request_body = LeadFields,
    responses((status = 200, description = "It is stored.", body = Stored)),
    extensions(("x-error-codes" = json!(["widget_not_found", "conversation_not_found", "idempotency_key_reused"]))),
)]
pub(crate) async fn capture_lead(
    state: Data<State>,
    key: Path<String>,
    request: HttpRequest,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let mut fields: LeadFields = body.read()?;
    let id = fields.conversation_id.ok_or_else(|| missing("conversation_id"))?.0;
    let repeated = fields.client_message_id.take();
    let lead = fields.into_lead()?;
    let about = about(id, &lead);
    let once = idempotency::once(&request, repeated, &about.iter().map(String::as_str).collect::<Vec<_>>())?;
    let widget = state.desk.widget(widget_key(&key)?).await?;
    match state.database.capture_lead(widget.id, id, lead, once, state.now()).await? {
        Captured::Stored { lead_id } => reply::ok(&Stored { success: true, message: THANKS, lead_id }),
        Captured::UnknownConversation => Err(ChatError::ConversationNotFound.into()),
        Captured::KeyReused => Err(ChatError::KeyReused.into()),
    }
}
