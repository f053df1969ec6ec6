//! What became of events on their way to webhooks.

use super::{delivery_id, find, webhook_id};
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, at_least, text};
use crate::query::Parameters;
use crate::reply::{self, Instant};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::{DeliveryId, WebhookId};
use frontdesk_persistence::{Delivery, DeliveryStatus};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Deliveries on a page, unless another number is asked for, and the most that can be.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 200;

#[derive(Serialize, ToSchema)]
#[schema(as = Deliveries)]
struct Page<'a> {
    deliveries: Vec<Row<'a>>,
    /// For the next page; null on the last one.
    next_cursor: Option<DeliveryId>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
struct Row<'a> {
    #[schema(example = 7)]
    id: DeliveryId,
    #[schema(example = 2)]
    webhook_id: WebhookId,
    /// The `id` in what is sent, the same in every attempt.
    #[schema(example = "evt_5f0c1f0f4ad94be0a1b0c7d1e2f3a4b5")]
    event_id: &'a str,
    #[schema(example = "credits.threshold")]
    event: &'a str,
    /// When it happened.
    created_at: Instant,
    /// `pending`, `delivered` or `failed`.
    #[schema(example = "pending")]
    status: &'static str,
    #[schema(example = 1)]
    attempts: i32,
    /// Of one that is pending.
    next_attempt_at: Option<Instant>,
    last_attempt_at: Option<Instant>,
    #[schema(example = 500)]
    last_status_code: Option<i32>,
    #[schema(example = "it answered 500")]
    last_error: Option<&'a str>,
    /// Of the last attempt.
    #[schema(example = 83)]
    duration_ms: Option<i32>,
    delivered_at: Option<Instant>,
}

impl<'a> From<&'a Delivery> for Row<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        Self {
            id: delivery.id,
            webhook_id: delivery.webhook,
            event_id: &delivery.event.id,
            event: &delivery.event.kind,
            created_at: Instant(delivery.event.created_at),
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at.map(Instant),
            last_attempt_at: delivery.last_attempt_at.map(Instant),
            last_status_code: delivery.last_status_code,
            last_error: delivery.last_error.as_deref(),
            duration_ms: delivery.duration_ms,
            delivered_at: delivery.delivered_at.map(Instant),
        }
    }
}

/// What a receiver said to a test.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookTest)]
struct Tested<'a> {
    /// Its row in the log.
    #[schema(example = 8)]
    delivery_id: DeliveryId,
    delivered: bool,
    #[schema(example = 500)]
    status_code: Option<u16>,
    #[schema(example = "it answered 500")]
    error: Option<&'a str>,
    /// The beginning of the answer's body, at most 1 kB.
    response: &'a str,
    #[schema(example = 83)]
    duration_ms: u32,
}

#[derive(ToSchema)]
#[schema(as = DeliveryStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "it is how the OpenAPI document shows `DeliveryStatus`")]
enum Status {
    Pending,
    Delivered,
    Failed,
}

struct Wanted {
    status: Option<DeliveryStatus>,
    cursor: Option<DeliveryId>,
    limit: u32,
}

fn wanted(mut fields: Fields) -> Result<Wanted, Faults> {
    let status = fields.read("status", status);
    let cursor =
        fields.read("cursor", |value| at_least(1, &value)).and_then(|cursor| i32::try_from(cursor).ok());
    let limit = fields.read("limit", |value| {
        let limit = at_least(1, &value).ok().filter(|limit| *limit <= MAX_PAGE);
        limit.ok_or_else(|| format!("write a whole number from 1 to {MAX_PAGE}"))
    });
    fields.ignore_others();
    fields.finish(Some(Wanted { status, cursor: cursor.map(DeliveryId), limit: limit.unwrap_or(PAGE) }))
}

fn status(value: Value) -> Read<DeliveryStatus> {
    let name = text(value)?;
    let known = DeliveryStatus::ALL.into_iter().find(|status| status.as_str() == name);
    known.ok_or_else(|| "write pending, delivered or failed".to_owned())
}

/// The deliveries of a webhook, the latest first.
#[utoipa::path(
    get,
    path = "/webhooks/{webhook}/deliveries",
    params(
        ("status" = inline(Option<Status>), Query, description = "Without it: any."),
        ("limit" = Option<i32>, Query, description = "At most so many; without it 50.", minimum = 1, maximum = 200),
        ("cursor" = Option<i32>, Query, description = "The `next_cursor` of the page before.", minimum = 1),
    ),
    responses((status = 200, description = "The latest first.", body = Page)),
    extensions(("x-error-codes" = json!(["webhook_not_found"]))),
)]
pub(crate) async fn list_deliveries(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let webhook = find(&state, &id).await?;
    let Wanted { status, cursor, limit } = wanted(parameters.fields()).map_err(BodyError::from)?;
    let page = state.database.deliveries(webhook.id, status, cursor, limit).await?;
    let next_cursor = page.deliveries.last().filter(|_| page.has_more).map(|delivery| delivery.id);
    reply::ok(&Page { deliveries: page.deliveries.iter().map(Row::from).collect(), next_cursor })
}

/// Sends an event that tries the webhook out, now, and says what the receiver said.
#[utoipa::path(
    post,
    path = "/webhooks/{webhook}/test",
    responses((status = 200, description = "What the receiver said, or why it said nothing.", body = Tested)),
    extensions(("x-error-codes" = json!(["webhook_not_found"]))),
)]
pub(crate) async fn test_webhook(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let tested = state.webhooks.send_test(webhook_id(&id)?).await?;
    let attempt = &tested.attempt;
    reply::ok(&Tested {
        delivery_id: tested.delivery,
        delivered: attempt.error.is_none(),
        status_code: attempt.status_code,
        error: attempt.error.as_deref(),
        response: &attempt.response,
        duration_ms: attempt.duration_ms,
    })
}

/// Sends an event again, whatever became of it, and tries it for another day.
#[utoipa::path(
    post,
    path = "/deliveries/{delivery}/redeliver",
    responses((status = 200, description = "The delivery, which is pending now.", body = Row)),
    extensions(("x-error-codes" = json!(["delivery_not_found", "webhook_inactive"]))),
)]
pub(crate) async fn redeliver(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let delivery = state.database.redeliver(delivery_id(&id)?, state.now()).await?;
    reply::ok(&Row::from(&delivery))
}
