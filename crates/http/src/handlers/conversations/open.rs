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

/// What a script tells of its visitor; every part may be left out. The widths are those of the columns.
#[derive(Deserialize)]
pub(in crate::handlers) struct VisitorFields {
    session_id: Option<Text<255>>,
    visitor_session_id: Option<Text<255>>,
    visitor_name: Option<Text<255>>,
    visitor_email: Option<Text<255>>,
    visitor_phone: Option<Text<50>>,
    user_agent: Option<Cut<2_000>>,
    referrer_url: Option<Cut<2_000>>,
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

#[derive(Serialize)]
struct Conversation {
    conversation_id: PublicConversationId,
    existing: bool,
}

/// The key with which a script may repeat its call.
#[derive(Deserialize)]
struct KeyField {
    client_message_id: Option<String>,
}

/// The session's active conversation, or a new one; a call that is repeated with its key gets what the first got.
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
    let once = idempotency::once(&request, client_message_id, &[&visitor.session_id])?;
    let opened = state.desk.open_conversation(widget_key(&key)?, visitor, once).await?;
    reply::ok(&Conversation { conversation_id: opened.conversation, existing: opened.existing })
}
