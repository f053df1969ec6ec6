//! Deliveries that are due: who sends which, and what became of it.
//!
//! A process claims a delivery by putting off its next attempt until its lease is over. One that is killed while it
//! sends lets the lease run out, and the delivery is due again: it is made at least once, and by one process at a time.
//! `attempts` counts the claims; what a process reports after its lease, when another one has claimed the delivery,
//! counts only if it was a success.

use super::WebhookError;
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::outbox::{EventKind, Happened, OutboxStore, RETRY_FOR};
use crate::schema::{webhook_deliveries as d, webhook_events as e, webhooks as w};
use crate::types::{JsonDoc, UtcTime};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use frontdesk_domain::ids::{ClientId, DeliveryId, WebhookId};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::collections::HashMap;

/// Deliveries that are looked at in one claim, and of one webhook those that are claimed.
const CANDIDATES: i64 = 500;
const CLAIMED_OF_ONE: usize = 8;

/// Why what was on its way to a webhook that was switched off is not sent.
const SWITCHED_OFF: &str = "the webhook answered 410 Gone to another event and was switched off";
/// Why a webhook was switched off.
const GONE: &str = "it answered 410 Gone";

/// An event, as a webhook gets to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookEvent {
    /// What tells it from every other one, however often it is sent: `evt_..`.
    pub id: String,
    /// The name of its kind.
    pub kind: String,
    /// Whose it is.
    pub client: ClientId,
    /// When it happened.
    pub created_at: Timestamp,
    /// What there is to say.
    pub data: serde_json::Value,
}

/// A delivery that is to be made by whoever claimed it.
#[derive(Debug, Clone)]
pub struct ClaimedDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Which attempt it is, from 1.
    pub attempt: i32,
    /// Where it goes.
    pub webhook: WebhookId,
    /// Where it goes.
    pub url: String,
    /// What signs it: the secret, and the one before while that counts.
    pub secrets: Vec<SecretString>,
    /// What it brings.
    pub event: WebhookEvent,
    /// When it is given up.
    pub retry_until: Timestamp,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptReport {
    /// The status that was answered, if there was an answer.
    pub status_code: Option<u16>,
    /// What went wrong, for the client's administrator.
    pub error: Option<String>,
    /// From the first byte sent to the last one read, in milliseconds.
    pub duration_ms: u32,
    /// What follows.
    pub then: Then,
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It has arrived.
    Delivered,
    /// It is tried again.
    Retry {
        /// When.
        at: Timestamp,
    },
    /// It is given up.
    Failed,
    /// The webhook does not want to hear anything any more: it is switched off.
    Gone,
}

/// A literal: a bound value would hide from the planner that the partial index fits.
fn is_pending() -> SqlLiteral<Bool> {
    sql("webhook_deliveries.status = 'pending'")
}

type Claimed = (i32, i32, UtcTime, (i32, String, String, Option<String>, Option<UtcTime>), EventRow);
type EventRow = (String, String, i32, UtcTime, JsonDoc);

const fn event_columns() -> (e::event_id, e::event_type, e::client_id, e::created_at, e::payload) {
    (e::event_id, e::event_type, e::client_id, e::created_at, e::payload)
}

fn event((id, kind, client, created, JsonDoc(data)): EventRow) -> WebhookEvent {
    WebhookEvent { id, kind, client: ClientId(client), created_at: created.0, data }
}

fn claimed(row: Claimed, now: Timestamp) -> ClaimedDelivery {
    let (id, attempt, retry_until, (webhook, url, secret, previous, previous_until), about) = row;
    let previous = previous.filter(|_| previous_until.is_some_and(|until| until.0 > now));
    ClaimedDelivery {
        id: DeliveryId(id),
        attempt,
        webhook: WebhookId(webhook),
        url,
        secrets: [Some(secret), previous].into_iter().flatten().map(SecretString::from).collect(),
        event: event(about),
        retry_until: retry_until.0,
    }
}

/// What two databases say differently.
trait DeliveryStore: LedgerStore {
    /// Deliveries that are due, the longest waiting first, with their webhooks; locked, without those that others
    /// have locked.
    fn due(&mut self, busy: &[i32], now: UtcTime) -> QueryResult<Vec<(i32, i32)>>;
    fn is_any_due(&mut self, now: UtcTime) -> QueryResult<bool>;
    fn claim(&mut self, ids: &[i32], until: UtcTime, now: UtcTime) -> QueryResult<()>;
    fn load(&mut self, ids: &[i32]) -> QueryResult<Vec<Claimed>>;
    /// Reports on an attempt; whether the delivery was still this attempt's.
    fn report(&mut self, id: i32, attempt: i32, report: &AttemptReport, now: UtcTime) -> QueryResult<bool>;
    /// Switches a webhook off and gives up what waits for it; returns how many deliveries that are.
    fn switch_off(&mut self, webhook: i32, now: UtcTime) -> QueryResult<usize>;
}

macro_rules! delivery_store {
    ($connection:ty $(, $lock:ident, $skip:ident)?) => {
        impl DeliveryStore for $connection {
            fn due(&mut self, busy: &[i32], now: UtcTime) -> QueryResult<Vec<(i32, i32)>> {
                let active = w::table.filter(w::is_active).select(w::id);
                d::table
                    .filter(is_pending())
                    .filter(d::next_attempt_at.le(now))
                    .filter(d::webhook_id.eq_any(active))
                    .filter(d::webhook_id.ne_all(busy))
                    .order((d::next_attempt_at, d::id))
                    .limit(CANDIDATES)
                    .select((d::id, d::webhook_id))
                    $(.$lock().$skip())?
                    .load(self)
            }

            fn is_any_due(&mut self, now: UtcTime) -> QueryResult<bool> {
                let active = w::table.filter(w::is_active).select(w::id);
                let due = d::table
                    .filter(is_pending())
                    .filter(d::next_attempt_at.le(now))
                    .filter(d::webhook_id.eq_any(active));
                diesel::select(diesel::dsl::exists(due)).get_result(self)
            }

            fn claim(&mut self, ids: &[i32], until: UtcTime, now: UtcTime) -> QueryResult<()> {
                diesel::update(d::table.filter(d::id.eq_any(ids)))
                    .set((
                        d::attempts.eq(d::attempts + 1),
                        d::next_attempt_at.eq(until),
                        d::last_attempt_at.eq(now),
                    ))
                    .execute(self)?;
                Ok(())
            }

            fn load(&mut self, ids: &[i32]) -> QueryResult<Vec<Claimed>> {
                let webhook = (w::id, w::url, w::secret, w::previous_secret, w::previous_secret_until);
                d::table
                    .inner_join(w::table)
                    .inner_join(e::table)
                    .filter(d::id.eq_any(ids))
                    .order(d::id)
                    .select((d::id, d::attempts, d::retry_until, webhook, event_columns()))
                    .load(self)
            }

            fn report(
                &mut self,
                id: i32,
                attempt: i32,
                report: &AttemptReport,
                now: UtcTime,
            ) -> QueryResult<bool> {
                let own = d::table.find(id).filter(d::attempts.eq(attempt)).filter(is_pending());
                let seen = (
                    d::last_status_code.eq(report.status_code.map(i32::from)),
                    d::last_error.eq(&report.error),
                    d::duration_ms.eq(i32::try_from(report.duration_ms).unwrap_or(i32::MAX)),
                );
                let reported = match report.then {
                    // It has arrived, whoever has it now.
                    Then::Delivered => {
                        let delivered = (d::status.eq("delivered"), d::delivered_at.eq(now));
                        diesel::update(d::table.find(id)).set((seen, delivered)).execute(self)?
                    }
                    Then::Retry { at } => {
                        diesel::update(own).set((seen, d::next_attempt_at.eq(UtcTime(at)))).execute(self)?
                    }
                    Then::Failed | Then::Gone => {
                        diesel::update(own).set((seen, d::status.eq("failed"))).execute(self)?
                    }
                };
                Ok(reported > 0)
            }

            fn switch_off(&mut self, webhook: i32, now: UtcTime) -> QueryResult<usize> {
                diesel::update(w::table.find(webhook))
                    .set((w::is_active.eq(false), w::inactive_reason.eq(GONE), w::updated_at.eq(now)))
                    .execute(self)?;
                diesel::update(d::table.filter(d::webhook_id.eq(webhook)).filter(is_pending()))
                    .set((d::status.eq("failed"), d::last_error.eq(SWITCHED_OFF)))
                    .execute(self)
            }
        }
    };
}

delivery_store!(PgConnection, for_update, skip_locked);
delivery_store!(SqliteConnection);

/// At most so many, and of each webhook no more than its share.
fn shared_out(due: Vec<(i32, i32)>, most: usize) -> Vec<i32> {
    let mut of_webhook: HashMap<i32, usize> = HashMap::new();
    let mut fits = |webhook: i32| {
        let claimed = of_webhook.entry(webhook).or_default();
        *claimed += 1;
        *claimed <= CLAIMED_OF_ONE
    };
    due.into_iter().filter(|(_, webhook)| fits(*webhook)).map(|(id, _)| id).take(most).collect()
}

impl Database {
    /// Claims up to `most` deliveries that are due for the time of `lease`, none of them to webhooks in `busy`, and
    /// only some of each webhook, so that a slow one does not hold up the others.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing was claimed.
    pub async fn claim_deliveries(
        &self,
        most: usize,
        busy: Vec<WebhookId>,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Vec<ClaimedDelivery>, DatabaseError> {
        let busy: Vec<i32> = busy.into_iter().map(|webhook| webhook.0).collect();
        let (at, until) = (UtcTime(now), UtcTime(now + lease));
        let rows = read!(self, |c| {
            // Nothing is locked while there is nothing to do, which is nearly always.
            if !c.is_any_due(at)? {
                return Ok(Vec::new());
            }
            c.atomically(|c| {
                let ids = shared_out(c.due(&busy, at)?, most);
                if ids.is_empty() {
                    return Ok(Vec::new());
                }
                c.claim(&ids, until, at)?;
                DeliveryStore::load(c, &ids)
            })
        })?;
        Ok(rows.into_iter().map(|row| claimed(row, now)).collect())
    }

    /// Stores what an attempt came to, and returns how many deliveries are given up by it: its own, and those that wait
    /// for a webhook that is switched off.
    ///
    /// # Errors
    /// [`DatabaseError`]; the delivery is due again when its lease is over.
    pub async fn report_delivery(
        &self,
        delivery: &ClaimedDelivery,
        report: AttemptReport,
        now: Timestamp,
    ) -> Result<usize, DatabaseError> {
        let (id, attempt, webhook) = (delivery.id.0, delivery.attempt, delivery.webhook.0);
        read!(self, |c| c.atomically(|c| {
            let reported = c.report(id, attempt, &report, UtcTime(now))?;
            Ok(match report.then {
                Then::Gone if reported => 1 + c.switch_off(webhook, UtcTime(now))?,
                Then::Failed if reported => 1,
                _ => 0,
            })
        }))
    }

    /// An event that tries a webhook out, active or not, claimed for the caller for the time of `lease`.
    ///
    /// # Errors
    /// [`WebhookError::Unknown`], [`WebhookError::Database`].
    pub async fn begin_test_delivery(
        &self,
        id: WebhookId,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<ClaimedDelivery, WebhookError> {
        let row = read!(self, |c| c.atomically(|c| {
            let client = w::table.find(id.0).select(w::client_id).first::<i32>(c).optional()?;
            let Some(client) = client else { return Ok(None) };
            let happened = Happened { client, kind: EventKind::Test, conversation: None, at: now };
            let event = c.insert_event(happened, serde_json::json!({"webhook_id": id}))?;
            let delivery = c.insert_delivery(id.0, event, now, now + RETRY_FOR)?;
            c.claim(&[delivery], UtcTime(now + lease), UtcTime(now))?;
            Ok(DeliveryStore::load(c, &[delivery])?.pop())
        }))?;
        row.map(|row| claimed(row, now)).ok_or(WebhookError::Unknown(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_webhook_takes_all_places() {
        let due: Vec<(i32, i32)> = (0..20).map(|id| (id, 1)).chain([(20, 2), (21, 3)]).collect();
        assert_eq!(shared_out(due.clone(), 16), [0, 1, 2, 3, 4, 5, 6, 7, 20, 21]);
        assert_eq!(shared_out(due, 3), [0, 1, 2]);
    }
}
