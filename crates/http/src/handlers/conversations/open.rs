//! Conversations of visitors.

use crate::body::JsonBody;
use crate::client_address::ClientAddress;
use crate::error::ApiError;
use crate::handlers::widget_key;
use crate::idempotency;
use crate::reply;
use crate::state::State;
use crate::text::{Cut, Text};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use frontdesk_domain::ids::PublicConversationId;
use frontdesk_persistence::NewConversation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a script tells of its visitor; every part may be left out.
#[derive(Deserialize, ToSchema)]
#[schema(as = Visitor)]
pub(in crate::handlers) struct VisitorFields {
    /// The browser's session; without it the conversation is a session of its own.
    #[schema(max_length = 255, example = "s-4f1c")]
    session_id: Option<Text<255>>,
    /// The visitor's id across sessions, chosen by the script.
    #[schema(max_length = 255, example = "v-77")]
    visitor_session_id: Option<Text<255>>,
    #[schema(max_length = 255, example = "Ada Lovelace")]
    visitor_name: Option<Text<255>>,
    #[schema(max_length = 255, example = "ada@example.com")]
    visitor_email: Option<Text<255>>,
    #[schema(max_length = 50, example = "+1 555 0100")]
    visitor_phone: Option<Text<50>>,
    /// Cut after 2,000 characters.
    #[schema(example = "Mozilla/5.0")]
    user_agent: Option<Cut<2_000>>,
    /// Where the visitor came from; cut after 2,000 characters.
    #[schema(example = "https://search.example/?q=dentist")]
    referrer_url: Option<Cut<2_000>>,
    /// The page with the widget; cut after 2,000 characters.
    #[schema(example = "https://shop.example/contact")]
    page_url: Option<Cut<2_000>>,
}

impl From<VisitorFields> for NewConversation {
    fn from(visitor: VisitorFields) -> Self {
        Self {
            session_id: visitor.session_id.map(|text| text.0).unwrap_or_default(),
            visitor_session_id: visitor.visitor_session_id.map(|text| text.0),
            visitor_name: visitor.visitor_name.map(|text| text.0),
            visitor_email: visitor.visitor_email.map(|text| text.0),
            visitor_phone: visitor.visitor_phone.map(|text| text.0),
            user_agent: visitor.user_agent.map(|text| text.0),
            referrer_url: visitor.referrer_url.map(|text| text.0),
            page_url: visitor.page_url.map(|text| text.0),
            ip_address: None,
        }
    }
}

/// What tells a visitor from others, for whom the same idempotency key is another one: the sessions, and without any the
/// address.
pub(in crate::handlers) fn whose(visitor: &NewConversation) -> [String; 3] {
    let sessions = [visitor.session_id.clone(), visitor.visitor_session_id.clone().unwrap_or_default()];
    let address = visitor.ip_address.filter(|_| sessions.iter().all(String::is_empty));
    let [one, other] = sessions;
    [one, other, address.map_or_else(String::new, |address| address.to_string())]
}

#[derive(Serialize, ToSchema)]
struct Conversation {
    /// To be sent with each message.
    conversation_id: PublicConversationId,
    /// Whether the session had an active conversation already.
    #[schema(example = false)]
    existing: bool,
}

/// The key with which a script may repeat its call.
#[derive(Deserialize, ToSchema)]
struct KeyField {
    /// Idempotency key: the call may be repeated with it; the header `Idempotency-Key` does the same.
    #[schema(min_length = 1, max_length = 100, example = "open-7")]
    client_message_id: Option<String>,
}

// What the call takes.
#[derive(ToSchema)]
#[schema(as = OpenConversation)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows the two parts together")]
struct OpenFields {
    #[schema(inline)]
    #[serde(flatten)]
    visitor: VisitorFields,
    #[schema(inline)]
    #[serde(flatten)]
    key: KeyField,
}

/// The session's active conversation, or a new one; a call that is repeated with its key gets what the first got.
#[utoipa::path(
    post,
    path = "/public/widget/{key}/conversation",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same as `client_message_id`; one of them is enough.", min_length = 1, max_length = 100)),
    request_body = OpenFields,
    responses((status = 200, description = "The conversation.", body = Conversation)),
    extensions(("x-error-codes" = json!(["widget_not_found", "idempotency_key_reused"]))),
)]
pub(crate) async fn open_conversation(
    state: Data<State>,
    key: Path<String>,
    address: ClientAddress,
    request: HttpRequest,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let visitor: VisitorFields = body.read()?;
    let KeyField { client_message_id } = body.read()?;
    let visitor = NewConversation { ip_address: Some(address.0), ..visitor.into() };
    let once = idempotency::once(&request, client_message_id, &whose(&visitor), &body)?;
    let opened = state.desk.open_conversation(widget_key(&key)?, visitor, once).await?;
    reply::ok(&Conversation { conversation_id: opened.conversation, existing: opened.existing })
}
