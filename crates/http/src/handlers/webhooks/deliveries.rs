//! What became of events on their way to webhooks.

use super::{delivery_id, find, webhook_id};
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, text};
use crate::reply::{self, Instant};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use frontdesk_domain::ids::{DeliveryId, WebhookId};
use frontdesk_persistence::{Delivery, DeliveryStatus};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Deliveries on a page, unless another number is asked for, and the most that can be.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 200;

#[derive(Serialize)]
struct Page<'a> {
    deliveries: Vec<Row<'a>>,
    /// For the next page; null on the last one.
    next_cursor: Option<DeliveryId>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: DeliveryId,
    webhook_id: WebhookId,
    event_id: &'a str,
    event: &'a str,
    created_at: Instant,
    status: &'static str,
    attempts: i32,
    next_attempt_at: Option<Instant>,
    last_attempt_at: Option<Instant>,
    last_status_code: Option<i32>,
    last_error: Option<&'a str>,
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
#[derive(Serialize)]
struct Tested<'a> {
    delivery_id: DeliveryId,
    delivered: bool,
    status_code: Option<u16>,
    error: Option<&'a str>,
    response: &'a str,
    duration_ms: u32,
}

struct Wanted {
    status: Option<DeliveryStatus>,
    cursor: Option<DeliveryId>,
    limit: u32,
}

fn wanted(parameters: BTreeMap<String, String>) -> Result<Wanted, Faults> {
    let mut fields = Fields::of_parameters(parameters);
    let status = fields.read("status", status);
    let cursor = fields.read("cursor", |value| {
        text(value)?
            .parse()
            .map(DeliveryId)
            .map_err(|_| "write the next_cursor of the page before".to_owned())
    });
    let limit = fields.read("limit", |value| {
        let limit = text(value)?.parse().ok().filter(|limit| (1..=MAX_PAGE).contains(limit));
        limit.ok_or_else(|| format!("write a whole number from 1 to {MAX_PAGE}"))
    });
    fields.ignore_others();
    fields.finish(Some(Wanted { status, cursor, limit: limit.unwrap_or(PAGE) }))
}

fn status(value: Value) -> Read<DeliveryStatus> {
    let name = text(value)?;
    let known = DeliveryStatus::ALL.into_iter().find(|status| status.as_str() == name);
    known.ok_or_else(|| "write pending, delivered or failed".to_owned())
}

/// The deliveries of a webhook, the latest first.
pub(crate) async fn list_deliveries(
    state: Data<State>,
    id: Path<String>,
    parameters: Query<BTreeMap<String, String>>,
) -> Result<HttpResponse, ApiError> {
    let webhook = find(&state, &id).await?;
    let Wanted { status, cursor, limit } = wanted(parameters.into_inner()).map_err(BodyError::from)?;
    let page = state.database.deliveries(webhook.id, status, cursor, limit).await?;
    let next_cursor = page.deliveries.last().filter(|_| page.has_more).map(|delivery| delivery.id);
    reply::ok(&Page { deliveries: page.deliveries.iter().map(Row::from).collect(), next_cursor })
}

/// Sends an event that tries the webhook out, now, and says what the receiver said.
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

/// Sends an event again.
pub(crate) async fn redeliver(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let delivery = state.database.redeliver(delivery_id(&id)?, state.now()).await?;
    reply::ok(&Row::from(&delivery))
}
