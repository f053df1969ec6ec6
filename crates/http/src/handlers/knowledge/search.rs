//! What visitors look up by themselves.

use crate::error::{ApiError, BodyError};
use crate::fields::{Read, int, query};
use crate::handlers::widget_key;
use crate::query::Parameters;
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, RANKED};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = FoundEntry)]
struct Found {
    id: EntryId,
    question: String,
    answer: String,
    category: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SearchResults)]
struct Results {
    results: Vec<Found>,
}

impl From<Entry> for Found {
    fn from(entry: Entry) -> Self {
        Self { id: entry.id, question: entry.question, answer: entry.answer, category: entry.category }
    }
}

fn limit(value: &Value) -> Read<usize> {
    let number = int(value).ok().and_then(|number| usize::try_from(number).ok());
    number
        .filter(|number| (1..=RANKED).contains(number))
        .ok_or_else(|| format!("write a number from 1 to {RANKED}"))
}

/// The entries that fit, best first; none where nothing is related.
#[utoipa::path(
    get,
    path = "/public/widget/{key}/knowledge/search",
    params(
        ("query" = String, Query, description = "A question.", max_length = 4000, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$", example = "parking"),
        ("limit" = Option<u32>, Query, description = "At most so many.", minimum = 1, maximum = 10),
    ),
    responses((status = 200, description = "What was found.", body = Results)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn search_entries(
    state: Data<State>,
    key: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let mut fields = parameters.fields();
    let query = fields.required("query", query);
    let most = fields.read("limit", |value| limit(&value)).unwrap_or(RANKED);
    fields.ignore_others();
    let query = fields.finish(query).map_err(BodyError::from)?;
    let mut found = state.desk.search(widget_key(&key)?, &query).await?;
    found.truncate(most);
    reply::ok(&Results { results: found.into_iter().map(Found::from).collect() })
}
