//! Questions that got no answer, or none that helped, for administrators.

use super::admin_widget;
use super::knowledge::fields::AnswerFields;
use super::knowledge::{Row, draft};
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, at_least, text};
use crate::query::Parameters;
use crate::reply::{self, Done, Instant};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::{EntryId, WidgetId};
use frontdesk_persistence::{QuestionStatus, UnansweredError, UnansweredQuestion};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Questions on a page, unless another number is asked for.
const PAGE: u32 = 50;

#[derive(Serialize, ToSchema)]
#[schema(as = UnansweredQuestions)]
struct Page<'a> {
    total: i64,
    questions: Vec<Group<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = UnansweredQuestion)]
struct Group<'a> {
    #[schema(example = 7)]
    id: i32,
    /// The first wording.
    #[schema(example = "Do you sell gift cards?")]
    question: &'a str,
    /// The latest five different wordings.
    samples: &'a [String],
    /// How often it was asked.
    #[schema(example = 2)]
    count: i64,
    first_seen: Instant,
    last_seen: Instant,
    #[schema(example = "open")]
    status: &'static str,
    /// The entry that fitted the last of the messages best.
    best_guess: Option<BestGuess<'a>>,
    /// The entry that answers it.
    answered_by: Option<EntryId>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BestGuess)]
struct BestGuess<'a> {
    id: EntryId,
    question: &'a str,
    confidence: f64,
}

impl<'a> Group<'a> {
    fn new(question: &'a UnansweredQuestion, status: QuestionStatus) -> Self {
        let guess = question.guess.as_ref().zip(question.guess_confidence);
        Self {
            id: question.id,
            question: &question.question,
            samples: &question.samples,
            count: question.occurrences,
            first_seen: Instant(question.first_seen),
            last_seen: Instant(question.last_seen),
            status: status.as_str(),
            best_guess: guess.map(|((id, question), confidence)| BestGuess {
                id: *id,
                question,
                confidence: (confidence * 100.0).round() / 100.0,
            }),
            answered_by: question.answered_by,
        }
    }
}

// The statuses of questions.
#[derive(ToSchema)]
#[schema(as = UnansweredStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "it is how the OpenAPI document shows `QuestionStatus`")]
enum Status {
    Open,
    Answered,
    Dismissed,
}

struct Wanted {
    status: QuestionStatus,
    limit: u32,
    offset: u32,
}

fn wanted(mut fields: Fields) -> Result<Wanted, Faults> {
    let status = fields.read("status", status).unwrap_or(QuestionStatus::Open);
    let limit = fields.read("limit", |value| at_least(1, &value)).unwrap_or(PAGE);
    let offset = fields.read("offset", |value| at_least(0, &value)).unwrap_or(0);
    fields.ignore_others();
    fields.finish(Some(Wanted { status, limit, offset }))
}

fn status(value: Value) -> Read<QuestionStatus> {
    let name = text(value)?;
    let known = QuestionStatus::ALL.into_iter().find(|status| status.as_str() == name);
    known.ok_or_else(|| "write open, answered or dismissed".to_owned())
}

/// The widget's questions of a status, the most frequent first.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/unanswered",
    params(
        ("status" = inline(Option<Status>), Query, description = "Without it: open."),
        ("limit" = Option<i32>, Query, description = "At most so many; without it 50.", minimum = 1),
        ("offset" = Option<i32>, Query, description = "After so many.", minimum = 0),
    ),
    responses((status = 200, description = "The most frequent first.", body = Page)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn list_questions(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let Wanted { status, limit, offset } = wanted(parameters.fields()).map_err(BodyError::from)?;
    let page = state.database.unanswered_questions(widget, status, limit, offset).await?;
    let questions = page.questions.iter().map(|question| Group::new(question, status)).collect();
    reply::ok(&Page { total: page.total, questions })
}

/// Makes an entry of a question.
#[utoipa::path(
    post,
    path = "/widgets/{widget}/unanswered/{question}/answer",
    request_body = AnswerFields,
    responses((status = 201, description = "The entry.", body = Row)),
    extensions(("x-error-codes" = json!(["widget_not_found", "unanswered_not_found", "already_answered"]))),
)]
pub(crate) async fn answer_question(
    state: Data<State>,
    ids: Path<(String, String)>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (widget, id) = named(&state, &ids).await?;
    let question = state.database.unanswered_question(widget, id).await?;
    let question = question.ok_or(UnansweredError::Unknown(id))?;
    let entry = draft::entry_or(body.fields()?, Some(&question)).map_err(BodyError::from)?;
    let made = state.database.answer_question(widget, id, entry, state.now()).await?;
    // Nobody but another administrator, a moment later, can have deleted it.
    let entry = state.database.knowledge_entry(widget, made).await?.ok_or(ApiError::EntryNotFound)?;
    reply::created(&Row::new(widget, &entry))
}

/// Dismisses a question.
#[utoipa::path(
    post,
    path = "/widgets/{widget}/unanswered/{question}/dismiss",
    responses((status = 200, description = "It is dismissed.", body = Done)),
    extensions(("x-error-codes" = json!(["widget_not_found", "unanswered_not_found", "already_answered"]))),
)]
pub(crate) async fn dismiss_question(
    state: Data<State>,
    ids: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (widget, id) = named(&state, &ids).await?;
    state.database.dismiss_question(widget, id).await?;
    reply::done()
}

async fn named(state: &State, ids: &(String, String)) -> Result<(WidgetId, i32), ApiError> {
    let widget = admin_widget(state, &ids.0).await?;
    // What is no id is nobody's.
    Ok((widget, ids.1.parse().map_err(|_| UnansweredError::Unknown(0))?))
}
