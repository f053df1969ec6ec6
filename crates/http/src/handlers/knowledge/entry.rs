//! One entry of a knowledge base.

use super::fields::{EntryFields, EntryPatchFields};
use super::{Row, draft};
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::handlers::admin_widget;
use crate::reply::{self, Done};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::{EntryId, WidgetId};
use frontdesk_persistence::{KnowledgeChange, StoredEntry};

/// Makes an entry.
#[utoipa::path(
    post,
    path = "/widgets/{widget}/knowledge",
    request_body = EntryFields,
    responses((status = 201, description = "The entry.", body = Row)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn create_entry(
    state: Data<State>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let entry = draft::entry(body.fields()?).map_err(BodyError::from)?;
    let insert = vec![KnowledgeChange::Insert(entry)];
    let ids = state.database.change_knowledge(widget, insert, state.now()).await?;
    // Nobody but another administrator, a moment later, can have deleted it.
    let id = ids.first().copied().ok_or(ApiError::EntryNotFound)?;
    reply::created(&Row::new(widget, &find(&state, widget, id).await?))
}

/// An entry.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/knowledge/{entry}",
    responses((status = 200, description = "The entry.", body = Row)),
    extensions(("x-error-codes" = json!(["widget_not_found", "entry_not_found"]))),
)]
pub(crate) async fn get_entry(
    state: Data<State>,
    ids: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (widget, id) = named(&state, &ids).await?;
    reply::ok(&Row::new(widget, &find(&state, widget, id).await?))
}

/// Changes the fields of an entry that were sent, and no others.
#[utoipa::path(
    method(put, patch),
    path = "/widgets/{widget}/knowledge/{entry}",
    request_body = EntryPatchFields,
    responses((status = 200, description = "The entry as it is now.", body = Row)),
    extensions(("x-error-codes" = json!(["widget_not_found", "entry_not_found"]))),
)]
pub(crate) async fn update_entry(
    state: Data<State>,
    ids: Path<(String, String)>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (widget, id) = named(&state, &ids).await?;
    let patch = draft::patch(body.fields()?).map_err(BodyError::from)?;
    let update = vec![KnowledgeChange::Update(id, patch)];
    state.database.change_knowledge(widget, update, state.now()).await?;
    reply::ok(&Row::new(widget, &find(&state, widget, id).await?))
}

/// Deletes an entry. Replies that it was stay as they are.
#[utoipa::path(
    delete,
    path = "/widgets/{widget}/knowledge/{entry}",
    responses((status = 200, description = "It is deleted.", body = Done)),
    extensions(("x-error-codes" = json!(["widget_not_found", "entry_not_found"]))),
)]
pub(crate) async fn delete_entry(
    state: Data<State>,
    ids: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (widget, id) = named(&state, &ids).await?;
    state.database.change_knowledge(widget, vec![KnowledgeChange::Delete(id)], state.now()).await?;
    reply::done()
}

async fn named(state: &State, ids: &(String, String)) -> Result<(WidgetId, EntryId), ApiError> {
    let widget = admin_widget(state, &ids.0).await?;
    // What is no id is nobody's.
    Ok((widget, ids.1.parse().map(EntryId).map_err(|_| ApiError::EntryNotFound)?))
}

async fn find(state: &State, widget: WidgetId, id: EntryId) -> Result<StoredEntry, ApiError> {
    state.database.knowledge_entry(widget, id).await?.ok_or(ApiError::EntryNotFound)
}
