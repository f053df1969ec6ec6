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
use frontdesk_persistence::{Captured, Lead};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What a visitor leaves: at least a name, an e-mail address or a telephone number. Blank is as good as left out, and what is
/// left out stays as the conversation has it.
#[derive(Deserialize, ToSchema)]
#[schema(as = Lead)]
struct LeadFields {
    #[schema(required, nullable = false)]
    conversation_id: Option<ConversationNumber>,
    #[schema(max_length = 255, example = "Ada Lovelace")]
    visitor_name: Option<Text<255>>,
    #[schema(max_length = 255, example = "ada@example.com")]
    visitor_email: Option<Text<255>>,
    #[schema(max_length = 50, example = "+1 555 0100")]
    visitor_phone: Option<Text<50>>,
    /// What the visitor wants.
    #[schema(max_length = 50, example = "callback")]
    handoff_type: Option<Text<50>>,
    /// More about that: any JSON.
    handoff_details: Option<Value>,
    /// Idempotency key within the conversation: the call may be repeated with it and is done once.
    #[schema(min_length = 1, max_length = 100, example = "lead-1")]
    client_message_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LeadStored)]
struct Stored {
    #[schema(example = true)]
    success: bool,
    /// What to show.
    #[schema(example = "Thank you! We will get in touch with you.")]
    message: &'static str,
    /// The lead of another module, where the conversation has one.
    #[schema(example = json!(null))]
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

/// Stores the contact details that a visitor leaves.
#[utoipa::path(
    post,
    path = "/public/widget/{key}/capture-lead",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same as `client_message_id`; one of them is enough.", min_length = 1, max_length = 100)),
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
    let once = idempotency::once(&request, repeated, &[id.to_string()], &body)?;
    let widget = state.desk.widget(widget_key(&key)?).await?;
    match state.database.capture_lead(widget.id, id, lead, once, state.now()).await? {
        Captured::Stored { lead_id } => reply::ok(&Stored { success: true, message: THANKS, lead_id }),
        Captured::UnknownConversation => Err(ChatError::ConversationNotFound.into()),
        Captured::KeyReused => Err(ChatError::KeyReused.into()),
    }
}
