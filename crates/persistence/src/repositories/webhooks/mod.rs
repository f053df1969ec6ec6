//! Clients' webhooks: where they want to hear of what.

pub(crate) mod deliveries;
pub(crate) mod log;
pub(crate) mod pending;
pub(crate) mod prune;

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::outbox::EventKind;
use crate::schema::{clients, webhooks as w};
use crate::types::{Strings, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::ids::{ClientId, DeliveryId, WebhookId};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

/// Webhooks of one client.
pub const MAX_WEBHOOKS: i64 = 20;

/// How long the secret before the present one signs, too, so that a receiver can change over.
pub const PREVIOUS_SECRET_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Where a client wants to hear of events.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose it is.
    pub client: ClientId,
    /// Where events are sent.
    pub url: String,
    /// The kinds that it wants; names that nobody knows are left out.
    pub events: Vec<EventKind>,
    /// Whether anything is sent.
    pub is_active: bool,
    /// Why it was switched off, if nobody did it.
    pub inactive_reason: Option<String>,
    /// Until when the previous secret signs, too.
    pub previous_secret_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A webhook to be made.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Where events are sent. Whether that may be is not looked at here.
    pub url: String,
    /// What signs.
    pub secret: SecretString,
    /// The kinds that it wants.
    pub events: Vec<EventKind>,
    /// Whether anything is sent.
    pub is_active: bool,
}

/// What is to change of a webhook; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct WebhookPatch {
    /// Where events are sent.
    pub url: Option<String>,
    /// What signs from now on. The present secret signs for [`PREVIOUS_SECRET_FOR`] longer.
    pub secret: Option<SecretString>,
    /// The kinds that it wants.
    pub events: Option<Vec<EventKind>>,
    /// Whether anything is sent.
    pub is_active: Option<bool>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// There is no such client.
    #[error("unknown client {0}")]
    UnknownClient(ClientId),
    /// There is no such webhook.
    #[error("unknown webhook {0}")]
    Unknown(WebhookId),
    /// There is no such delivery.
    #[error("unknown delivery {0}")]
    UnknownDelivery(DeliveryId),
    /// The client has [`MAX_WEBHOOKS`].
    #[error("a client can have {MAX_WEBHOOKS} webhooks")]
    TooMany,
    /// The webhook is switched off, so nothing can be sent again.
    #[error("webhook {0} is switched off")]
    Inactive(WebhookId),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

type Row = (i32, i32, String, Strings, bool, Option<String>, Option<UtcTime>, UtcTime, UtcTime);

impl From<Row> for Webhook {
    fn from((id, client, url, events, is_active, inactive_reason, previous, created, updated): Row) -> Self {
        Self {
            id: WebhookId(id),
            client: ClientId(client),
            url,
            events: events.0.iter().filter_map(|name| EventKind::from_name(name)).collect(),
            is_active,
            inactive_reason,
            previous_secret_until: previous.map(|until| until.0),
            created_at: created.0,
            updated_at: updated.0,
        }
    }
}

fn names(events: &[EventKind]) -> Strings {
    Strings(events.iter().map(|kind| kind.as_str().to_owned()).collect())
}

/// What two databases say differently.
trait WebhookStore: LedgerStore {
    /// Whether there is the client, which is locked against another one that makes webhooks for it.
    fn lock_client(&mut self, client: i32) -> QueryResult<bool>;
    fn count(&mut self, client: i32) -> QueryResult<i64>;
    fn make(&mut self, client: i32, webhook: &NewWebhook, now: UtcTime) -> QueryResult<i32>;
    fn of_client(&mut self, client: i32) -> QueryResult<Vec<Row>>;
    fn one(&mut self, id: i32) -> QueryResult<Option<Row>>;
    /// Its secret and whether it is active, locked until the transaction ends.
    fn lock_one(&mut self, id: i32) -> QueryResult<Option<(String, bool)>>;
    fn set_secret(&mut self, id: i32, secret: &str, previous: &str, until: UtcTime) -> QueryResult<()>;
    fn change(&mut self, id: i32, patch: &WebhookPatch, now: UtcTime) -> QueryResult<()>;
}

macro_rules! webhook_store {
    ($connection:ty $(, $lock:ident)?) => {
        impl WebhookStore for $connection {
            fn lock_client(&mut self, client: i32) -> QueryResult<bool> {
                let found = clients::table.find(client).select(clients::id)$(.$lock())?;
                Ok(found.first::<i32>(self).optional()?.is_some())
            }

            fn count(&mut self, client: i32) -> QueryResult<i64> {
                w::table.filter(w::client_id.eq(client)).count().get_result(self)
            }

            fn make(&mut self, client: i32, webhook: &NewWebhook, now: UtcTime) -> QueryResult<i32> {
                diesel::insert_into(w::table)
                    .values((
                        w::client_id.eq(client),
                        w::url.eq(&webhook.url),
                        w::secret.eq(webhook.secret.expose_secret()),
                        w::events.eq(names(&webhook.events)),
                        w::is_active.eq(webhook.is_active),
                        w::created_at.eq(now),
                        w::updated_at.eq(now),
                    ))
                    .returning(w::id)
                    .get_result(self)
            }

            fn of_client(&mut self, client: i32) -> QueryResult<Vec<Row>> {
                w::table.filter(w::client_id.eq(client)).order(w::id).select(COLUMNS).load(self)
            }

            fn one(&mut self, id: i32) -> QueryResult<Option<Row>> {
                w::table.find(id).select(COLUMNS).first(self).optional()
            }

            fn lock_one(&mut self, id: i32) -> QueryResult<Option<(String, bool)>> {
                let row = w::table.find(id).select((w::secret, w::is_active))$(.$lock())?;
                row.first(self).optional()
            }

            fn set_secret(
                &mut self,
                id: i32,
                secret: &str,
                previous: &str,
                until: UtcTime,
            ) -> QueryResult<()> {
                diesel::update(w::table.find(id))
                    .set((
                        w::secret.eq(secret),
                        w::previous_secret.eq(previous),
                        w::previous_secret_until.eq(until),
                    ))
                    .execute(self)?;
                Ok(())
            }

            fn change(&mut self, id: i32, patch: &WebhookPatch, now: UtcTime) -> QueryResult<()> {
                diesel::update(w::table.find(id))
                    .set((
                        patch.url.as_ref().map(|url| w::url.eq(url)),
                        patch.events.as_deref().map(|events| w::events.eq(names(events))),
                        patch.is_active.map(|active| w::is_active.eq(active)),
                        patch.is_active.map(|_| w::inactive_reason.eq(None::<String>)),
                        w::updated_at.eq(now),
                    ))
                    .execute(self)?;
                Ok(())
            }
        }
    };
}

type Columns = (
    w::id,
    w::client_id,
    w::url,
    w::events,
    w::is_active,
    w::inactive_reason,
    w::previous_secret_until,
    w::created_at,
    w::updated_at,
);

const COLUMNS: Columns = (
    w::id,
    w::client_id,
    w::url,
    w::events,
    w::is_active,
    w::inactive_reason,
    w::previous_secret_until,
    w::created_at,
    w::updated_at,
);

webhook_store!(PgConnection, for_no_key_update);
webhook_store!(SqliteConnection);

impl Database {
    /// The webhooks of a client, by id.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn webhooks_of_client(&self, client: ClientId) -> Result<Vec<Webhook>, DatabaseError> {
        let rows = read!(self, |c| c.of_client(client.0))?;
        Ok(rows.into_iter().map(Webhook::from).collect())
    }

    /// A webhook.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, DatabaseError> {
        Ok(read!(self, |c| c.one(id.0))?.map(Webhook::from))
    }

    /// Makes a webhook of a client.
    ///
    /// # Errors
    /// [`WebhookError::UnknownClient`], [`WebhookError::TooMany`], [`WebhookError::Database`].
    pub async fn create_webhook(
        &self,
        client: ClientId,
        webhook: NewWebhook,
        now: Timestamp,
    ) -> Result<Webhook, WebhookError> {
        let made = read!(self, |c| c.atomically(|c| {
            if !c.lock_client(client.0)? {
                return Ok(Err(WebhookError::UnknownClient(client)));
            }
            if c.count(client.0)? >= MAX_WEBHOOKS {
                return Ok(Err(WebhookError::TooMany));
            }
            let id = c.make(client.0, &webhook, UtcTime(now))?;
            Ok(c.one(id)?.ok_or(WebhookError::Unknown(WebhookId(id))))
        }))?;
        made.map(Webhook::from)
    }

    /// Changes a webhook and returns it. One that is switched on goes on with what is pending.
    ///
    /// # Errors
    /// [`WebhookError::Unknown`], [`WebhookError::Database`].
    pub async fn change_webhook(
        &self,
        id: WebhookId,
        patch: WebhookPatch,
        now: Timestamp,
    ) -> Result<Webhook, WebhookError> {
        let changed = read!(self, |c| c.atomically(|c| {
            let Some((present, _)) = c.lock_one(id.0)? else { return Ok(None) };
            if let Some(secret) = &patch.secret {
                let until = UtcTime(now + PREVIOUS_SECRET_FOR);
                c.set_secret(id.0, secret.expose_secret(), &present, until)?;
            }
            c.change(id.0, &patch, UtcTime(now))?;
            c.one(id.0)
        }))?;
        changed.map(Webhook::from).ok_or(WebhookError::Unknown(id))
    }

    /// Deletes a webhook with what is on its way to it.
    ///
    /// # Errors
    /// [`WebhookError::Unknown`], [`WebhookError::Database`].
    pub async fn delete_webhook(&self, id: WebhookId) -> Result<(), WebhookError> {
        let deleted = read!(self, |c| c.atomically(|c| diesel::delete(w::table.find(id.0)).execute(c)))?;
        if deleted == 0 { Err(WebhookError::Unknown(id)) } else { Ok(()) }
    }
}
