//! The request log of a widget.

use super::{admin_widget, days};
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, at_least, text};
use crate::parameters::{date, limit, part};
use crate::query::Parameters;
use crate::reply::{self, Instant, Numbers};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::{ClientId, MessageId, PublicConversationId, RequestLogId, WidgetId};
use frontdesk_domain::period::{Period, ResetZone};
use frontdesk_persistence::{LogFilter, LogRange, LoggedRequest, Status};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Where the next page begins.
const NEXT: HeaderName = HeaderName::from_static("x-next-cursor");
/// Rows on a page, unless another number is asked for.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 500;
/// What lies further back is reached with a cursor: rows that are passed over cost as much as rows that are read.
const MAX_OFFSET: u32 = 10_000;
/// `llm_request_logs.status` of a hold.
const PENDING: &str = "pending";

/// An attempt at a provider; the names are the columns of `llm_request_logs`.
#[derive(Serialize, ToSchema)]
#[schema(as = LoggedRequest)]
struct Row {
    #[schema(example = 9)]
    id: RequestLogId,
    client_id: Option<ClientId>,
    widget_id: WidgetId,
    /// The id that the conversation has outside.
    conversation_id: Option<PublicConversationId>,
    message_id: Option<MessageId>,
    #[schema(example = "gemini")]
    llm_provider: String,
    #[schema(example = "gemini-2.5-flash")]
    llm_model: String,
    /// `success`, `failed`, `rate_limited`, `blocked`, `credits_exhausted`, or `pending` while it is being answered.
    #[schema(example = "success")]
    status: Option<String>,
    error_message: Option<String>,
    prompt_tokens: i32,
    completion_tokens: i32,
    total_tokens: i32,
    /// Held until it was settled.
    reserved_tokens: i64,
    usage_estimated: bool,
    response_time_ms: Option<i32>,
    /// US dollars at list price; null for a model whose price is not known.
    #[schema(example = 0.000_06)]
    estimated_cost: Option<Box<RawValue>>,
    attempt: i32,
    created_at: Option<Instant>,
    settled_at: Option<Instant>,
    /// What the visitor wrote, with `include=text` and where it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    prompt_text: Option<String>,
    /// What the model said, with `include=text` and where it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    response_text: Option<String>,
    /// The fields whose numbers are larger than JSON readers hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capped: Vec<&'static str>,
}

impl Row {
    fn new(widget: WidgetId, request: LoggedRequest) -> Result<Self, ApiError> {
        let (prompt_text, response_text) = request.texts.unwrap_or_default();
        let mut numbers = Numbers::default();
        let cost = request.cost_micro_usd.map(|cost| numbers.dollars("estimated_cost", cost)).transpose()?;
        Ok(Self {
            id: request.id,
            client_id: request.client,
            widget_id: widget,
            // One that JSON readers would round is no id to anybody.
            conversation_id: request.conversation.filter(|id| *id <= PublicConversationId::MAX),
            message_id: request.message,
            llm_provider: request.provider,
            llm_model: request.model,
            status: request.status,
            error_message: request.error,
            prompt_tokens: request.prompt_tokens,
            completion_tokens: request.completion_tokens,
            total_tokens: request.total_tokens,
            reserved_tokens: numbers.safe("reserved_tokens", request.reserved_tokens),
            usage_estimated: request.usage_estimated,
            response_time_ms: request.response_time_ms,
            estimated_cost: cost,
            attempt: request.attempt,
            created_at: request.created_at.map(Instant),
            settled_at: request.settled_at.map(Instant),
            prompt_text,
            response_text,
            capped: numbers.into_capped("llm_request_logs", request.id.0),
        })
    }
}

struct Wanted {
    from: Option<Date>,
    to: Option<Date>,
    status: Option<String>,
    provider: Option<String>,
    range: LogRange,
    with_texts: bool,
}

/// The parameters; others are ignored.
fn wanted(mut fields: Fields) -> Result<Wanted, Faults> {
    let (from, to) = (fields.read("from", date), fields.read("to", date));
    days::check_order(&mut fields, from, to);
    let after = fields.read("cursor", cursor);
    let offset = fields.read("offset", |value| offset(&value)).unwrap_or(0);
    let range = LogRange { after, offset, limit: limit(&mut fields, PAGE, MAX_PAGE) as usize };
    let (status, provider) = (fields.read("status", status), fields.read("provider", part));
    let with_texts = fields.read("include", include).unwrap_or(false);
    fields.ignore_others();
    fields.finish(Some(Wanted { from, to, status, provider, range, with_texts }))
}

fn cursor(value: Value) -> Read<RequestLogId> {
    let id = text(value)?.parse().map(RequestLogId);
    id.map_err(|_| "send the X-Next-Cursor of the page before as it came".to_owned())
}

fn offset(value: &Value) -> Read<usize> {
    let offset = at_least(0, value).ok().filter(|offset| *offset <= MAX_OFFSET);
    offset
        .map(|offset| offset as usize)
        .ok_or_else(|| format!("write a whole number from 0 to {MAX_OFFSET}, and use cursor beyond it"))
}

fn status(value: Value) -> Read<String> {
    let name = text(value)?;
    let settled =
        [Status::Success, Status::Failed, Status::RateLimited, Status::Blocked, Status::CreditsExhausted];
    if name != PENDING && !settled.iter().any(|status| status.as_str() == name) {
        return Err(format!("write {PENDING}, {}", settled.map(Status::as_str).join(", ")));
    }
    Ok(name)
}

fn include(value: Value) -> Read<bool> {
    if text(value)? == "text" { Ok(true) } else { Err("write text, or leave it out".to_owned()) }
}

/// How a request may have ended.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it is how the OpenAPI document shows `Status`")]
enum LogStatus {
    Success,
    Failed,
    RateLimited,
    Blocked,
    CreditsExhausted,
    Pending,
}

/// What else a row may hold.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it is how the OpenAPI document shows a parameter")]
enum Include {
    Text,
}

/// Requests of the widget, the newest first.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/llm-logs",
    params(
        ("limit" = Option<i32>, Query, description = "At most so many; 50 without it.", minimum = 1, maximum = 500),
        ("cursor" = Option<i32>, Query, description = "The X-Next-Cursor of the page before."),
        ("offset" = Option<i32>, Query, description = "After so many.", minimum = 0, maximum = 10_000),
        ("from" = Option<Date>, Query, description = "The first day of the account."),
        ("to" = Option<Date>, Query, description = "The last day of the account."),
        ("status" = inline(Option<LogStatus>), Query, description = "How it ended."),
        ("provider" = Option<String>, Query, description = "The provider's whole name.", max_length = 200),
        ("include" = inline(Option<Include>), Query, description = "Adds what visitors wrote and got."),
    ),
    responses((
        status = 200,
        description = "The requests. With a status or provider there may be fewer than limit although more follow.",
        body = [Row],
        headers(("X-Next-Cursor" = i32, description = "Where the next page begins; the last one has no such header.")),
    )),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn list_logs(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let wanted = wanted(parameters.fields()).map_err(BodyError::from)?;
    let zone = match (wanted.from, wanted.to) {
        (None, None) => ResetZone::default(),
        _ => days::zone(&state, widget).await?,
    };
    let filter = LogFilter {
        from: wanted.from.map(|day| zone.start_of(day)),
        until: wanted.to.map(|day| zone.start_of(Period::Day.next_start(day))),
        status: wanted.status,
        provider: wanted.provider,
    };
    let page = state.database.request_logs(widget, filter, wanted.range, wanted.with_texts).await?;
    let rows = page.requests.into_iter().map(|request| Row::new(widget, request));
    let mut answer = reply::ok(&rows.collect::<Result<Vec<_>, _>>()?)?;
    if let Some(RequestLogId(next)) = page.next {
        answer.headers_mut().insert(NEXT, HeaderValue::from(next));
    }
    Ok(answer)
}
