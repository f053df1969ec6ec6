//! A knowledge base as a file.

use super::{FileFormat, existing};
use crate::error::{ApiError, BodyError};
use crate::fields::text;
use crate::handlers::admin_widget;
use crate::query::Parameters;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{Data, Path, block};
use frontdesk_transfer::{Existing, Format, write};

/// All entries in the wanted format; pages hold those alone that may be answers.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/knowledge/export",
    params(("format" = inline(FileFormat), Query, description = "CSV and JSON hold all entries, Markdown and HTML the active ones.")),
    responses((
        status = 200,
        description = "The file.",
        content(
            (String = "text/csv"), (String = "text/markdown"), (String = "text/html"),
            (Vec<Object> = "application/json"),
        ),
        headers(("Content-Disposition" = String, description = "The file's name.")),
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
    fields.ignore_others();
    let format = fields.finish(format).map_err(BodyError::from)?;
    let entries = state.database.knowledge_base(widget).await?;
    let file = block(move || {
        let entries: Vec<Existing> = entries.iter().map(existing).collect();
        write(&entries, format)
    });
    let name = format!("attachment; filename=\"knowledge-{widget}.{}\"", format.extension());
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((CONTENT_DISPOSITION, name))
        .body(file.await?))
}
