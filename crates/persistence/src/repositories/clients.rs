//! Clients, whose widgets these are: what administrators see of them and do with them.

use crate::database::{Database, read};
use crate::error::{ClientError, DatabaseError};
use crate::ledger::LedgerStore;
use crate::repositories::accounts::AccountStore;
use crate::repositories::search::{ESCAPED, Search, pattern};
use crate::repositories::unique::violates;
use crate::schema::{client_llm_usage, clients, named_clients, widget_configs};
use crate::types::UtcTime;
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Bool, Text};
use frontdesk_domain::ids::ClientId;
use jiff::Timestamp;

/// A row of `clients`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the columns of clients, known from the guide")]
pub struct StoredClient {
    pub id: ClientId,
    /// `name` in some databases.
    pub client_name: Option<String>,
    pub email: String,
    pub phone: Option<String>,
    pub website: Option<String>,
    /// True where the column is NULL.
    pub is_active: bool,
    pub business_hours: Option<String>,
    pub description: Option<String>,
    pub address: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub zip_code: Option<String>,
    /// Unknown in some old rows.
    pub created_at: Option<Timestamp>,
    /// When an administrator changed it last.
    pub updated_at: Option<Timestamp>,
}

/// A client to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClient {
    /// `client_name`.
    pub name: String,
    /// No other client has it.
    pub email: String,
    /// All else.
    pub details: ClientPatch,
}

/// New values for some columns of a client: `None` leaves a column as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the columns of clients, known from the guide")]
pub struct ClientPatch {
    pub client_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<Option<String>>,
    pub website: Option<Option<String>>,
    pub is_active: Option<bool>,
    pub business_hours: Option<Option<String>>,
    pub description: Option<Option<String>>,
    pub address: Option<Option<String>>,
    pub city: Option<Option<String>>,
    pub state: Option<Option<String>>,
    pub zip_code: Option<Option<String>>,
}

/// Which clients are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientFilter {
    /// Who alone may be seen, whatever else is asked for.
    pub owner: Option<ClientId>,
    /// Whether the row says so.
    pub is_active: Option<bool>,
    /// A part of the name or the e-mail address, in any case. SQLite knows the cases of ASCII letters only.
    pub search: Option<String>,
}

/// Some of the clients that were wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientPage {
    /// In the order of their ids.
    pub clients: Vec<StoredClient>,
    /// How many there are on all pages.
    pub total: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct ClientRow {
    id: i32,
    client_name: Option<String>,
    email: String,
    phone: Option<String>,
    website: Option<String>,
    is_active: Option<bool>,
    business_hours: Option<String>,
    description: Option<String>,
    address: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip_code: Option<String>,
    created_at: Option<UtcTime>,
    updated_at: Option<UtcTime>,
}

/// What two databases say differently.
trait ClientStore: AccountStore {
    /// Whether `client_name` is generated from `name`, which then is the one to write.
    fn has_name(&mut self) -> QueryResult<bool>;

    /// Locks the client until the transaction ends; whether it exists.
    fn lock_client(&mut self, client: i32) -> QueryResult<bool>;
}

impl ClientStore for PgConnection {
    fn has_name(&mut self) -> QueryResult<bool> {
        let generated = sql::<Bool>(
            "EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'clients'::regclass AND attname = 'client_name'
                AND attgenerated <> '')",
        );
        diesel::select(generated).get_result(self)
    }

    fn lock_client(&mut self, client: i32) -> QueryResult<bool> {
        let row = clients::table.find(client).select(clients::id).for_update();
        Ok(row.first::<i32>(self).optional()?.is_some())
    }
}

impl ClientStore for SqliteConnection {
    fn has_name(&mut self) -> QueryResult<bool> {
        // No database of an older service is one of SQLite's.
        Ok(false)
    }

    fn lock_client(&mut self, client: i32) -> QueryResult<bool> {
        diesel::select(exists(clients::table.find(client))).get_result(self)
    }
}

/// Writes the columns that a patch holds.
macro_rules! apply {
    ($c:expr, $id:expr, $patch:expr, $now:expr) => {{
        use {clients as k, named_clients as n};
        let (id, patch): (i32, ClientPatch) = ($id, $patch);
        let (name, client_name) =
            if $c.has_name()? { (patch.client_name, None) } else { (None, patch.client_name) };
        if let Some(name) = name {
            diesel::update(n::table.find(id)).set(n::name.eq(name)).execute($c)?;
        }
        let columns = (
            client_name.map(|value| k::client_name.eq(value)),
            patch.email.map(|value| k::email.eq(value)),
            patch.phone.map(|value| k::phone.eq(value)),
            patch.website.map(|value| k::website.eq(value)),
            patch.is_active.map(|value| k::is_active.eq(value)),
            patch.business_hours.map(|value| k::business_hours.eq(value)),
            patch.description.map(|value| k::description.eq(value)),
            patch.address.map(|value| k::address.eq(value)),
            patch.city.map(|value| k::city.eq(value)),
            patch.state.map(|value| k::state.eq(value)),
            patch.zip_code.map(|value| k::zip_code.eq(value)),
            k::updated_at.eq(UtcTime($now)),
        );
        diesel::update(k::table.find(id)).set(columns).execute($c)
    }};
}

macro_rules! stored_client {
    ($c:expr, $id:expr) => {
        clients::table.find($id).select(ClientRow::as_select()).first::<ClientRow>($c).optional()
    };
}

/// What a database has against a change, as its callers need to tell it apart.
fn refused<T>(id: ClientId, result: QueryResult<T>) -> QueryResult<Result<T, ClientError>> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(error) if violates(&error, "email") => Ok(Err(ClientError::EmailTaken)),
        Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => {
            Ok(Err(ClientError::InUse(id)))
        }
        Err(error) => Err(error),
    }
}

impl Database {
    /// Up to `limit` of the clients that the filter lets through, after the first `offset` of them.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn client_page(
        &self,
        filter: ClientFilter,
        limit: u32,
        offset: u32,
    ) -> Result<ClientPage, DatabaseError> {
        use clients as k;
        let (rows, total): (Vec<ClientRow>, i64) = read!(self, |c| {
            fn search<S: Search>(_: &S) -> String {
                S::one_of(&["client_name", "email"])
            }
            let part = search(c);
            let wanted = || {
                let mut query = k::table.into_boxed();
                if let Some(owner) = filter.owner {
                    query = query.filter(k::id.eq(owner.0));
                }
                if let Some(active) = filter.is_active {
                    let unsaid = k::is_active.is_null().and(sql::<Bool>("true").eq(active));
                    query = query.filter(k::is_active.eq(active).or(unsaid).assume_not_null());
                }
                if let Some(text) = filter.search.as_deref() {
                    query = query.filter(sql::<Bool>(&part).bind::<Text, _>(pattern(text)).sql(ESCAPED));
                }
                query
            };
            let total = wanted().count().get_result(c)?;
            let page = wanted().order(k::id).limit(i64::from(limit)).offset(i64::from(offset));
            Ok((page.select(ClientRow::as_select()).load(c)?, total))
        })?;
        Ok(ClientPage { clients: rows.into_iter().map(StoredClient::from).collect(), total })
    }

    /// The client with this id.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn stored_client(&self, id: ClientId) -> Result<Option<StoredClient>, DatabaseError> {
        let row = read!(self, |c| stored_client!(c, id.0))?;
        Ok(row.map(StoredClient::from))
    }

    /// Makes a client.
    ///
    /// # Errors
    /// [`ClientError::EmailTaken`], [`ClientError::Database`].
    pub async fn create_client(&self, new: NewClient, now: Timestamp) -> Result<StoredClient, ClientError> {
        let row = read!(self, |c| {
            let made = c.atomically(|c| {
                let NewClient { name, email, details } = new;
                let id: i32 = if c.has_name()? {
                    use named_clients as k;
                    let row = (k::name.eq(name), k::email.eq(email));
                    diesel::insert_into(k::table).values(row).returning(k::id).get_result(c)?
                } else {
                    use clients as k;
                    let row = (k::client_name.eq(name), k::email.eq(email));
                    diesel::insert_into(k::table).values(row).returning(k::id).get_result(c)?
                };
                diesel::update(clients::table.find(id))
                    .set(clients::created_at.eq(UtcTime(now)))
                    .execute(c)?;
                apply!(c, id, details, now)?;
                stored_client!(c, id)
            });
            refused(ClientId(0), made)
        })??;
        let lost = || DatabaseError::Data("a client that was just made is not there".into());
        Ok(row.map(StoredClient::from).ok_or_else(lost)?)
    }

    /// Changes columns of a client, and `updated_at` to `now`; an empty patch changes nothing.
    ///
    /// # Errors
    /// [`ClientError::UnknownClient`], [`ClientError::EmailTaken`], [`ClientError::Database`].
    pub async fn update_client(
        &self,
        id: ClientId,
        patch: ClientPatch,
        now: Timestamp,
    ) -> Result<StoredClient, ClientError> {
        let row = read!(self, |c| {
            let changed = c.atomically(|c| {
                c.wait_briefly()?;
                if patch != ClientPatch::default() {
                    apply!(c, id.0, patch, now)?;
                }
                stored_client!(c, id.0)
            });
            refused(id, changed)
        })??;
        row.map(StoredClient::from).ok_or(ClientError::UnknownClient(id))
    }

    /// Deletes a client that has neither widgets nor booked use; with `force` also one that has, and then its
    /// widgets go with it, with their conversations, request logs and accounts.
    ///
    /// # Errors
    /// [`ClientError::UnknownClient`]; [`ClientError::InUse`], with `force` only where rows of another service
    /// refer to it; [`ClientError::Database`].
    pub async fn delete_client(&self, id: ClientId, force: bool) -> Result<(), ClientError> {
        use {client_llm_usage as u, widget_configs as w};
        let deleted = read!(self, |c| {
            let deleted = c.atomically(|c| {
                c.wait_briefly()?;
                let widgets: Vec<i32> = w::table.filter(w::client_id.eq(id.0)).select(w::id).load(c)?;
                let accounts: Vec<i32> = u::table.filter(u::client_id.eq(id.0)).select(u::id).load(c)?;
                // In the ledger's order: accounts, then what they refer to. Nobody books anything meanwhile.
                let accounts = c.lock(&widgets, &accounts)?;
                if !c.lock_client(id.0)? {
                    return Ok(Err(ClientError::UnknownClient(id)));
                }
                let owns: bool =
                    diesel::select(exists(w::table.filter(w::client_id.eq(id.0)))).get_result(c)?;
                let used = accounts.into_iter().any(|row| row.client_id == Some(id.0) && row.is_used());
                if !force && (owns || used) {
                    return Ok(Err(ClientError::InUse(id)));
                }
                diesel::delete(clients::table.find(id.0)).execute(c)?;
                Ok(Ok(()))
            });
            refused(id, deleted)
        })?;
        deleted?
    }
}

impl From<ClientRow> for StoredClient {
    fn from(row: ClientRow) -> Self {
        Self {
            id: ClientId(row.id),
            client_name: row.client_name,
            email: row.email,
            phone: row.phone,
            website: row.website,
            is_active: row.is_active.unwrap_or(true),
            business_hours: row.business_hours,
            description: row.description,
            address: row.address,
            city: row.city,
            state: row.state,
            zip_code: row.zip_code,
            created_at: row.created_at.map(|at| at.0),
            updated_at: row.updated_at.map(|at| at.0),
        }
    }
}
