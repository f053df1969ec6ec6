//! What became of deliveries, for the client's administrator, and sending one again.

use super::WebhookError;
use super::deliveries::WebhookEvent;
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::outbox::RETRY_FOR;
use crate::schema::{webhook_deliveries as d, webhook_events as e, webhooks as w};
use crate::types::{JsonDoc, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::ids::{ClientId, DeliveryId, WebhookId};
use jiff::Timestamp;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It is tried, for the first time or again.
    Pending,
    /// It has arrived.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// As it is stored: `pending`, `delivered`, `failed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// An event on its way to a webhook, or at its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Where it goes.
    pub webhook: WebhookId,
    /// What it brings.
    pub event: WebhookEvent,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next; only of one that is pending.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was tried last.
    pub last_attempt_at: Option<Timestamp>,
    /// The status that was answered last.
    pub last_status_code: Option<i32>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// How long the last attempt took, in milliseconds.
    pub duration_ms: Option<i32>,
    /// When it arrived.
    pub delivered_at: Option<Timestamp>,
}

/// Some of a webhook's deliveries, the latest first.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryPage {
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
    /// Whether there are older ones.
    pub has_more: bool,
}

type Attempts =
    (String, i32, UtcTime, Option<UtcTime>, Option<i32>, Option<String>, Option<i32>, Option<UtcTime>);
type Row = (i32, i32, Attempts, (String, String, i32, UtcTime, JsonDoc));

impl TryFrom<Row> for Delivery {
    type Error = DatabaseError;

    fn try_from((id, webhook, attempts, event): Row) -> Result<Self, DatabaseError> {
        let (status, attempts, next, last, last_status_code, last_error, duration_ms, delivered) = attempts;
        let known = DeliveryStatus::ALL.into_iter().find(|known| known.as_str() == status);
        let status = known.ok_or_else(|| DatabaseError::Data(format!("delivery {id} is `{status}`")))?;
        let (event_id, kind, client, created, JsonDoc(data)) = event;
        Ok(Self {
            id: DeliveryId(id),
            webhook: WebhookId(webhook),
            event: WebhookEvent { id: event_id, kind, client: ClientId(client), created_at: created.0, data },
            status,
            attempts,
            next_attempt_at: (status == DeliveryStatus::Pending).then_some(next.0),
            last_attempt_at: last.map(|at| at.0),
            last_status_code,
            last_error,
            duration_ms,
            delivered_at: delivered.map(|at| at.0),
        })
    }
}

/// What two databases say differently.
trait LogStore: LedgerStore {
    fn page(
        &mut self,
        webhook: i32,
        status: Option<DeliveryStatus>,
        before: i32,
        limit: i64,
    ) -> QueryResult<Vec<Row>>;
    fn delivery(&mut self, id: i32) -> QueryResult<Option<Row>>;
    /// The webhook of a delivery and whether it is active.
    fn webhook_of(&mut self, delivery: i32) -> QueryResult<Option<(i32, bool)>>;
    fn again(&mut self, delivery: i32, now: UtcTime, until: UtcTime) -> QueryResult<()>;
}

macro_rules! log_store {
    ($connection:ty) => {
        impl LogStore for $connection {
            fn page(
                &mut self,
                webhook: i32,
                status: Option<DeliveryStatus>,
                before: i32,
                limit: i64,
            ) -> QueryResult<Vec<Row>> {
                let mut own = d::table
                    .inner_join(e::table)
                    .filter(d::webhook_id.eq(webhook))
                    .filter(d::id.lt(before))
                    .order(d::id.desc())
                    .limit(limit)
                    .into_boxed();
                if let Some(status) = status {
                    own = own.filter(d::status.eq(status.as_str()));
                }
                own.select(COLUMNS).load(self)
            }

            fn delivery(&mut self, id: i32) -> QueryResult<Option<Row>> {
                let own = d::table.inner_join(e::table).filter(d::id.eq(id));
                own.select(COLUMNS).first(self).optional()
            }

            fn webhook_of(&mut self, delivery: i32) -> QueryResult<Option<(i32, bool)>> {
                let own = d::table.inner_join(w::table).filter(d::id.eq(delivery));
                own.select((w::id, w::is_active)).first(self).optional()
            }

            fn again(&mut self, delivery: i32, now: UtcTime, until: UtcTime) -> QueryResult<()> {
                diesel::update(d::table.find(delivery))
                    .set((
                        d::status.eq(DeliveryStatus::Pending.as_str()),
                        d::next_attempt_at.eq(now),
                        d::retry_until.eq(until),
                        d::delivered_at.eq(None::<UtcTime>),
                    ))
                    .execute(self)?;
                Ok(())
            }
        }
    };
}

type AttemptColumns = (
    d::status,
    d::attempts,
    d::next_attempt_at,
    d::last_attempt_at,
    d::last_status_code,
    d::last_error,
    d::duration_ms,
    d::delivered_at,
);
type EventColumns = (e::event_id, e::event_type, e::client_id, e::created_at, e::payload);

const COLUMNS: (d::id, d::webhook_id, AttemptColumns, EventColumns) = (
    d::id,
    d::webhook_id,
    (
        d::status,
        d::attempts,
        d::next_attempt_at,
        d::last_attempt_at,
        d::last_status_code,
        d::last_error,
        d::duration_ms,
        d::delivered_at,
    ),
    (e::event_id, e::event_type, e::client_id, e::created_at, e::payload),
);

log_store!(PgConnection);
log_store!(SqliteConnection);

impl Database {
    /// Up to `limit` deliveries of a webhook with ids below `before`, the latest first, of this status or any.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn deliveries(
        &self,
        webhook: WebhookId,
        status: Option<DeliveryStatus>,
        before: Option<DeliveryId>,
        limit: u32,
    ) -> Result<DeliveryPage, DatabaseError> {
        let before = before.map_or(i32::MAX, |before| before.0);
        let mut rows = read!(self, |c| c.page(webhook.0, status, before, i64::from(limit) + 1))?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let deliveries = rows.into_iter().map(Delivery::try_from).collect::<Result<_, _>>()?;
        Ok(DeliveryPage { deliveries, has_more })
    }

    /// A delivery.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, DatabaseError> {
        read!(self, |c| c.delivery(id.0))?.map(Delivery::try_from).transpose()
    }

    /// Sends an event to a webhook again, whatever became of the first time, and tries it for another day. It keeps
    /// its ids.
    ///
    /// # Errors
    /// [`WebhookError::UnknownDelivery`], [`WebhookError::Inactive`], [`WebhookError::Database`].
    pub async fn redeliver(&self, id: DeliveryId, now: Timestamp) -> Result<Delivery, WebhookError> {
        let row = read!(self, |c| c.atomically(|c| {
            match c.webhook_of(id.0)? {
                None => Ok(Err(WebhookError::UnknownDelivery(id))),
                Some((webhook, false)) => Ok(Err(WebhookError::Inactive(WebhookId(webhook)))),
                Some((_, true)) => {
                    c.again(id.0, UtcTime(now), UtcTime(now + RETRY_FOR))?;
                    Ok(c.delivery(id.0)?.ok_or(WebhookError::UnknownDelivery(id)))
                }
            }
        }))??;
        Ok(Delivery::try_from(row)?)
    }
}
