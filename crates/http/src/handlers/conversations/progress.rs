//! How a visitor's conversation goes on: its state, the introduction, its end, its reopening, its erasure.

use super::{conversation_id, found, is_found, of_widget};
use crate::body::JsonBody;
use crate::contact;
use crate::error::{ApiError, BodyError};
use crate::fields::document;
use crate::handlers::widget_key;
use crate::openapi::types::JsonButNull;
use crate::reply::{self, Done, Instant};
use crate::state::State;
use crate::text::{ConversationNumber, Text};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_chat::{ChatError, MIN_SESSION_CHARS, Silence};
use frontdesk_domain::ids::PublicConversationId;
use frontdesk_persistence::{ConversationState, Ended, TranscriptWish};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = ConversationStatus)]
#[expect(clippy::struct_excessive_bools, reason = "so the scripts know them")]
struct Standing<'a> {
    conversation_id: PublicConversationId,
    /// `active`, `completed`, `closed`, `ended`, `inactive` or `abandoned`.
    #[schema(example = "active")]
    status: &'a str,
    /// When it was ended or closed.
    closed_at: Option<Instant>,
    #[schema(example = json!(null))]
    close_reason: Option<&'a str>,
    #[schema(example = false)]
    intro_completed: bool,
    intro_data: Option<&'a Value>,
    last_activity_at: Option<Instant>,
    /// Whole minutes since then.
    #[schema(minimum = 0, example = 3)]
    minutes_inactive: i64,
    /// Whether it is active and was silent for 25 minutes, but not yet for 30.
    #[schema(example = false)]
    is_warning_threshold: bool,
    /// Whether it was silent for 30 minutes. Its next message is answered nevertheless.
    #[schema(example = false)]
    is_expired: bool,
    /// Whether a person answers in the bot's place.
    #[schema(example = false)]
    agent_handoff: bool,
}

impl<'a> Standing<'a> {
    fn new(conversation_id: PublicConversationId, state: &'a ConversationState, silence: Silence) -> Self {
        Self {
            conversation_id,
            status: &state.status,
            closed_at: state.closed_at.map(Instant),
            close_reason: state.close_reason.as_deref(),
            intro_completed: state.intro_completed,
            intro_data: state.intro_data.as_ref(),
            last_activity_at: state.last_activity_at.map(Instant),
            minutes_inactive: silence.minutes,
            is_warning_threshold: silence.is_warning,
            is_expired: silence.is_expired,
            agent_handoff: state.agent_handoff,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = VisitorConversation)]
struct OfVisitor<'a> {
    conversation_id: PublicConversationId,
    #[schema(example = "active")]
    status: &'a str,
    #[schema(example = true)]
    intro_completed: bool,
    intro_data: Option<&'a Value>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = IntroData)]
struct IntroFields {
    /// From the conversation call.
    #[schema(required, nullable = false)]
    conversation_id: Option<ConversationNumber>,
    /// What the visitor answered: any JSON but null.
    #[schema(value_type = JsonButNull, required, nullable = false)]
    intro_data: Option<Value>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = EndConversation)]
struct EndFields {
    /// Whether the visitor would like to have the conversation by e-mail. No e-mail is sent from here: the business finds the
    /// wish in the conversation.
    #[serde(default)]
    #[schema(example = true)]
    send_email: Option<bool>,
    /// Where to; without it the address that the conversation has.
    #[schema(max_length = 255, example = "ada@example.com")]
    email: Option<Text<255>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EndedConversation)]
struct Message {
    #[schema(example = true)]
    success: bool,
    /// What to show.
    #[schema(example = "The conversation has ended.")]
    message: &'static str,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ReopenedConversation)]
struct Reopened {
    #[schema(example = true)]
    success: bool,
    conversation_id: PublicConversationId,
}

const ENDED: &str = "The conversation has ended.";
const ENDED_WITH_WISH: &str = "The conversation has ended. It is not sent automatically: the team sees that you would like to have it by e-mail.";

/// How a conversation stands.
#[utoipa::path(
    get,
    path = "/public/widget/{key}/conversations/{conversation}/status",
    responses((status = 200, description = "How it stands.", body = Standing)),
    extensions(("x-error-codes" = json!(["widget_not_found", "conversation_not_found"]))),
)]
pub(crate) async fn get_status(
    state: Data<State>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (key, id) = path.into_inner();
    let id = conversation_id(&id)?;
    let conversation = of_widget(&state, &key, id).await?;
    let stored = found(state.database.conversation_state(conversation).await?)?;
    reply::ok(&Standing::new(id, &stored, Silence::of(&stored, state.now())))
}

/// The newest conversation of a visitor's session, whatever became of it. Whoever knows the session's id gets it: one with fewer
/// than 8 characters could be guessed, and is never found.
#[utoipa::path(
    get,
    path = "/public/widget/{key}/conversation/by-visitor/{session}",
    responses((status = 200, description = "The newest.", body = OfVisitor)),
    extensions(("x-error-codes" = json!(["widget_not_found", "conversation_not_found"]))),
)]
pub(crate) async fn find_by_visitor(
    state: Data<State>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (key, session) = path.into_inner();
    let widget = state.desk.widget(widget_key(&key)?).await?;
    if session.chars().count() < MIN_SESSION_CHARS || session.contains('\0') {
        return Err(ChatError::ConversationNotFound.into());
    }
    let ids = state.desk.new_ids();
    let (conversation_id, stored) =
        found(state.database.visitor_conversation(widget.id, session, ids).await?)?;
    reply::ok(&OfVisitor {
        conversation_id,
        status: &stored.status,
        intro_completed: stored.intro_completed,
        intro_data: stored.intro_data.as_ref(),
    })
}

/// Stores the answers to the introduction's questions.
#[utoipa::path(
    post,
    path = "/public/widget/{key}/intro-data",
    request_body = IntroFields,
    responses((status = 200, description = "They are stored.", body = Done)),
    extensions(("x-error-codes" = json!(["widget_not_found", "conversation_not_found"]))),
)]
pub(crate) async fn store_intro(
    state: Data<State>,
    key: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let fields: IntroFields = body.read()?;
    let id = fields.conversation_id.ok_or_else(|| missing("conversation_id"))?;
    let data = fields.intro_data.ok_or_else(|| missing("intro_data"))?;
    let data = document(data).map_err(|problem| field("intro_data", problem))?;
    let conversation = of_widget(&state, &key, id.0).await?;
    is_found(state.database.store_intro(conversation, data, state.now()).await?)?;
    reply::done()
}

/// Ends a conversation on its visitor's behalf. Ending it again changes nothing; the visitor's next message opens it again.
#[utoipa::path(
    post,
    path = "/public/widget/{key}/conversations/{conversation}/end",
    request_body = Option<EndFields>,
    responses((status = 200, description = "It has ended.", body = Message)),
    extensions(("x-error-codes" = json!(["widget_not_found", "conversation_not_found"]))),
)]
pub(crate) async fn end_conversation(
    state: Data<State>,
    path: Path<(String, String)>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (key, id) = path.into_inner();
    let conversation = of_widget(&state, &key, conversation_id(&id)?).await?;
    let fields: EndFields = body.or_empty().read()?;
    let wish = if fields.send_email.unwrap_or(false) {
        let email = contact::given(fields.email.map(|text| text.0));
        Some(TranscriptWish { email: email.map(contact::email).transpose().map_err(|p| field("email", p))? })
    } else {
        None
    };
    let message = if wish.is_some() { ENDED_WITH_WISH } else { ENDED };
    match found(state.database.end_conversation(conversation, wish, state.now()).await?)? {
        Ended::Done => reply::ok(&Message { success: true, message }),
        Ended::NoAddress => {
            Err(field("email", "it is missing, send it or leave send_email out".to_owned()).into())
        }
    }
}

/// Makes a conversation active again; a message of the visitor does the same.
#[utoipa::path(
    post,
    path = "/public/widget/{key}/conversations/{conversation}/reopen",
    responses((status = 200, description = "It is active.", body = Reopened)),
    extensions(("x-error-codes" = json!(["widget_not_found", "conversation_not_found"]))),
)]
pub(crate) async fn reopen_conversation(
    state: Data<State>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (key, id) = path.into_inner();
    let id = conversation_id(&id)?;
    let conversation = of_widget(&state, &key, id).await?;
    is_found(state.database.reopen_conversation(conversation, state.now()).await?)?;
    reply::ok(&Reopened { success: true, conversation_id: id })
}

/// Erases a conversation on its visitor's behalf: messages, details, and its texts wherever else they are.
#[utoipa::path(
    delete,
    path = "/public/widget/{key}/conversations/{conversation}",
    responses((status = 200, description = "It is erased.", body = Done)),
    extensions(("x-error-codes" = json!(["widget_not_found", "conversation_not_found", "still_answering"]))),
)]
pub(crate) async fn erase_own_conversation(
    state: Data<State>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (key, id) = path.into_inner();
    let conversation = of_widget(&state, &key, conversation_id(&id)?).await?;
    found(state.database.erase_conversation(conversation).await?)?;
    reply::done()
}

pub(super) fn missing(name: &str) -> BodyError {
    field(name, "it is missing, send it".to_owned())
}

pub(super) fn field(name: &str, problem: String) -> BodyError {
    BodyError::Field { field: name.to_owned(), problem }
}
