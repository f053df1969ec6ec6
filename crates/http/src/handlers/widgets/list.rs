//! The widgets.

use super::Row;
use crate::access::Principal;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, int};
use crate::parameters::{limit, offset, part, yes_or_no};
use crate::query::Parameters;
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::WidgetFilter;

/// Widgets on a page, unless fewer are asked for. The front end in use asks for no number and wants all.
const PAGE: u32 = 1_000;

struct Wanted {
    filter: WidgetFilter,
    limit: u32,
    offset: u32,
}

/// The parameters; others are ignored.
fn wanted(mut fields: Fields, owner: Option<ClientId>) -> Result<Wanted, Faults> {
    let filter = WidgetFilter {
        owner,
        client: fields.read("client_id", |value| int(&value).map(ClientId)),
        is_active: fields.read("active", yes_or_no),
        search: fields.read("search", part),
    };
    let (limit, offset) = (limit(&mut fields, PAGE, PAGE), offset(&mut fields));
    fields.ignore_others();
    fields.finish(Some(Wanted { filter, limit, offset }))
}

/// The widgets that are wanted and that the key opens, inactive ones too, by id.
#[utoipa::path(
    get,
    path = "/widgets",
    params(
        ("client_id" = Option<ClientId>, Query, description = "Those of one client."),
        ("search" = Option<String>, Query, description = "A part of the name or the key, in any case.", max_length = 200),
        ("active" = Option<bool>, Query, description = "Active ones alone, or inactive ones."),
        ("limit" = Option<i32>, Query, description = "At most so many; 1,000 without it.", minimum = 1, maximum = 1000),
        ("offset" = Option<i32>, Query, description = "After so many.", minimum = 0),
    ),
    responses((
        status = 200,
        description = "The widgets, by id.",
        body = [Row],
        headers(("X-Total-Count" = i64, description = "How many there are on all pages.")),
    )),
)]
pub(crate) async fn list_widgets(
    state: Data<State>,
    principal: Principal,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let wanted = wanted(parameters.fields(), principal.client);
    let Wanted { filter, limit, offset } = wanted.map_err(BodyError::from)?;
    let page = state.database.widget_page(filter, limit, offset).await?;
    let rows: Vec<_> = page.widgets.into_iter().map(Row::from).collect();
    reply::page(&rows, page.total)
}
