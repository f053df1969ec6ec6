//! The entries of a knowledge base.

use super::Row;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields};
use crate::handlers::admin_widget;
use crate::parameters::{TOTAL, at_least, part, yes_or_no};
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::http::header::HeaderValue;
use actix_web::web::{Data, Path, Query};
use frontdesk_persistence::KnowledgeFilter;
use std::collections::BTreeMap;

/// Which entries are wanted.
struct Wanted {
    filter: KnowledgeFilter,
    limit: u32,
    offset: u32,
}

/// The parameters; others are ignored.
fn wanted(parameters: BTreeMap<String, String>) -> Result<Wanted, Faults> {
    let mut fields = Fields::of_parameters(parameters);
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
pub(crate) async fn list_entries(
    state: Data<State>,
    id: Path<String>,
    parameters: Query<BTreeMap<String, String>>,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let Wanted { filter, limit, offset } = wanted(parameters.into_inner()).map_err(BodyError::from)?;
    let page = state.database.knowledge_page(widget, filter, limit, offset).await?;
    let rows: Vec<_> = page.entries.iter().map(|entry| Row::new(widget, entry)).collect();
    let mut answer = reply::ok(&rows)?;
    answer.headers_mut().insert(TOTAL, HeaderValue::from(page.total));
    Ok(answer)
}
