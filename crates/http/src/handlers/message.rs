//! Messages of visitors.

use super::conversations::open::VisitorFields;
use super::widget_key;
use crate::body::JsonBody;
use crate::client_address::ClientAddress;
use crate::error::ApiError;
use crate::idempotency;
use crate::middleware::limits::count_in_conversation;
use crate::reply::{self, Instant};
use crate::sse;
use crate::state::State;
use crate::text::ConversationNumber;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use frontdesk_chat::{Answer, IncomingMessage, Suggestion};
use frontdesk_domain::ids::{EntryId, MessageId, PublicConversationId};
use frontdesk_persistence::NewConversation;
use serde::{Deserialize, Serialize};

/// The message itself; the answer flow checks its text and its key.
#[derive(Deserialize)]
struct MessageFields {
    conversation_id: Option<ConversationNumber>,
    message_text: Option<String>,
    client_message_id: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Reply<'a> {
    message_id: MessageId,
    conversation_id: PublicConversationId,
    response: &'a str,
    confidence: f64,
    truncated: bool,
    suggestions: Vec<Suggested<'a>>,
    notice: Option<&'a str>,
    timestamp: Instant,
}

#[derive(Serialize)]
struct Suggested<'a> {
    id: EntryId,
    question: &'a str,
    answer: &'a str,
}

impl<'a> From<&'a Suggestion> for Suggested<'a> {
    fn from(suggestion: &'a Suggestion) -> Self {
        Self { id: suggestion.id, question: &suggestion.question, answer: &suggestion.answer }
    }
}

impl<'a> From<&'a Answer> for Reply<'a> {
    fn from(answer: &'a Answer) -> Self {
        Self {
            message_id: answer.message,
            conversation_id: answer.conversation,
            response: &answer.text,
            confidence: two_decimals(answer.confidence),
            truncated: answer.truncated,
            suggestions: answer.suggestions.iter().map(Suggested::from).collect(),
            notice: answer.notice,
            timestamp: Instant(answer.at),
        }
    }
}

/// As it is stored: a message that is sent again gets the same number again.
fn two_decimals(confidence: f64) -> f64 {
    (confidence * 100.0).round() / 100.0
}

/// Answers a message: whole, or in pieces where the caller asks for that.
pub(crate) async fn answer_message(
    state: Data<State>,
    key: Path<String>,
    request: HttpRequest,
    address: ClientAddress,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let message: MessageFields = body.read()?;
    let visitor: VisitorFields = body.read()?;
    let text = message.message_text.unwrap_or_default();
    let incoming = IncomingMessage {
        conversation: message.conversation_id.map(|id| id.0),
        client_message_id: idempotency::key(&request, message.client_message_id)?,
        request_hash: idempotency::hash(&[text.trim()]),
        text,
        visitor: NewConversation { ip_address: Some(address.0), ..visitor.into() },
    };
    count_in_conversation(&state, &request, &incoming).await?;
    let key = widget_key(&key)?;
    if sse::is_wanted(&request) {
        return sse::respond(&request, state.desk.answer_streamed(key, incoming)?).await;
    }
    let answer = state.desk.answer(key, incoming).await?;
    reply::ok(&Reply::from(&answer))
}
