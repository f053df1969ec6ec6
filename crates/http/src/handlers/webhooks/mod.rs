//! Clients' webhooks.

pub(crate) mod deliveries;
mod draft;

use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::reply::{self, Done, Instant};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::{ClientId, DeliveryId, WebhookId};
use frontdesk_persistence::{NewWebhook, Webhook, WebhookError, WebhookPatch};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use utoipa::ToSchema;

/// A webhook, as everyone but the first reader of its secret sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
struct Row<'a> {
    #[schema(example = 2)]
    id: WebhookId,
    #[schema(example = 1)]
    client_id: ClientId,
    #[schema(example = "https://hooks.example.com/frontdesk")]
    url: &'a str,
    #[schema(example = json!(["credits.threshold"]))]
    events: Vec<&'static str>,
    is_active: bool,
    /// Why it was switched off, where nobody did it.
    inactive_reason: Option<&'a str>,
    /// Until when the secret before the present one signs, too.
    previous_secret_until: Option<Instant>,
    created_at: Instant,
    updated_at: Instant,
}

impl<'a> From<&'a Webhook> for Row<'a> {
    fn from(webhook: &'a Webhook) -> Self {
        Self {
            id: webhook.id,
            client_id: webhook.client,
            url: &webhook.url,
            events: webhook.events.iter().map(|kind| kind.as_str()).collect(),
            is_active: webhook.is_active,
            inactive_reason: webhook.inactive_reason.as_deref(),
            previous_secret_until: webhook.previous_secret_until.map(Instant),
            created_at: Instant(webhook.created_at),
            updated_at: Instant(webhook.updated_at),
        }
    }
}

/// A webhook whose secret was made a moment ago.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
struct WithSecret<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    /// It is in this answer and nowhere else.
    secret: &'a str,
}

/// A webhook that was changed a moment ago.
#[derive(Serialize, ToSchema)]
#[schema(as = ChangedWebhook)]
struct Changed<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    /// Only where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<&'a str>,
}

impl<'a> WithSecret<'a> {
    fn new(webhook: &'a Webhook, secret: &'a SecretString) -> Self {
        Self { row: webhook.into(), secret: secret.expose_secret() }
    }
}

/// 256 random bits.
fn new_secret(state: &State) -> SecretString {
    let [a, b, c, d] = [(); 4].map(|()| state.random());
    format!("whsec_{a:016x}{b:016x}{c:016x}{d:016x}").into()
}

/// What is no id is nobody's.
fn webhook_id(id: &str) -> Result<WebhookId, ApiError> {
    id.parse().map(WebhookId).map_err(|_| WebhookError::Unknown(WebhookId(0)).into())
}

fn delivery_id(id: &str) -> Result<DeliveryId, ApiError> {
    id.parse().map(DeliveryId).map_err(|_| WebhookError::UnknownDelivery(DeliveryId(0)).into())
}

async fn find(state: &State, id: &str) -> Result<Webhook, ApiError> {
    let id = webhook_id(id)?;
    Ok(state.database.webhook(id).await?.ok_or(WebhookError::Unknown(id))?)
}

/// The webhooks of a client, by id.
#[utoipa::path(
    get,
    path = "/clients/{client}/webhooks",
    responses((status = 200, description = "All webhooks of the client.", body = [Row])),
    extensions(("x-error-codes" = json!(["client_not_found"]))),
)]
pub(crate) async fn list_webhooks(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let client = id.parse().map(ClientId).map_err(|_| ApiError::ClientNotFound)?;
    if !state.database.client_exists(client).await? {
        return Err(ApiError::ClientNotFound);
    }
    let webhooks = state.database.webhooks_of_client(client).await?;
    reply::ok(&webhooks.iter().map(Row::from).collect::<Vec<_>>())
}

/// Makes a webhook. Its secret is in this answer and in no other.
#[utoipa::path(
    post,
    path = "/clients/{client}/webhooks",
    request_body = draft::NewFields,
    responses((status = 201, description = "The webhook with its secret.", body = WithSecret)),
    extensions(("x-error-codes" = json!(["client_not_found", "too_many_webhooks"]))),
)]
pub(crate) async fn create_webhook(
    state: Data<State>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let client = id.parse().map(ClientId).map_err(|_| ApiError::ClientNotFound)?;
    let check = |url: &str| state.webhooks.check_url(url);
    let draft = draft::webhook(body.fields()?, check).map_err(BodyError::from)?;
    let secret = new_secret(&state);
    let new = NewWebhook {
        url: draft.url,
        secret: secret.clone(),
        events: draft.events,
        is_active: draft.is_active,
    };
    let webhook = state.database.create_webhook(client, new, state.now()).await?;
    reply::created(&WithSecret::new(&webhook, &secret))
}

/// A webhook.
#[utoipa::path(
    get,
    path = "/webhooks/{webhook}",
    responses((status = 200, description = "The webhook.", body = Row)),
    extensions(("x-error-codes" = json!(["webhook_not_found"]))),
)]
pub(crate) async fn get_webhook(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    reply::ok(&Row::from(&find(&state, &id).await?))
}

/// Changes what was sent of a webhook, and nothing else. A new secret is in this answer and in no other.
#[utoipa::path(
    patch,
    path = "/webhooks/{webhook}",
    request_body = draft::PatchFields,
    responses((status = 200, description = "The webhook as it is now; with its secret if that is new.", body = Changed)),
    extensions(("x-error-codes" = json!(["webhook_not_found"]))),
)]
pub(crate) async fn update_webhook(
    state: Data<State>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let id = webhook_id(&id)?;
    let check = |url: &str| state.webhooks.check_url(url);
    let draft = draft::patch(body.fields()?, check).map_err(BodyError::from)?;
    let secret = draft.rotate_secret.then(|| new_secret(&state));
    let patch = WebhookPatch {
        url: draft.url,
        secret: secret.clone(),
        events: draft.events,
        is_active: draft.is_active,
    };
    let webhook = state.database.change_webhook(id, patch, state.now()).await?;
    reply::ok(&Changed { row: Row::from(&webhook), secret: secret.as_ref().map(ExposeSecret::expose_secret) })
}

/// Deletes a webhook with its deliveries.
#[utoipa::path(
    delete,
    path = "/webhooks/{webhook}",
    responses((status = 200, description = "It is deleted.", body = Done)),
    extensions(("x-error-codes" = json!(["webhook_not_found"]))),
)]
pub(crate) async fn delete_webhook(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    state.database.delete_webhook(webhook_id(&id)?).await?;
    reply::done()
}
