//! The app, built from the table of routes.

use super::row::Row;
use super::{BASE, PUBLIC, table};
use crate::access::{Access, require_key};
use crate::error::ApiError;
use crate::handlers::widget_script::get_legacy_script;
use crate::middleware::cors;
use crate::middleware::public::guard;
use crate::state::State;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::ORIGIN;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Scope};
use std::rc::Rc;

/// Puts all calls of the table into the app. Every other address is a 404, unless an operator chose it for the widget.
pub(crate) fn mount(app: &mut ServiceConfig) {
    let mut public = web::scope(&format!("{BASE}{PUBLIC}"));
    for address in addresses(table()) {
        match address.access() {
            Access::Anyone => {
                app.service(address.resource());
            }
            Access::Visitor => public = public.service(address.resource()),
            Access::Read | Access::Write | Access::Admin => keyed(app, address),
        }
    }
    visitors(app, public);
    app.default_service(web::to(elsewhere));
}

/// What there is at an address without a row. Pages of every site may read that there is nothing: deployed scripts call
/// other services' addresses here and put up with a 404, but not with a browser that keeps the answer to itself.
async fn elsewhere(state: Data<State>, request: HttpRequest) -> HttpResponse {
    let is_preflight = cors::is_preflight(&request);
    let mut answer = match get_legacy_script(state, request.clone()).await {
        Err(ApiError::RouteNotFound) if is_preflight => cors::preflight(&request),
        Err(error) => HttpResponse::from_error(error),
        Ok(script) => return script,
    };
    cors::vary(answer.headers_mut(), is_preflight);
    if let Some(origin) = request.headers().get(ORIGIN) {
        cors::allow(answer.headers_mut(), origin.clone());
    }
    answer
}

/// What happens around all calls of visitors.
fn visitors(app: &mut ServiceConfig, public: Scope) {
    app.service(public.wrap(from_fn(guard)));
}

/// An address that wants a key, for its every method.
fn keyed(app: &mut ServiceConfig, address: Address) {
    let rules: Rc<[(Method, Access)]> =
        address.rows.iter().map(|row| (row.method.clone(), row.access)).collect();
    let gate = move |state: Data<State>, request: ServiceRequest, next: Next<BoxBody>| {
        require_key(Rc::clone(&rules), state, request, next)
    };
    app.service(address.resource().wrap(from_fn(gate)));
}

/// The rows with the same path, of which there is at least one.
struct Address {
    rows: Vec<Row>,
}

/// In the order in which their first rows stand in the table.
fn addresses(rows: Vec<Row>) -> Vec<Address> {
    let mut addresses: Vec<Address> = Vec::new();
    for row in rows {
        match addresses.iter_mut().find(|address| address.rows.iter().any(|own| own.path == row.path)) {
            Some(address) => address.rows.push(row),
            None => addresses.push(Address { rows: vec![row] }),
        }
    }
    addresses
}

impl Address {
    /// Who may call it: with a key, or without one. A test says that no path mixes them; if one did, a key would
    /// be wanted.
    fn access(&self) -> Access {
        let mut all = self.rows.iter().map(|row| row.access);
        all.clone().find(|access| access.wants_key()).or_else(|| all.next()).unwrap_or(Access::Admin)
    }

    fn resource(self) -> Resource {
        let allowed = self.allowed();
        let visitor = self.access() == Access::Visitor;
        let path = self.rows.first().map(|row| row.path.as_str()).unwrap_or_default();
        // Within the scope of visitors.
        let path = if visitor { path.strip_prefix(&format!("{BASE}{PUBLIC}")).unwrap_or(path) } else { path };
        let mut resource = web::resource(path);
        for row in self.rows {
            if let Some(limit) = row.limit {
                resource = resource.app_data(limit).app_data(limit.payload());
            }
            resource = resource.route(row.route);
        }
        resource.default_service(web::to(move || {
            let error = ApiError::MethodNotAllowed(allowed.clone());
            async move { refused(error) }
        }))
    }

    /// For the header `Allow`.
    fn allowed(&self) -> String {
        let methods = self.rows.iter().map(|row| match row.method {
            Method::GET => "GET, HEAD",
            ref other => other.as_str(),
        });
        methods.collect::<Vec<_>>().join(", ")
    }
}

fn refused(error: ApiError) -> Result<&'static str, ApiError> {
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::ids::Named;

    #[test]
    fn no_address_is_for_keys_and_for_others_at_once() {
        for address in addresses(table()) {
            let kinds: Vec<_> = address.rows.iter().map(|row| row.access.wants_key()).collect();
            assert!(kinds.iter().all(|kind| *kind == kinds[0]), "{}", address.rows[0].path);
        }
    }

    #[test]
    fn every_id_in_the_path_of_a_call_for_keys_says_whose_it_is() {
        let bound = |row: &&Row| matches!(row.access, Access::Read | Access::Write);
        for row in table().iter().filter(bound) {
            let parameters = row.path.split('/').filter(|part| part.starts_with('{'));
            let named: Vec<_> = parameters
                .map(|part| {
                    Named::by(part.trim_matches(['{', '}'])).unwrap_or_else(|| panic!("{}: {part}", row.path))
                })
                .collect();
            assert_ne!(named.first(), Some(&Named::Within), "{}: begin with whose it is", row.path);
        }
    }

    #[test]
    fn no_call_stands_in_the_table_twice() {
        let mut calls: Vec<_> = table().iter().map(|row| format!("{} {}", row.method, row.path)).collect();
        let all = calls.len();
        calls.sort();
        calls.dedup();
        assert_eq!(calls.len(), all);
    }
}
