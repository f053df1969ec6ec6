//! All clients with what they may use and have used.

use super::analytics::{DAYS, Sums};
use crate::access::Principal;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields};
use crate::parameters::{limit, offset, part, yes_or_no};
use crate::query::Parameters;
use crate::reply::{self, Numbers};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use frontdesk_domain::credits::Exhaustion;
use frontdesk_domain::ids::{ClientId, WidgetId};
use frontdesk_domain::period::ResetZone;
use frontdesk_persistence::{Analytics, ClientAccounts, ClientUse, OverviewFilter, UsageReport, WidgetUse};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// Clients on a page, unless another number is asked for.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 200;
/// Widgets that are named of each client.
const TOP: usize = 5;

/// All clients with what they may use and have used.
#[derive(Serialize, ToSchema)]
struct Overview {
    /// Clients on all pages.
    total: usize,
    /// The first day of the clients' analytics.
    from: Date,
    sums: Credits,
    clients: Vec<ClientRow>,
}

/// A client with its accounts, put together.
#[derive(Serialize, ToSchema)]
#[schema(as = ClientOverview)]
struct ClientRow {
    /// Null for the widgets that have no client.
    #[schema(example = 1)]
    client_id: Option<ClientId>,
    client_name: Option<String>,
    is_active: bool,
    widgets: usize,
    active_widgets: usize,
    #[serde(flatten)]
    credits: Credits,
    analytics: Sums,
    top_widgets: Vec<TopWidget>,
}

/// Accounts, put together; the names are the columns of `client_llm_usage`.
#[derive(Serialize, ToSchema)]
#[schema(as = CreditSums)]
struct Credits {
    accounts: i64,
    exhausted_accounts: i64,
    monthly_token_limit: i64,
    daily_token_limit: i64,
    monthly_request_limit: i64,
    daily_request_limit: i64,
    tokens_used_this_month: i64,
    tokens_used_today: i64,
    requests_made_this_month: i64,
    requests_made_today: i64,
    total_tokens_used: i64,
    total_requests_made: i64,
    /// The fields whose numbers are larger than JSON readers hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capped: Vec<&'static str>,
}

/// A widget with its account.
#[derive(Serialize, ToSchema)]
struct TopWidget {
    widget_id: WidgetId,
    /// Null for a widget that has moved to another client.
    widget_name: Option<String>,
    is_active: Option<bool>,
    credits_exhausted: bool,
    monthly_token_limit: i64,
    daily_token_limit: i64,
    tokens_used_this_month: i64,
    tokens_used_today: i64,
    requests_made_this_month: i64,
    requests_made_today: i64,
    /// The fields whose numbers are larger than JSON readers hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capped: Vec<&'static str>,
}

impl Credits {
    /// `id` is that of the row that the log names where numbers are too large; 0 for sums over all.
    fn new(id: i32, credits: &ClientUse) -> Self {
        let mut numbers = Numbers::default();
        let mut number = |name, value| numbers.safe(name, value);
        Self {
            accounts: credits.accounts,
            exhausted_accounts: credits.exhausted,
            monthly_token_limit: number("monthly_token_limit", credits.limits.monthly.tokens),
            daily_token_limit: number("daily_token_limit", credits.limits.daily.tokens),
            monthly_request_limit: number("monthly_request_limit", credits.limits.monthly.requests),
            daily_request_limit: number("daily_request_limit", credits.limits.daily.requests),
            tokens_used_this_month: number("tokens_used_this_month", credits.this_month.tokens),
            tokens_used_today: number("tokens_used_today", credits.today.tokens),
            requests_made_this_month: number("requests_made_this_month", credits.this_month.requests),
            requests_made_today: number("requests_made_today", credits.today.requests),
            total_tokens_used: number("total_tokens_used", credits.total.tokens),
            total_requests_made: number("total_requests_made", credits.total.requests),
            capped: numbers.into_capped("clients", id),
        }
    }
}

impl ClientRow {
    fn new(client: ClientAccounts) -> Result<Self, ApiError> {
        let id = client.client.map_or(0, |id| id.0);
        let names: HashMap<_, _> = client.widgets.iter().map(|widget| (widget.id, widget)).collect();
        let analytics = client.widgets.iter().map(|widget| widget.analytics);
        let top = client.accounts.iter().filter_map(|account| {
            let widget = account.widget?;
            Some(TopWidget::new(widget, names.get(&widget).copied(), account))
        });
        Ok(Self {
            client_id: client.client,
            client_name: client.name,
            is_active: client.is_active,
            widgets: client.widgets.len(),
            active_widgets: client.widgets.iter().filter(|widget| widget.is_active).count(),
            credits: Credits::new(id, &client.credits),
            analytics: Sums::new(id, &analytics.fold(Analytics::default(), Analytics::plus))?,
            top_widgets: top.take(TOP).collect(),
        })
    }
}

impl TopWidget {
    fn new(id: WidgetId, widget: Option<&WidgetUse>, account: &UsageReport) -> Self {
        let credits = &account.credits;
        let mut numbers = Numbers::default();
        let mut number = |name, value| numbers.safe(name, value);
        Self {
            widget_id: id,
            widget_name: widget.map(|widget| widget.name.clone()),
            is_active: widget.map(|widget| widget.is_active),
            credits_exhausted: credits.exhaustion != Exhaustion::No,
            monthly_token_limit: number("monthly_token_limit", credits.limits.monthly.tokens),
            daily_token_limit: number("daily_token_limit", credits.limits.daily.tokens),
            tokens_used_this_month: number("tokens_used_this_month", credits.used_this_month.tokens),
            tokens_used_today: number("tokens_used_today", credits.used_today.tokens),
            requests_made_this_month: number("requests_made_this_month", credits.used_this_month.requests),
            requests_made_today: number("requests_made_today", credits.used_today.requests),
            capped: numbers.into_capped("client_llm_usage", account.id.0),
        }
    }
}

struct Wanted {
    filter: OverviewFilter,
    page: (usize, usize),
}

/// The parameters; others are ignored.
fn wanted(mut fields: Fields, owner: Option<ClientId>) -> Result<Wanted, Faults> {
    let filter = OverviewFilter {
        owner,
        is_active: fields.read("active", yes_or_no),
        exhausted: fields.read("exhausted", yes_or_no),
        search: fields.read("search", part),
    };
    let page = (limit(&mut fields, PAGE, MAX_PAGE) as usize, offset(&mut fields) as usize);
    fields.ignore_others();
    fields.finish(Some(Wanted { filter, page }))
}

/// The clients that are wanted and that the key opens, the most used in the running month first.
#[utoipa::path(
    get,
    path = "/overview",
    params(
        ("search" = Option<String>, Query, description = "A part of the client's name or e-mail address, in any case.", max_length = 200),
        ("active" = Option<bool>, Query, description = "Active clients alone, or inactive ones."),
        ("exhausted" = Option<bool>, Query, description = "Clients with an account that has reached a limit alone, or those without."),
        ("limit" = Option<i32>, Query, description = "At most so many clients; 50 without it.", minimum = 1, maximum = 200),
        ("offset" = Option<i32>, Query, description = "After so many.", minimum = 0),
    ),
    responses((status = 200, description = "The clients, the most used in the running month first.", body = Overview)),
)]
pub(crate) async fn get_overview(
    state: Data<State>,
    principal: Principal,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let wanted = wanted(parameters.fields(), principal.client);
    let Wanted { filter, page } = wanted.map_err(BodyError::from)?;
    let now = state.now();
    // Accounts have days of their own; over all of them it is the day of UTC.
    let from = ResetZone::default().day(now).saturating_sub((DAYS - 1).days());
    let overview = state.database.overview(filter, from, now, page).await?;
    let clients = overview.clients.into_iter().map(ClientRow::new).collect::<Result<_, _>>()?;
    let sums = Credits::new(0, &overview.sums);
    reply::ok(&Overview { total: overview.total, from, sums, clients })
}
