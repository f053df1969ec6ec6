//! The clients.

use super::Row;
use crate::access::Principal;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields};
use crate::parameters::{limit, offset, part, yes_or_no};
use crate::query::Parameters;
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::ClientFilter;

/// Clients on a page, unless fewer are asked for.
const PAGE: u32 = 1_000;

struct Wanted {
    filter: ClientFilter,
    limit: u32,
    offset: u32,
}

/// The parameters; others are ignored.
fn wanted(mut fields: Fields, owner: Option<ClientId>) -> Result<Wanted, Faults> {
    let filter = ClientFilter {
        owner,
        is_active: fields.read("active", yes_or_no),
        search: fields.read("search", part),
    };
    let (limit, offset) = (limit(&mut fields, PAGE, PAGE), offset(&mut fields));
    fields.ignore_others();
    fields.finish(Some(Wanted { filter, limit, offset }))
}

/// The clients that are wanted and that the key opens, inactive ones too, by id.
#[utoipa::path(
    get,
    path = "/clients",
    params(
        ("search" = Option<String>, Query, description = "A part of the name or the e-mail address, in any case.", max_length = 200),
        ("active" = Option<bool>, Query, description = "Active ones alone, or inactive ones."),
        ("limit" = Option<i32>, Query, description = "At most so many; 1,000 without it.", minimum = 1, maximum = 1000),
        ("offset" = Option<i32>, Query, description = "After so many.", minimum = 0),
    ),
    responses((
        status = 200,
        description = "The clients, by id.",
        body = [Row],
        headers(("X-Total-Count" = i64, description = "How many there are on all pages.")),
    )),
)]
pub(crate) async fn list_clients(
    state: Data<State>,
    principal: Principal,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let wanted = wanted(parameters.fields(), principal.client);
    let Wanted { filter, limit, offset } = wanted.map_err(BodyError::from)?;
    let page = state.database.client_page(filter, limit, offset).await?;
    let rows: Vec<_> = page.clients.into_iter().map(Row::from).collect();
    reply::page(&rows, page.total)
}
