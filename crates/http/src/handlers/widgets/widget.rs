//! One widget.

use super::fields::{WidgetFields, WidgetPatchFields};
use super::{Row, draft};
use crate::access::Principal;
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields};
use crate::parameters::yes_or_no;
use crate::query::Parameters;
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::WidgetId;
use frontdesk_persistence::{Deletion, StoredWidget};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of a widget that was to be deleted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WidgetDeletion)]
struct Gone {
    success: bool,
    /// False where it was deactivated, and stays for its books.
    deleted: bool,
    message: &'static str,
}

/// Said of a field that a key of a client's may not write.
pub(in crate::handlers) const ONLY_OPERATORS: &str = "only a key for all clients may change it, leave it out";

/// Makes a widget.
#[utoipa::path(
    post,
    path = "/widgets",
    request_body = WidgetFields,
    responses((status = 201, description = "The widget.", body = Row)),
    extensions(("x-error-codes" = json!(["widget_key_taken"]))),
)]
pub(crate) async fn create_widget(state: Data<State>, body: JsonBody) -> Result<HttpResponse, ApiError> {
    let known = |provider: &_| state.desk.knows_provider(provider);
    let new = draft::widget(body.fields()?, &known, || key(&state)).map_err(BodyError::from)?;
    let widget = state.database.create_widget(new, state.now()).await?;
    state.desk.forget_widgets();
    reply::created(&Row::from(widget))
}

/// A widget, active or not.
#[utoipa::path(
    get,
    path = "/widgets/{widget}",
    responses((status = 200, description = "The widget.", body = Row)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn get_widget(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    reply::ok(&Row::from(find(&state, &id).await?))
}

/// Changes the columns of a widget that were sent, and no others.
#[utoipa::path(
    method(put, patch),
    path = "/widgets/{widget}",
    request_body = WidgetPatchFields,
    responses((status = 200, description = "The widget as it is now.", body = Row)),
    extensions(("x-error-codes" = json!(["widget_not_found", "widget_key_taken"]))),
)]
pub(crate) async fn update_widget(
    state: Data<State>,
    principal: Principal,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let widget = find(&state, &id).await?;
    let id = widget.id;
    let mut fields = body.fields()?;
    fields.leave_same(&serde_json::to_value(Row::from(widget))?);
    if principal.client.is_some() {
        // Another client's account would have credits of its own.
        fields.refuse("client_id", ONLY_OPERATORS);
    }
    let known = |provider: &_| state.desk.knows_provider(provider);
    let patch = draft::patch(fields, &known).map_err(BodyError::from)?;
    let widget = state.database.update_widget(id, patch, state.now()).await?;
    state.desk.forget_widgets();
    reply::ok(&Row::from(widget))
}

/// Takes a widget out of service.
#[utoipa::path(
    delete,
    path = "/widgets/{widget}",
    params(("force" = Option<bool>, Query, description = "Deletes its conversations, request log and account with it.")),
    responses((status = 200, description = "What became of it.", body = Gone)),
    extensions(("x-error-codes" = json!(["widget_not_found", "widget_in_use"]))),
)]
pub(crate) async fn delete_widget(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let force = force(parameters.fields()).map_err(BodyError::from)?;
    let deletion = state.database.delete_widget(named(&id)?, force, state.now()).await?;
    state.desk.forget_widgets();
    let (deleted, message) = match deletion {
        Deletion::Deleted => (true, "The widget is deleted."),
        Deletion::Deactivated => (
            false,
            "The widget has conversations or booked use and was deactivated: add force=true to delete these, too.",
        ),
    };
    reply::ok(&Gone { success: true, deleted, message })
}

/// The parameter `force` of a deletion; others are ignored.
pub(in crate::handlers) fn force(mut fields: Fields) -> Result<bool, Faults> {
    let force = fields.read("force", yes_or_no).unwrap_or(false);
    fields.ignore_others();
    fields.finish(Some(force))
}

/// A key that nobody can guess: 128 random bits.
fn key(state: &State) -> String {
    format!("wk_{:016x}{:016x}", state.random(), state.random())
}

fn named(id: &str) -> Result<WidgetId, ApiError> {
    // What is no id is nobody's.
    id.parse().map(WidgetId).map_err(|_| ApiError::WidgetNotFound)
}

pub(super) async fn find(state: &State, id: &str) -> Result<StoredWidget, ApiError> {
    state.database.stored_widget(named(id)?).await?.ok_or(ApiError::WidgetNotFound)
}
