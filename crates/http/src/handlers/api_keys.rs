//! Keys of the administration.

use crate::access::{ApiKeySecret, Principal};
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, int, text};
use crate::reply::{self, Instant};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::{ApiKey, ApiKeyError, ApiKeyId, NewApiKey, Role};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The longest time that a key may be given; one without an end is valid for longer.
const MAX_DAYS: i32 = 3_650;

/// A key, as everyone but its first reader sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
struct Row<'a> {
    #[schema(example = 3)]
    id: i32,
    #[schema(example = "Dashboard of Harbour Dental")]
    name: &'a str,
    /// `admin`, `client` or `viewer`.
    #[schema(example = "client")]
    role: &'static str,
    /// Whose things the key opens; null: those of all clients.
    #[schema(example = 1)]
    client_id: Option<ClientId>,
    /// The key's beginning, to tell it from others.
    #[schema(example = "fd_3f9a1c")]
    prefix: &'a str,
    /// `valid`, `expired` or `revoked`.
    #[schema(example = "valid")]
    state: &'static str,
    created_at: Instant,
    expires_at: Option<Instant>,
    last_used_at: Option<Instant>,
    revoked_at: Option<Instant>,
}

/// A key that was made a moment ago.
#[derive(Serialize, ToSchema)]
#[schema(as = NewApiKey)]
struct Made<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    /// It is in this answer and nowhere else.
    key: &'a str,
}

impl<'a> Row<'a> {
    fn new(key: &'a ApiKey, now: Timestamp) -> Self {
        Self {
            id: key.id.0,
            name: &key.name,
            role: key.role.as_str(),
            client_id: key.client,
            prefix: &key.prefix,
            state: key.state(now).as_str(),
            created_at: Instant(key.created_at),
            expires_at: key.expires_at.map(Instant),
            last_used_at: key.last_used_at.map(Instant),
            revoked_at: key.revoked_at.map(Instant),
        }
    }
}

/// What a new key shall be.
struct Wanted {
    name: String,
    role: Role,
    client: Option<ClientId>,
    days: Option<i32>,
}

/// A new key, as it is sent: what `wanted` reads.
#[derive(ToSchema)]
#[schema(as = ApiKeyWish)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows the body")]
struct ApiKeyFields {
    /// For people.
    #[schema(max_length = 100, example = "Dashboard of Harbour Dental")]
    name: Option<String>,
    #[schema(inline)]
    role: RoleName,
    /// Whose things the key opens. Has to be sent for the role `client`, may be for `viewer`, must not for `admin`.
    #[schema(example = 1)]
    client_id: Option<ClientId>,
    /// Days until it ends; without it it does not.
    #[schema(minimum = 1, maximum = 3650, example = 90)]
    expires_in_days: Option<i32>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it is how the OpenAPI document shows `Role`")]
enum RoleName {
    Admin,
    Client,
    Viewer,
}

fn wanted(mut fields: Fields) -> Result<Wanted, Faults> {
    let name = fields.read("name", name).unwrap_or_default();
    let role = fields.required("role", |value| {
        text(value)?.parse::<Role>().map_err(|_| "write admin, client or viewer".to_owned())
    });
    let client = fields.read("client_id", |value| int(&value)).map(ClientId);
    let days = fields.read("expires_in_days", |value| days(&value));
    fields.finish(role.map(|role| Wanted { name, role, client, days }))
}

fn name(value: Value) -> Read<String> {
    let name = text(value)?.trim().to_owned();
    match name.chars().count() {
        _ if name.contains('\0') => Err("it contains a NUL character, remove it".to_owned()),
        chars if chars > NewApiKey::MAX_NAME_CHARS => {
            Err(format!("it has {chars} characters, shorten it to at most {}", NewApiKey::MAX_NAME_CHARS))
        }
        _ => Ok(name),
    }
}

fn days(value: &Value) -> Read<i32> {
    let days = int(value).ok().filter(|days| (1..=MAX_DAYS).contains(days));
    days.ok_or_else(|| format!("write a whole number of days from 1 to {MAX_DAYS}, or leave it out"))
}

/// All keys.
#[utoipa::path(
    get,
    path = "/api-keys",
    responses((status = 200, description = "All keys.", body = [Row])),
)]
pub(crate) async fn list_api_keys(state: Data<State>) -> Result<HttpResponse, ApiError> {
    let (keys, now) = (state.database.api_keys().await?, state.now());
    reply::ok(&keys.iter().map(|key| Row::new(key, now)).collect::<Vec<_>>())
}

/// Makes a key. It is in this answer and nowhere else.
#[utoipa::path(
    post,
    path = "/api-keys",
    request_body = ApiKeyFields,
    responses((status = 201, description = "The key.", body = Made)),
)]
pub(crate) async fn create_api_key(
    state: Data<State>,
    principal: Principal,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let wanted = wanted(body.fields()?).map_err(BodyError::from)?;
    let now = state.now();
    let secret = ApiKeySecret::generate(|| state.random());
    let new = NewApiKey {
        name: wanted.name,
        role: wanted.role,
        client: wanted.client,
        prefix: secret.prefix().to_owned(),
        hash: secret.hash(),
        expires_at: wanted.days.map(|days| now + SignedDuration::from_hours(24 * i64::from(days))),
    };
    let key = state.database.create_api_key(new, now).await.map_err(refusal)?;
    tracing::info!(api_key = %key.id, by = %by(principal), role = %key.role, "an API key was made");
    reply::created(&Made { row: Row::new(&key, now), key: secret.expose() })
}

/// Ends a key.
#[utoipa::path(
    post,
    path = "/api-keys/{api_key}/revoke",
    responses((status = 200, description = "The key as it is now.", body = Row)),
    extensions(("x-error-codes" = json!(["api_key_not_found"]))),
)]
pub(crate) async fn revoke_api_key(
    state: Data<State>,
    principal: Principal,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    // What is no id is nobody's.
    let id = id.parse().map(ApiKeyId).map_err(|_| ApiKeyError::Unknown(ApiKeyId(0)))?;
    let now = state.now();
    let key = state.database.revoke_api_key(id, now).await?;
    state.keys.forget();
    tracing::info!(api_key = %key.id, by = %by(principal), "an API key was revoked");
    reply::ok(&Row::new(&key, now))
}

/// A client that does not go with the rest is a fault of its field.
fn refusal(error: ApiKeyError) -> ApiError {
    let fault = match &error {
        ApiKeyError::UnknownClient(_) => "there is no client with this id",
        ApiKeyError::Holder(Role::Client) => {
            "it is missing, send it: a key with the role client belongs to one"
        }
        ApiKeyError::Holder(_) => "a key with the role admin is for all clients, leave it out",
        ApiKeyError::Unknown(_) | ApiKeyError::Database(_) => return error.into(),
    };
    BodyError::Fields([("client_id".to_owned(), fault.to_owned())].into()).into()
}

/// Who did it, for the log.
fn by(principal: Principal) -> String {
    principal.key.map_or_else(|| "ADMIN_API_KEY".to_owned(), |key| format!("key {key}"))
}
