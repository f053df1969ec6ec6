//! One client.

use super::fields::{ClientFields, ClientPatchFields};
use super::{Row, draft};
use crate::access::Principal;
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::handlers::widgets::widget::{ONLY_OPERATORS, force};
use crate::query::Parameters;
use crate::reply::{self, Done};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::StoredClient;

/// Makes a client.
#[utoipa::path(
    post,
    path = "/clients",
    request_body = ClientFields,
    responses((status = 201, description = "The client.", body = Row)),
    extensions(("x-error-codes" = json!(["email_taken"]))),
)]
pub(crate) async fn create_client(state: Data<State>, body: JsonBody) -> Result<HttpResponse, ApiError> {
    let new = draft::client(body.fields()?).map_err(BodyError::from)?;
    reply::created(&Row::from(state.database.create_client(new, state.now()).await?))
}

/// A client, active or not.
#[utoipa::path(
    get,
    path = "/clients/{client}",
    responses((status = 200, description = "The client.", body = Row)),
    extensions(("x-error-codes" = json!(["client_not_found"]))),
)]
pub(crate) async fn get_client(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    reply::ok(&Row::from(find(&state, &id).await?))
}

/// Changes the columns of a client that were sent, and no others.
#[utoipa::path(
    method(put, patch),
    path = "/clients/{client}",
    request_body = ClientPatchFields,
    responses((status = 200, description = "The client as it is now.", body = Row)),
    extensions(("x-error-codes" = json!(["client_not_found", "email_taken"]))),
)]
pub(crate) async fn update_client(
    state: Data<State>,
    principal: Principal,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let client = find(&state, &id).await?;
    let id = client.id;
    let mut fields = body.fields()?;
    fields.leave_same(&serde_json::to_value(Row::from(client))?);
    if principal.client.is_some() {
        fields.refuse("is_active", ONLY_OPERATORS);
    }
    let patch = draft::patch(fields).map_err(BodyError::from)?;
    let client = state.database.update_client(id, patch, state.now()).await?;
    // Models are told about the client's business.
    state.desk.forget_widgets();
    reply::ok(&Row::from(client))
}

/// Deletes a client.
#[utoipa::path(
    delete,
    path = "/clients/{client}",
    params(("force" = Option<bool>, Query, description = "Deletes its widgets, conversations and logs with it.")),
    responses((status = 200, description = "It is deleted.", body = Done)),
    extensions(("x-error-codes" = json!(["client_not_found", "client_in_use"]))),
)]
pub(crate) async fn delete_client(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let force = force(parameters.fields()).map_err(BodyError::from)?;
    state.database.delete_client(named(&id)?, force).await?;
    // The client's keys are gone with it, and SQLite gives its id to the next client.
    state.keys.forget();
    state.desk.forget_widgets();
    reply::done()
}

/// The client of an address.
pub(in crate::handlers) fn named(id: &str) -> Result<ClientId, ApiError> {
    // What is no id is nobody's.
    id.parse().map(ClientId).map_err(|_| ApiError::ClientNotFound)
}

async fn find(state: &State, id: &str) -> Result<StoredClient, ApiError> {
    state.database.stored_client(named(id)?).await?.ok_or(ApiError::ClientNotFound)
}
