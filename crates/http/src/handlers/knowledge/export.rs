//! A knowledge base as a file.

use super::{FileFormat, existing};
use crate::error::{ApiError, BodyError};
use crate::fields::{at_least, text};
use crate::handlers::admin_widget;
use crate::query::Parameters;
use crate::reply::TOTAL;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{Data, Path, block};
use frontdesk_persistence::KnowledgeFilter;
use frontdesk_transfer::{Existing, Format, write};

/// All entries in the wanted format; pages hold those alone that may be answers.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/knowledge/export",
    params(
        ("format" = inline(FileFormat), Query, description = "CSV and JSON hold all entries, Markdown and HTML the active ones."),
        ("limit" = Option<i32>, Query, description = "At most so many entries; without it all.", minimum = 1),
        ("offset" = Option<i32>, Query, description = "After so many.", minimum = 0),
    ),
    responses((
        status = 200,
        description = "The file.",
        content(
            (String = "text/csv"), (String = "text/markdown"), (String = "text/html"),
            (Vec<Object> = "application/json"),
        ),
        headers(
            ("Content-Disposition" = String, description = "The file's name."),
            ("X-Total-Count" = i64, description = "How many entries there are in all parts."),
        ),
    )),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn export_entries(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let mut fields = parameters.fields();
    let format =
        fields.required("format", |value| text(value)?.parse::<Format>().map_err(|error| error.to_string()));
    let limit = fields.read("limit", |value| at_least(1, &value)).unwrap_or(u32::MAX);
    let offset = fields.read("offset", |value| at_least(0, &value)).unwrap_or(0);
    fields.ignore_others();
    let format = fields.finish(format).map_err(BodyError::from)?;
    let page = state.database.knowledge_page(widget, KnowledgeFilter::default(), limit, offset).await?;
    let total = page.total;
    let file = block(move || {
        let entries: Vec<Existing> = page.entries.into_iter().map(existing).collect();
        write(&entries, format)
    });
    let name = format!("attachment; filename=\"knowledge-{widget}.{}\"", format.extension());
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((TOTAL, total.to_string()))
        .body(file.await?))
}
