//! Conversations of visitors.

use super::widget_key;
use crate::body::JsonBody;
use crate::client_address::ClientAddress;
use crate::error::ApiError;
use crate::reply;
use crate::state::State;
use crate::text::{Cut, Text};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::PublicConversationId;
use frontdesk_persistence::NewConversation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a script tells of its visitor; every part may be left out.
#[derive(Deserialize, ToSchema)]
#[schema(as = Visitor)]
pub(super) struct VisitorFields {
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

#[derive(Serialize, ToSchema)]
struct Conversation {
    /// To be sent with each message.
    conversation_id: PublicConversationId,
    /// Whether the session had an active conversation already.
    #[schema(example = false)]
    existing: bool,
}

/// The session's active conversation, or a new one.
#[utoipa::path(
    post,
    path = "/public/widget/{key}/conversation",
    request_body = VisitorFields,
    responses((status = 200, description = "The conversation.", body = Conversation)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn open_conversation(
    state: Data<State>,
    key: Path<String>,
    address: ClientAddress,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let visitor: VisitorFields = body.read()?;
    let visitor = NewConversation { ip_address: Some(address.0), ..visitor.into() };
    let opened = state.desk.open_conversation(widget_key(&key)?, visitor).await?;
    reply::ok(&Conversation { conversation_id: opened.conversation, existing: opened.existing })
}
