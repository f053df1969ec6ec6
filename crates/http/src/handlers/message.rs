//! Messages of visitors.

use super::conversations::open::{VisitorFields, whose};
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
use frontdesk_chat::{Answer, IncomingMessage, SourceEntry, Suggestion};
use frontdesk_domain::ids::{EntryId, MessageId, PublicConversationId};
use frontdesk_persistence::NewConversation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The message itself; the answer flow checks its text and its key.
#[derive(Deserialize, ToSchema)]
struct MessageFields {
    /// From the conversation call; without it a conversation is opened.
    conversation_id: Option<ConversationNumber>,
    /// What the visitor wrote.
    #[schema(
        required,
        nullable = false,
        max_length = 4000,
        pattern = r"^[^\x00]*[^\s\x00][^\x00]*$",
        example = "Is there parking?"
    )]
    message_text: Option<String>,
    /// Chosen by the script: a message that is sent again with it gets the same reply and is charged once.
    #[schema(min_length = 1, max_length = 100, example = "m-1")]
    client_message_id: Option<String>,
}

/// A message, and what is known of its visitor, which is used when a conversation is opened.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows the body")]
struct Message {
    #[serde(flatten)]
    message: MessageFields,
    #[serde(flatten)]
    visitor: VisitorFields,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Reply<'a> {
    /// The reply's id, for feedback.
    #[schema(example = 4)]
    message_id: MessageId,
    /// To be sent with the next message.
    conversation_id: PublicConversationId,
    /// What to show; never empty.
    #[schema(example = "Yes: parking behind the building is free for patients for two hours.")]
    response: &'a str,
    /// 0.95 a model, 0.85 or more the knowledge base, 0.3 the friendly default. With two decimals.
    #[schema(minimum = 0, maximum = 1, example = 0.95)]
    confidence: f64,
    /// Whether `response` stops before its end: what a model said until it was cut short.
    #[schema(example = false)]
    truncated: bool,
    /// What gave it: a model (`llm`), an entry of the knowledge base, the friendly default, nobody yet because a person will
    /// answer (`handoff`), or the refusal of a blocked keyword.
    #[schema(pattern = "^(llm|knowledge_base|default|handoff|refusal)$", example = "knowledge_base")]
    source: &'static str,
    /// The knowledge entry whose text it is; none of a model's answer.
    sources: Vec<SourceOfAnswer<'a>>,
    /// Related questions, at most three, with a default answer; else none.
    suggestions: Vec<Suggested<'a>>,
    /// That the client's free credits are used up; then the same sentence is the end of `response`.
    #[schema(example = json!(null))]
    notice: Option<&'a str>,
    /// When the reply was given.
    timestamp: Instant,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AnswerSource)]
struct SourceOfAnswer<'a> {
    /// The knowledge entry's.
    #[schema(example = 11)]
    id: EntryId,
    /// As it was when the answer was given.
    #[schema(example = "Is there parking?")]
    question: &'a str,
}

impl<'a> From<&'a SourceEntry> for SourceOfAnswer<'a> {
    fn from(source: &'a SourceEntry) -> Self {
        Self { id: source.id, question: &source.question }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Suggestion)]
struct Suggested<'a> {
    /// The knowledge entry's.
    #[schema(example = 10)]
    id: EntryId,
    #[schema(example = "Do you take walk-ins?")]
    question: &'a str,
    #[schema(example = "Yes, before noon.")]
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
            source: answer.source.as_str(),
            sources: answer.sources.iter().map(SourceOfAnswer::from).collect(),
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
#[utoipa::path(
    post,
    path = "/public/widget/{key}/message",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same as `client_message_id`; one of them is enough.", min_length = 1, max_length = 100)),
    request_body = Message,
    responses((
        status = 200,
        description = "The answer: whole, or with `Accept: text/event-stream` in pieces.",
        content((Reply = "application/json"), (String = "text/event-stream")),
    )),
    extensions(("x-error-codes" = json!([
        "widget_not_found", "conversation_not_found", "invalid_message", "still_answering",
        "idempotency_key_reused", "overloaded",
    ]))),
)]
pub(crate) async fn answer_message(
    state: Data<State>,
    key: Path<String>,
    request: HttpRequest,
    address: ClientAddress,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let message: MessageFields = body.read()?;
    let visitor: VisitorFields = body.read()?;
    let visitor = NewConversation { ip_address: Some(address.0), ..visitor.into() };
    let conversation = message.conversation_id.map(|id| id.0);
    let client_message_id = idempotency::key(&request, message.client_message_id)?;
    let opens_once = match (conversation, &client_message_id) {
        (None, Some(key)) => Some(idempotency::owned(key, &whose(&visitor), &body)?),
        _ => None,
    };
    let text = message.message_text.unwrap_or_default();
    let incoming = IncomingMessage { conversation, text, client_message_id, opens_once, visitor };
    count_in_conversation(&state, &request, &incoming).await?;
    let key = widget_key(&key)?;
    if sse::is_wanted(&request) {
        return sse::respond(&request, state.desk.answer_streamed(key, incoming)?).await;
    }
    let answer = state.desk.answer(key, incoming).await?;
    reply::ok(&Reply::from(&answer))
}
