//! The OpenAPI document: what is here is made of the handlers themselves.
//!
//! A handler says in `#[utoipa::path(..)]` its method, its path after `routes::BASE`, its query, its body, its answer and the
//! codes of its own errors; its doc comment is its description. Fields are described where they are declared, with
//! `ToSchema`. All that follows from rules is added here, so that no handler repeats it:
//!
//! * `parameters`: what the parts of a path are;
//! * `errors`: the error answers, from the codes and from what every call of its kind may answer, with the table
//!   `error::codes`;
//! * `shapes`: fields that are always there, bodies that take no other fields, bounds of numbers;
//! * `links`: where ids come from;
//! * `types`: types whose own definition says nothing of JSON.
//!
//! [`groups`] lists the handlers. A route that is not in it fails a test.

mod errors;
mod groups;
mod links;
mod parameters;
mod shapes;
pub(crate) mod types;

use crate::access::Access;
use crate::routes::calls;
use frontdesk_persistence::Role;
use std::collections::BTreeMap;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Info, License, OpenApi, Paths, RefOr, Server, Tag};

/// The name of the way in which callers prove who they are.
const KEY: &str = "key";

const DESCRIPTION: &str = "\
JSON over HTTP/1.1. Ids and counters are numbers, times RFC 3339 in UTC with milliseconds.

- `HEAD` works wherever `GET` does.
- Every answer has `X-Request-Id`: the caller's, if it has 1 to 64 characters of `A-Z`, `a-z`, `0-9`, `.`, `_`, `-`, else one that is \
made here. Errors have it in `request_id`, too.
- Bodies are JSON objects in UTF-8 of at most 64 kB, where nothing else is said. The calls of widgets ignore fields that they do \
not know; all others refuse them by name.
- Another path is a 404 `route_not_found`, another method a 405 `method_not_allowed`.
- Every error has the same shape. `code` never changes its meaning; `error` is a sentence that says what to do.";

/// The document of all calls.
pub(crate) fn document() -> OpenApi {
    let mut info = Info::new("Frontdesk", env!("CARGO_PKG_VERSION"));
    info.description = Some(DESCRIPTION.to_owned());
    let mut license = License::new("MIT OR Apache-2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    info.license = Some(license);
    let mut api = OpenApi::new(info, Paths::new());
    api.servers = Some(vec![Server::new("/")]);
    for group in groups::groups() {
        let mut part = group.api;
        for (_, operation) in part.paths.paths.values_mut().flat_map(operations) {
            operation.tags = Some(vec![group.name.to_owned()]);
        }
        let tag = Tag::builder().name(group.name).description(Some(group.description)).build();
        api.tags.get_or_insert_default().push(tag);
        api = api.nest(group.base, part);
    }
    complete(&mut api);
    api
}

/// The document as it is served and committed: JSON with line breaks, the same for the same code.
///
/// # Errors
/// It cannot be written as JSON.
pub fn openapi() -> Result<String, serde_json::Error> {
    Ok(document().to_pretty_json()? + "\n")
}

/// Adds what follows from rules.
fn complete(api: &mut OpenApi) {
    let mut components = api.components.take().unwrap_or_default();
    components.security_schemes.insert(KEY.to_owned(), RefOr::T(key()));
    errors::add_schema(&mut components);
    let access: BTreeMap<_, _> =
        calls().into_iter().map(|call| ((call.path, call.method.to_lowercase()), call.access)).collect();
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            name(operation, method);
            // A call that is not in the table of routes has no answer; a test finds it.
            let access = access.get(&(path.clone(), method.to_owned())).copied().unwrap_or(Access::Admin);
            restrict(operation, access);
            parameters::describe(path, operation);
            errors::add(path, operation, access, &mut components);
        }
    }
    links::add(api);
    shapes::complete(api, &mut components);
    api.components = Some(components);
}

/// Says which keys open a call.
fn restrict(operation: &mut Operation, access: Access) {
    if !access.wants_key() {
        return;
    }
    operation.security = Some(vec![SecurityRequirement::new(KEY, Vec::<String>::new())]);
    let roles = Role::ALL.into_iter().filter(|role| access.allows(*role));
    let roles: Vec<_> = roles.map(|role| format!("`{role}`")).collect();
    let keys = format!("For keys with the role {}.", roles.join(", "));
    let description = operation.description.take().unwrap_or_default();
    operation.description = Some(format!("{description}\n\n{keys}").trim_start().to_owned());
}

fn key() -> SecurityScheme {
    let http = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    SecurityScheme::Http(http.description(Some("The header `Authorization: Bearer KEY`.")).build())
}

/// The operations of a path by their methods.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, patch, delete, .. } = item;
    let all = [("get", get), ("put", put), ("post", post), ("patch", patch), ("delete", delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// A handler of two methods is two operations, whose names have to differ.
fn name(operation: &mut Operation, method: &str) {
    if method == "patch" {
        let id = operation.operation_id.take();
        operation.operation_id = id.map(|id| format!("{id}_by_patch"));
    }
}
