//! One client.

use super::{Row, draft};
use crate::access::Principal;
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::handlers::widgets::widget::{ONLY_OPERATORS, force};
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::StoredClient;
use std::collections::BTreeMap;

/// Makes a client.
pub(crate) async fn create_client(state: Data<State>, body: JsonBody) -> Result<HttpResponse, ApiError> {
    let new = draft::client(body.fields()?).map_err(BodyError::from)?;
    reply::created(&Row::from(state.database.create_client(new, state.now()).await?))
}

/// A client, active or not.
pub(crate) async fn get_client(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    reply::ok(&Row::from(find(&state, &id).await?))
}

/// Changes the columns of a client that were sent, and no others.
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
pub(crate) async fn delete_client(
    state: Data<State>,
    id: Path<String>,
    parameters: Query<BTreeMap<String, String>>,
) -> Result<HttpResponse, ApiError> {
    let force = force(parameters.into_inner()).map_err(BodyError::from)?;
    state.database.delete_client(named(&id)?, force).await?;
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
