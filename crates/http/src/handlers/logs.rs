//! The request log of a widget.

use super::{admin_widget, days};
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, text};
use crate::parameters::{at_least, date, limit, part};
use crate::reply::{self, Instant, Numbers};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{Data, Path, Query};
use frontdesk_domain::ids::{ClientId, MessageId, PublicConversationId, RequestLogId, WidgetId};
use frontdesk_domain::period::{Period, ResetZone};
use frontdesk_persistence::{LogFilter, LogRange, LoggedRequest, Status};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Where the next page begins.
const NEXT: HeaderName = HeaderName::from_static("x-next-cursor");
/// Rows on a page, unless another number is asked for.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 500;
/// What lies further back is reached with a cursor: rows that are passed over cost as much as rows that are read.
const MAX_OFFSET: u32 = 10_000;
/// `llm_request_logs.status` of a hold.
const PENDING: &str = "pending";

/// A row of the log; the names are the columns of `llm_request_logs`.
#[derive(Serialize)]
struct Row {
    id: RequestLogId,
    client_id: Option<ClientId>,
    widget_id: WidgetId,
    /// The id that the conversation has outside.
    conversation_id: Option<PublicConversationId>,
    message_id: Option<MessageId>,
    llm_provider: String,
    llm_model: String,
    status: Option<String>,
    error_message: Option<String>,
    prompt_tokens: i32,
    completion_tokens: i32,
    total_tokens: i32,
    reserved_tokens: i64,
    usage_estimated: bool,
    response_time_ms: Option<i32>,
    estimated_cost: Option<Box<RawValue>>,
    attempt: i32,
    created_at: Option<Instant>,
    settled_at: Option<Instant>,
    #[serde(flatten)]
    texts: Option<Texts>,
    /// The fields whose numbers are larger than JSON readers hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capped: Vec<&'static str>,
}

/// What a visitor wrote and got: only for who asks for it.
#[derive(Serialize)]
struct Texts {
    prompt_text: Option<String>,
    response_text: Option<String>,
}

impl Row {
    fn new(widget: WidgetId, request: LoggedRequest) -> Result<Self, ApiError> {
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
            texts: request.texts.map(|(prompt_text, response_text)| Texts { prompt_text, response_text }),
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
fn wanted(parameters: BTreeMap<String, String>) -> Result<Wanted, Faults> {
    let mut fields = Fields::of_parameters(parameters);
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

/// Requests of the widget, the newest first.
pub(crate) async fn list_logs(
    state: Data<State>,
    id: Path<String>,
    parameters: Query<BTreeMap<String, String>>,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let wanted = wanted(parameters.into_inner()).map_err(BodyError::from)?;
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
