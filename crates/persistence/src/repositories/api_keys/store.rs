//! Keys in the database.

use super::role::Role;
use super::{ApiKey, ApiKeyError, ApiKeyId, KeyHash, NewApiKey, fits};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::schema::{api_keys as k, clients};
use crate::types::UtcTime;
use diesel::dsl::exists;
use diesel::prelude::*;
use frontdesk_domain::ids::ClientId;
use jiff::{SignedDuration, Timestamp};

/// `last_used_at` is no younger than that.
const USED_EVERY: SignedDuration = SignedDuration::from_mins(1);

#[derive(Queryable, Selectable)]
#[diesel(table_name = k)]
struct Row {
    id: i32,
    name: String,
    role: String,
    client_id: Option<i32>,
    prefix: String,
    created_at: UtcTime,
    expires_at: Option<UtcTime>,
    last_used_at: Option<UtcTime>,
    revoked_at: Option<UtcTime>,
}

impl Row {
    fn into_key(self) -> Result<ApiKey, DatabaseError> {
        let misread = |error: String| DatabaseError::Data(format!("api_keys {}: {error}", self.id));
        let role: Role = self.role.parse().map_err(|error| misread(format!("{error}")))?;
        let client = self.client_id.map(ClientId);
        // A key of a client that names none would open everything.
        if !fits(role, client) {
            return Err(misread(ApiKeyError::Holder(role).to_string()));
        }
        let instant = |time: Option<UtcTime>| time.map(|time| time.0);
        Ok(ApiKey {
            id: ApiKeyId(self.id),
            name: self.name,
            role,
            client,
            prefix: self.prefix,
            created_at: self.created_at.0,
            expires_at: instant(self.expires_at),
            last_used_at: instant(self.last_used_at),
            revoked_at: instant(self.revoked_at),
        })
    }
}

/// What two databases say differently.
trait KeyStore: LedgerStore {
    /// Whether there is such a client, which stays until the transaction ends; no client is always there.
    fn has(&mut self, client: Option<ClientId>) -> QueryResult<bool>;
}

impl KeyStore for PgConnection {
    fn has(&mut self, client: Option<ClientId>) -> QueryResult<bool> {
        let Some(client) = client else { return Ok(true) };
        let found: Option<i32> =
            clients::table.find(client.0).select(clients::id).for_key_share().first(self).optional()?;
        Ok(found.is_some())
    }
}

impl KeyStore for SqliteConnection {
    fn has(&mut self, client: Option<ClientId>) -> QueryResult<bool> {
        let Some(client) = client else { return Ok(true) };
        diesel::select(exists(clients::table.find(client.0))).get_result(self)
    }
}

impl Database {
    /// Stores a key.
    ///
    /// # Errors
    /// [`ApiKeyError::Holder`], [`ApiKeyError::UnknownClient`] or [`ApiKeyError::Database`].
    pub async fn create_api_key(&self, new: NewApiKey, now: Timestamp) -> Result<ApiKey, ApiKeyError> {
        let (role, client) = (new.role, new.client);
        if !fits(role, client) {
            return Err(ApiKeyError::Holder(role));
        }
        let row: Option<Row> = read!(self, |c| c.atomically(|c| {
            c.wait_briefly()?;
            let values = (
                k::name.eq(&new.name),
                k::role.eq(new.role.as_str()),
                k::client_id.eq(new.client.map(|client| client.0)),
                k::prefix.eq(&new.prefix),
                k::hash.eq(new.hash.to_text()),
                k::created_at.eq(UtcTime(now)),
                k::expires_at.eq(new.expires_at.map(UtcTime)),
            );
            if !c.has(new.client)? {
                return Ok(None);
            }
            let row = diesel::insert_into(k::table).values(values).returning(Row::as_returning());
            row.get_result(c).map(Some)
        }))?;
        match (row, client) {
            (Some(row), _) => Ok(row.into_key()?),
            (None, Some(client)) => Err(ApiKeyError::UnknownClient(client)),
            (None, None) => {
                Err(DatabaseError::Data("a key for all clients was not stored".to_owned()).into())
            }
        }
    }

    /// All keys, by id, those that are not valid any more too.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, DatabaseError> {
        let rows: Vec<Row> = read!(self, |c| k::table.order(k::id).select(Row::as_select()).load(c))?;
        rows.into_iter().map(Row::into_key).collect()
    }

    /// The key with this hash, whether it is valid or not.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn api_key_by_hash(&self, hash: KeyHash) -> Result<Option<ApiKey>, DatabaseError> {
        let row: Option<Row> = read!(self, |c| {
            k::table.filter(k::hash.eq(hash.to_text())).select(Row::as_select()).first(c).optional()
        })?;
        row.map(Row::into_key).transpose()
    }

    /// Ends a key. One that was revoked before keeps its time.
    ///
    /// # Errors
    /// [`ApiKeyError::Unknown`] or [`ApiKeyError::Database`].
    pub async fn revoke_api_key(&self, id: ApiKeyId, now: Timestamp) -> Result<ApiKey, ApiKeyError> {
        let row: Option<Row> = read!(self, |c| c.atomically(|c| {
            c.wait_briefly()?;
            let valid = k::table.find(id.0).filter(k::revoked_at.is_null());
            diesel::update(valid).set(k::revoked_at.eq(UtcTime(now))).execute(c)?;
            k::table.find(id.0).select(Row::as_select()).first(c).optional()
        }))?;
        Ok(row.ok_or(ApiKeyError::Unknown(id))?.into_key()?)
    }

    /// Says that a key was used, unless somebody said so within the last minute.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn api_key_used(&self, id: ApiKeyId, now: Timestamp) -> Result<(), DatabaseError> {
        let before = now.checked_sub(USED_EVERY).unwrap_or(Timestamp::MIN);
        read!(self, |c| c.atomically(|c| {
            c.wait_briefly()?;
            let long_ago = k::last_used_at.is_null().or(k::last_used_at.le(UtcTime(before)));
            diesel::update(k::table.find(id.0).filter(long_ago))
                .set(k::last_used_at.eq(UtcTime(now)))
                .execute(c)?;
            Ok(())
        }))
    }
}
