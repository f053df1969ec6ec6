//! The messages of a conversation: as its visitor's script shows them, and as the people of the business see and write
//! them.

use super::{conversation_id, found, is_found, of_any_widget, of_widget};
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, boolean, int, line, prose, text};
use crate::idempotency;
use crate::parameters::limit;
use crate::query::Parameters;
use crate::reply::{self, Done, Instant};
use crate::state::State;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use frontdesk_chat::{ChatError, MAX_MESSAGE_CHARS};
use frontdesk_domain::ids::{EntryId, MessageId, PublicConversationId};
use frontdesk_persistence::{HumanReply, MessageRange, Replied, StoredMessage};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Messages in one answer, where no less is wanted.
const MAX_MESSAGES: u32 = 200;
/// The width of `widget_messages.agent_name`.
const MAX_NAME_CHARS: usize = 255;
const MAX_REASON_CHARS: usize = 255;

/// A message as scripts show it.
#[derive(Serialize, ToSchema)]
#[schema(as = ShownMessage)]
struct Shown<'a> {
    #[schema(example = 4)]
    id: MessageId,
    conversation_id: PublicConversationId,
    /// `user`, `bot`, `human`, `agent` or `system`.
    #[schema(example = "bot")]
    message_type: &'a str,
    #[schema(example = "Yes: parking behind the building is free for patients for two hours.")]
    message_text: &'a str,
    /// Who of the business wrote it.
    #[schema(example = json!(null))]
    agent_name: Option<&'a str>,
    created_at: Option<Instant>,
}

impl<'a> Shown<'a> {
    fn new(conversation_id: PublicConversationId, message: &'a StoredMessage) -> Self {
        Self {
            id: message.id,
            conversation_id,
            message_type: &message.kind,
            message_text: &message.text,
            agent_name: message.agent_name.as_deref(),
            created_at: message.created_at.map(Instant),
        }
    }
}

/// A message with all that is stored of it.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredMessage)]
pub(super) struct Whole<'a> {
    #[serde(flatten)]
    shown: Shown<'a>,
    /// The entry that was the answer.
    #[schema(example = 11)]
    knowledge_base_id: Option<EntryId>,
    #[schema(example = 0.95)]
    confidence_score: Option<f64>,
    #[schema(example = 840)]
    response_time_ms: Option<i32>,
    /// The visitor's vote.
    #[schema(example = true)]
    was_helpful: Option<bool>,
    #[schema(example = json!(null))]
    feedback_text: Option<&'a str>,
    metadata: Option<&'a Value>,
}

impl<'a> Whole<'a> {
    pub(super) fn new(conversation: PublicConversationId, message: &'a StoredMessage) -> Self {
        Self {
            shown: Shown::new(conversation, message),
            knowledge_base_id: message.entry,
            confidence_score: message.confidence,
            response_time_ms: message.response_time_ms,
            was_helpful: message.was_helpful,
            feedback_text: message.feedback_text.as_deref(),
            metadata: message.metadata.as_ref(),
        }
    }
}

// The body of a reply.
#[derive(ToSchema)]
#[schema(as = HumanReply)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows the body")]
struct HumanReplyFields {
    /// What the visitor gets to read.
    #[schema(min_length = 1, max_length = 4000, example = "I am here to help.")]
    message: String,
    /// Who writes.
    #[schema(min_length = 1, max_length = 255, example = "Grace")]
    agent_name: Option<String>,
    /// Whether from now on a person answers in the bot's place; without it that stays as it is.
    #[schema(example = true)]
    agent_handoff: Option<bool>,
    /// Idempotency key within the conversation: the call may be repeated with it and is done once.
    #[schema(min_length = 1, max_length = 100, example = "reply-1")]
    client_message_id: Option<String>,
}

// The body of a close.
#[derive(ToSchema)]
#[schema(as = CloseConversation)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows the body")]
struct CloseFields {
    /// Why.
    #[schema(min_length = 1, max_length = 255, example = "answered by phone")]
    reason: Option<String>,
}

/// `limit`, `before` and `after` of an address; others are ignored.
fn range(mut fields: Fields) -> Result<MessageRange, Faults> {
    let limit = limit(&mut fields, MAX_MESSAGES, MAX_MESSAGES);
    let before = fields.read("before", |value| int(&value)).map(MessageId);
    let after = fields.read("after", |value| int(&value)).map(MessageId);
    fields.ignore_others();
    fields.finish(Some(MessageRange { limit, before, after }))
}

/// A conversation's messages for its visitor, the oldest first: the newest 200, or a part of them.
#[utoipa::path(
    get,
    path = "/public/widget/{key}/conversations/{conversation}/messages",
    params(
        ("limit" = Option<i32>, Query, description = "At most so many; without it 200.", minimum = 1, maximum = 200),
        ("before" = Option<i32>, Query, description = "Only messages with smaller ids."),
        ("after" = Option<i32>, Query, description = "Only messages with greater ids, the first of them."),
    ),
    responses((status = 200, description = "The oldest first.", body = Vec<Shown>)),
    extensions(("x-error-codes" = json!(["widget_not_found", "conversation_not_found"]))),
)]
pub(crate) async fn list_shown_messages(
    state: Data<State>,
    path: Path<(String, String)>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let (key, id) = path.into_inner();
    let id = conversation_id(&id)?;
    let conversation = of_widget(&state, &key, id).await?;
    let range = range(parameters.fields()).map_err(BodyError::from)?;
    let messages = found(state.database.messages(conversation, range).await?)?;
    reply::ok(&messages.iter().map(|message| Shown::new(id, message)).collect::<Vec<_>>())
}

/// The same for the people of the business, with all that is stored.
#[utoipa::path(
    get,
    path = "/conversations/{conversation}/messages",
    params(
        ("limit" = Option<i32>, Query, description = "At most so many; without it 200.", minimum = 1, maximum = 200),
        ("before" = Option<i32>, Query, description = "Only messages with smaller ids."),
        ("after" = Option<i32>, Query, description = "Only messages with greater ids, the first of them."),
    ),
    responses((status = 200, description = "The oldest first.", body = Vec<Whole>)),
    extensions(("x-error-codes" = json!(["conversation_not_found"]))),
)]
pub(crate) async fn list_messages(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let conversation = of_any_widget(&id)?;
    let range = range(parameters.fields()).map_err(BodyError::from)?;
    let messages = found(state.database.messages(conversation, range).await?)?;
    reply::ok(&messages.iter().map(|message| Whole::new(conversation.id, message)).collect::<Vec<_>>())
}

/// The reply, and the key that came with it.
fn human_reply(mut fields: Fields) -> Result<(HumanReply, Option<String>), Faults> {
    let message = fields.required("message", message);
    let agent_name = fields.read("agent_name", |value| line(value, MAX_NAME_CHARS));
    let agent_handoff = fields.read("agent_handoff", |value| boolean(&value));
    let key = fields.read("client_message_id", text);
    fields.finish(message.map(|text| (HumanReply { text, agent_name, agent_handoff }, key)))
}

fn message(value: Value) -> Read<String> {
    let text = prose(value, MAX_MESSAGE_CHARS)?;
    if text.trim().is_empty() { Err("it is empty, write a message".to_owned()) } else { Ok(text) }
}

/// Writes to a visitor in the name of the business.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/reply",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same as `client_message_id`; one of them is enough.", min_length = 1, max_length = 100)),
    request_body = HumanReplyFields,
    responses((status = 201, description = "The message as it is stored.", body = Whole)),
    extensions(("x-error-codes" = json!(["conversation_not_found", "idempotency_key_reused"]))),
)]
pub(crate) async fn reply_to_visitor(
    state: Data<State>,
    id: Path<String>,
    request: HttpRequest,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let conversation = of_any_widget(&id)?;
    let (reply, repeated) = human_reply(body.fields()?).map_err(BodyError::from)?;
    let once = idempotency::once(&request, repeated, &[conversation.id.to_string()], &body)?;
    match state.database.reply_as_human(conversation, reply, once, state.now()).await? {
        Replied::Stored(stored) => reply::created(&Whole::new(conversation.id, &stored)),
        Replied::UnknownConversation => Err(ChatError::ConversationNotFound.into()),
        Replied::KeyReused => Err(ChatError::KeyReused.into()),
    }
}

/// Closes a conversation in the name of the business.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/close",
    request_body = Option<CloseFields>,
    responses((status = 200, description = "It is closed.", body = Done)),
    extensions(("x-error-codes" = json!(["conversation_not_found"]))),
)]
pub(crate) async fn close_conversation(
    state: Data<State>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let conversation = of_any_widget(&id)?;
    let mut fields = body.or_empty().fields()?;
    let reason = fields.read("reason", |value| line(value, MAX_REASON_CHARS));
    fields.finish(Some(())).map_err(BodyError::from)?;
    is_found(state.database.close_conversation(conversation, reason, state.now()).await?)?;
    reply::done()
}

/// Erases a conversation in the name of the business.
#[utoipa::path(
    delete,
    path = "/conversations/{conversation}",
    responses((status = 200, description = "It is erased.", body = Done)),
    extensions(("x-error-codes" = json!(["conversation_not_found", "still_answering"]))),
)]
pub(crate) async fn erase_conversation(
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let conversation = of_any_widget(&id)?;
    found(state.database.erase_conversation(conversation).await?)?;
    reply::done()
}
