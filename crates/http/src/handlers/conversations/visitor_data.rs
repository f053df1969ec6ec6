//! All that is stored of a visitor: to hand it out, and to erase it.

use super::inbox::Row;
use super::messages::Whole;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, line};
use crate::handlers::admin_widget;
use crate::parameters::{limit, offset};
use crate::query::Parameters;
use crate::reply::{self, Instant};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_persistence::{Visitor, VisitorConversation, VisitorRequest};
use serde::Serialize;
use utoipa::ToSchema;

/// Conversations on a page, where no number is given, and at most: each comes with all of its messages.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 200;
/// The width of the columns.
const MAX_CHARS: usize = 255;

#[derive(Serialize, ToSchema)]
#[schema(as = VisitorData)]
struct Everything<'a> {
    #[serde(flatten)]
    conversation: Row<'a>,
    messages: Vec<Whole<'a>>,
    llm_requests: Vec<Request<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LoggedText)]
struct Request<'a> {
    #[schema(example = "gemini")]
    llm_provider: &'a str,
    #[schema(example = "gemini-3.5-flash-lite")]
    llm_model: &'a str,
    #[schema(example = "Is there parking?")]
    prompt_text: Option<&'a str>,
    #[schema(example = "Yes, behind the building.")]
    response_text: Option<&'a str>,
    #[schema(example = "success")]
    status: Option<&'a str>,
    created_at: Option<Instant>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Erasure)]
struct Erasure {
    #[schema(example = true)]
    success: bool,
    /// Deleted conversations.
    #[schema(minimum = 0, example = 1)]
    conversations: u64,
    /// Deleted messages.
    #[schema(minimum = 0, example = 4)]
    messages: u64,
    /// Rows of the request log that lost their texts; their numbers stay.
    #[schema(minimum = 0, example = 2)]
    llm_requests: u64,
    /// Unanswered questions that lost a wording.
    #[schema(minimum = 0, example = 0)]
    unanswered_questions: u64,
}

impl<'a> From<&'a VisitorRequest> for Request<'a> {
    fn from(request: &'a VisitorRequest) -> Self {
        Self {
            llm_provider: &request.provider,
            llm_model: &request.model,
            prompt_text: request.prompt_text.as_deref(),
            response_text: request.response_text.as_deref(),
            status: request.status.as_deref(),
            created_at: request.created_at.map(Instant),
        }
    }
}

impl<'a> From<&'a VisitorConversation> for Everything<'a> {
    fn from(stored: &'a VisitorConversation) -> Self {
        let id = stored.conversation.id;
        Self {
            conversation: Row::from(&stored.conversation),
            messages: stored.messages.iter().map(|message| Whole::new(id, message)).collect(),
            llm_requests: stored.requests.iter().map(Request::from).collect(),
        }
    }
}

/// Who is meant: by `email`, or by `session`, a `session_id` or `visitor_session_id`.
fn visitor(fields: &mut Fields) -> Option<Visitor> {
    let whole = |value| line(value, MAX_CHARS);
    let (email, session) = (fields.read("email", whole), fields.read("session", whole));
    match (email, session) {
        (Some(email), None) => Some(Visitor::Email(email)),
        (None, Some(session)) => Some(Visitor::Session(session)),
        (Some(_), Some(_)) => {
            fields.fault("session", "there is an email too, send one of them".to_owned());
            None
        }
        // What was sent and is wrong is named already.
        (None, None) if fields.is_faulty() => None,
        (None, None) => {
            fields.fault("email", "send it, or session: it says whose data is meant".to_owned());
            None
        }
    }
}

fn wanted(mut fields: Fields) -> Result<(Visitor, u32, u32), Faults> {
    let visitor = visitor(&mut fields);
    let (limit, offset) = (limit(&mut fields, PAGE, MAX_PAGE), offset(&mut fields));
    fields.finish(visitor.map(|visitor| (visitor, limit, offset)))
}

/// All that is stored of a visitor of the widget, a page of conversations at a time.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/visitor-data",
    params(
        ("limit" = Option<i32>, Query, description = "At most so many; without it 50.", minimum = 1, maximum = 200),
        ("offset" = Option<i32>, Query, description = "After so many.", minimum = 0),
        ("email" = Option<String>, Query, description = "The visitor's e-mail address, in any case; this or `session`.", max_length = 255),
        ("session" = Option<String>, Query, description = "A `session_id` or `visitor_session_id`, as it is stored.", max_length = 255),
    ),
    responses((
        status = 200,
        description = "The visitor's conversations with all that belongs to them, the newest first.",
        body = Vec<Everything>,
        headers(("X-Total-Count" = i64, description = "How many conversations there are on all pages.")),
    )),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn export_visitor(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let (visitor, limit, offset) = wanted(parameters.fields()).map_err(BodyError::from)?;
    let data = state.database.visitor_data(widget, visitor, (limit, offset), state.desk.new_ids()).await?;
    let all: Vec<Everything> = data.conversations.iter().map(Everything::from).collect();
    reply::page(&all, data.total)
}

/// Erases all that is stored of a visitor of the widget. The numbers of credits and of the request log stay.
#[utoipa::path(
    delete,
    path = "/widgets/{widget}/visitor-data",
    params(
        ("email" = Option<String>, Query, description = "The visitor's e-mail address, in any case; this or `session`.", max_length = 255),
        ("session" = Option<String>, Query, description = "A `session_id` or `visitor_session_id`, as it is stored.", max_length = 255),
    ),
    responses((status = 200, description = "What was erased.", body = Erasure)),
    extensions(("x-error-codes" = json!(["widget_not_found", "still_answering"]))),
)]
pub(crate) async fn erase_visitor(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let mut fields = parameters.fields();
    let visitor = visitor(&mut fields);
    let visitor = fields.finish(visitor).map_err(BodyError::from)?;
    let erased = state.database.erase_visitor(widget, visitor).await?;
    reply::ok(&Erasure {
        success: true,
        conversations: erased.conversations,
        messages: erased.messages,
        llm_requests: erased.requests,
        unanswered_questions: erased.questions,
    })
}
