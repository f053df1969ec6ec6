//! The entries of a knowledge base.

use super::Row;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, at_least};
use crate::handlers::admin_widget;
use crate::parameters::{part, yes_or_no};
use crate::query::Parameters;
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_persistence::KnowledgeFilter;

/// Which entries are wanted.
struct Wanted {
    filter: KnowledgeFilter,
    limit: u32,
    offset: u32,
}

/// The parameters; others are ignored.
fn wanted(mut fields: Fields) -> Result<Wanted, Faults> {
    let filter = KnowledgeFilter {
        search: fields.read("search", part),
        category: fields.read("category", part),
        is_active: fields.read("active", yes_or_no),
    };
    let limit = fields.read("limit", |value| at_least(1, &value)).unwrap_or(u32::MAX);
    let offset = fields.read("offset", |value| at_least(0, &value)).unwrap_or(0);
    fields.ignore_others();
    fields.finish(Some(Wanted { filter, limit, offset }))
}

/// The widget's entries, inactive ones too, by id: all, or a page of those that are wanted.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/knowledge",
    params(
        ("search" = Option<String>, Query, description = "A part of the question, the answer, a keyword or the category, in any case.", max_length = 200),
        ("category" = Option<String>, Query, description = "The whole category.", max_length = 200),
        ("active" = Option<bool>, Query, description = "Active entries alone, or inactive ones."),
        ("limit" = Option<i32>, Query, description = "At most so many; without it all.", minimum = 1),
        ("offset" = Option<i32>, Query, description = "After so many.", minimum = 0),
    ),
    responses((
        status = 200,
        description = "The entries.",
        body = [Row],
        headers(("X-Total-Count" = i64, description = "How many entries there are on all pages.")),
    )),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn list_entries(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let Wanted { filter, limit, offset } = wanted(parameters.fields()).map_err(BodyError::from)?;
    let page = state.database.knowledge_page(widget, filter, limit, offset).await?;
    let rows: Vec<_> = page.entries.iter().map(|entry| Row::new(widget, entry)).collect();
    reply::page(&rows, page.total)
}
