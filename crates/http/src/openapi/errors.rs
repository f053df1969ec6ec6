//! The error answers of each call: those that it names, and those that come with its kind.

use crate::access::Access;
use crate::error::codes::{self, Documented};
use frontdesk_persistence::Role;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::{AllOfBuilder, Object, ObjectBuilder, Type};
use utoipa::openapi::{Components, ContentBuilder, Header, Ref, RefOr, Response, ResponseBuilder, Schema};

/// Where a handler lists the codes of its own errors.
const OWN: &str = "x-error-codes";
const JSON: &str = "application/json";

const EVERY_CALL: [&str; 2] = ["bad_request", "internal_error"];
const WITH_DATABASE: [&str; 1] = ["database_unavailable"];
const WITH_KEY: [&str; 4] = ["admin_key_not_set", "missing_admin_key", "wrong_admin_key", "rate_limited"];
/// Of calls of widgets.
const WITH_WIDGET: [&str; 3] = ["address_blocked", "origin_not_allowed", "rate_limited"];
/// Of calls that not every role may make.
const WITH_ROLE: [&str; 1] = ["forbidden"];
const WITH_QUERY: [&str; 1] = ["invalid_field"];
const WITH_BODY: [&str; 3] = ["body_incomplete", "body_too_large", "body_too_slow"];
const WITH_JSON: [&str; 4] = ["invalid_field", "invalid_json", "invalid_utf8", "unsupported_media_type"];

/// Calls that need no database.
const WITHOUT_DATABASE: [&str; 5] =
    ["/health/live", "/metrics", "/api/openapi.json", "/docs", "/docs/{file}"];

/// Adds the error answers and the headers of all answers.
pub(super) fn add(path: &str, operation: &mut Operation, access: Access, components: &mut Components) {
    let mut by_status: BTreeMap<u16, BTreeSet<&'static str>> = BTreeMap::new();
    for code in codes_of(path, operation, access) {
        if let Some(error) = codes::find(&code) {
            by_status.entry(error.seen.status.as_u16()).or_default().insert(error.seen.code);
        }
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.headers.insert("X-Request-Id".to_owned(), RefOr::T(request_id()));
            if access == Access::Visitor {
                response.headers.extend(rate_limits());
            }
        }
    }
    for (status, codes) in by_status {
        let names: Vec<&str> = codes.iter().copied().collect();
        let name = format!("{status}.{}", names.join("."));
        components.responses.entry(name.clone()).or_insert_with(|| response(&codes).into());
        let reference = RefOr::Ref(Ref::from_response_name(name));
        operation.responses.responses.insert(status.to_string(), reference);
    }
}

fn codes_of(path: &str, operation: &Operation, access: Access) -> BTreeSet<String> {
    let own = operation.extensions.as_ref().and_then(|all| all.get(OWN)).and_then(Value::as_array);
    let own = own.into_iter().flatten().filter_map(Value::as_str);
    let body = operation.request_body.as_ref().and_then(|body| match body {
        RefOr::T(body) => Some(body),
        RefOr::Ref(_) => None,
    });
    let parameters = operation.parameters.iter().flatten();
    let has_query = parameters.into_iter().any(
        |parameter| matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query),
    );
    let is_json = body.is_some_and(|body| body.content.len() == 1 && body.content.contains_key(JSON));
    let when = |holds: bool, codes: &'static [&'static str]| if holds { codes } else { &[] };
    let by_kind = [
        &EVERY_CALL,
        when(!WITHOUT_DATABASE.contains(&path), &WITH_DATABASE),
        when(access.wants_key(), &WITH_KEY),
        when(access == Access::Visitor, &WITH_WIDGET),
        when(Role::ALL.into_iter().any(|role| !access.allows(role)), &WITH_ROLE),
        when(has_query, &WITH_QUERY),
        when(body.is_some(), &WITH_BODY),
        when(is_json, &WITH_JSON),
    ];
    own.chain(by_kind.into_iter().flatten().copied()).map(str::to_owned).collect()
}

/// One answer with one of several codes.
fn response(codes: &BTreeSet<&'static str>) -> Response {
    let errors: Vec<&Documented> = codes.iter().filter_map(|code| codes::find(code)).collect();
    let lines: Vec<_> =
        errors.iter().map(|error| format!("- `{}`: {}", error.seen.code, error.when)).collect();
    let enumerated = ObjectBuilder::new().property(
        "code",
        Object::builder().schema_type(Type::String).enum_values(Some(codes.iter().copied())),
    );
    let schema = AllOfBuilder::new().item(Ref::from_schema_name("Error")).item(enumerated);
    let examples = errors.iter().map(|error| {
        (error.seen.code, ExampleBuilder::new().summary(error.when).value(Some(example(error))).build())
    });
    let content =
        ContentBuilder::new().schema(Some(Schema::from(schema))).examples_from_iter(examples).build();
    let mut response = ResponseBuilder::new()
        .description(lines.join("\n"))
        .header("X-Request-Id", request_id())
        .content(JSON, content);
    for error in &errors {
        for (name, description) in &error.headers {
            response = response.header(*name, header(description));
        }
    }
    response.build()
}

fn example(error: &Documented) -> Value {
    let mut body =
        json!({"error": error.seen.text, "code": error.seen.code, "request_id": "f14cd3b182059b7f"});
    if let Some(fields) = &error.seen.fields {
        body["fields"] = json!(fields);
    }
    body
}

fn rate_limits() -> impl Iterator<Item = (String, RefOr<Header>)> {
    let all = [
        ("RateLimit-Limit", "How many calls are let through at once."),
        ("RateLimit-Remaining", "How many would be now."),
        ("RateLimit-Reset", "Seconds after which all are again."),
    ];
    all.into_iter().map(|(name, description)| {
        let whole = Object::builder().schema_type(Type::Integer).minimum(Some(0));
        let header = HeaderBuilder::new().schema(Some(Schema::from(whole))).description(Some(description));
        (name.to_owned(), RefOr::T(header.build()))
    })
}

fn request_id() -> Header {
    header("The request's id, which stands in the log.")
}

fn header(description: &str) -> Header {
    let text = Object::builder().schema_type(Type::String);
    HeaderBuilder::new().schema(Some(Schema::from(text))).description(Some(description)).build()
}

/// The shape that all errors have.
pub(super) fn add_schema(components: &mut Components) {
    let text = |description: &str| Object::builder().schema_type(Type::String).description(Some(description));
    let all: Vec<_> = codes::all().iter().map(|error| error.seen.code).collect();
    let faults = Object::builder()
        .description(Some("What is wrong, by field, where all fields were looked at."))
        .additional_properties(Some(Schema::from(Object::builder().schema_type(Type::String))));
    let error = Object::builder()
        .description(Some("Every answer that is not a success."))
        .property("error", text("What to do, in a sentence, which may change."))
        .property(
            "code",
            text("What happened, for programs; it never changes its meaning.").enum_values(Some(all)),
        )
        .property("request_id", text("The request's id, as in `X-Request-Id`."))
        .property("fields", faults)
        .required("error")
        .required("code")
        .required("request_id");
    components.schemas.insert("Error".to_owned(), Schema::from(error).into());
}
